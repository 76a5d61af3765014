//! The forms of a new appointment, and of one that is there.

use axum::extract::Query;
use axum::response::Response;
use jiff::ToSpan;
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;

use super::links::{PATH, SECTION, appointment_path, choice_path, with_path};
use super::{AppointmentCreate, AppointmentDetails, AppointmentStatus, Attendee, form, queries};
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::{AppointmentId, CustomerId};
use crate::manage::{Member, PageList};
use crate::resources::customers::{self, Customer, customer_choice};
use crate::time::parse_day;
use crate::ui::{self, ButtonStyle};
use crate::web::{Form, Sent, expected_revision, new_id, new_id_field, see_other};

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
    Ok(new_page(&member, on.day(&member), None))
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
    Ok(new_page(&member, on.day(&member), Some((&customer, found.details.name()))))
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

fn new_page(member: &Member, day: Date, with: Option<(&CustomerId, &str)>) -> Markup {
    let lang = member.lang();
    let title = match with {
        None => tr!(lang, "appointments.new"),
        Some((_, name)) => tr!(lang, "appointments.new_with", name = name),
    };
    let action = with.map_or_else(|| format!("{PATH}/new"), |(id, _)| with_path(id));
    let fields = member.visit.fields(|| first_values(day));
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
    form::page(member, (&title, top), (&action, PATH), (&fields, with.is_some()), more)
}

/// An hour in the morning of the day.
fn first_values(day: Date) -> Vec<(String, String)> {
    [("startsAt", 9), ("endsAt", 10)]
        .map(|(name, hour)| (name.to_owned(), format!("{day}T{hour:02}:00")))
        .into()
}

async fn add(member: &Member, fields: Fields) -> Result<Response> {
    let mut fields = fields.in_zone(member.time_zone());
    let id: AppointmentId = new_id(&fields);
    let status =
        if fields.has(PENDING) { AppointmentStatus::Pending } else { AppointmentStatus::Scheduled };
    let new: AppointmentCreate = fields.read()?;
    let (mut tx, change) = (member.begin().await?, member.change());
    let appointment = queries::create(&mut tx, &change, member.quotas(), (id, new, status)).await?;
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
            let labels = form::labels(lang);
            let sent = Sent { fields: &typed, labels: &labels, shown: form::shown(lang) };
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
    let (action, has_customer) =
        (format!("{path}/edit"), appointment.details.customer_id.0.is_some());
    Ok(form::page(&member, (&title, top), (&action, &path), (&fields, has_customer), html! {}))
}

pub(super) async fn update(
    member: Member,
    Path(id): Path<AppointmentId>,
    Form(fields): Form,
) -> Result<Response> {
    let found = queries::find(&member.store, &id).await?;
    let customer = found.details.customer_id.0.as_ref().map_or("", CustomerId::as_str);
    let mut fields = fields.with(CUSTOMER, customer.to_owned()).in_zone(member.time_zone());
    let AppointmentCreate(details, attendee) = fields.read()?;
    let sent = (details.clone(), attendee.clone());
    let apply = |own: &mut AppointmentDetails, with: &mut Attendee| {
        (*own, *with) = (details, attendee);
    };
    let (mut tx, expected) = (member.begin().await?, expected_revision(&fields));
    match queries::update(&mut tx, &member.change(), &id, &expected, apply).await {
        Ok(_) => tx.commit().await?,
        Err(Error::Changed) => {
            drop(tx);
            // Unless somebody else did the same.
            let saved = queries::find(&member.store, &id).await?;
            if (saved.details, saved.attendee) != sent {
                return Err(Error::Changed);
            }
        }
        Err(error) => return Err(error),
    }
    Ok(see_other(&appointment_path(&id), Some("flash.appointment_saved")))
}
