//! Lists with rows to tick: the table, and what the buttons of its bar have in common. At most a page
//! of rows is changed at once, in one transaction.

use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::member::Member;
use super::page_list::{PageList, heads_of};
use super::trashed::Trashed;
use crate::error::{Error, Message, Result};
use crate::fields::Fields;
use crate::http::ListRequest;
use crate::i18n::tr;
use crate::ids::DeletionId;
use crate::lists::Listed;
use crate::ui::{self, BulkBar, ButtonStyle};
use crate::web::{FlashMessage, Form, Pages, see_other, see_other_with, shown_at};

/// The path below the section's to which the rows are posted.
const PATH: &str = "/ticked";

/// The path of the question whether to delete them.
const DELETE: &str = "/ticked/delete";

/// The field with the ids of the ticked rows.
const TICKED: &str = "ticked";

/// The field that says which button was pressed.
pub const ACTION: &str = "action";

/// The most rows that are ticked at once: those of a page.
pub const MOST_TICKED: usize = 100;

/// The button that deletes the ticked rows.
const TO_DELETE: &str = "delete";

/// A row of the table: its id, its name, and its cells.
pub type TickedRow = (String, String, Vec<Markup>);

/// Adds the pages that delete the ticked rows of a list to those of its section.
pub fn ticked_pages<T: Trashed + Listed>(pages: Pages) -> Pages {
    pages.form(DELETE, ask_to_delete::<T>, delete::<T>)
}

/// The same with a bar that has no other button.
pub fn delete_ticked_pages<T: Trashed + Listed>(pages: Pages) -> Pages {
    ticked_pages::<T>(pages).post(PATH, ticked_to_delete::<T>)
}

/// A table of a list with boxes before its rows, and below it a bar with `buttons` and one that
/// deletes. Heads are as those of [`list_table`](super::list_table).
pub fn bulk_table<T: Trashed + Listed>(
    member: &Member,
    request: &ListRequest<T>,
    caption: &str,
    heads: &[(&'static str, Option<&str>)],
    rows: Vec<TickedRow>,
    buttons: Markup,
) -> Markup {
    let (lang, typed) = (member.lang(), member.visit.typed());
    let ticked = typed.as_ref().map(|typed| typed.all(TICKED)).unwrap_or_default();
    let rows = rows.into_iter().map(|(id, name, cells)| {
        let label = tr!(lang, "bulk.choose", name = name);
        (ui::row_choice(TICKED, &id, &label, ticked.contains(&id.as_str())), cells)
    });
    let heads = heads_of(lang, request, heads);
    let table = ui::ticked_table(caption, &heads, &tr!(lang, "bulk.all"), rows.collect());
    let delete =
        ui::submit_named(ACTION, TO_DELETE, &tr!(lang, "manage.delete"), ButtonStyle::Secondary);
    let bar = BulkBar {
        label: &tr!(lang, "bulk.bar"),
        one: &tr!(lang, "bulk.one"),
        several: &lang.text("bulk.several"),
        buttons: html! { (buttons) (delete) },
    };
    let action = format!("{}{PATH}{}", T::SECTION.path, request.query());
    ui::bulk_form(&action, &member.visit.mark, table, &bar)
}

/// The ids of the ticked rows.
///
/// # Errors
/// [`Error::Invalid`] when there is none, or there are more than on a page.
pub fn ticked_ids<T: Trashed>(fields: &mut Fields) -> Result<Vec<T::Id>> {
    let ids: Vec<T::Id> = fields.ids(TICKED);
    fields.expect_none_wrong()?;
    match ids.len() {
        0 => Err(Error::invalid("", Message::new("bulk.nothing_ticked"))),
        1..=MOST_TICKED => Ok(ids),
        _ => Err(Error::invalid("", Message::with("bulk.too_many", MOST_TICKED))),
    }
}

/// The ids of the ticked rows as they were sent, in the order of the list.
pub fn ticked_in_order(fields: &Fields) -> Vec<&str> {
    fields.all(TICKED)
}

/// What the button that deletes leads to: the question.
pub fn to_delete<T: Trashed + Listed>(fields: &Fields, query: &str) -> Option<Response> {
    let page = format!("{}{DELETE}{query}", T::SECTION.path);
    (fields.sent(ACTION) == TO_DELETE).then(|| shown_at(&page, &[TICKED]))
}

/// The part of the list that the ticked rows are in, with a message of how many were changed. `texts`
/// are for one and for several.
pub fn back_to_list<T: Trashed>(query: &str, texts: [&'static str; 2], count: usize) -> Response {
    let message = match count {
        0 => FlashMessage::new("flash.note.nothing_changed"),
        count => FlashMessage::counted(texts, count),
    };
    see_other_with(&format!("{}{query}", T::SECTION.path), message)
}

async fn ticked_to_delete<T: Trashed + Listed>(
    _: Member,
    PageList(request): PageList<T>,
    Form(mut fields): Form,
) -> Result<Response> {
    ticked_ids::<T>(&mut fields)?;
    to_delete::<T>(&fields, &request.query()).ok_or(Error::NotFound)
}

async fn ask_to_delete<T: Trashed + Listed>(
    member: Member,
    PageList(request): PageList<T>,
) -> Result<Response> {
    let (lang, list) = (member.lang(), format!("{}{}", T::SECTION.path, request.query()));
    let typed = member.visit.typed();
    let ids = typed.as_ref().map(|typed| typed.all(TICKED)).unwrap_or_default();
    let [one, several] = T::TEXTS.confirm;
    let title = match ids.len() {
        0 => return Ok(see_other(&list, Some("flash.note.nothing_ticked"))),
        1 => lang.text(one),
        count => tr!(lang, several, count = count),
    };
    let fields = html! { @for id in &ids { (ui::hidden(TICKED, id)) } };
    let body = ui::confirm_with(
        lang,
        &title,
        &lang.text(T::TEXTS.delete_text),
        &format!("{}{DELETE}{}", T::SECTION.path, request.query()),
        &member.visit.mark,
        (&tr!(lang, "manage.delete"), fields),
        &list,
    );
    Ok(member.chrome(&T::SECTION).page(&title, body).into_response())
}

/// Deletes what is still there of the ticked rows.
async fn delete<T: Trashed + Listed>(
    member: Member,
    PageList(request): PageList<T>,
    Form(mut fields): Form,
) -> Result<Response> {
    let ids = ticked_ids::<T>(&mut fields)?;
    let deletion = DeletionId::random();
    let (mut tx, mut count) = (member.begin().await?, 0);
    for id in &ids {
        match T::delete(&mut tx, &member.change(), id, &deletion).await {
            Ok(()) => count += 1,
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    tx.commit().await?;
    if count == 0 {
        return Ok(back_to_list::<T>(&request.query(), T::TEXTS.deleted, 0));
    }
    let message = FlashMessage::counted(T::TEXTS.deleted, count).with_undo(&T::SECTION, deletion);
    Ok(see_other_with(&format!("{}{}", T::SECTION.path, request.query()), message))
}
