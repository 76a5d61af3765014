//! `/manage/customers`: list, show, add, change and delete customers. The URLs keep the search and page
//! of the list, so that saving or going back returns to it unchanged.

use axum::extract::Query;
use axum::response::Response;
use maud::{Markup, html};

use super::links::{PATH, SECTION, email_text, link_from, list_path, new_button, page_path};
use super::{Customer, contacts, custom_field_pages, detail, edit, queries, ticked};
use crate::error::Result;
use crate::http::{Expected, ListRequest, Path};
use crate::i18n::{Lang, tr};
use crate::ids::{CustomerId, DeletionId};
use crate::manage::{
    Member, PageList, PageOf, bin_button, bin_pages, bulk_table, saved_views, view_pages,
};
use crate::resources::customer_groups::{self, CustomerGroup};
use crate::resources::of_customers::CustomerSection;
use crate::transfer::{self, ExportAsked};
use crate::ui::{self, BadgeKind, ButtonStyle};
use crate::web::{FlashMessage, Form, Pages, see_other_with};

/// The pages' routes.
pub(super) fn pages() -> Pages {
    let pages = Pages::of(SECTION)
        .get("/", list)
        .form("/new", edit::show_new, edit::create)
        .get("/export", export)
        .get("/{id}/history", detail::history)
        .form("/{id}/edit", edit::show, edit::update)
        .form("/{id}/contacts/new", contacts::show_new, contacts::add)
        .form("/{id}/contacts/{contact}", contacts::show, contacts::change)
        .form("/{id}/contacts/{contact}/remove", contacts::ask_to_remove, contacts::remove)
        .form("/{id}/delete", ask_to_delete, delete)
        .merge(transfer::import_pages::<Customer>());
    bin_pages::<Customer>(view_pages::<Customer>(ticked::pages(pages)))
        .merge(custom_field_pages::pages())
}

/// A customer's page, with what other resources show on it.
pub fn customer_page(sections: &'static [CustomerSection]) -> Pages {
    let show = move |member: Member, id: Path<CustomerId>, list: PageList<Customer>| {
        detail::show(member, id, list, sections)
    };
    Pages::new().get("/customers/{id}", show)
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
    let options = [("customerGroupId", CustomerGroup::options(&groups))];
    let views = saved_views(&member, &request).await?;
    let body = html! {
        (ui::header(&title, None, html! { (button) (transfer_buttons(lang, &request)) (bin_button::<Customer>(lang)) }))
        @if page.is_empty_list(&request) {
            (ui::empty_state(&tr!(lang, "customers.empty_title"), &tr!(lang, "customers.empty_text"), Some(button)))
        } @else {
            (views)
            (page.show(&member, &request, &tr!(lang, "customers.search"), &options, table))
        }
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}

/// The buttons that lead to imports, and to the export of the list as it is searched and filtered.
fn transfer_buttons(lang: Lang, request: &ListRequest<Customer>) -> Markup {
    let href = format!("{PATH}/export{}", request.query());
    html! {
        (ui::link_button(&tr!(lang, "transfer.import.link"), &format!("{PATH}/imports"), ButtonStyle::Secondary))
        (ui::link_button(&tr!(lang, "transfer.export.link"), &href, ButtonStyle::Secondary))
    }
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
        &page_path(&id, &request.query()),
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
    Ok(see_other_with(&list_path(&request.query()), message))
}
