//! The states of an appointment, and the steps between them.

use crate::values::choice;

choice! {
    /// Whether an appointment takes place.
    AppointmentStatus in "appointments.status." {
        /// It does, and takes its time.
        Scheduled = "scheduled",
        /// It doesn't.
        Canceled = "canceled",
        /// It is a request: its time isn't taken yet.
        Pending = "pending",
    }
}

/// What is done with an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A request is scheduled.
    Schedule,
    /// A request is turned down.
    TurnDown,
    /// A request, or a scheduled appointment, is cancelled.
    Cancel,
}

impl AppointmentStatus {
    /// The state after a step; `None` if the step can't be taken.
    pub const fn after(self, step: Step) -> Option<Self> {
        match (self, step) {
            (Self::Pending, Step::Schedule) => Some(Self::Scheduled),
            (Self::Pending, Step::TurnDown | Step::Cancel) | (Self::Scheduled, Step::Cancel) => {
                Some(Self::Canceled)
            }
            _ => None,
        }
    }

    /// Whether it can still take place.
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Canceled)
    }
}

#[cfg(test)]
mod tests {
    use super::AppointmentStatus::{Canceled, Pending, Scheduled};
    use super::Step::{Cancel, Schedule, TurnDown};

    #[test]
    fn only_a_request_is_decided_on_and_what_is_canceled_stays_so() {
        for (status, step, after) in [
            (Pending, Schedule, Some(Scheduled)),
            (Pending, TurnDown, Some(Canceled)),
            (Pending, Cancel, Some(Canceled)),
            (Scheduled, Schedule, None),
            (Scheduled, TurnDown, None),
            (Scheduled, Cancel, Some(Canceled)),
            (Canceled, Schedule, None),
            (Canceled, TurnDown, None),
            (Canceled, Cancel, None),
        ] {
            assert_eq!(status.after(step), after, "{status} {step:?}");
        }
    }
}
