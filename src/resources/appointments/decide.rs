//! Scheduling, cancelling and deleting an appointment.

use axum::response::Response;
use maud::Markup;

use super::links::{PATH, SECTION, appointment_path};
use super::opening::Opening;
use super::planning::OUTSIDE;
use super::{AppointmentStatus, Step, queries};
use crate::error::{Error, Result};
use crate::http::{Expected, Path};
use crate::i18n::tr;
use crate::ids::{AppointmentId, DeletionId};
use crate::manage::Member;
use crate::tenant::StoreTx;
use crate::ui;
use crate::web::{FlashMessage, Form, see_other, see_other_with};

pub(super) async fn schedule(
    member: Member,
    Path(id): Path<AppointmentId>,
    Form(fields): Form,
) -> Result<Response> {
    let scheduled = || see_other(&appointment_path(&id), Some("flash.appointment_scheduled"));
    let mut tx = member.begin().await?;
    if let Err(error) = schedule_in(&mut tx, &member, &id, fields.has(OUTSIDE)).await {
        drop(tx);
        // Unless it is: the form was sent twice.
        let appointment = queries::find(&member.store, &id).await?;
        let is_scheduled = appointment.status == AppointmentStatus::Scheduled;
        return if is_scheduled { Ok(scheduled()) } else { Err(error) };
    }
    tx.commit().await?;
    Ok(scheduled())
}

/// Schedules a request, which is within the opening hours unless the member says that it needn't be.
async fn schedule_in(
    tx: &mut StoreTx,
    member: &Member,
    id: &AppointmentId,
    is_outside: bool,
) -> Result<()> {
    let found = queries::take(tx, &member.change(), id, &Expected::Any, Step::Schedule).await?;
    if is_outside {
        return Ok(());
    }
    let opening = Opening::find_in(tx, member.time_zone()).await?;
    let (start, end) = (found.details.starts_at.moment(), found.details.ends_at.moment());
    match opening.fault(start, end) {
        Some(fault) => Err(Error::invalid(OUTSIDE, fault)),
        None => Ok(()),
    }
}

pub(super) async fn ask_to_cancel(member: Member, Path(id): Path<AppointmentId>) -> Result<Markup> {
    let appointment = queries::find(&member.store, &id).await?;
    let (lang, path) = (member.lang(), appointment_path(&id));
    let title = tr!(lang, "appointments.cancel_title", name = appointment.name());
    let text = tr!(lang, "appointments.cancel_text");
    let (action, button) = (format!("{path}/cancel"), tr!(lang, "appointments.cancel"));
    let body = ui::confirm(lang, &title, &text, &action, &member.visit.mark, &button, &path);
    Ok(member.chrome(&SECTION).page(&title, body))
}

pub(super) async fn cancel(
    member: Member,
    Path(id): Path<AppointmentId>,
    _: Form,
) -> Result<Response> {
    let mut tx = member.begin().await?;
    queries::cancel(&mut tx, &member.change(), &id, &Expected::Any).await?;
    tx.commit().await?;
    Ok(see_other(&appointment_path(&id), Some("flash.appointment_canceled")))
}

pub(super) async fn ask_to_delete(member: Member, Path(id): Path<AppointmentId>) -> Result<Markup> {
    let appointment = queries::find(&member.store, &id).await?;
    let (lang, path) = (member.lang(), appointment_path(&id));
    let title = tr!(lang, "appointments.confirm_title", name = appointment.name());
    let text = tr!(lang, "appointments.delete_text");
    let (action, button) = (format!("{path}/delete"), tr!(lang, "manage.delete"));
    let body = ui::confirm(lang, &title, &text, &action, &member.visit.mark, &button, &path);
    Ok(member.chrome(&SECTION).page(&title, body))
}

pub(super) async fn delete(
    member: Member,
    Path(id): Path<AppointmentId>,
    _: Form,
) -> Result<Response> {
    let (mut tx, deletion) = (member.begin().await?, DeletionId::random());
    queries::delete(&mut tx, &member.change(), &id, &Expected::Any, &deletion).await?;
    tx.commit().await?;
    let message = FlashMessage::new("flash.appointment_deleted").with_undo(&SECTION, deletion);
    Ok(see_other_with(PATH, message))
}
