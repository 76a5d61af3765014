//! `/manage/customer-groups`: list, add, rename and delete groups, and see who is in one.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use maud::{Markup, html};

use super::{CustomerGroup, CustomerGroupCreate, CustomerGroupPatch, queries};
use crate::error::{Error, Result};
use crate::http::site::{Form, see_other};
use crate::http::{Fields, ListRequest, Listing, Path};
use crate::i18n::{Lang, tr};
use crate::ids::{CustomerGroupId, CustomerId};
use crate::manage::{Member, PageList, Section, is_empty, list_page, table};
use crate::resources::customers::{self, Customer, customer_link, email_text};
use crate::server::Server;
use crate::ui::{self, ButtonStyle, Field};

const PATH: &str = Section::CustomerGroups.path();

/// The pages' routes.
pub fn routes() -> Router<Server> {
    Router::new()
        .route("/customer-groups", get(list))
        .route("/customer-groups/new", get(show_new).post(create))
        .route("/customer-groups/{id}", get(show))
        .route("/customer-groups/{id}/rename", get(show_rename).post(rename))
        .route("/customer-groups/{id}/delete", get(ask_to_delete).post(delete))
        .route("/customer-groups/{id}/customers/{customer}/remove", post(remove_customer))
}

fn new_group_button(lang: Lang) -> Markup {
    ui::link_button(&tr!(lang, "groups.new"), &format!("{PATH}/new"), ButtonStyle::Primary)
}

async fn list(member: Member, PageList(request): PageList) -> Result<Markup> {
    let listing = request.listing(queries::list(&member.store, &request).await?);
    let (lang, title) = (member.lang(), tr!(member.lang(), "groups.title"));
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "groups.intro")), new_group_button(lang)))
        @if is_empty(&request, &listing) {
            (ui::empty_state(&tr!(lang, "groups.empty_title"), &tr!(lang, "groups.empty_text"), Some(new_group_button(lang))))
        } @else {
            (list_page(lang, &request, &listing, &tr!(lang, "groups.search"), group_table(&member, &listing.data)))
        }
    };
    Ok(member.chrome(Section::CustomerGroups).page(&title, body))
}

fn group_table(member: &Member, groups: &[CustomerGroup]) -> Markup {
    let lang = member.lang();
    let rows = groups.iter().map(|group| {
        vec![
            html! { a href={ (PATH) "/" (group.id) } { (group.name) } },
            html! { (group.size) },
            member.day(group.created_at),
        ]
    });
    let heads = ["groups.column.name", "groups.column.size", "groups.column.created"];
    table(lang, &tr!(lang, "groups.title"), &heads, rows.collect())
}

async fn show_new(member: Member) -> Markup {
    new_page(&member, &Fields::pairs(Vec::new()))
}

async fn create(
    State(server): State<Server>,
    member: Member,
    Form(mut fields): Form,
) -> Result<Response> {
    let new: CustomerGroupCreate = match fields.read() {
        Ok(new) => new,
        Err(Error::Invalid(_)) => return Ok(new_page(&member, &fields).into_response()),
        Err(error) => return Err(error),
    };
    let group = queries::create(&member.store, new, server.clock.now()).await?;
    Ok(see_other(&format!("{PATH}/{}", group.id), Some("flash.group_added")))
}

fn new_page(member: &Member, fields: &Fields) -> Markup {
    let (lang, title) = (member.lang(), tr!(member.lang(), "groups.new"));
    let crumbs = ui::breadcrumbs(lang, &[(&tr!(lang, "groups.title"), Some(PATH)), (&title, None)]);
    name_page(member, &title, crumbs, &format!("{PATH}/new"), PATH, fields)
}

async fn show_rename(member: Member, Path(id): Path<CustomerGroupId>) -> Result<Markup> {
    let group = queries::find(&member.store, &id).await?;
    let fields = Fields::pairs(vec![("name".into(), group.name.clone())]);
    Ok(rename_page(&member, &group, &fields))
}

async fn rename(
    member: Member,
    Path(id): Path<CustomerGroupId>,
    Form(mut fields): Form,
) -> Result<Response> {
    let group = queries::find(&member.store, &id).await?;
    let patch: CustomerGroupPatch = match fields.read() {
        Ok(patch) => patch,
        Err(Error::Invalid(_)) => return Ok(rename_page(&member, &group, &fields).into_response()),
        Err(error) => return Err(error),
    };
    queries::rename(&member.store, &id, patch).await?;
    Ok(see_other(&format!("{PATH}/{id}"), Some("flash.group_saved")))
}

fn rename_page(member: &Member, group: &CustomerGroup, fields: &Fields) -> Markup {
    let (lang, title, path) =
        (member.lang(), tr!(member.lang(), "groups.rename"), format!("{PATH}/{}", group.id));
    let crumbs = ui::breadcrumbs(
        lang,
        &[(&tr!(lang, "groups.title"), Some(PATH)), (&group.name, Some(&path)), (&title, None)],
    );
    name_page(member, &title, crumbs, &format!("{path}/rename"), &path, fields)
}

/// A page with a form for a group's name.
fn name_page(
    member: &Member,
    title: &str,
    crumbs: Markup,
    action: &str,
    cancel: &str,
    fields: &Fields,
) -> Markup {
    let lang = member.lang();
    let errors = fields.errors().list(lang);
    let body = html! {
        (crumbs)
        (ui::header(title, None, html! {}))
        (ui::error_summary(lang, &errors))
        (ui::form(action, &member.visit.csrf, html! {
            (Field::text(lang, "name", tr!(lang, "groups.name")).value(fields.sent("name")).errors_from(&errors)
                .hint(tr!(lang, "groups.name_hint")).required(true).maxlength(100).autocomplete("off").autofocus())
            (ui::actions(html! {
                (ui::submit(&tr!(lang, "manage.save"), ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), cancel, ButtonStyle::Secondary))
            }))
        }))
    };
    member.chrome(Section::CustomerGroups).page(title, body)
}

async fn show(
    member: Member,
    Path(id): Path<CustomerGroupId>,
    PageList(request): PageList,
) -> Result<Markup> {
    let group = queries::find(&member.store, &id).await?;
    let listing =
        request.listing(customers::queries::list_in_group(&member.store, &id, &request).await?);
    let (lang, path) = (member.lang(), format!("{PATH}/{id}"));
    let actions = html! {
        (ui::link_button(&tr!(lang, "groups.rename"), &format!("{path}/rename"), ButtonStyle::Secondary))
        (ui::link_button(&tr!(lang, "manage.delete"), &format!("{path}/delete"), ButtonStyle::Secondary))
    };
    let size = if group.size == 1 {
        tr!(lang, "groups.size_one")
    } else {
        tr!(lang, "groups.size", count = group.size)
    };
    let body = html! {
        (ui::breadcrumbs(lang, &[(&tr!(lang, "groups.title"), Some(PATH)), (&group.name, None)]))
        (ui::header(&group.name, Some(&size), actions))
        @if group.size == 0 {
            (ui::empty_state(&tr!(lang, "groups.nobody_title"), &tr!(lang, "groups.nobody_text"),
                Some(ui::link_button(&tr!(lang, "groups.to_customers"), Section::Customers.path(), ButtonStyle::Secondary))))
        } @else {
            (members(&member, &path, &request, &listing))
        }
    };
    Ok(member.chrome(Section::CustomerGroups).page(&group.name, body))
}

/// Who is in a group.
fn members(
    member: &Member,
    path: &str,
    request: &ListRequest,
    listing: &Listing<Customer>,
) -> Markup {
    let lang = member.lang();
    let rows = listing.data.iter().map(|customer| {
        let remove = format!("{path}/customers/{}/remove", customer.id);
        vec![
            customer_link(customer),
            html! { (customer.city) },
            email_text(customer),
            ui::button_form_about(
                &remove,
                &member.visit.csrf,
                &tr!(lang, "groups.remove"),
                &customer.company_name,
                ButtonStyle::Quiet,
            ),
        ]
    });
    let heads = ["customers.column.name", "customers.column.city", "customers.column.email", ""];
    let table = table(lang, &tr!(lang, "customers.title"), &heads, rows.collect());
    list_page(lang, request, listing, &tr!(lang, "customers.search"), table)
}

async fn remove_customer(
    member: Member,
    Path((id, customer)): Path<(CustomerGroupId, CustomerId)>,
    _: Form,
) -> Result<Response> {
    queries::remove_member(&member.store, &id, &customer).await?;
    Ok(see_other(&format!("{PATH}/{id}"), Some("flash.group_left")))
}

async fn ask_to_delete(member: Member, Path(id): Path<CustomerGroupId>) -> Result<Markup> {
    let group = queries::find(&member.store, &id).await?;
    let (lang, path) = (member.lang(), format!("{PATH}/{id}"));
    let title = tr!(lang, "groups.confirm_title", name = group.name);
    let text = tr!(lang, "groups.delete_text");
    let body = ui::confirm(
        lang,
        &title,
        &text,
        &format!("{path}/delete"),
        &member.visit.csrf,
        &tr!(lang, "manage.delete"),
        &path,
    );
    Ok(member.chrome(Section::CustomerGroups).page(&title, body))
}

async fn delete(member: Member, Path(id): Path<CustomerGroupId>, _: Form) -> Result<Response> {
    queries::delete(&member.store, &id).await?;
    Ok(see_other(PATH, Some("flash.group_deleted")))
}
