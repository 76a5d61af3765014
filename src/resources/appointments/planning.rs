//! What a form that plans an appointment says beside its fields: the type, and whether it may be outside of the opening
//! hours.

use jiff::{SignedDuration, Timestamp};

use super::opening::Opening;
use super::{AppliedType, AppointmentDetails, types};
use crate::error::{Error, Message, Result};
use crate::fields::Fields;
use crate::ids::AppointmentTypeId;
use crate::tenant::StoreTx;

/// The field with the id of the type.
pub(super) const TYPE: &str = "type";

/// The checkbox of an appointment that may be outside of the opening hours.
pub(super) const OUTSIDE: &str = "outside";

/// The type that a form says.
pub(super) struct ChosenType {
    /// What the appointment has of it.
    pub applied: AppliedType,
    /// How long beforehand one is made at the latest.
    notice: SignedDuration,
}

impl ChosenType {
    /// Reads it. An appointment that has the type already keeps what it has of it.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the portal has no such type.
    pub(super) async fn read(
        tx: &mut StoreTx,
        fields: &Fields,
        kept: Option<&AppliedType>,
    ) -> Result<Self> {
        let sent = fields.sent(TYPE);
        if sent.is_empty() {
            return Ok(Self { applied: AppliedType::none(), notice: SignedDuration::ZERO });
        }
        let gone = || Error::invalid("", Message::new("appointments.type_gone"));
        let id: AppointmentTypeId = sent.parse().map_err(|_| gone())?;
        let found = types::find_in(tx, &id).await?;
        let kept = kept.filter(|kept| kept.type_id.0.as_ref() == Some(&id)).cloned();
        let notice = found.as_ref().map_or(SignedDuration::ZERO, |found| found.details.notice());
        let applied = kept.or_else(|| found.map(|found| found.applied())).ok_or_else(gone)?;
        Ok(Self { applied, notice })
    }

    /// Checks that an appointment is early enough, and within the opening hours.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the field `startsAt`.
    pub(super) fn check(
        &self,
        opening: &Opening,
        details: &AppointmentDetails,
        now: Timestamp,
    ) -> Result<()> {
        let (start, end) = (details.starts_at.moment(), details.ends_at.moment());
        if self.notice.is_positive() && start.duration_since(now) < self.notice {
            let hours = self.notice.as_hours();
            return Err(Error::invalid("startsAt", Message::with("appointments.too_soon", hours)));
        }
        match opening.fault(start, end) {
            Some(fault) => Err(Error::invalid("startsAt", fault)),
            None => Ok(()),
        }
    }
}
