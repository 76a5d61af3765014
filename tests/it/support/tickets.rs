//! Tickets, which no operation opens.

use jiff::Timestamp;
use klantportaal::db::ToParam;
use klantportaal::ids::{TicketAttachmentId, TicketId, TicketMessageId};
use klantportaal::resources::tickets::{
    Message, MessageKind, Opened, TicketSource, TicketStatus, messages,
};
use klantportaal::tenant::{TenantSql, WritingStore};
use klantportaal::values::Html;

/// What a ticket begins as: where, in which state, and with which messages.
pub struct Beginning {
    pub source: TicketSource,
    pub status: TicketStatus,
    pub messages: &'static [(MessageKind, &'static str)],
}

pub const OPEN: Beginning = Beginning {
    source: TicketSource::Email,
    status: TicketStatus::Open,
    messages: &[(MessageKind::Customer, "De ketel lekt.")],
};

pub const CLOSED: Beginning = Beginning {
    source: TicketSource::Portal,
    status: TicketStatus::Closed,
    messages: &[
        (MessageKind::Customer, "De ketel lekt."),
        (MessageKind::Note, "Onder garantie."),
        (MessageKind::Employee, "Wij komen morgen."),
    ],
};

pub const CHAT: Beginning = Beginning {
    source: TicketSource::Chat,
    status: TicketStatus::Open,
    messages: &[(MessageKind::Customer, "Zijn jullie open?")],
};

/// Adds a ticket; its id.
pub async fn add(store: &WritingStore, customer: Option<&str>, beginning: &Beginning) -> String {
    let (id, at) = (TicketId::random(), Timestamp::now());
    let opened = Opened { at, source: beginning.source, status: beginning.status };
    let messages = beginning.messages.iter().map(|(kind, text)| {
        let (id, author) = (TicketMessageId::random(), "Jan Pieterse".to_owned());
        Message::new(id, *kind, author, (Html::of_text(text), at))
    });
    let customer = customer.map(|id| id.parse().unwrap());
    let mut tx = store.begin().await.unwrap();
    let ticket = (&id, customer.as_ref(), "Lekkage");
    messages::insert(&mut tx, ticket, opened, messages.collect()).await.unwrap();
    tx.commit().await.unwrap();
    id.to_string()
}

/// Sends a file along with a ticket's first message, whose content is that of a file of 11 bytes; its id.
pub async fn attach(store: &WritingStore, ticket: &str, file: &str) -> String {
    const INSERT: TenantSql = TenantSql::new(
        "INSERT INTO ticket_attachments (portal_id, id, ticket_id, message_id, number, file_id, name, size, mime, sha256)
         SELECT portal_id, ?3, ticket_id, id, 0, ?4, 'Foto.txt', 11, 'text/plain', '00' FROM ticket_messages
         WHERE portal_id = ?1 AND ticket_id = ?2 AND number = 1",
    );
    let id = TicketAttachmentId::random();
    let mut tx = store.begin().await.unwrap();
    let values = [ticket.to_param(), id.to_param(), file.to_param()];
    assert_eq!(tx.execute(INSERT, &values).await.unwrap(), 1);
    tx.commit().await.unwrap();
    id.to_string()
}
