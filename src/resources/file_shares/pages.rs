//! `/manage/file-shares`: the list of file shares.

use maud::{Markup, html};

use super::links::{SECTION, new_button, share_link, shared_with, state_badge};
use super::{FileShare, create, detail, queries};
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
        .form("/of/{entry}", create::show_of_entry, create::create_of_entry)
        .form("/with/{customer}", create::show_with, create::create_with)
        .get("/{id}", detail::show)
        .form("/{id}/delete", detail::ask_to_delete, detail::delete)
}

async fn list(member: Member, PageList(request): PageList<FileShare>) -> Result<Markup> {
    let (store, zone) = (&member.store, member.time_zone());
    let rows = queries::list(store, &request, zone).await?;
    let count = async |most| queries::count_listed(store, &request, zone, most).await;
    let page = PageOf::of(&request, rows, count).await?;
    let (lang, title) = (member.lang(), tr!(member.lang(), "file_shares.title"));
    let table = share_table(&member, &request, page.rows());
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "file_shares.intro")), new_button(lang)))
        @if page.is_empty_list(&request) {
            (ui::empty_state(&tr!(lang, "file_shares.empty_title"), &tr!(lang, "file_shares.empty_text"), Some(new_button(lang))))
        } @else {
            (page.show(&member, &request, &tr!(lang, "file_shares.search"), &[], table))
        }
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}

fn share_table(member: &Member, request: &ListRequest<FileShare>, rows: &[FileShare]) -> Markup {
    let lang = member.lang();
    let rows = rows.iter().map(|row| {
        vec![
            share_link(row),
            shared_with(lang, row),
            html! { (lang.number(row.downloads)) },
            state_badge(lang, row.is_over(member.now())),
            member.day(row.created_at),
        ]
    });
    let heads = [
        ("file_shares.field.name", Some("name")),
        ("file_shares.with", None),
        ("file_shares.column.downloads", None),
        ("file_shares.state", None),
        ("file_shares.column.created", Some("createdAt")),
    ];
    list_table(lang, request, &tr!(lang, "file_shares.title"), &heads, rows.collect())
}
