//! Events of appointments.

use super::AppointmentView;
use crate::auth::Scope;
use crate::events::{EventData, EventInfo, EventType};

/// An appointment was created, or restored.
pub(super) const CREATED: EventType<AppointmentView> = EventType::new(
    "appointment-created",
    "An appointment was created, or restored with the same id after its deletion.",
);

/// An appointment was cancelled, or deleted.
pub(super) const CANCELED: EventType<AppointmentView> = EventType::new(
    "appointment-canceled",
    "An appointment was cancelled, or deleted before it was.",
)
.last();

/// All types.
pub(super) const ALL: &[EventInfo] = &[CREATED.info(), CANCELED.info()];

impl EventData for AppointmentView {
    const SCOPE: Scope = Scope::AppointmentsRead;

    fn resource_id(&self) -> &str {
        self.id.as_str()
    }
}
