//! Two scheduled appointments never take the same time, with their buffers. A trigger of the database says so too.

use std::sync::LazyLock;

use jiff::tz::TimeZone;

use super::Appointment;
use crate::db::params;
use crate::error::{Error, Message, Result};
use crate::tenant::{StoreTx, TenantSql};
use crate::time::clock_time;

/// The scheduled one, other than `?2`, that begins last before `?3`, with its buffers.
static LAST_BEFORE: LazyLock<TenantSql> = LazyLock::new(|| {
    let columns = Appointment::columns();
    TenantSql::built(format!(
        "SELECT {columns} FROM appointments c WHERE c.portal_id = ?1 AND c.status = 'scheduled' AND c.id <> ?2
             AND c.starts_at - c.buffer_before * 60000 < ?3
         ORDER BY c.starts_at - c.buffer_before * 60000 DESC LIMIT 1"
    ))
});

/// Checks that no scheduled appointment takes the time of this one, with their buffers. No two of them
/// overlap, so the last one that begins before the end of this one is the only one that can. The
/// transaction locks the portal if it is to be scheduled.
///
/// # Errors
/// [`Error::Invalid`], with this field.
pub(super) async fn expect_free(
    tx: &mut StoreTx,
    appointment: &Appointment,
    zone: &TimeZone,
    field: &str,
) -> Result<()> {
    let (begin, end) = appointment.taken_time();
    let other: Option<Appointment> = tx.row(*LAST_BEFORE, params![appointment.id, end]).await?;
    let Some(other) = other.filter(|other| other.taken_time().1 > begin) else { return Ok(()) };
    let is_buffer = !other.details.overlaps(&appointment.details);
    let key = if is_buffer { "appointments.taken_by_buffer" } else { "appointments.taken" };
    let times = [other.details.starts_at, other.details.ends_at];
    let [start, end] = times.map(|at| clock_time(at.moment(), zone));
    Err(Error::invalid(field, Message::with_two(key, start, end)))
}
