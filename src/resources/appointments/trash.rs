//! Appointments in the bin.

use super::queries::{self, TRASH};
use super::{Appointment, SECTION, events, notice, reminder};
use crate::audit::Action;
use crate::changes::Change;
use crate::error::Result;
use crate::history::What;
use crate::http::Expected;
use crate::ids::{AppointmentId, DeletionId};
use crate::manage::{OfSection, TrashTexts, Trashed};
use crate::quotas::Quotas;
use crate::tenant::StoreTx;
use crate::trash::Trash;
use crate::web::Section;

impl OfSection for Appointment {
    const SECTION: Section = SECTION;
}

impl Trashed for Appointment {
    type Id = AppointmentId;

    const TRASH: &'static Trash = &TRASH;
    const TEXTS: &'static TrashTexts = &TrashTexts {
        deleted: ["flash.appointment_deleted", "flash.appointments_deleted"],
        restored: ["flash.appointment_restored", "flash.appointments_restored"],
        confirm: ["appointments.confirm_one", "appointments.confirm_several"],
        delete_text: "appointments.delete_text",
    };

    const DELETED_FOR_GOOD: Action = Action::AppointmentDeletedForGood;

    async fn delete(
        tx: &mut StoreTx,
        change: &Change<'_>,
        id: &AppointmentId,
        deletion: &DeletionId,
    ) -> Result<()> {
        queries::delete(tx, change, id, &Expected::Any, deletion).await
    }

    async fn restore(
        tx: &mut StoreTx,
        change: &Change<'_>,
        quotas: &Quotas,
        id: &AppointmentId,
    ) -> Result<bool> {
        let most = quotas.max_appointments_per_portal;
        if !TRASH.restore(tx, id.as_str(), most, change.now).await? {
            return Ok(false);
        }
        let appointment = queries::find_in(tx, id).await?;
        change.note(tx, (queries::KIND, id.as_str()), What::Restored, Vec::new()).await?;
        queries::tell(tx, change, Action::AppointmentRestored, &appointment).await?;
        notice::post(tx, change.now, None, Some(&appointment)).await?;
        reminder::plan(tx, change.now, None, &appointment).await?;
        if appointment.status.is_open() {
            tx.emit(events::CREATED, &appointment.into_view(change.zone), change.now).await?;
        }
        Ok(true)
    }
}
