//! `/manage/customers`: list, add, change and delete customers. The URLs keep the search and page
//! of the list, so that saving or going back returns to it unchanged.

use axum::extract::Query;
use axum::response::Response;
use maud::{Markup, html};

use super::form::{self, Warning};
use super::links::{PATH, SECTION, email_text, link_from, new_button};
use super::{Customer, CustomerCreate, CustomerDetails, CustomerPatch, queries, ticked};
use crate::error::{Error, Result};
use crate::fields::{Fields, FromFields};
use crate::http::{Expected, ListRequest, Path};
use crate::i18n::{Lang, tr};
use crate::ids::{CustomerId, DeletionId};
use crate::manage::{
    Member, PageList, PageOf, bin_button, bin_pages, bulk_table, saved_views, view_pages,
};
use crate::resources::customer_groups::{self, CustomerGroup};
use crate::transfer::{self, ExportAsked};
use crate::ui::{self, BadgeKind, ButtonStyle};
use crate::web::{
    ANYWAY, FlashMessage, Form, Pages, Sent, ask_again, expected_revision, see_other,
    see_other_with,
};

/// The pages' routes.
pub(super) fn pages() -> Pages {
    let pages = Pages::of(SECTION)
        .get("/", list)
        .form("/new", show_new, create)
        .get("/export", export)
        .form("/{id}", show, update)
        .form("/{id}/delete", ask_to_delete, delete);
    bin_pages::<Customer>(view_pages::<Customer>(ticked::pages(pages)))
}

async fn list(member: Member, PageList(request): PageList<Customer>) -> Result<Markup> {
    let (store, zone) = (&member.store, member.time_zone());
    let rows = queries::list(store, &request, zone).await?;
    let count = async |most| queries::count_listed(store, &request, zone, most).await;
    let page = PageOf::of(&request, rows, count).await?;
    let (lang, title) = (member.lang(), tr!(member.lang(), "customers.title"));
    let button = new_button(lang, &request.query());
    let groups = customer_groups::queries::all(store).await?;
    let table = customer_table(&member, &request, page.rows(), &groups);
    let options = groups.iter().map(|group| (group.id.to_string(), group.name.clone()));
    let options = [("customerGroupId", options.collect())];
    let views = saved_views(&member, &request).await?;
    let body = html! {
        (ui::header(&title, None, html! { (button) (export_button(lang, &request)) (bin_button::<Customer>(lang)) }))
        @if page.is_empty_list(&request) {
            (ui::empty_state(&tr!(lang, "customers.empty_title"), &tr!(lang, "customers.empty_text"), Some(button)))
        } @else {
            (views)
            (page.show(&member, &request, &tr!(lang, "customers.search"), &options, table))
        }
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}

/// The button that leads to the export of the list as it is searched and filtered.
fn export_button(lang: Lang, request: &ListRequest<Customer>) -> Markup {
    let href = format!("{PATH}/export{}", request.query());
    ui::link_button(&tr!(lang, "transfer.export.link"), &href, ButtonStyle::Secondary)
}

fn customer_table(
    member: &Member,
    request: &ListRequest<Customer>,
    customers: &[Customer],
    groups: &[CustomerGroup],
) -> Markup {
    let (lang, query) = (member.lang(), request.query());
    let rows = customers.iter().map(|customer| {
        let cells = vec![
            link_from(customer, &query),
            html! { (customer.details.city) },
            email_text(customer),
            group_badges(customer, groups),
            member.day(customer.created_at),
        ];
        (customer.id.to_string(), customer.details.name().to_owned(), cells)
    });
    let heads = [
        ("customers.column.name", Some("companyName")),
        ("customers.column.city", None),
        ("customers.column.email", None),
        ("customers.column.groups", None),
        ("customers.column.created", Some("createdAt")),
    ];
    let (caption, buttons) = (tr!(lang, "customers.title"), ticked::buttons(lang, groups));
    bulk_table(member, request, &caption, &heads, rows.collect(), buttons)
}

/// The names of a customer's groups; if there are many, the first few.
fn group_badges(customer: &Customer, groups: &[CustomerGroup]) -> Markup {
    const SHOWN: usize = 3;
    let is_in = |group: &&CustomerGroup| customer.group_ids().any(|id| id == group.id.as_str());
    let own: Vec<&CustomerGroup> = groups.iter().filter(is_in).collect();
    html! {
        @for group in own.iter().take(SHOWN) { (ui::badge(&group.name, BadgeKind::Neutral)) " " }
        @if own.len() > SHOWN { (ui::muted(&format!("+{}", own.len() - SHOWN))) }
    }
}

async fn export(
    member: Member,
    PageList(request): PageList<Customer>,
    Query(asked): Query<ExportAsked>,
) -> Result<Response> {
    transfer::export(member, &SECTION, request, asked).await
}

async fn show_new(member: Member, PageList(request): PageList<Customer>) -> Result<Markup> {
    let Some(typed) = member.visit.typed() else {
        let country = ("countryCode".to_owned(), "NL".to_owned());
        let fields = Fields::pairs(vec![country]);
        return new_page(&member, &request, &fields, Warning::default()).await;
    };
    let details = form::details(&typed);
    let warning = match &details {
        Some(details) => alike(&member, None, details).await?,
        None => None,
    };
    new_page(&member, &request, &typed, warning.unwrap_or_default()).await
}

async fn create(
    member: Member,
    PageList(request): PageList<Customer>,
    Form(mut fields): Form,
) -> Result<Response> {
    let groups = fields.ids("groups");
    let CustomerCreate(details) = fields.read()?;
    let mut tx = member.begin().await?;
    // Of two who add the same customer at once the second finds the first.
    if !fields.has(ANYWAY) && !queries::alike_in(&mut tx, None, &details).await?.is_empty() {
        return Ok(ask_again(&member.visit));
    }
    let customer = queries::create(&mut tx, &member.change(), member.quotas(), details).await?;
    let now = member.change().now;
    customer_groups::queries::set_groups(&mut tx, &customer.id, &groups, now).await?;
    tx.commit().await?;
    Ok(see_other(&own_path(&customer.id, &request), Some("flash.customer_added")))
}

/// A warning of customers that may be the same.
async fn alike(
    member: &Member,
    id: Option<&CustomerId>,
    details: &CustomerDetails,
) -> Result<Option<Warning>> {
    let others = queries::alike(&member.store, id, details).await?;
    Ok((!others.is_empty()).then(|| Warning::alike(member.lang(), &others)))
}

fn own_path(id: &CustomerId, request: &ListRequest<Customer>) -> String {
    format!("{PATH}/{id}{}", request.query())
}

fn list_path(request: &ListRequest<Customer>) -> String {
    format!("{PATH}{}", request.query())
}

async fn new_page(
    member: &Member,
    request: &ListRequest<Customer>,
    fields: &Fields,
    warning: Warning,
) -> Result<Markup> {
    let (lang, title, list) =
        (member.lang(), tr!(member.lang(), "customers.new"), list_path(request));
    let action = format!("{PATH}/new{}", request.query());
    let body = html! {
        (ui::breadcrumbs(lang, &[(&tr!(lang, "customers.title"), Some(&list)), (&title, None)]))
        (ui::header(&title, None, html! {}))
        (form::form(member, &action, &list, fields, warning).await?)
    };
    Ok(member.chrome(&SECTION).with_labels(&form::labels(lang)).page(&title, body))
}

async fn show(
    member: Member,
    Path(id): Path<CustomerId>,
    PageList(request): PageList<Customer>,
) -> Result<Markup> {
    let customer = queries::find(&member.store, &id).await?;
    let saved = form::saved(&member, &customer);
    let Some(typed) = member.visit.typed().map(|typed| saved.merge(typed)) else {
        return edit_page(&member, &request, &customer, &saved.form(), Warning::default()).await;
    };
    let (labels, shown) = (form::labels(member.lang()), form::shown(&member).await?);
    let sent = Sent { fields: &typed, labels: &labels, shown };
    let warning = match saved.notice(member.lang(), &sent, &own_path(&id, &request)) {
        Some(notice) => Some(Warning::changed(member.lang(), notice)),
        None => match form::details(&typed) {
            Some(details) => alike_now(&member, &customer, &details).await?,
            None => None,
        },
    };
    let fields = saved.form_again(typed);
    edit_page(&member, &request, &customer, &fields, warning.unwrap_or_default()).await
}

/// A warning of customers that may be the same as this one since it was changed.
async fn alike_now(
    member: &Member,
    customer: &Customer,
    changed: &CustomerDetails,
) -> Result<Option<Warning>> {
    if changed.identity() == customer.details.identity() {
        return Ok(None);
    }
    alike(member, Some(&customer.id), changed).await
}

async fn update(
    member: Member,
    Path(id): Path<CustomerId>,
    PageList(request): PageList<Customer>,
    Form(sent): Form,
) -> Result<Response> {
    let saved = || see_other(&own_path(&id, &request), Some("flash.customer_saved"));
    // Once more for a person who saved in between.
    for _ in 0..2 {
        let customer = queries::find(&member.store, &id).await?;
        let now = form::saved(&member, &customer);
        let fields = now.merge(sent.again().unwrap_or_else(Fields::none));
        let (labels, shown) = (form::labels(member.lang()), form::shown(&member).await?);
        let same = Sent { fields: &fields, labels: &labels, shown };
        if !now.is_origin_of(&sent) && now.differences(&same).is_empty() {
            return Ok(saved());
        }
        match save(&member, &customer, fields).await {
            Ok(true) => return Ok(saved()),
            Ok(false) => return Ok(ask_again(&member.visit)),
            Err(Error::Changed) => {}
            Err(error) => return Err(error),
        }
    }
    Err(Error::Changed)
}

/// Saves the form of a customer; false if it may be a duplicate since it was changed, and nobody has
/// confirmed that.
async fn save(member: &Member, customer: &Customer, mut fields: Fields) -> Result<bool> {
    let groups = fields.ids("groups");
    let expected = expected_revision(&fields);
    let patch = CustomerPatch::from_fields(&mut fields);
    let mut changed = customer.details.clone();
    patch.clone().apply(&mut changed);
    changed.check_change(&customer.details, &mut fields);
    fields.expect_none_wrong()?;
    let is_renamed = changed.identity() != customer.details.identity();
    let (id, mut tx) = (&customer.id, member.begin().await?);
    if is_renamed
        && !fields.has(ANYWAY)
        && !queries::alike_in(&mut tx, Some(id), &changed).await?.is_empty()
    {
        return Ok(false);
    }
    queries::update(&mut tx, &member.change(), id, expected, patch).await?;
    customer_groups::queries::set_groups(&mut tx, id, &groups, member.change().now).await?;
    tx.commit().await?;
    Ok(true)
}

async fn edit_page(
    member: &Member,
    request: &ListRequest<Customer>,
    customer: &Customer,
    fields: &Fields,
    notice: Warning,
) -> Result<Markup> {
    let (lang, path, list) = (member.lang(), own_path(&customer.id, request), list_path(request));
    let name = customer.details.name();
    let back = ui::link_button(&tr!(lang, "customers.back_to_list"), &list, ButtonStyle::Secondary);
    let delete = format!("{PATH}/{}/delete{}", customer.id, request.query());
    let body = html! {
        (ui::breadcrumbs(lang, &[(&tr!(lang, "customers.title"), Some(&list)), (name, None)]))
        (ui::header(name, None, back))
        (form::form(member, &path, &list, fields, notice).await?)
        (ui::card(Some(&tr!(lang, "customers.about")), about(member, customer)))
        (ui::danger_zone(&tr!(lang, "customers.delete_title"), html! {
            p { (tr!(lang, "customers.delete_text")) }
            (ui::link_button(&tr!(lang, "manage.delete"), &delete, ButtonStyle::Danger))
        }))
    };
    Ok(member.chrome(&SECTION).with_labels(&form::labels(lang)).page(name, body))
}

/// The other data of a customer.
fn about(member: &Member, customer: &Customer) -> Markup {
    let lang = member.lang();
    let (id, created) = (tr!(lang, "customers.id"), tr!(lang, "customers.column.created"));
    let (integration, integration_id) =
        (tr!(lang, "customers.integration"), tr!(lang, "customers.integration_id"));
    let mut items = vec![
        (id.as_ref(), ui::copyable(lang, &id, customer.id.as_str())),
        (created.as_ref(), member.moment(customer.created_at)),
    ];
    let more = [(&integration, &customer.integration), (&integration_id, &customer.integration_id)];
    items.extend(
        more.into_iter()
            .filter_map(|(label, text)| Some((label.as_ref(), html! { (text.as_ref()?) }))),
    );
    ui::definition_list(items)
}

async fn ask_to_delete(
    member: Member,
    Path(id): Path<CustomerId>,
    PageList(request): PageList<Customer>,
) -> Result<Markup> {
    let customer = queries::find(&member.store, &id).await?;
    let lang = member.lang();
    let title = tr!(lang, "customers.confirm_title", name = customer.details.name());
    let text = tr!(lang, "customers.delete_text");
    let body = ui::confirm(
        lang,
        &title,
        &text,
        &format!("{PATH}/{id}/delete{}", request.query()),
        &member.visit.mark,
        &tr!(lang, "manage.delete"),
        &own_path(&id, &request),
    );
    Ok(member.chrome(&SECTION).page(&title, body))
}

async fn delete(
    member: Member,
    Path(id): Path<CustomerId>,
    PageList(request): PageList<Customer>,
    _: Form,
) -> Result<Response> {
    let mut tx = member.begin().await?;
    let deletion = DeletionId::random();
    queries::delete(&mut tx, &member.change(), &id, &Expected::Any, &deletion).await?;
    tx.commit().await?;
    let message = FlashMessage::new("flash.customer_deleted").with_undo(&SECTION, deletion);
    Ok(see_other_with(&list_path(&request), message))
}
