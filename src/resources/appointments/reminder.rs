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

/// A reminder of an appointment. Of several for one, which moves leave behind, the last one counts.
#[derive(Debug, Serialize, Deserialize)]
pub struct AppointmentReminder {
    pub(super) portal: PortalId,
    /// The mail's id, the same for all attempts to send it.
    pub(super) mail: MailId,
    pub(super) appointment: AppointmentId,
}

/// Plans the reminder of an appointment that is scheduled or moved, in the change's transaction. There is none if less
/// time is left: the person has just been told.
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
    let Some(starts_at) = start(after).filter(|at| before.and_then(start) != Some(*at)) else {
        return Ok(());
    };
    let hours = StoredSettings::find_in(tx).await?.details.reminder_hours;
    let at = hours.map(|hours| starts_at - SignedDuration::from_hours(hours.get()));
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
