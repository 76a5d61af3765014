//! When people are reminded of their appointments by mail: once, some hours before.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::settings::StoredSettings;
use super::{Appointment, AppointmentStatus};
use crate::db::params;
use crate::error::Result;
use crate::ids::{AppointmentId, MailId, PortalId};
use crate::tenant::{StoreTx, TenantSql};

const SET: TenantSql =
    TenantSql::new("UPDATE appointments SET reminder = ?3 WHERE portal_id = ?1 AND id = ?2");

/// One that is due already finds by itself that it isn't the appointment's any more.
const END: TenantSql = TenantSql::new(
    "DELETE FROM jobs WHERE portal_id = ?1 AND state = 'waiting' AND run_at > ?3
         AND id = (SELECT reminder FROM appointments WHERE portal_id = ?1 AND id = ?2)",
);

/// A reminder of an appointment. It does nothing if the appointment has another one, or none.
#[derive(Debug, Serialize, Deserialize)]
pub struct AppointmentReminder {
    pub(super) portal: PortalId,
    /// The mail's id, the same for all attempts to send it.
    pub(super) mail: MailId,
    pub(super) appointment: AppointmentId,
}

/// Plans the reminder of an appointment that is scheduled or moved, in the change's transaction, and ends the earlier
/// one, also of what isn't scheduled any more. There is none if less time is left: the person has just been told.
pub(super) async fn plan(
    tx: &mut StoreTx,
    now: Timestamp,
    before: Option<&Appointment>,
    after: &Appointment,
) -> Result<()> {
    let start = |appointment: &Appointment| {
        let is_scheduled = appointment.status == AppointmentStatus::Scheduled;
        is_scheduled.then_some(appointment.details.starts_at.moment())
    };
    let starts_at = start(after);
    if starts_at == before.and_then(start) {
        return Ok(());
    }
    end(tx, now, &after.id).await?;
    let at = match starts_at {
        None => None,
        Some(starts_at) => {
            let hours = StoredSettings::find_in(tx).await?.details.reminder_hours;
            hours.map(|hours| starts_at - SignedDuration::from_hours(hours.get()))
        }
    };
    let job = match at.filter(|at| *at > now) {
        None => None,
        Some(at) => {
            let (portal, mail) = (tx.portal().clone(), MailId::random());
            let reminder = AppointmentReminder { portal, mail, appointment: after.id.clone() };
            Some(tx.enqueue_for(&reminder, now, at).await?)
        }
    };
    tx.execute(SET, params![after.id, job]).await?;
    Ok(())
}

/// Ends the reminder of an appointment that is about to change or to be deleted, in that change's transaction.
pub(super) async fn end(
    tx: &mut StoreTx,
    now: Timestamp,
    appointment: &AppointmentId,
) -> Result<()> {
    tx.execute(END, params![appointment, now]).await?;
    Ok(())
}
