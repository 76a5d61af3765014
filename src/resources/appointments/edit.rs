//! The forms of a new appointment, and of one that is there.

use axum::extract::Query;
use axum::response::Response;
use jiff::ToSpan;
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;

use super::customer_choice::{self, CUSTOMER, CustomerChoice};
use super::form::With;
use super::links::{PATH, SECTION, appointment_path, with_path};
use super::opening::Opening;
use super::planning::{ChosenType, OUTSIDE};
use super::time_choice::{self, DAY, TimeChoice};
use super::{
    Appointment, AppointmentCreate, AppointmentDetails, AppointmentStatus, NewAppointment, form,
    queries, types,
};
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::{AppointmentId, CustomerId};
use crate::manage::Member;
use crate::resources::customers;
use crate::time::parse_day;
use crate::ui;
use crate::web::{Form, Sent, ask_again, expected_revision, new_id, new_id_field, see_other};

/// The checkbox of an appointment that isn't scheduled yet.
const PENDING: &str = "pending";

/// The day of a new appointment.
#[derive(Deserialize)]
pub(super) struct OnDay {
    day: Option<String>,
}

impl OnDay {
    /// The day, which is tomorrow by default.
    fn day(&self, member: &Member) -> Date {
        let today = member.time_zone().to_datetime(member.now()).date();
        let day = self.day.as_deref().and_then(parse_day);
        day.or_else(|| today.checked_add(1.day()).ok()).unwrap_or(today)
    }
}

pub(super) async fn show_new(member: Member, Query(on): Query<OnDay>) -> Result<Markup> {
    new_page(&member, on.day(&member), None).await
}

pub(super) async fn create(member: Member, Form(fields): Form) -> Result<Response> {
    add(&member, fields).await
}

pub(super) async fn show_new_with(
    member: Member,
    Path(customer): Path<CustomerId>,
    Query(on): Query<OnDay>,
) -> Result<Markup> {
    customers::queries::find(&member.store, &customer).await?;
    new_page(&member, on.day(&member), Some(&customer)).await
}

pub(super) async fn create_with(
    member: Member,
    Path(customer): Path<CustomerId>,
    Form(fields): Form,
) -> Result<Response> {
    // A page of another portal's or a deleted customer isn't found.
    customers::queries::find(&member.store, &customer).await?;
    let is_chosen = fields.has(CUSTOMER);
    let fields = if is_chosen { fields } else { fields.with(CUSTOMER, customer.to_string()) };
    add(&member, fields).await
}

async fn new_page(member: &Member, day: Date, with: Option<&CustomerId>) -> Result<Markup> {
    let lang = member.lang();
    let action = with.map_or_else(|| format!("{PATH}/new"), with_path);
    let fields = member.visit.fields(|| {
        let customer = with.map_or("", CustomerId::as_str).to_owned();
        vec![(DAY.to_owned(), day.to_string()), (CUSTOMER.to_owned(), customer)]
    });
    let (fields, customers) = CustomerChoice::of(member, fields).await?;
    let (fields, choice) = TimeChoice::of(member, fields, None).await?;
    let (title, intro) = match customers.name() {
        None => (tr!(lang, "appointments.new"), None),
        Some(name) => (
            tr!(lang, "appointments.new_with", name = name),
            Some(tr!(lang, "appointments.new_with_intro")),
        ),
    };
    let id: AppointmentId = new_id(&fields);
    let hint = tr!(lang, "appointments.pending_hint");
    let pending = tr!(lang, "appointments.save_as_request");
    let top = html! {
        (SECTION.trail(lang, &[], &title))
        (ui::header(&title, intro.as_deref(), html! {}))
    };
    let more = html! {
        (new_id_field(&id))
        (ui::checkbox(PENDING, "true", &pending, Some(&hint), fields.has(PENDING)))
    };
    let filled_in = (&fields, &choice, With::Chosen(&customers));
    Ok(form::page(member, (&title, top), (&action, PATH), filled_in, more))
}

async fn add(member: &Member, fields: Fields) -> Result<Response> {
    if time_choice::is_asked(&fields) || customer_choice::is_asked(&fields) {
        return Ok(ask_again(&member.visit));
    }
    let mut fields = fields.in_zone(member.time_zone());
    let id: AppointmentId = new_id(&fields);
    let status =
        if fields.has(PENDING) { AppointmentStatus::Pending } else { AppointmentStatus::Scheduled };
    let create: AppointmentCreate = fields.read()?;
    let (mut tx, change) = (member.begin().await?, member.change());
    let chosen = ChosenType::read(&mut tx, &fields, None).await?;
    if !fields.has(OUTSIDE) {
        let opening = Opening::find_in(&mut tx, member.time_zone()).await?;
        chosen.check(&opening, &create.0, member.now())?;
    }
    let new = NewAppointment { id, create, applied: chosen.applied, status };
    let appointment = queries::create(&mut tx, &change, member.quotas(), new).await?;
    tx.commit().await?;
    Ok(see_other(&appointment_path(&appointment.id), Some("flash.appointment_added")))
}

pub(super) async fn show(member: Member, Path(id): Path<AppointmentId>) -> Result<Markup> {
    let appointment = queries::find(&member.store, &id).await?;
    let (lang, path) = (member.lang(), appointment_path(&id));
    let saved = form::saved(&member, &appointment);
    let (fields, notice) = match member.visit.typed() {
        None => (saved.form(), None),
        Some(typed) => {
            let (labels, types) = (form::labels(lang), types::all(&member.store).await?);
            let sent = Sent { fields: &typed, labels: &labels, shown: form::shown(lang, &types) };
            let notice = saved.notice(lang, &sent, &path);
            (saved.form_again(typed), notice)
        }
    };
    let title = tr!(lang, "appointments.change");
    let top = html! {
        (SECTION.trail(lang, &[(appointment.name(), &path)], &title))
        (ui::header(&title, None, html! {}))
        (notice.unwrap_or_default())
    };
    let (fields, choice) = TimeChoice::of(&member, fields, Some(&appointment)).await?;
    let (action, has_customer) =
        (format!("{path}/edit"), appointment.details.customer_id.0.is_some());
    let with = if has_customer { With::Customer } else { With::Nobody };
    let filled_in = (&fields, &choice, with);
    Ok(form::page(&member, (&title, top), (&action, &path), filled_in, html! {}))
}

pub(super) async fn update(
    member: Member,
    Path(id): Path<AppointmentId>,
    Form(fields): Form,
) -> Result<Response> {
    if time_choice::is_asked(&fields) {
        return Ok(ask_again(&member.visit));
    }
    let found = queries::find(&member.store, &id).await?;
    let customer = found.details.customer_id.0.as_ref().map_or("", CustomerId::as_str);
    let mut fields = fields.with(CUSTOMER, customer.to_owned()).in_zone(member.time_zone());
    let AppointmentCreate(details, attendee) = fields.read()?;
    let (mut tx, expected) = (member.begin().await?, expected_revision(&fields));
    let chosen = ChosenType::read(&mut tx, &fields, Some(&found.applied)).await?;
    let times = |of: &AppointmentDetails| (of.starts_at, of.ends_at);
    let is_moved = times(&details) != times(&found.details) || chosen.applied != found.applied;
    if is_moved && !fields.has(OUTSIDE) {
        let opening = Opening::find_in(&mut tx, member.time_zone()).await?;
        chosen.check(&opening, &details, member.now())?;
    }
    let sent = (details, attendee, chosen.applied);
    let apply = |own: &mut Appointment| {
        (own.details, own.attendee, own.applied) = sent.clone();
    };
    match queries::update(&mut tx, &member.change(), &id, &expected, apply).await {
        Ok(_) => tx.commit().await?,
        Err(Error::Changed) => {
            drop(tx);
            // Unless somebody else did the same.
            let saved = queries::find(&member.store, &id).await?;
            if (saved.details, saved.attendee, saved.applied) != sent {
                return Err(Error::Changed);
            }
        }
        Err(error) => return Err(error),
    }
    Ok(see_other(&appointment_path(&id), Some("flash.appointment_saved")))
}
