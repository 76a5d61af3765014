//! A request's page: its link, what came in, its history, and withdrawing it.

use axum::response::Response;
use jiff::Timestamp;
use maud::{Markup, html};

use super::links::{PATH, SECTION, asked, progress, request_path};
use super::{FileRequest, RequestedFile, ask_again, queries};
use crate::error::Result;
use crate::http::{Expected, Path};
use crate::i18n::tr;
use crate::ids::FileRequestId;
use crate::manage::{HistoryBefore, HistoryPart, Member, table};
use crate::resources::files::{self, EntryId};
use crate::time::clock_time;
use crate::ui::{self, ButtonStyle};
use crate::unicode::isolated;
use crate::web::{Form, see_other};

pub(super) async fn show(member: Member, Path(id): Path<FileRequestId>) -> Result<Markup> {
    let request = queries::find(&member.store, &id).await?;
    let files = queries::files(&member.store, &id).await?;
    let (lang, path) = (member.lang(), request_path(&id));
    let delete = tr!(lang, "file_requests.delete");
    let paused = ask_again::paused_until(&request, member.now());
    let can_ask = ask_again::is_possible(&request);
    let actions = html! {
        @if can_ask && paused.is_none() {
            (ui::button_form(&format!("{path}/remind"), &member.visit.mark, &tr!(lang, "file_requests.ask_again"), ButtonStyle::Primary))
        }
        (ui::link_button(&delete, &format!("{path}/delete"), ButtonStyle::Secondary))
    };
    let paused = paused.filter(|_| can_ask).map(|end| clock_time(end, member.time_zone()));
    let history = HistoryPart::newest(&member, (queries::KIND, id.as_str())).await?;
    let address = member.page_url(&request.public_path(member.sealing_keys())?);
    let label = tr!(lang, "file_requests.link");
    let link = html! {
        p { (tr!(lang, "file_requests.link_hint")) }
        p { (ui::copyable(lang, &label, &address)) }
    };
    let body = html! {
        (SECTION.trail(lang, &[], &request.name))
        (ui::header(&request.name, None, actions))
        @if let Some(end) = paused { p.muted { (tr!(lang, "file_requests.asked_again", time = end)) } }
        (ui::card(Some(&label), link))
        (facts(&member, &request))
        (ui::section(&tr!(lang, "file_requests.files"), None, html! {}, file_table(&member, &files)))
        (history.section(lang, &format!("{path}/history"), changes(&member, &history)))
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

fn changes(member: &Member, history: &HistoryPart) -> Markup {
    let lang = member.lang();
    let label = |field: &str| {
        let is_asked = field == queries::ASKED_AGAIN;
        let key = if is_asked { "file_requests.reminded" } else { "file_requests.column.received" };
        tr!(lang, key).into_owned()
    };
    history.show(member, label, |_, text| text.to_owned())
}

/// All changes, the newest first.
pub(super) async fn history(
    member: Member,
    Path(id): Path<FileRequestId>,
    before: HistoryBefore,
) -> Result<Markup> {
    let request = queries::find(&member.store, &id).await?;
    let history = HistoryPart::page(&member, (queries::KIND, id.as_str()), before).await?;
    let path = request_path(&id);
    let entries = changes(&member, &history);
    Ok(history.show_page(&member, (&SECTION, &request.name, &path), before, entries))
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
