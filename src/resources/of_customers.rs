//! What other resources have of a customer. Customers know none of those resources: here is what goes
//! into the bin with a customer, and how a resource shows its rows on the customer's page.

use std::pin::Pin;

use maud::Markup;

use crate::error::Result;
use crate::ids::CustomerId;
use crate::manage::Member;
use crate::search::{Searched, searched};
use crate::trash::KeptRows;

/// Shows a resource's rows of a customer, as a section of the customer's page.
pub type CustomerSection = for<'a> fn(&'a Member, &'a CustomerId) -> ShownSection<'a>;

/// What a [`CustomerSection`] returns, in time.
pub type ShownSection<'a> = Pin<Box<dyn Future<Output = Result<Markup>> + Send + 'a>>;

/// The searchable text of issued punch cards: their codes, with and without the hyphen.
pub(super) const ISSUED_PUNCH_CARDS: Searched =
    searched!("issued_punch_card", "issued_punch_cards", "code || ' ' || replace(code, '-', '')");

/// What is kept of issued punch cards when what `own` refers to is deleted. They come back unless the
/// other row that they refer to is gone.
pub(super) const fn issued_punch_cards(
    own: &'static str,
    refers_to: (&'static str, &'static str),
) -> KeptRows {
    KeptRows {
        table: "issued_punch_cards",
        own,
        columns: &[
            &["id", "punch_card_id", "customer_id", "code", "punches", "punches_left"],
            &["expires_at", "created_at"],
        ],
        refers_to: Some(refers_to),
        adapted: &[],
        searched: Some(ISSUED_PUNCH_CARDS),
    }
}

/// The searchable text of appointments.
pub(super) const APPOINTMENTS: Searched = searched!(
    "appointment",
    "appointments",
    "name || ' ' || attendee_name || ' ' || attendee_email"
);

/// What is kept of appointments when what `own` refers to is deleted. A scheduled one whose time was
/// taken since comes back as a request, and one whose customer is gone without a customer. Restoring
/// skips the revision of the cancellation's mail, which calendars have seen.
pub(super) const fn appointments(own: &'static str) -> KeptRows {
    KeptRows {
        table: "appointments",
        own,
        columns: &[
            &["id", "status", "starts_local", "time_zone", "created_at", "updated_at", "revision"],
            &["name", "name_key", "starts_at", "ends_at", "customer_id", "online_meeting_link"],
            &["attendee_name", "attendee_email", "reminder"],
            &["type_id", "type_name", "buffer_before", "buffer_after"],
        ],
        refers_to: None,
        adapted: &[
            (
                "status",
                "CASE WHEN {status} = 'scheduled' AND {starts_at} - COALESCE({buffer_before}, 0) * 60000 < (
                     SELECT a.ends_at + a.buffer_after * 60000 FROM appointments a
                     WHERE a.portal_id = ?1 AND a.status = 'scheduled' AND a.starts_at - a.buffer_before * 60000
                         < {ends_at} + COALESCE({buffer_after}, 0) * 60000
                     ORDER BY a.starts_at - a.buffer_before * 60000 DESC LIMIT 1) THEN 'pending' ELSE {status} END",
            ),
            (
                "customer_id",
                "(SELECT u.id FROM customers u WHERE u.portal_id = ?1 AND u.id = {customer_id})",
            ),
            ("revision", "{revision} + 1"),
        ],
        searched: Some(APPOINTMENTS),
    }
}

/// The searchable text of tickets: the title, and the words of the messages.
pub(super) const TICKETS: Searched =
    searched!("ticket", "tickets", "title || ' ' || COALESCE(words, '')");

/// A ticket whose customer is gone comes back without a customer, and so do its messages.
const WITHOUT_CUSTOMER: &[(&str, &str)] = &[(
    "customer_id",
    "(SELECT u.id FROM customers u WHERE u.portal_id = ?1 AND u.id = {customer_id})",
)];

/// What is kept of tickets when what `own` refers to is deleted.
pub(super) const fn tickets(own: &'static str) -> KeptRows {
    KeptRows {
        table: "tickets",
        own,
        columns: &[
            &["id", "title", "name_key", "source", "status", "customer_id", "assignee_id"],
            &["messages", "words", "refused_at", "created_at", "updated_at", "revision"],
        ],
        refers_to: None,
        adapted: WITHOUT_CUSTOMER,
        searched: Some(TICKETS),
    }
}

/// What is kept of the messages in tickets, likewise.
pub(super) const fn ticket_messages(own: &'static str) -> KeptRows {
    KeptRows {
        table: "ticket_messages",
        own,
        columns: &[
            &["id", "ticket_id", "customer_id", "number", "kind", "posted_by"],
            &["body", "posted_at", "mail_id", "sender", "quoted"],
        ],
        refers_to: None,
        adapted: WITHOUT_CUSTOMER,
        searched: None,
    }
}
