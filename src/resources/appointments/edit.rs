//! The forms of a new appointment, and of one that is there.

use axum::extract::Query;
use axum::response::Response;
use jiff::ToSpan;
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;

use super::links::{PATH, SECTION, appointment_path, choice_path, with_path};
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
use crate::manage::{Member, PageList};
use crate::resources::customers::{self, Customer, customer_choice};
use crate::time::parse_day;
use crate::ui::{self, ButtonStyle};
use crate::web::{Form, Sent, ask_again, expected_revision, new_id, new_id_field, see_other};

/// The field with the id of the customer. The path says it.
const CUSTOMER: &str = "customerId";

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

/// The customers, with one of whom the appointment on this day is.
pub(super) async fn choose_customer(
    member: Member,
    Path(day): Path<String>,
    PageList(request): PageList<Customer>,
) -> Result<Markup> {
    let (day, lang) = (parse_day(&day).ok_or(Error::NotFound)?, member.lang());
    let path = |customer: &CustomerId| format!("{}?day={day}", with_path(customer));
    let customers = customer_choice(&member, &request, path).await?;
    let title = tr!(lang, "appointments.new");
    let body = html! {
        (SECTION.trail(lang, &[], &title))
        (ui::header(&title, Some(&tr!(lang, "appointments.choose_customer_intro")), html! {}))
        (customers)
    };
    Ok(member.chrome(&SECTION).page(&title, body))
}

pub(super) async fn create(member: Member, Form(fields): Form) -> Result<Response> {
    add(&member, fields.with(CUSTOMER, String::new())).await
}

pub(super) async fn show_new_with(
    member: Member,
    Path(customer): Path<CustomerId>,
    Query(on): Query<OnDay>,
) -> Result<Markup> {
    let found = customers::queries::find(&member.store, &customer).await?;
    new_page(&member, on.day(&member), Some((&customer, found.details.name()))).await
}

pub(super) async fn create_with(
    member: Member,
    Path(customer): Path<CustomerId>,
    Form(fields): Form,
) -> Result<Response> {
    // A page of another portal's or a deleted customer isn't found.
    customers::queries::find(&member.store, &customer).await?;
    add(&member, fields.with(CUSTOMER, customer.to_string())).await
}

async fn new_page(member: &Member, day: Date, with: Option<(&CustomerId, &str)>) -> Result<Markup> {
    let lang = member.lang();
    let title = match with {
        None => tr!(lang, "appointments.new"),
        Some((_, name)) => tr!(lang, "appointments.new_with", name = name),
    };
    let action = with.map_or_else(|| format!("{PATH}/new"), |(id, _)| with_path(id));
    let fields = member.visit.fields(|| vec![(DAY.to_owned(), day.to_string())]);
    let (fields, choice) = TimeChoice::of(member, fields, None).await?;
    let id: AppointmentId = new_id(&fields);
    let hint = tr!(lang, "appointments.pending_hint");
    let pending = tr!(lang, "appointments.save_as_request");
    let (intro, choose) = match with {
        None => (tr!(lang, "appointments.new_intro"), tr!(lang, "appointments.choose_customer")),
        Some(_) => {
            let choose = tr!(lang, "appointments.choose_other_customer");
            (tr!(lang, "appointments.new_with_intro"), choose)
        }
    };
    let choose = ui::link_button(&choose, &choice_path(day), ButtonStyle::Secondary);
    let top = html! {
        (SECTION.trail(lang, &[], &title))
        (ui::header(&title, Some(&intro), choose))
    };
    let more = html! {
        (new_id_field(&id))
        (ui::checkbox(PENDING, "true", &pending, Some(&hint), fields.has(PENDING)))
    };
    let filled_in = (&fields, &choice, with.is_some());
    Ok(form::page(member, (&title, top), (&action, PATH), filled_in, more))
}

async fn add(member: &Member, fields: Fields) -> Result<Response> {
    if time_choice::is_asked(&fields) {
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
    let filled_in = (&fields, &choice, has_customer);
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
