//! The type and the free moments in the form of an appointment. Its buttons send the form, which comes back with the
//! moment that was chosen.

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp, ToSpan};
use maud::{Markup, html};

use super::links::SETTINGS;
use super::model::LONGEST_BUFFER;
use super::moments::{self, Need};
use super::opening::Opening;
use super::planning::{OUTSIDE, TYPE};
use super::types::{self, StoredType};
use super::{AppliedType, Appointment, queries};
use crate::error::Result;
use crate::fields::Fields;
use crate::i18n::{Lang, tr};
use crate::manage::Member;
use crate::time::{clock_time, parse_day, readable_date, start_of_day};
use crate::ui::{self, ButtonStyle, Field};

/// The button that shows the free moments of the day, and fills the end in.
const SHOW: &str = "moments";

/// The buttons of the moments, each with its local time.
const AT: &str = "at";

/// The field or button with a day, of which the first free moment is filled in.
pub(super) const DAY: &str = "day";

/// How long an appointment without a type takes.
const USUAL: SignedDuration = SignedDuration::from_hours(1);

/// How many days are searched for a free moment.
const DAYS_AHEAD: i32 = 14;

/// The most appointments of these days that are looked at. The database excludes two at once anyway.
const MOST: i64 = 2000;

/// Whether a form was sent by one of its buttons: it comes back with the moment.
pub(super) fn is_asked(fields: &Fields) -> bool {
    [SHOW, AT, DAY].iter().any(|name| fields.has(name))
}

/// What can be chosen in a form.
pub(super) struct TimeChoice {
    types: Vec<StoredType>,
    /// What an existing appointment has of its type.
    kept: Option<AppliedType>,
    opening: Opening,
    day: Date,
    free: Vec<Timestamp>,
    /// The first day after it with a free moment, if it has none itself.
    next: Option<Date>,
}

impl TimeChoice {
    /// What can be chosen in a form that is filled in so, and the form with what was chosen. `own` is the appointment
    /// that the form changes.
    pub(super) async fn of(
        member: &Member,
        fields: Fields,
        own: Option<&Appointment>,
    ) -> Result<(Fields, Self)> {
        let zone = member.time_zone();
        let types = types::all(&member.store).await?;
        let opening = Opening::find(&member.store, zone).await?;
        let kept = own.map(|own| own.applied.clone()).filter(|kept| kept.type_id.0.is_some());
        let chosen = types.iter().find(|of| of.id.as_str() == fields.sent(TYPE));
        let is_kept = |own: &&Appointment| id_of(&own.applied) == fields.sent(TYPE);
        let (duration, applied) = match (own.filter(is_kept), chosen) {
            (Some(own), _) => (own.duration(), own.applied.clone()),
            (None, Some(chosen)) => (chosen.details.duration(), chosen.applied()),
            (None, None) => (USUAL, AppliedType::none()),
        };
        let notice = chosen.map_or(SignedDuration::ZERO, |chosen| chosen.details.notice());
        let need = Need {
            duration,
            buffers: applied.buffers(),
            earliest: member.now().saturating_add(notice).unwrap_or(Timestamp::MAX),
        };
        let asked_day = parse_day(fields.sent(DAY)).filter(|day| is_plausible(*day));
        let typed = typed_time(&fields, "startsAt");
        let today = zone.to_datetime(member.now()).date();
        let day = asked_day.or(typed.map(DateTime::date)).unwrap_or(today);
        let mut choice = Self { types, kept, opening, day, free: Vec::new(), next: None };
        if choice.opening.has_hours() {
            choice.find_free(member, &need, own).await?;
        }
        let first = choice.free.first().map(|first| zone.to_datetime(*first));
        let start = match (typed_time(&fields, AT), asked_day) {
            (Some(at), _) => Some(at),
            (None, Some(day)) => Some(first.unwrap_or_else(|| day.at(9, 0, 0, 0))),
            (None, None) => typed.filter(|_| fields.has(SHOW)),
        };
        let start = start.and_then(|start| zone.to_timestamp(start).ok());
        let Some(start) = start else { return Ok((fields, choice)) };
        let local = |at: Timestamp| as_typed(zone.to_datetime(at));
        let fields = fields.with("startsAt", local(start)).with("endsAt", local(start + duration));
        Ok((fields, choice))
    }

    async fn find_free(
        &mut self,
        member: &Member,
        need: &Need,
        own: Option<&Appointment>,
    ) -> Result<()> {
        let zone = member.time_zone();
        let margin = LONGEST_BUFFER * 2;
        let last = self.day.saturating_add((DAYS_AHEAD + 1).days());
        let range = start_of_day(self.day, zone).zip(start_of_day(last, zone));
        let Some((from, to)) = range else { return Ok(()) };
        let mut all = queries::between(&member.store, (from - margin, to + margin), MOST).await?;
        all.retain(|other| own.is_none_or(|own| own.id != other.id));
        let free_on = |day: Date| moments::free_on(day, &self.opening, zone, need, &all);
        let free = free_on(self.day);
        if free.is_empty() {
            self.next = moments::next_day(self.day, DAYS_AHEAD, |day| !free_on(day).is_empty());
        }
        self.free = free;
        Ok(())
    }

    /// The first button of the form, which Enter presses: it saves, as without the other buttons, of which there
    /// can be more.
    pub(super) fn first_button(&self, lang: Lang, has_more: bool) -> Markup {
        html! {
            @if has_more || self.opening.has_hours() || !self.types.is_empty() {
                button.visually-hidden type="submit" tabindex="-1" aria-hidden="true" {
                    (tr!(lang, "manage.save"))
                }
            }
        }
    }

    /// The input of the type; nothing if the portal has none.
    pub(super) fn type_input(&self, lang: Lang, fields: &Fields) -> Markup {
        let chosen = fields.sent(TYPE);
        let kept = self
            .kept
            .as_ref()
            .filter(|kept| self.types.iter().all(|of| of.id.as_str() != id_of(kept)));
        if self.types.is_empty() && kept.is_none() {
            return html! {};
        }
        let mut options = vec![("", tr!(lang, "appointments.no_type").into_owned())];
        options.extend(self.types.iter().map(|of| {
            let (name, minutes) = (of.details.name.as_str(), of.details.duration);
            let text = tr!(lang, "appointments.type_choice", name = name, minutes = minutes);
            (of.id.as_str(), text.into_owned())
        }));
        options.extend(kept.map(|kept| (id_of(kept), kept.name().to_owned())));
        let label = tr!(lang, "appointments.field.typeName");
        let mut input = Field::select(lang, TYPE, label, &options, chosen).autocomplete("off");
        if self.opening.has_hours() {
            input = input.hint(tr!(lang, "appointments.type_hint"));
        }
        html! { (input) }
    }

    /// The free moments of the day, as buttons.
    pub(super) fn moments(&self, member: &Member, fields: &Fields) -> Markup {
        let (lang, zone) = (member.lang(), member.time_zone());
        if !self.opening.has_hours() {
            return html! {
                @if !self.types.is_empty() { (show_button(lang, "appointments.fill_in_end")) }
                @if member.may_open(&SETTINGS) {
                    p.muted {
                        (tr!(lang, "appointments.no_hours")) " "
                        a href=(SETTINGS.path) { (tr!(lang, "appointment_settings.nav")) }
                    }
                }
            };
        }
        let title =
            tr!(lang, "appointments.free_on", day = readable_date(self.day, lang)).into_owned();
        let start = typed_time(fields, "startsAt");
        let buttons = self.free.iter().map(|moment| {
            let local = zone.to_datetime(*moment);
            let is_chosen = start == Some(local);
            let style = if is_chosen { ButtonStyle::Primary } else { ButtonStyle::Secondary };
            ui::submit_named(AT, &as_typed(local), &clock_time(*moment, zone), style)
        });
        let none = match self.opening.closed_for(self.day) {
            Some(name) => tr!(lang, "appointments.closed_day", name = name),
            None => tr!(lang, "appointments.none_free"),
        };
        let other_day = |day: Date| {
            let label = tr!(lang, "appointments.free_from", day = readable_date(day, lang));
            ui::submit_named(DAY, &day.to_string(), &label, ButtonStyle::Quiet)
        };
        ui::card(
            Some(&title),
            html! {
                @if self.free.is_empty() { p { (none) } }
                @else { (ui::actions(html! { @for button in buttons { (button) } })) }
                (ui::actions(html! {
                    (show_button(lang, "appointments.show_moments"))
                    @if let Some(day) = self.next { (other_day(day)) }
                }))
            },
        )
    }

    /// The checkbox of an appointment outside of the opening hours, if there is anything to be outside of.
    pub(super) fn outside_input(&self, lang: Lang, fields: &Fields) -> Markup {
        let has_notice = self.types.iter().any(|of| of.details.notice().is_positive());
        html! {
            @if self.opening.is_limited() || has_notice {
                (ui::checkbox(OUTSIDE, "true", &tr!(lang, "appointments.outside"),
                    Some(&tr!(lang, "appointments.outside_hint")), fields.has(OUTSIDE)))
            }
        }
    }
}

fn show_button(lang: Lang, label: &'static str) -> Markup {
    ui::submit_named(SHOW, "true", &tr!(lang, label), ButtonStyle::Secondary)
}

/// The id of a type as a form has it; empty for none.
fn id_of(applied: &AppliedType) -> &str {
    applied.type_id.0.as_ref().map_or("", |id| id.as_str())
}

/// A local time, as a form sends it.
fn as_typed(local: DateTime) -> String {
    local.strftime("%Y-%m-%dT%H:%M").to_string()
}

/// The same, read.
fn typed_time(fields: &Fields, name: &str) -> Option<DateTime> {
    let time: DateTime = fields.sent(name).trim().parse().ok()?;
    Some(time).filter(|time| is_plausible(time.date()))
}

/// Days of other years are typing errors, and some can't be calculated with.
fn is_plausible(day: Date) -> bool {
    crate::values::Date::new(day).is_some()
}
