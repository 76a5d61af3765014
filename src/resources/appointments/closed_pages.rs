//! Settings → Appointment settings: the days on which the portal is closed, and the public holidays that can be added to
//! them.

use std::borrow::Cow;

use axum::response::Response;
use jiff::civil;
use maud::{Markup, html};

use super::closed_days::{self, ClosedDays, NewClosedDays, StoredClosedDays};
use super::holidays::{self, Holiday};
use super::links::{Manager, SETTINGS};
use crate::error::{Error, Message, Result};
use crate::http::Path;
use crate::i18n::{Lang, tr};
use crate::ids::ClosedDayId;
use crate::resources::record_form;
use crate::ui::{self, ButtonStyle, Choice, ChoiceKind, FormMark};
use crate::values::{Date, Text};
use crate::web::{Form, Pages, new_id, new_id_field, see_other};

/// The prefix of the labels' text keys.
const LABELS: &str = "closed_days.field.";

/// The checkboxes of the public holidays.
const HOLIDAY: &str = "holiday";

/// The pages' routes.
pub(super) fn pages() -> Pages {
    Pages::of_part(SETTINGS, "/closed")
        .form("/new", show_new, create)
        .form("/holidays", show_holidays, add_holidays)
        .post("/{id}/delete", delete)
}

fn path(part: &str) -> String {
    format!("{}/closed/{part}", SETTINGS.path)
}

fn labels(lang: Lang) -> Vec<(&'static str, Cow<'static, str>)> {
    record_form::labelled::<ClosedDays>(lang, LABELS)
}

/// The days that aren't over, as a section of the page with all settings.
pub(super) fn section(
    lang: Lang,
    mark: &FormMark,
    all: &[StoredClosedDays],
    today: civil::Date,
) -> Markup {
    let title = tr!(lang, "closed_days.title");
    let link = |key: &'static str, part: &str| {
        ui::link_button(&tr!(lang, key), &path(part), ButtonStyle::Secondary)
    };
    let buttons =
        html! { (link("closed_days.new", "new")) (link("closed_days.holidays", "holidays")) };
    let ahead = all.iter().filter(|days| days.details.last().day() >= today);
    let rows = ahead.map(|StoredClosedDays { id, details }| {
        let (first, last) = (details.first_day, details.last());
        let name = details.name.as_str();
        let delete = tr!(lang, "manage.delete");
        vec![
            html! { (first.readable(lang)) @if last != first { " – " (last.readable(lang)) } },
            ui::name(name),
            ui::button_form_about(
                &path(&format!("{id}/delete")),
                mark,
                &delete,
                name,
                ButtonStyle::Quiet,
            ),
        ]
    });
    let rows: Vec<Vec<Markup>> = rows.collect();
    let heads = [tr!(lang, "closed_days.when"), tr!(lang, "closed_days.field.name"), "".into()];
    let heads: Vec<&str> = heads.iter().map(AsRef::as_ref).collect();
    let body = html! {
        @if rows.is_empty() { p.muted { (tr!(lang, "closed_days.none")) } }
        @else { (ui::table(&title, &heads, rows)) }
    };
    ui::section(&title, Some(&tr!(lang, "closed_days.intro")), buttons, body)
}

async fn show_new(member: Manager) -> Markup {
    let (lang, title) = (member.lang(), tr!(member.lang(), "closed_days.new"));
    let fields = member.visit.fields(Vec::new);
    let (id, errors): (ClosedDayId, _) = (new_id(&fields), fields.errors().list(lang));
    let body = html! {
        (SETTINGS.trail(lang, &[], &title))
        (ui::header(&title, None, html! {}))
        (ui::form(&path("new"), &member.visit.mark, html! {
            (new_id_field(&id))
            (record_form::inputs::<ClosedDays>(lang, LABELS, &fields, &errors))
            (ui::save_or_cancel(lang, SETTINGS.path))
        }))
    };
    member.chrome(&SETTINGS).with_labels(&labels(lang)).page(&title, body)
}

async fn create(member: Manager, Form(mut fields): Form) -> Result<Response> {
    let id: ClosedDayId = new_id(&fields);
    let NewClosedDays(details) = fields.read()?;
    let mut tx = member.begin().await?;
    let days = |details: &ClosedDays| (details.first_day, details.last());
    let is_other =
        |other: &StoredClosedDays| other.id != id && days(&other.details) == days(&details);
    if closed_days::all_in(&mut tx).await?.iter().any(is_other) {
        return Err(Error::invalid("firstDay", Message::new("closed_days.already")));
    }
    closed_days::add(&mut tx, &member.change(), vec![(id, details)]).await?;
    tx.commit().await?;
    Ok(see_other(SETTINGS.path, Some("flash.closed_days_added")))
}

/// The holidays of this year and the next that are still to come.
fn offered(today: civil::Date) -> Vec<Holiday> {
    let years = [today.year(), today.year().saturating_add(1)];
    let all = years.into_iter().flat_map(holidays::of_year);
    all.filter(|holiday| holiday.day >= today).collect()
}

fn today(member: &Manager) -> civil::Date {
    member.time_zone().to_datetime(member.now()).date()
}

async fn show_holidays(member: Manager) -> Result<Markup> {
    let (lang, title) = (member.lang(), tr!(member.lang(), "closed_days.holidays"));
    let closed = closed_days::all(&member.store).await?;
    let is_new = |holiday: &Holiday| closed.iter().all(|days| !days.details.include(holiday.day));
    let offered: Vec<Holiday> = offered(today(&member)).into_iter().filter(is_new).collect();
    let fields = member.visit.fields(|| {
        let usual = offered.iter().filter(|holiday| holiday.is_day_off);
        usual.map(|holiday| (HOLIDAY.to_owned(), holiday.day.to_string())).collect()
    });
    let (ticked, errors) = (fields.all(HOLIDAY), fields.errors().list(lang));
    let choices: Vec<Choice<'_>> =
        offered.iter().map(|holiday| choice(lang, holiday, &ticked)).collect();
    let error = errors.iter().find(|(name, _)| name == HOLIDAY).map(|(_, text)| text.as_str());
    let legend = tr!(lang, "closed_days.holidays_legend");
    let labels = [(HOLIDAY, legend.clone())];
    let body = html! {
        (SETTINGS.trail(lang, &[], &title))
        (ui::header(&title, Some(&tr!(lang, "closed_days.holidays_intro")), html! {}))
        @if choices.is_empty() {
            p { (tr!(lang, "closed_days.no_holidays_left")) }
        } @else {
            (ui::form(&path("holidays"), &member.visit.mark, html! {
                (ui::choice_group(ChoiceKind::Any, HOLIDAY, &legend, &choices, error))
                (ui::save_or_cancel(lang, SETTINGS.path))
            }))
        }
    };
    Ok(member.chrome(&SETTINGS).with_labels(&labels).page(&title, body))
}

fn choice(lang: Lang, holiday: &Holiday, ticked: &[&str]) -> Choice<'static> {
    let value = holiday.day.to_string();
    let number = holiday.day.weekday().to_monday_one_offset();
    let weekday = lang.text(&format!("appointments.weekday.{number}")).into_owned();
    let day = crate::time::readable_date(holiday.day, lang);
    let label = format!("{}, {weekday} {day}", tr!(lang, holiday.name));
    let checked = ticked.contains(&value.as_str());
    Choice { value: value.into(), label: label.into(), hint: None, checked }
}

async fn add_holidays(member: Manager, Form(fields): Form) -> Result<Response> {
    let (lang, ticked) = (member.lang(), fields.all(HOLIDAY));
    if ticked.is_empty() {
        return Err(Error::invalid(HOLIDAY, Message::new("closed_days.tick_one")));
    }
    let all = offered(today(&member)).into_iter();
    let new = all.filter(|holiday| ticked.contains(&holiday.day.to_string().as_str()));
    let new = new.filter_map(|holiday| {
        let name = Text(tr!(lang, holiday.name).into_owned());
        Some((ClosedDayId::random(), ClosedDays::one(name, Date::new(holiday.day)?)))
    });
    let mut tx = member.begin().await?;
    closed_days::add(&mut tx, &member.change(), new.collect()).await?;
    tx.commit().await?;
    Ok(see_other(SETTINGS.path, Some("flash.closed_days_added")))
}

async fn delete(member: Manager, Path(id): Path<ClosedDayId>, _: Form) -> Result<Response> {
    let mut tx = member.begin().await?;
    closed_days::delete(&mut tx, &member.change(), &id).await?;
    tx.commit().await?;
    Ok(see_other(SETTINGS.path, Some("flash.closed_days_deleted")))
}
