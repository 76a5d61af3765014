//! Settings → Appointment settings: the opening hours.

use std::borrow::Cow;

use axum::response::Response;
use maud::{Markup, html};

use super::hours::{self, NewHours, OpeningHours, StoredHours};
use super::links::{Manager, SETTINGS};
use crate::audit::Action;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::i18n::{Lang, tr};
use crate::resources::record_form;
use crate::ui::{self, ButtonStyle, Field};
use crate::values::Record;
use crate::web::{Form, Pages, Saved, filled_from_field, see_other, verbatim};

/// The prefix of the labels' text keys.
const LABELS: &str = "opening_hours.field.";

/// The page's routes.
pub(super) fn pages() -> Pages {
    Pages::of_part(SETTINGS, "/hours").form("/", show, submit)
}

fn path() -> String {
    format!("{}/hours", SETTINGS.path)
}

fn labels(lang: Lang) -> Vec<(&'static str, Cow<'static, str>)> {
    record_form::labelled::<OpeningHours>(lang, LABELS)
}

/// The opening hours, as a section of the page with all settings.
pub(super) fn section(lang: Lang, hours: &OpeningHours) -> Markup {
    let title = tr!(lang, "opening_hours.title");
    let change = tr!(lang, "opening_hours.change");
    let change = ui::link_button(&change, &path(), ButtonStyle::Secondary);
    let labels = labels(lang);
    let days = labels.iter().zip(hours.days()).map(|((_, label), hours)| {
        let closed = || tr!(lang, "opening_hours.closed");
        let value = html! {
            @match hours { Some(hours) => (hours), None => span.muted { (closed()) } }
        };
        (label.as_ref(), value)
    });
    let body = html! {
        @if hours.are_set() { (ui::definition_list(days.collect())) }
        @else { p.muted { (tr!(lang, "opening_hours.none")) } }
    };
    ui::section(&title, None, change, body)
}

fn saved(member: &Manager, hours: &StoredHours) -> Saved {
    let pairs = record_form::pairs_of(&hours.details, member.lang(), member.time_zone());
    Saved::at_revision(hours.revision, pairs)
}

async fn show(member: Manager) -> Result<Markup> {
    let hours = StoredHours::find(&member.store).await?;
    let (lang, saved) = (member.lang(), saved(&member, &hours));
    let labels = labels(lang);
    let typed = member.visit.typed();
    let (notice, fields) = saved.form_or_sent(lang, typed, &labels, verbatim, &path());
    let errors = fields.errors().list(lang);
    let title = tr!(lang, "opening_hours.title");
    let zone = member.time_zone().iana_name().unwrap_or("UTC");
    let intro = tr!(lang, "opening_hours.intro", zone = zone);
    let inputs = OpeningHours::FIELDS.iter().zip(&labels).map(|(field, (name, label))| {
        Field::text(lang, *name, label.as_ref())
            .value(fields.sent(name))
            .maxlength(field.longest)
            .placeholder(tr!(lang, "opening_hours.closed"))
            .autocomplete("off")
            .errors_from(&errors)
    });
    let body = html! {
        (SETTINGS.trail(lang, &[], &title))
        (ui::header(&title, Some(&intro), html! {}))
        (notice.unwrap_or_default())
        (ui::form(&path(), &member.visit.mark, html! {
            (filled_from_field(&fields))
            @for input in inputs { (input) }
            (ui::save_or_cancel(lang, SETTINGS.path))
        }))
    };
    Ok(member.chrome(&SETTINGS).with_labels(&labels).page(&title, body))
}

async fn submit(member: Manager, caller: Caller, Form(sent): Form) -> Result<Response> {
    let done = || see_other(SETTINGS.path, Some("flash.opening_hours_saved"));
    let mut tx = member.begin().await?;
    let before = StoredHours::hold(&mut tx).await?;
    let saved = saved(&member, &before);
    let mut fields = saved.merge(sent);
    let has_origin = saved.is_origin_of(&fields);
    let NewHours(details) = fields.read()?;
    if details == before.details {
        return Ok(done());
    }
    if !has_origin {
        return Err(Error::Changed);
    }
    hours::update(&mut tx, &details).await?;
    let event = member.event(Action::OpeningHoursChanged, "", &caller);
    tx.record(event, member.now()).await?;
    tx.commit().await?;
    Ok(done())
}
