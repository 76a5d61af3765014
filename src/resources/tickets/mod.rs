//! Tickets: conversations with customers and others, open or closed. See
//! `docs/decisions/0065-tickets.md`.

mod attachment;
pub mod attachments;
mod change;
mod detail;
mod download;
mod events;
mod find;
mod links;
mod list;
mod mailed_files;
mod message;
pub mod messages;
mod model;
mod new;
mod of_customer;
mod outgoing;
mod pages;
pub mod queries;
mod receive;
mod refusal;
mod reply_token;
mod revision;
mod routes;
mod send;
mod sent_files;
mod status;
mod trash;
mod words;
mod write;

pub use attachment::{Attachment, AttachmentView, Attachments, NewAttachment};
pub use download::linked_attachment;
pub use links::SECTION;
pub use list::{TicketsOfAssignee, UnreadTickets};
pub use message::{Message, MessageKind, MessageView, NewMessage};
pub use model::{NewTicket, Ticket, TicketContent, TicketReply, TicketView, TicketWithMessages};
pub use of_customer::on_customer_page;
pub use outgoing::TicketMail;
pub use queries::Opened;
pub use receive::{MOST_PER_HOUR, Receipt, author, receive, store};
pub use refusal::{Refusal, TicketRefusal};
pub use reply_token::{ticket_of, token_of};
pub use status::{Step, TicketSource, TicketStatus};

use super::Resource;
use crate::db::delete_batch;
use crate::quotas;

/// Tickets, as the product knows them.
pub const RESOURCE: Resource = Resource {
    api: routes::routes,
    section: SECTION,
    pages: pages::pages,
    searched: queries::SEARCHED,
    find: find::find,
    sort_keys: queries::SORT_KEYS,
    quota: quotas::TICKETS,
    trash: Some(&queries::TRASH),
    events: events::ALL,
    removal: &[
        delete_batch!("unread_tickets", "portal_id, account_id, ticket_id", "portal_id = ?2"),
        delete_batch!("ticket_attachments", "portal_id, id", "portal_id = ?2"),
        delete_batch!("ticket_messages", "portal_id, id", "portal_id = ?2"),
        delete_batch!("tickets", "portal_id, id", "portal_id = ?2"),
    ],
};
