//! Settings → Appointment settings: types, opening hours, closed days and reminders.

use std::borrow::Cow;

use axum::response::Response;
use maud::{Markup, html};

use super::hours::StoredHours;
use super::links::{Manager, SETTINGS};
use super::settings::{self, AppointmentSettings, NewSettings, StoredSettings};
use super::{closed_days, closed_pages, hours_page, type_pages, types};
use crate::audit::Action;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::i18n::{Lang, tr};
use crate::manage::Member;
use crate::resources::record_form;
use crate::ui::{self, ButtonStyle, Field};
use crate::web::{Form, Pages, Saved, filled_from_field, see_other, verbatim};

const PATH: &str = SETTINGS.path;

/// The prefix of the labels' text keys.
const LABELS: &str = "appointment_settings.field.";

/// The field with the hours.
const HOURS: &str = "reminderHours";

/// The pages' routes.
pub(super) fn pages() -> Pages {
    let pages = Pages::of(SETTINGS).form("/", show, submit).merge(type_pages::pages());
    pages.merge(hours_page::pages()).merge(closed_pages::pages())
}

fn saved(member: &Member, settings: &StoredSettings) -> Saved {
    let pairs = record_form::pairs_of(&settings.details, member.lang(), member.time_zone());
    Saved::at_revision(settings.revision, pairs)
}

fn labels(lang: Lang) -> Vec<(&'static str, Cow<'static, str>)> {
    record_form::labelled::<AppointmentSettings>(lang, LABELS)
}

async fn show(member: Manager) -> Result<Markup> {
    let settings = StoredSettings::find(&member.store).await?;
    let (lang, saved) = (member.lang(), saved(&member, &settings));
    let labels = labels(lang);
    let typed = member.visit.typed();
    let (notice, fields) = saved.form_or_sent(lang, typed, &labels, verbatim, PATH);
    let errors = fields.errors().list(lang);
    let types = types::all(&member.store).await?;
    let hours = StoredHours::find(&member.store).await?.details;
    let closed = closed_days::all(&member.store).await?;
    let today = member.time_zone().to_datetime(member.now()).date();
    let title = tr!(lang, "appointment_settings.title");
    let label = tr!(lang, "appointment_settings.field.reminderHours");
    let hint = tr!(lang, "appointment_settings.reminder_hint");
    let body = html! {
        (ui::header(&title, None, html! {}))
        (notice.unwrap_or_default())
        (type_pages::section(lang, &types))
        (hours_page::section(lang, &hours))
        (closed_pages::section(lang, &member.visit.mark, &closed, today))
        (ui::form(PATH, &member.visit.mark, html! {
            (filled_from_field(&fields))
            (ui::card(Some(&tr!(lang, "appointment_settings.reminders")), html! {
                // Test portals mail nobody.
                @if !member.portal.is_sandbox {
                    p.muted { (tr!(lang, "appointment_settings.reminders_text")) }
                }
                (Field::text(lang, HOURS, label).value(fields.sent(HOURS)).hint(hint)
                    .inputmode("numeric").maxlength(3).autocomplete("off").errors_from(&errors))
            }))
            (ui::actions(ui::submit(&tr!(lang, "manage.save"), ButtonStyle::Primary)))
        }))
    };
    Ok(member.chrome(&SETTINGS).with_labels(&labels).page(&title, body))
}

async fn submit(member: Manager, caller: Caller, Form(sent): Form) -> Result<Response> {
    let done = || see_other(PATH, Some("flash.appointment_settings_saved"));
    let mut tx = member.begin().await?;
    let before = StoredSettings::hold(&mut tx).await?;
    let saved = saved(&member, &before);
    let mut fields = saved.merge(sent);
    let has_origin = saved.is_origin_of(&fields);
    let NewSettings(details) = fields.read()?;
    if details == before.details {
        return Ok(done());
    }
    if !has_origin {
        return Err(Error::Changed);
    }
    settings::update(&mut tx, &details).await?;
    let event = member.event(Action::AppointmentSettingsChanged, HOURS, &caller);
    tx.record(event, member.now()).await?;
    tx.commit().await?;
    Ok(done())
}
