//! Events of tickets. Internal notes are none.

use super::TicketWithMessages;
use crate::auth::Scope;
use crate::events::{EventData, EventInfo, EventType};

/// A ticket was opened.
pub(super) const CREATED: EventType<TicketWithMessages> =
    EventType::new("ticket-created", "A ticket was opened. `messages` has its first message.");

/// The customer wrote.
pub(super) const CUSTOMER_REPLIED: EventType<TicketWithMessages> = EventType::new(
    "ticket-reply-customer",
    "A customer wrote in a ticket. `messages` has the new message only.",
);

/// The business wrote.
pub(super) const EMPLOYEE_REPLIED: EventType<TicketWithMessages> = EventType::new(
    "ticket-reply-employee",
    "An employee, or a program of the business, wrote in a ticket. `messages` has the new message only.",
);

/// All types.
pub(super) const ALL: &[EventInfo] =
    &[CREATED.info(), CUSTOMER_REPLIED.info(), EMPLOYEE_REPLIED.info()];

impl EventData for TicketWithMessages {
    const SCOPE: Scope = Scope::TicketsRead;

    fn resource_id(&self) -> &str {
        self.id().as_str()
    }
}
