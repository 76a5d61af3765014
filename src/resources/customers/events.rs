//! Events of customers.

use super::CustomerView;
use crate::auth::Scope;
use crate::events::{EventData, EventInfo, EventType};

/// A customer was created, or restored.
pub(super) const CREATED: EventType<CustomerView> = EventType::new(
    "customer-created",
    "A customer was created, or restored with the same id after its deletion.",
);

/// A customer was deleted.
pub(super) const DELETED: EventType<CustomerView> =
    EventType::new("customer-deleted", "A customer was deleted.").last();

/// All types.
pub(super) const ALL: &[EventInfo] = &[CREATED.info(), DELETED.info()];

impl EventData for CustomerView {
    const SCOPE: Scope = Scope::CustomersRead;

    fn resource_id(&self) -> &str {
        self.id.as_str()
    }
}
