//! `/manage/customers`: list, add, change and delete customers.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use maud::{Markup, html};

use super::{Customer, CustomerCreate, CustomerPatch, countries, queries};
use crate::error::{Error, Result};
use crate::http::site::{Form, see_other};
use crate::http::{Fields, Path};
use crate::i18n::{Lang, tr};
use crate::ids::{CustomerGroupId, CustomerId};
use crate::manage::{Member, PageList, Section, is_empty, list_page, table};
use crate::resources::customer_groups::{self, CustomerGroup};
use crate::server::Server;
use crate::ui::{self, BadgeKind, ButtonStyle, Choice, Field};

const PATH: &str = Section::Customers.path();

/// The form's fields, in their order.
const FIELDS: [&str; 7] =
    ["companyName", "primaryEmail", "address", "zipCode", "city", "countryCode", "groups"];

/// The pages' routes.
pub fn routes() -> Router<Server> {
    Router::new()
        .route("/customers", get(list))
        .route("/customers/new", get(show_new).post(create))
        .route("/customers/{id}", get(show).post(update))
        .route("/customers/{id}/delete", get(ask_to_delete).post(delete))
}

/// A link to a customer's page.
pub fn customer_link(customer: &Customer) -> Markup {
    html! { a href={ (PATH) "/" (customer.id) } { (customer.company_name) } }
}

/// A customer's e-mail address; where there is little room it breaks before the `@`.
pub fn email_text(customer: &Customer) -> Markup {
    let at = customer.primary_email.rfind('@').unwrap_or_default();
    let (mailbox, domain) = customer.primary_email.split_at(at);
    html! { (mailbox) wbr; (domain) }
}

/// The button that leads to the form for a new customer.
pub fn new_customer_button(lang: Lang) -> Markup {
    ui::link_button(&tr!(lang, "customers.new"), &format!("{PATH}/new"), ButtonStyle::Primary)
}

async fn list(member: Member, PageList(request): PageList) -> Result<Markup> {
    let listing = request.listing(queries::list(&member.store, &request).await?);
    let (lang, title) = (member.lang(), tr!(member.lang(), "customers.title"));
    let table = customer_table(&member, &listing.data).await?;
    let body = html! {
        (ui::header(&title, None, new_customer_button(lang)))
        @if is_empty(&request, &listing) {
            (ui::empty_state(&tr!(lang, "customers.empty_title"), &tr!(lang, "customers.empty_text"), Some(new_customer_button(lang))))
        } @else {
            (list_page(lang, &request, &listing, &tr!(lang, "customers.search"), table))
        }
    };
    Ok(member.chrome(Section::Customers).page(&title, body))
}

async fn customer_table(member: &Member, customers: &[Customer]) -> Result<Markup> {
    let lang = member.lang();
    let groups = customer_groups::queries::all(&member.store).await?;
    let rows = customers.iter().map(|customer| {
        vec![
            customer_link(customer),
            html! { (customer.city) },
            email_text(customer),
            group_badges(customer, &groups),
            member.day(customer.created_at),
        ]
    });
    let heads = [
        "customers.column.name",
        "customers.column.city",
        "customers.column.email",
        "customers.column.groups",
        "customers.column.created",
    ];
    Ok(table(lang, &tr!(lang, "customers.title"), &heads, rows.collect()))
}

/// The names of the groups that a customer is in; of many the first few.
fn group_badges(customer: &Customer, groups: &[CustomerGroup]) -> Markup {
    const SHOWN: usize = 3;
    let own: Vec<&CustomerGroup> =
        groups.iter().filter(|group| is_in(customer, &group.id)).collect();
    html! {
        @for group in own.iter().take(SHOWN) { (ui::badge(&group.name, BadgeKind::Neutral)) " " }
        @if own.len() > SHOWN { (ui::muted(&format!("+{}", own.len() - SHOWN))) }
    }
}

fn is_in(customer: &Customer, group: &CustomerGroupId) -> bool {
    customer.group_ids.split_ascii_whitespace().any(|id| id == group.as_str())
}

async fn show_new(member: Member) -> Result<Markup> {
    new_page(&member, &Fields::pairs(vec![("countryCode".into(), "NL".into())])).await
}

async fn create(
    State(server): State<Server>,
    member: Member,
    Form(mut fields): Form,
) -> Result<Response> {
    let groups = fields.ids("groups");
    let new: CustomerCreate = match fields.read() {
        Ok(new) => new,
        Err(Error::Invalid(_)) => return Ok(new_page(&member, &fields).await?.into_response()),
        Err(error) => return Err(error),
    };
    let customer = queries::create(&member.store, new, server.clock.now()).await?;
    customer_groups::queries::set_groups(&member.store, &customer.id, &groups).await?;
    Ok(see_other(PATH, Some("flash.customer_added")))
}

async fn new_page(member: &Member, fields: &Fields) -> Result<Markup> {
    let (lang, title) = (member.lang(), tr!(member.lang(), "customers.new"));
    let body = html! {
        (ui::breadcrumbs(lang, &[(&tr!(lang, "customers.title"), Some(PATH)), (&title, None)]))
        (ui::header(&title, None, html! {}))
        (form(member, &format!("{PATH}/new"), PATH, fields).await?)
    };
    Ok(member.chrome(Section::Customers).page(&title, body))
}

async fn show(member: Member, Path(id): Path<CustomerId>) -> Result<Markup> {
    let customer = queries::find(&member.store, &id).await?;
    let fields = fields_of(&customer);
    edit_page(&member, &customer, &fields).await
}

async fn update(
    member: Member,
    Path(id): Path<CustomerId>,
    Form(mut fields): Form,
) -> Result<Response> {
    let customer = queries::find(&member.store, &id).await?;
    let groups = fields.ids("groups");
    let patch: CustomerPatch = match fields.read() {
        Ok(patch) => patch,
        Err(Error::Invalid(_)) => {
            return Ok(edit_page(&member, &customer, &fields).await?.into_response());
        }
        Err(error) => return Err(error),
    };
    queries::update(&member.store, &id, patch).await?;
    customer_groups::queries::set_groups(&member.store, &id, &groups).await?;
    Ok(see_other(PATH, Some("flash.customer_saved")))
}

/// What the form of a customer holds when it opens.
fn fields_of(customer: &Customer) -> Fields {
    let texts = [
        ("companyName", &customer.company_name),
        ("address", &customer.address),
        ("zipCode", &customer.zip_code),
        ("city", &customer.city),
        ("countryCode", &customer.country_code),
        ("primaryEmail", &customer.primary_email),
    ];
    let groups = customer.group_ids.split_ascii_whitespace().map(|id| ("groups", id));
    let texts = texts.into_iter().map(|(name, text)| (name, text.as_str()));
    Fields::pairs(
        texts.chain(groups).map(|(name, text)| (name.to_owned(), text.to_owned())).collect(),
    )
}

async fn edit_page(member: &Member, customer: &Customer, fields: &Fields) -> Result<Markup> {
    let (lang, path) = (member.lang(), format!("{PATH}/{}", customer.id));
    let body = html! {
        (ui::breadcrumbs(lang, &[(&tr!(lang, "customers.title"), Some(PATH)), (&customer.company_name, None)]))
        (ui::header(&customer.company_name, None, html! {}))
        (form(member, &path, PATH, fields).await?)
        (ui::card(Some(&tr!(lang, "customers.about")), about(member, customer)))
        (ui::danger_zone(&tr!(lang, "customers.delete_title"), html! {
            p { (tr!(lang, "customers.delete_text")) }
            (ui::link_button(&tr!(lang, "manage.delete"), &format!("{path}/delete"), ButtonStyle::Danger))
        }))
    };
    Ok(member.chrome(Section::Customers).page(&customer.company_name, body))
}

/// What is known of a customer beside the form.
fn about(member: &Member, customer: &Customer) -> Markup {
    let lang = member.lang();
    let (id, created) = (tr!(lang, "customers.id"), tr!(lang, "customers.column.created"));
    let (phone, integration, integration_id) = (
        tr!(lang, "customers.phone"),
        tr!(lang, "customers.integration"),
        tr!(lang, "customers.integration_id"),
    );
    let mut items = vec![
        (id.as_ref(), ui::copyable(lang, &id, customer.id.as_str())),
        (created.as_ref(), member.moment(customer.created_at)),
    ];
    let more = [
        (&phone, &customer.phone),
        (&integration, &customer.integration),
        (&integration_id, &customer.integration_id),
    ];
    items.extend(
        more.into_iter()
            .filter_map(|(label, text)| Some((label.as_ref(), html! { (text.as_ref()?) }))),
    );
    ui::definition_list(items)
}

async fn form(member: &Member, action: &str, cancel: &str, fields: &Fields) -> Result<Markup> {
    let lang = member.lang();
    let errors = fields.errors().list(lang);
    let labels = FIELDS
        .map(|name| (name, lang.text(&format!("customers.field.{name}")).into_owned().into()));
    let groups = customer_groups::queries::all(&member.store).await?;
    let field = |name: &'static str, longest: usize| {
        let field =
            Field::text(lang, name, lang.text(&format!("customers.field.{name}")).into_owned());
        field
            .value(fields.sent(name))
            .errors_from(&errors)
            .required(true)
            .maxlength(longest)
            .autocomplete("off")
    };
    let country = Field::select(
        lang,
        "countryCode",
        tr!(lang, "customers.field.countryCode"),
        &countries::choices(lang),
        fields.sent("countryCode"),
    );
    Ok(html! {
        (ui::error_summary(lang, &ui::with_labels(&errors, &labels)))
        (ui::form(action, &member.visit.csrf, html! {
            (field("companyName", 200))
            (field("primaryEmail", 254).kind("email"))
            (field("address", 200))
            (field("zipCode", 20))
            (field("city", 100))
            (country.errors_from(&errors).autocomplete("off"))
            @if !groups.is_empty() { (group_choices(lang, fields, &groups)) }
            (ui::actions(html! {
                (ui::submit(&tr!(lang, "manage.save"), ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), cancel, ButtonStyle::Secondary))
            }))
        }))
    })
}

fn group_choices(lang: Lang, fields: &Fields, groups: &[CustomerGroup]) -> Markup {
    let ticked = fields.all("groups");
    let choice = |group: &CustomerGroup| Choice {
        value: group.id.to_string().into(),
        label: group.name.clone().into(),
        hint: None,
        checked: ticked.contains(&group.id.as_str()),
    };
    let choices: Vec<Choice<'_>> = groups.iter().map(choice).collect();
    let (legend, search) = (tr!(lang, "customers.field.groups"), tr!(lang, "groups.search"));
    ui::long_choice_group(
        "groups",
        &legend,
        choices,
        &search,
        fields.errors().first("groups", lang).as_deref(),
    )
}

async fn ask_to_delete(member: Member, Path(id): Path<CustomerId>) -> Result<Markup> {
    let customer = queries::find(&member.store, &id).await?;
    let (lang, path) = (member.lang(), format!("{PATH}/{id}"));
    let title = tr!(lang, "customers.confirm_title", name = customer.company_name);
    let text = tr!(lang, "customers.delete_text");
    let body = ui::confirm(
        lang,
        &title,
        &text,
        &format!("{path}/delete"),
        &member.visit.csrf,
        &tr!(lang, "manage.delete"),
        &path,
    );
    Ok(member.chrome(Section::Customers).page(&title, body))
}

async fn delete(member: Member, Path(id): Path<CustomerId>, _: Form) -> Result<Response> {
    queries::delete(&member.store, &id).await?;
    Ok(see_other(PATH, Some("flash.customer_deleted")))
}
