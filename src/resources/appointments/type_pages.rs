//! Settings → Appointment settings: the types of appointments.

use std::borrow::Cow;

use axum::response::Response;
use maud::{Markup, html};

use super::links::{Manager, SETTINGS};
use super::types::{self, AppointmentType, MOST, NewType, StoredType};
use crate::error::Result;
use crate::fields::Fields;
use crate::http::Path;
use crate::i18n::{Lang, tr};
use crate::ids::AppointmentTypeId;
use crate::resources::record_form;
use crate::ui::{self, ButtonStyle};
use crate::unicode::isolated;
use crate::web::{
    Form, Pages, Saved, expected_revision, filled_from_field, new_id, new_id_field, see_other,
    verbatim,
};

/// The prefix of the labels' text keys.
const LABELS: &str = "appointment_types.field.";

/// The pages' routes.
pub(super) fn pages() -> Pages {
    Pages::of_part(SETTINGS, "/types")
        .form("/new", show_new, create)
        .form("/{id}", show, update)
        .form("/{id}/delete", ask_to_delete, delete)
}

fn type_path(id: &AppointmentTypeId) -> String {
    format!("{}/types/{id}", SETTINGS.path)
}

fn new_path() -> String {
    format!("{}/types/new", SETTINGS.path)
}

fn labels(lang: Lang) -> Vec<(&'static str, Cow<'static, str>)> {
    record_form::labelled::<AppointmentType>(lang, LABELS)
}

/// The types, as a section of the page with all settings.
pub(super) fn section(lang: Lang, all: &[StoredType]) -> Markup {
    let title = tr!(lang, "appointment_types.title");
    let is_full = i64::try_from(all.len()).is_ok_and(|count| count >= MOST);
    let new = html! {
        @if !is_full {
            (ui::link_button(&tr!(lang, "appointment_types.new"), &new_path(), ButtonStyle::Secondary))
        }
    };
    let minutes = |count: i64| html! { (tr!(lang, "appointment_types.minutes", count = count)) };
    let rows = all.iter().map(|StoredType { id, details, .. }| {
        let buffers = tr!(
            lang,
            "appointments.buffers_of",
            before = details.buffer_before,
            after = details.buffer_after
        );
        let has_buffers = details.buffer_before.get() > 0 || details.buffer_after.get() > 0;
        let notice = tr!(lang, "appointment_types.hours", count = details.notice);
        vec![
            html! { a href=(type_path(id)) { (ui::name(details.name.as_str())) } },
            minutes(details.duration.get()),
            html! { @if has_buffers { (buffers) } @else { "–" } },
            html! { @if details.notice.get() > 0 { (notice) } @else { "–" } },
        ]
    });
    let heads = [
        "appointment_types.field.name",
        "appointment_types.duration",
        "appointment_types.buffers",
        "appointment_types.notice",
    ]
    .map(|key| lang.text(key).into_owned());
    let heads: Vec<&str> = heads.iter().map(AsRef::as_ref).collect();
    let body = html! {
        @if all.is_empty() { p.muted { (tr!(lang, "appointment_types.none")) } }
        @else { (ui::table(&title, &heads, rows.collect())) }
    };
    ui::section(&title, Some(&tr!(lang, "appointment_types.intro")), new, body)
}

async fn show_new(member: Manager) -> Markup {
    let (lang, title) = (member.lang(), tr!(member.lang(), "appointment_types.new"));
    let fields = member.visit.fields(|| {
        let first =
            [("duration", "60"), ("bufferBefore", "0"), ("bufferAfter", "0"), ("notice", "0")];
        first.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    });
    let id: AppointmentTypeId = new_id(&fields);
    let body = html! {
        (SETTINGS.trail(lang, &[], &title))
        (ui::header(&title, None, html! {}))
        (form(&member, &fields, &new_path(), new_id_field(&id)))
    };
    member.chrome(&SETTINGS).with_labels(&labels(lang)).page(&title, body)
}

async fn create(member: Manager, Form(mut fields): Form) -> Result<Response> {
    let id: AppointmentTypeId = new_id(&fields);
    let NewType(details) = fields.read()?;
    let mut tx = member.begin().await?;
    types::create(&mut tx, &member.change(), &id, &details).await?;
    tx.commit().await?;
    Ok(see_other(SETTINGS.path, Some("flash.appointment_type_added")))
}

fn saved(member: &Manager, of: &StoredType) -> Saved {
    let pairs = record_form::pairs_of(&of.details, member.lang(), member.time_zone());
    Saved::at_revision(of.revision, pairs)
}

async fn show(member: Manager, Path(id): Path<AppointmentTypeId>) -> Result<Markup> {
    let found = types::find(&member.store, &id).await?;
    let (lang, path, saved) = (member.lang(), type_path(&id), saved(&member, &found));
    let labels = labels(lang);
    let typed = member.visit.typed();
    let (notice, fields) = saved.form_or_sent(lang, typed, &labels, verbatim, &path);
    let delete = tr!(lang, "manage.delete");
    let delete = ui::link_button(&delete, &format!("{path}/delete"), ButtonStyle::Secondary);
    let name = found.details.name.as_str();
    let body = html! {
        (SETTINGS.trail(lang, &[], name))
        (ui::header(name, Some(&tr!(lang, "appointment_types.change_intro")), delete))
        (notice.unwrap_or_default())
        (form(&member, &fields, &path, filled_from_field(&fields)))
    };
    Ok(member.chrome(&SETTINGS).with_labels(&labels).page(name, body))
}

fn form(member: &Manager, fields: &Fields, action: &str, hidden: Markup) -> Markup {
    let (lang, errors) = (member.lang(), fields.errors().list(member.lang()));
    ui::form(
        action,
        &member.visit.mark,
        html! {
            (hidden)
            (record_form::inputs::<AppointmentType>(lang, LABELS, fields, &errors))
            (ui::save_or_cancel(lang, SETTINGS.path))
        },
    )
}

async fn update(
    member: Manager,
    Path(id): Path<AppointmentTypeId>,
    Form(sent): Form,
) -> Result<Response> {
    let done = || see_other(SETTINGS.path, Some("flash.appointment_type_saved"));
    let mut tx = member.begin().await?;
    // Of two at once, the second is compared with what the first saved.
    let before = types::hold(&mut tx, &id).await?;
    let mut fields = saved(&member, &before).merge(sent);
    let expected = expected_revision(&fields);
    let NewType(details) = fields.read()?;
    if details == before.details {
        return Ok(done());
    }
    types::update(&mut tx, &member.change(), &before, &expected, &details).await?;
    tx.commit().await?;
    Ok(done())
}

async fn ask_to_delete(member: Manager, Path(id): Path<AppointmentTypeId>) -> Result<Markup> {
    let found = types::find(&member.store, &id).await?;
    let (lang, path) = (member.lang(), type_path(&id));
    let name = isolated(found.details.name.as_str());
    let title = tr!(lang, "appointment_types.confirm_title", name = name);
    let text = tr!(lang, "appointment_types.delete_text");
    let (action, button) = (format!("{path}/delete"), tr!(lang, "manage.delete"));
    let body = ui::confirm(lang, &title, &text, &action, &member.visit.mark, &button, &path);
    Ok(member.chrome(&SETTINGS).page(&title, body))
}

async fn delete(member: Manager, Path(id): Path<AppointmentTypeId>, _: Form) -> Result<Response> {
    let mut tx = member.begin().await?;
    types::delete(&mut tx, &member.change(), &id).await?;
    tx.commit().await?;
    Ok(see_other(SETTINGS.path, Some("flash.appointment_type_deleted")))
}
