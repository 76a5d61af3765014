//! The bin of a section: what was deleted, to be restored or deleted for good.

use axum::extract::Query;
use axum::response::Response;
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;

use super::Member;
use super::page_list::table;
use super::trashed::Trashed;
use crate::error::Result;
use crate::http::Path;
use crate::i18n::{Lang, tr};
use crate::ids::DeletionId;
use crate::trash::Deleted;
use crate::ui::{self, ButtonStyle};
use crate::web::{DELETION, FlashMessage, Form, Pages, RESTORE, see_other, see_other_with};

/// The path below the section's.
const BIN: &str = "/bin";

/// The number of rows on a page.
const PER_PAGE: i64 = 50;

/// The field with the id of the row to restore.
const ID: &str = "id";

/// Adds the pages of the bin to those of its section.
pub fn bin_pages<T: Trashed>(pages: Pages) -> Pages {
    pages.get(BIN, list::<T>).post(RESTORE, restore::<T>).form(
        "/bin/{id}/delete",
        ask_to_discard::<T>,
        discard::<T>,
    )
}

/// The button on the list that leads to the bin.
pub fn bin_button<T: Trashed>(lang: Lang) -> Markup {
    ui::link_button(&tr!(lang, "bin.title"), &path::<T>(), ButtonStyle::Secondary)
}

fn path<T: Trashed>() -> String {
    format!("{}{BIN}", T::SECTION.path)
}

/// The query of the page.
#[derive(Deserialize)]
struct Earlier {
    /// The last row of the page before.
    before: Option<String>,
}

impl Earlier {
    fn position(&self) -> Option<(Timestamp, &str)> {
        let (at, id) = self.before.as_deref()?.split_once('-')?;
        Some((Timestamp::from_millisecond(at.parse().ok()?).ok()?, id))
    }
}

async fn list<T: Trashed>(member: Member, Query(earlier): Query<Earlier>) -> Result<Markup> {
    let (lang, position) = (member.lang(), earlier.position());
    let mut rows = T::TRASH.list(&member.store, position, member.now(), PER_PAGE + 1).await?;
    let has_more = rows.len() > usize::try_from(PER_PAGE).unwrap_or(usize::MAX);
    rows.truncate(usize::try_from(PER_PAGE).unwrap_or(usize::MAX));
    let title = tr!(lang, "bin.title");
    let older = rows.last().filter(|_| has_more).map(|last| {
        let at = last.deleted_at.as_millisecond();
        (tr!(lang, "bin.older"), format!("{}?before={at}-{}", path::<T>(), last.id))
    });
    let newest = position.map(|_| (tr!(lang, "bin.newest"), path::<T>()));
    let body = html! {
        (T::SECTION.trail(lang, &[], &title))
        (ui::header(&title, Some(&tr!(lang, "bin.intro")), html! {}))
        @if rows.is_empty() {
            (ui::empty_state(&tr!(lang, "bin.empty_title"), &tr!(lang, "bin.empty_text"), None))
        } @else {
            (bin_table::<T>(&member, &rows))
        }
        (ui::older_and_newest(lang, newest, older))
    };
    Ok(member.chrome(&T::SECTION).page(&title, body))
}

fn bin_table<T: Trashed>(member: &Member, rows: &[Deleted]) -> Markup {
    let (lang, path) = (member.lang(), path::<T>());
    let rows = rows.iter().map(|row| {
        let restore = ui::button_form_with_field(
            &format!("{}{RESTORE}", T::SECTION.path),
            &member.visit.mark,
            (&tr!(lang, "bin.restore"), &row.name),
            (ID, &row.id),
            ButtonStyle::Secondary,
        );
        let discard = ui::link_button_about(
            &tr!(lang, "bin.discard"),
            &row.name,
            &format!("{path}/{}/delete", row.id),
            ButtonStyle::Quiet,
        );
        vec![
            ui::name(&row.name),
            member.moment(row.deleted_at),
            html! { (row.deleted_by) },
            html! { (restore) " " (discard) },
        ]
    });
    let heads = ["bin.column.name", "bin.column.deleted", "bin.column.by", ""];
    table(lang, &tr!(lang, "bin.title"), &heads, rows.collect())
}

/// Restores one row, or all that were deleted together. The button is on the page of the bin, and in
/// the message after a deletion.
async fn restore<T: Trashed>(member: Member, Form(fields): Form) -> Result<Response> {
    let mut tx = member.begin().await?;
    let ids = match fields.sent(DELETION).parse::<DeletionId>() {
        Ok(deletion) => T::TRASH.of_deletion(&mut tx, &deletion).await?,
        Err(_) => vec![fields.sent(ID).to_owned()],
    };
    let mut restored = 0;
    for id in ids.iter().filter_map(|id| id.parse().ok()) {
        if T::restore(&mut tx, &member.change(), member.quotas(), &id).await? {
            restored += 1;
        }
    }
    tx.commit().await?;
    let message = match restored {
        0 => FlashMessage::new("flash.note.not_in_bin"),
        count => FlashMessage::counted(T::TEXTS.restored, count),
    };
    let bin = path::<T>();
    let page = if member.visit.is_form() { member.visit.form_page() } else { &bin };
    Ok(see_other_with(page, message))
}

async fn ask_to_discard<T: Trashed>(member: Member, Path(id): Path<T::Id>) -> Result<Markup> {
    let row = T::TRASH.find(&member.store, &id.to_string(), member.now()).await?;
    let (lang, path) = (member.lang(), path::<T>());
    let title = tr!(lang, "bin.confirm_title", name = row.name);
    let body = ui::confirm(
        lang,
        &title,
        &tr!(lang, "bin.confirm_text"),
        &format!("{path}/{id}/delete"),
        &member.visit.mark,
        &tr!(lang, "bin.discard"),
        &path,
    );
    Ok(member.chrome(&T::SECTION).page(&title, body))
}

async fn discard<T: Trashed>(member: Member, Path(id): Path<T::Id>, _: Form) -> Result<Response> {
    let mut tx = member.begin().await?;
    T::discard(&mut tx, &member.change(), &id).await?;
    tx.commit().await?;
    Ok(see_other(&path::<T>(), Some("flash.deleted_for_good")))
}
