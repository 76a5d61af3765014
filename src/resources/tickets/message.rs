//! The messages of a ticket.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Attachment, AttachmentView, NewAttachment, Step};
use crate::http::schema::always_complete;
use crate::ids::TicketMessageId;
use crate::time::Atom;
use crate::values::{Html, choice, row};

choice! {
    /// Who wrote a message, and for whom.
    MessageKind in "tickets.kind." {
        /// The customer, or whoever else the ticket is with.
        Customer = "customer",
        /// The business.
        Employee = "employee",
        /// The business, for itself: only the members of the portal see it.
        Note = "note",
    }
}

impl MessageKind {
    /// Whether only the members of the portal see it: no program, and nobody by mail.
    pub const fn is_internal(self) -> bool {
        matches!(self, Self::Note)
    }

    /// What it does to the ticket.
    pub const fn step(self) -> Step {
        match self {
            Self::Customer | Self::Employee => Step::Reply,
            Self::Note => Step::Note,
        }
    }
}

row! {
    /// A message, as stored.
    Message {
        /// Its id.
        id: TicketMessageId,
        /// Who wrote it, and for whom.
        kind: MessageKind,
        /// The name of the person, key or app at that time.
        posted_by: String,
        /// What was written.
        body: Html,
        /// When.
        posted_at: Timestamp,
        /// The `Message-ID` of the mail in which it came, without brackets.
        mail_id: Option<String>,
        /// The address that the mail came from, if it was none of the customer's.
        sender: Option<String>,
        /// The mail that it answers to, below it.
        quoted: Option<Html>,
    }
}

/// A message that is written.
#[derive(Debug)]
pub struct NewMessage {
    /// Its id.
    pub id: TicketMessageId,
    /// Who writes it, and for whom.
    pub kind: MessageKind,
    /// What is written.
    pub body: Html,
    /// The files that are sent along.
    pub files: Vec<NewAttachment>,
}

/// A message in the API.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TicketMessage", transform = always_complete)]
pub struct MessageView {
    /// The message's id
    id: TicketMessageId,
    /// The name of whoever wrote it: the customer, an employee, an API key or an app
    #[schemars(example = &"Sanne van Dijk")]
    posted_by: String,
    /// Whether the customer wrote it, and not the business
    is_posted_by_customer: bool,
    /// What was written, as safe HTML; a mail with what it quotes
    #[schemars(example = &"<p>Wij komen morgen langs.</p>")]
    message: String,
    /// When it was written, with the offset of the portal's time zone
    posted_at: Atom,
    /// The files that were sent along
    attachments: Vec<AttachmentView>,
}

impl Message {
    /// A message that is written in the portal.
    pub fn new(
        id: TicketMessageId,
        kind: MessageKind,
        author: String,
        written: (Html, Timestamp),
    ) -> Self {
        let (body, posted_at) = written;
        Self {
            id,
            kind,
            posted_by: author,
            body,
            posted_at,
            mail_id: None,
            sender: None,
            quoted: None,
        }
    }

    /// The representation in the API with its files, with times in the portal's time zone.
    pub fn into_view(self, files: Vec<Attachment>, zone: &TimeZone) -> MessageView {
        MessageView {
            id: self.id,
            posted_by: self.posted_by,
            is_posted_by_customer: self.kind == MessageKind::Customer,
            message: self.body.with_quotation(self.quoted.as_ref()).to_string(),
            posted_at: Atom::new(self.posted_at, zone),
            attachments: files.into_iter().map(Attachment::into_view).collect(),
        }
    }
}
