//! Tickets, which no operation opens.

use jiff::Timestamp;
use klantportaal::ids::{TicketId, TicketMessageId};
use klantportaal::resources::tickets::{
    Message, MessageKind, Opened, TicketSource, TicketStatus, messages,
};
use klantportaal::tenant::WritingStore;
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
