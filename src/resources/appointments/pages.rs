//! `/manage/appointments`: the list of appointments.

use maud::{Markup, html};

use super::links::{SECTION, appointment_link, attendee, buttons, status_badge, when};
use super::{Appointment, calendar, decide, detail, edit, feed_page, queries, settings_page};
use crate::error::Result;
use crate::http::ListRequest;
use crate::i18n::tr;
use crate::manage::{
    Member, PageList, PageOf, bin_button, bin_pages, bulk_table, delete_ticked_pages, saved_views,
    view_pages,
};
use crate::ui;
use crate::web::Pages;

/// The pages' routes.
pub(super) fn pages() -> Pages {
    let pages = Pages::of(SECTION)
        .get("/", list)
        .get("/calendar", calendar::show)
        .form("/feed", feed_page::show, feed_page::create)
        .form("/feed/withdraw", feed_page::ask_to_withdraw, feed_page::withdraw)
        .form("/new", edit::show_new, edit::create)
        .form("/with/{customer}", edit::show_new_with, edit::create_with)
        .get("/{id}", detail::show)
        .get("/{id}/history", detail::history)
        .form("/{id}/edit", edit::show, edit::update)
        .post("/{id}/schedule", decide::schedule)
        .form("/{id}/cancel", decide::ask_to_cancel, decide::cancel)
        .form("/{id}/delete", decide::ask_to_delete, decide::delete);
    let pages = view_pages::<Appointment>(delete_ticked_pages::<Appointment>(pages));
    bin_pages::<Appointment>(pages).merge(settings_page::pages())
}

async fn list(member: Member, PageList(request): PageList<Appointment>) -> Result<Markup> {
    let (store, zone) = (&member.store, member.time_zone());
    let rows = queries::list(store, &request, zone).await?;
    let count = async |most| queries::count_listed(store, &request, zone, most).await;
    let page = PageOf::of(&request, rows, count).await?;
    let (lang, title) = (member.lang(), tr!(member.lang(), "appointments.title"));
    let table = appointment_table(&member, &request, page.rows());
    let views = saved_views(&member, &request).await?;
    let buttons = html! { (buttons(lang)) (bin_button::<Appointment>(lang)) };
    let body = html! {
        (ui::header(&title, None, buttons))
        @if page.is_empty_list(&request) {
            (ui::empty_state(&tr!(lang, "appointments.empty_title"), &tr!(lang, "appointments.empty_text"), None))
        } @else {
            (views)
            (page.show(&member, &request, &tr!(lang, "appointments.search"), &[], table))
        }
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}

fn appointment_table(
    member: &Member,
    request: &ListRequest<Appointment>,
    rows: &[Appointment],
) -> Markup {
    let lang = member.lang();
    let rows = rows.iter().map(|row| {
        let cells = vec![
            appointment_link(row),
            when(member, row),
            attendee(row),
            status_badge(lang, row.status),
        ];
        (row.id.to_string(), row.name().to_owned(), cells)
    });
    let heads = [
        ("appointments.field.name", Some("name")),
        ("appointments.when", Some("startsAt")),
        ("appointments.with", None),
        ("appointments.state", None),
    ];
    let caption = tr!(lang, "appointments.title");
    bulk_table(member, request, &caption, &heads, rows.collect(), html! {})
}
