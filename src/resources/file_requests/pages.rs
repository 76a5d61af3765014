//! `/manage/file-requests`: the list of file requests.

use maud::{Markup, html};

use super::links::{SECTION, asked, new_button, progress, request_link};
use super::{FileRequest, ask_again, create, detail, queries};
use crate::error::Result;
use crate::http::ListRequest;
use crate::i18n::tr;
use crate::manage::{Member, PageList, PageOf, list_table};
use crate::ui;
use crate::web::Pages;

/// The pages' routes.
pub(super) fn pages() -> Pages {
    Pages::of(SECTION)
        .get("/", list)
        .form("/new", create::show_new, create::create)
        .form("/with/{customer}", create::show_with, create::create_with)
        .get("/{id}", detail::show)
        .get("/{id}/history", detail::history)
        .post("/{id}/remind", ask_again::ask_again)
        .form("/{id}/delete", detail::ask_to_delete, detail::delete)
}

async fn list(member: Member, PageList(request): PageList<FileRequest>) -> Result<Markup> {
    let (store, zone) = (&member.store, member.time_zone());
    let rows = queries::list(store, &request, zone).await?;
    let count = async |most| queries::count_listed(store, &request, zone, most).await;
    let page = PageOf::of(&request, rows, count).await?;
    let (lang, title) = (member.lang(), tr!(member.lang(), "file_requests.title"));
    let table = request_table(&member, &request, page.rows());
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "file_requests.intro")), new_button(lang)))
        @if page.is_empty_list(&request) {
            (ui::empty_state(&tr!(lang, "file_requests.empty_title"), &tr!(lang, "file_requests.empty_text"), Some(new_button(lang))))
        } @else {
            (page.show(&member, &request, &tr!(lang, "file_requests.search"), &[], table))
        }
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}

fn request_table(
    member: &Member,
    request: &ListRequest<FileRequest>,
    rows: &[FileRequest],
) -> Markup {
    let lang = member.lang();
    let rows = rows.iter().map(|row| {
        vec![
            request_link(row),
            asked(lang, row),
            progress(lang, row),
            row.due_at.map_or_else(|| html! {}, |due| member.moment(due)),
            member.day(row.created_at),
        ]
    });
    let heads = [
        ("file_requests.field.name", Some("name")),
        ("file_requests.asked", None),
        ("file_requests.state", None),
        ("file_requests.field.dueAt", None),
        ("file_requests.column.created", Some("createdAt")),
    ];
    list_table(lang, request, &tr!(lang, "file_requests.title"), &heads, rows.collect())
}
