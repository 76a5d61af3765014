//! A request's page: its link, what came in, reminding the customer, and withdrawing it.

use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use super::links::{PATH, SECTION, asked, progress, request_path};
use super::{FileRequest, FileRequestReminder, RequestedFile, queries};
use crate::audit::Action;
use crate::error::{Error, Message, Result};
use crate::http::{Expected, Path};
use crate::i18n::tr;
use crate::ids::FileRequestId;
use crate::manage::{Member, table};
use crate::resources::files::{self, EntryId};
use crate::ui::{self, ButtonStyle};
use crate::unicode::isolated;
use crate::web::{Form, see_other};

pub(super) async fn show(member: Member, Path(id): Path<FileRequestId>) -> Result<Markup> {
    let request = queries::find(&member.store, &id).await?;
    let files = queries::files(&member.store, &id).await?;
    let (lang, path) = (member.lang(), request_path(&id));
    let delete = tr!(lang, "file_requests.delete");
    let can_remind = request.completed_at.is_none() && request.customer_id.is_some();
    let actions = html! {
        @if can_remind {
            (ui::button_form(&format!("{path}/remind"), &member.visit.mark, &tr!(lang, "file_requests.remind"), ButtonStyle::Primary))
        }
        (ui::link_button(&delete, &format!("{path}/delete"), ButtonStyle::Secondary))
    };
    let address = member.page_url(&request.public_path(member.sealing_keys())?);
    let label = tr!(lang, "file_requests.link");
    let link = html! {
        p { (tr!(lang, "file_requests.link_hint")) }
        p { (ui::copyable(lang, &label, &address)) }
    };
    let body = html! {
        (SECTION.trail(lang, &[], &request.name))
        (ui::header(&request.name, None, actions))
        (ui::card(Some(&label), link))
        (facts(&member, &request))
        (ui::section(&tr!(lang, "file_requests.files"), None, html! {}, file_table(&member, &files)))
    };
    Ok(member.chrome(&SECTION).page(&request.name, body))
}

fn facts(member: &Member, request: &FileRequest) -> Markup {
    let lang = member.lang();
    let [who, state, about, directory, due, complete, reminded, created, id] = [
        "file_requests.asked",
        "file_requests.state",
        "file_requests.field.description",
        "file_requests.directory",
        "file_requests.field.dueAt",
        "file_requests.completed",
        "file_requests.reminded",
        "file_requests.column.created",
        "file_requests.id",
    ]
    .map(|key| tr!(lang, key));
    let moment_or = |moment: Option<Timestamp>, key: &'static str| {
        moment.map_or_else(|| ui::muted(&tr!(lang, key)), |moment| member.moment(moment))
    };
    let place = match request.directory_id.id() {
        None => html! { a href=(files::SECTION.path) { (tr!(lang, "files.title")) } },
        Some(id) => {
            let path = files::page_path(&EntryId::Directory(id.clone()));
            html! { a href=(path) { (tr!(lang, "file_requests.open_directory")) } }
        }
    };
    ui::facts(vec![
        (&who, asked(lang, request)),
        (&state, progress(lang, request)),
        (&about, ui::lines(request.description.as_deref().unwrap_or_default())),
        (&directory, place),
        (&due, moment_or(request.due_at, "file_requests.no_date")),
        (&complete, moment_or(request.completed_at, "file_requests.not_yet")),
        (&reminded, member.moment_or_never(request.reminded_at)),
        (&created, member.moment(request.created_at)),
        (&id, ui::copyable(lang, &id, request.id.as_str())),
    ])
}

fn file_table(member: &Member, files: &[RequestedFile]) -> Markup {
    let lang = member.lang();
    let rows = files.iter().map(|file| {
        let came = match (&file.file_id, &file.file_name) {
            (Some(id), Some(name)) => {
                html! { a href=(files::page_path(&EntryId::File(id.clone()))) { (ui::name(name)) } }
            }
            (None, Some(name)) => {
                html! { (ui::name(name)) " " (ui::muted(&tr!(lang, "file_requests.deleted"))) }
            }
            _ => ui::muted(&tr!(lang, "file_requests.not_yet")),
        };
        let need = if file.required { "file_requests.required" } else { "file_requests.optional" };
        vec![
            ui::name(&file.name),
            html! { (tr!(lang, need)) },
            came,
            file.received_at.map_or_else(|| html! {}, |at| member.moment(at)),
        ]
    });
    let heads = [
        "file_requests.column.file",
        "file_requests.column.required",
        "file_requests.column.received",
        "file_requests.column.when",
    ];
    table(lang, &tr!(lang, "file_requests.files"), &heads, rows.collect())
}

/// For how long a second reminder is taken for the same.
const A_MOMENT: SignedDuration = SignedDuration::from_mins(1);

pub(super) async fn remind(
    member: Member,
    Path(id): Path<FileRequestId>,
    _: Form,
) -> Result<Response> {
    let (mut tx, change) = (member.begin().await?, member.change());
    let request = queries::hold(&mut tx, &id).await?;
    if request.completed_at.is_some() || request.customer_id.is_none() {
        return Err(Error::Conflict(Message::new("file_requests.nobody_to_remind")));
    }
    let answer = see_other(&request_path(&id), Some("flash.file_request_reminded"));
    // A button that is pressed twice sends one mail.
    if request.reminded_at.is_some_and(|at| change.now.duration_since(at) < A_MOMENT) {
        return Ok(answer);
    }
    let reminder = FileRequestReminder::new(tx.portal().clone(), id.clone());
    tx.enqueue(&reminder, change.now).await?;
    queries::note_reminder(&mut tx, &id, change.now).await?;
    change.tell(&mut tx, Action::FileRequestReminded, &request.name, id.as_str()).await?;
    tx.commit().await?;
    Ok(answer)
}

pub(super) async fn ask_to_delete(member: Member, Path(id): Path<FileRequestId>) -> Result<Markup> {
    let request = queries::find(&member.store, &id).await?;
    let (lang, path) = (member.lang(), request_path(&id));
    let title = tr!(lang, "file_requests.delete_title", name = isolated(&request.name));
    let (text, button) =
        (tr!(lang, "file_requests.delete_text"), tr!(lang, "file_requests.delete"));
    let action = format!("{path}/delete");
    let body = ui::confirm(lang, &title, &text, &action, &member.visit.mark, &button, &path);
    Ok(member.chrome(&SECTION).page(&title, body))
}

pub(super) async fn delete(
    member: Member,
    Path(id): Path<FileRequestId>,
    _: Form,
) -> Result<Response> {
    let mut tx = member.begin().await?;
    queries::delete(&mut tx, &member.change(), &id, &Expected::Any).await?;
    tx.commit().await?;
    Ok(see_other(PATH, Some("flash.file_request_deleted")))
}
