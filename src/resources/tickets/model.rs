//! The model of a ticket, and its representation in the API.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Attachments, Message, MessageView, NewAttachment, TicketSource, TicketStatus};
use crate::http::schema::always_complete;
use crate::ids::{AccountId, CustomerId, TicketId};
use crate::time::Atom;
use crate::values::{Html, Text, body, row};

row! {
    /// A ticket, as stored.
    Ticket {
        /// Its id.
        id: TicketId,
        /// What it is about.
        title: String,
        /// Where it began.
        source: TicketSource,
        /// Whether somebody waits for an answer.
        status: TicketStatus,
        /// The customer, if it is with one.
        customer_id: Option<CustomerId>,
        /// What the customer is called.
        customer_name: Option<String> =
            "(SELECT u.company_name FROM customers u WHERE u.portal_id = c.portal_id AND u.id = c.customer_id)",
        /// The account of the member who takes care of it.
        assignee_id: Option<AccountId>,
        /// What that member is called; nothing if they have left the portal.
        assignee: Option<String> =
            "(SELECT COALESCE(NULLIF(a.name, ''), a.email) FROM portal_members m JOIN accounts a ON a.id = m.account_id
              WHERE m.portal_id = c.portal_id AND m.account_id = c.assignee_id)",
        /// The number of its messages, with the internal notes.
        messages: i64,
        /// When it was opened.
        created_at: Timestamp,
        /// When something was last written or changed.
        updated_at: Timestamp,
        /// The number of changes, plus one.
        revision: i64,
    }
}

/// A new ticket, with its first message.
#[derive(Debug)]
pub struct NewTicket {
    /// Its id.
    pub id: TicketId,
    /// The customer, if it is with one.
    pub customer: Option<CustomerId>,
    /// What it is about, and the first message.
    pub content: TicketContent,
    /// The files that are sent along with the first message.
    pub files: Vec<NewAttachment>,
}

body! {
    /// What is written in the form of a new ticket.
    TicketContent {
        /// What the ticket is about
        title "title": Text<200> = "De ketel lekt",
        /// The first message
        message "message": Html = "Wij komen morgen langs.",
    }
}

body! {
    /// An answer to a ticket.
    TicketReply {
        /// The answer, as HTML. Only what shows text is kept: paragraphs, lists, emphasis, quotations and links
        message "message": Html = "<p>Wij komen morgen langs.</p>",
    }
}

/// A ticket in the API, without its messages.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Ticket", transform = always_complete)]
pub struct TicketView {
    /// The ticket's id
    id: TicketId,
    /// Id of the customer; `null` if it is with somebody else
    customer_id: Option<CustomerId>,
    /// What the ticket is about
    #[schemars(example = &"De ketel lekt")]
    title: String,
    /// Where it began
    source: TicketSource,
    /// Whether somebody waits for an answer: a reply opens a closed ticket again
    status: TicketStatus,
    /// When the ticket was opened, with the offset of the portal's time zone
    created_at: Atom,
    /// When something was last written or changed. An addition to the contract
    updated_at: Atom,
}

/// A ticket in the API, with its messages.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TicketWithMessages", transform = always_complete)]
pub struct TicketWithMessages {
    #[serde(flatten)]
    ticket: TicketView,
    /// The messages, the oldest first; without internal notes
    messages: Vec<MessageView>,
}

impl Ticket {
    /// Its representation in lists, with times in the portal's time zone.
    pub fn into_view(self, zone: &TimeZone) -> TicketView {
        TicketView {
            created_at: Atom::new(self.created_at, zone),
            updated_at: Atom::new(self.updated_at, zone),
            id: self.id,
            customer_id: self.customer_id,
            title: self.title,
            source: self.source,
            status: self.status,
        }
    }

    /// The same with messages and their files; internal notes are left out.
    pub fn with_messages(
        self,
        messages: Vec<Message>,
        mut files: Attachments,
        zone: &TimeZone,
    ) -> TicketWithMessages {
        let seen = messages.into_iter().filter(|message| !message.kind.is_internal());
        TicketWithMessages {
            ticket: self.into_view(zone),
            messages: seen
                .map(|message| {
                    let files = files.remove(&message.id).unwrap_or_default();
                    message.into_view(files, zone)
                })
                .collect(),
        }
    }
}

impl TicketWithMessages {
    /// The ticket's id.
    pub(super) fn id(&self) -> &TicketId {
        &self.ticket.id
    }
}
