//! An appointment's page, and its history.

use std::borrow::Cow;

use maud::{Markup, html};

use super::form::LABELS;
use super::links::{SECTION, appointment_path, attendee, status_badge, when};
use super::opening::Opening;
use super::planning::OUTSIDE;
use super::{AppliedType, Appointment, AppointmentDetails, AppointmentStatus, Attendee, queries};
use crate::error::{Message, Result};
use crate::http::Path;
use crate::i18n::{Lang, tr};
use crate::ids::AppointmentId;
use crate::manage::{HistoryBefore, HistoryPart, Member};
use crate::resources::record_form;
use crate::ui::{self, ButtonStyle};

pub(super) async fn show(member: Member, Path(id): Path<AppointmentId>) -> Result<Markup> {
    let appointment = queries::find(&member.store, &id).await?;
    let history = HistoryPart::newest(&member, (queries::KIND, id.as_str())).await?;
    let opening = Opening::find(&member.store, member.time_zone()).await?;
    let times = [appointment.details.starts_at, appointment.details.ends_at].map(|at| at.moment());
    let outside = opening
        .fault(times[0], times[1])
        .filter(|_| appointment.status == AppointmentStatus::Pending);
    let (lang, path, name) = (member.lang(), appointment_path(&id), appointment.name());
    let body = html! {
        (SECTION.trail(lang, &[], name))
        (ui::header(name, None, actions(&member, &appointment, outside.is_none())))
        @if let Some(outside) = outside { (schedule_outside(&member, &path, &outside)) }
        (ui::card(None, facts(&member, &appointment)))
        (history.section(lang, &format!("{path}/history"), changes(&member, &history)))
    };
    Ok(member.chrome(&SECTION).page(name, body))
}

/// The form that schedules a request outside of the opening hours, and says so.
fn schedule_outside(member: &Member, path: &str, outside: &Message) -> Markup {
    let (lang, action) = (member.lang(), format!("{path}/schedule"));
    html! {
        (ui::warning(&outside.text(lang)))
        (ui::form(&action, &member.visit.mark, html! {
            (ui::checkbox(OUTSIDE, "true", &tr!(lang, "appointments.outside"), None, false))
            (ui::actions(ui::submit(&tr!(lang, "appointments.schedule"), ButtonStyle::Primary)))
        }))
    }
}

/// What can be done with it. `is_open` is whether it is within the opening hours.
fn actions(member: &Member, appointment: &Appointment, is_open: bool) -> Markup {
    let (lang, path) = (member.lang(), appointment_path(&appointment.id));
    let link = |key: &'static str, page: &str| {
        ui::link_button(&tr!(lang, key), &format!("{path}/{page}"), ButtonStyle::Secondary)
    };
    let schedule = || {
        let label = tr!(lang, "appointments.schedule");
        let action = format!("{path}/schedule");
        ui::button_form(&action, &member.visit.mark, &label, ButtonStyle::Primary)
    };
    html! {
        @if is_open && appointment.status == AppointmentStatus::Pending { (schedule()) }
        @if appointment.status.is_open() {
            (link("appointments.change", "edit"))
            (link("appointments.cancel", "cancel"))
        }
        (link("manage.delete", "delete"))
    }
}

fn facts(member: &Member, appointment: &Appointment) -> Markup {
    let (lang, zone) = (member.lang(), member.time_zone());
    let details =
        record_form::facts(lang, LABELS, &appointment.details, zone, &["onlineMeetingLink"]);
    let contact = record_form::facts(lang, LABELS, &appointment.attendee, zone, &["attendeeEmail"]);
    let text = |key: &'static str| tr!(lang, key);
    let mut items: Vec<(Cow<'static, str>, Markup)> = vec![
        (text("appointments.when"), when(member, appointment)),
        (text("appointments.state"), status_badge(lang, appointment.status)),
        (text("appointments.with"), attendee(appointment)),
    ];
    items.extend(contact);
    items.extend(details);
    let of_type = &appointment.applied;
    if !of_type.name().is_empty() {
        items.push((text("appointments.field.typeName"), ui::name(of_type.name())));
    }
    let minutes = [of_type.buffer_before.get(), of_type.buffer_after.get()];
    if minutes != [0, 0] {
        let [before, after] = minutes;
        let buffers = tr!(lang, "appointments.buffers_of", before = before, after = after);
        items.push((text("appointments.buffers"), html! { (buffers) }));
    }
    if zone.iana_name() != Some(appointment.time_zone.as_str()) {
        let agreed = html! { (appointment.starts_local) " " (appointment.time_zone) };
        items.push((text("appointments.agreed"), agreed));
    }
    items.push((text("appointments.column.created"), member.moment(appointment.created_at)));
    let id = text("appointments.id");
    let value = ui::copyable(lang, &id, appointment.id.as_str());
    items.push((id, value));
    ui::definition_list(
        items.iter().map(|(label, value)| (label.as_ref(), value.clone())).collect(),
    )
}

fn changes(member: &Member, history: &HistoryPart) -> Markup {
    let lang = member.lang();
    history.show(member, |field| label(lang, field), |field, text| shown(lang, field, text))
}

/// What people call a field.
fn label(lang: Lang, field: &str) -> String {
    lang.text(&format!("{LABELS}{field}")).into_owned()
}

/// What they read of its value.
fn shown(lang: Lang, field: &str, text: &str) -> String {
    let own = match field {
        queries::STATUS => {
            AppointmentStatus::from_name(text).map(|status| status.label(lang).into_owned())
        }
        "attendeeName" | "attendeeEmail" => record_form::shown::<Attendee>(lang, field, text),
        "typeName" | "bufferBefore" | "bufferAfter" => {
            record_form::shown::<AppliedType>(lang, field, text)
        }
        _ => record_form::shown::<AppointmentDetails>(lang, field, text),
    };
    own.unwrap_or_default()
}

/// All that was changed of an appointment, the newest first.
pub(super) async fn history(
    member: Member,
    Path(id): Path<AppointmentId>,
    before: HistoryBefore,
) -> Result<Markup> {
    let appointment = queries::find(&member.store, &id).await?;
    let history = HistoryPart::page(&member, (queries::KIND, id.as_str()), before).await?;
    let path = appointment_path(&id);
    let entries = changes(&member, &history);
    Ok(history.show_page(&member, (&SECTION, appointment.name(), &path), before, entries))
}
