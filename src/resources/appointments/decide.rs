//! Scheduling, cancelling and deleting an appointment.

use axum::response::Response;
use maud::Markup;

use super::links::{PATH, SECTION, appointment_path};
use super::{AppointmentStatus, Step, queries};
use crate::error::Result;
use crate::http::{Expected, Path};
use crate::i18n::tr;
use crate::ids::{AppointmentId, DeletionId};
use crate::manage::Member;
use crate::ui;
use crate::web::{FlashMessage, Form, see_other, see_other_with};

pub(super) async fn schedule(
    member: Member,
    Path(id): Path<AppointmentId>,
    _: Form,
) -> Result<Response> {
    let scheduled = || see_other(&appointment_path(&id), Some("flash.appointment_scheduled"));
    let mut tx = member.begin().await?;
    let taken = queries::take(&mut tx, &member.change(), &id, &Expected::Any, Step::Schedule).await;
    if let Err(error) = taken {
        drop(tx);
        // Unless it is: the form was sent twice.
        let appointment = queries::find(&member.store, &id).await?;
        let is_scheduled = appointment.status == AppointmentStatus::Scheduled;
        return if is_scheduled { Ok(scheduled()) } else { Err(error) };
    }
    tx.commit().await?;
    Ok(scheduled())
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
