//! Writing in tickets: new ones, replies and notes; and who has read what.

use std::sync::LazyLock;

use super::queries::{self, KIND, Opened, SEARCHED, find_in, hold, tell};
use super::{
    Message, MessageKind, NewAttachment, NewMessage, NewTicket, Ticket, TicketSource, TicketStatus,
    attachments, events, outgoing, words,
};
use crate::audit::Action;
use crate::changes::Change;
use crate::db::{Single, from_row, params};
use crate::error::{Error, Message as Fault, Result};
use crate::history::What;
use crate::ids::{AccountId, CustomerId, TicketId, TicketMessageId};
use crate::lists::sort_key;
use crate::quotas::{Quotas, TICKETS};
use crate::resources::customers;
use crate::tenant::{Store, StoreTx, TenantSql};

/// The most messages of a ticket, with the internal notes. All are on one page, and in one response.
pub const MOST_MESSAGES: i64 = 500;

/// The field with what is written.
pub(super) const MESSAGE: &str = "message";

static OF_TICKET: LazyLock<TenantSql> = LazyLock::new(|| {
    let columns = Message::columns();
    TenantSql::built(format!(
        "SELECT {columns} FROM ticket_messages c WHERE c.portal_id = ?1 AND c.ticket_id = ?2 ORDER BY c.number"
    ))
});

static FIND: LazyLock<TenantSql> = LazyLock::new(|| {
    let columns = Message::columns();
    TenantSql::built(format!(
        "SELECT {columns} FROM ticket_messages c WHERE c.portal_id = ?1 AND c.ticket_id = ?2 AND c.id = ?3"
    ))
});

/// The first and the latest of those before a message. Those that came with a chat, and mails whose id isn't
/// usable, have none.
static MAILED_BEFORE: LazyLock<TenantSql> = LazyLock::new(|| {
    let mailed = "SELECT m.number, m.id, m.mail_id FROM ticket_messages m
         WHERE m.portal_id = ?1 AND m.ticket_id = ?2
             AND m.number < (SELECT b.number FROM ticket_messages b WHERE b.portal_id = ?1 AND b.id = ?3)
             AND (m.mail_id LIKE '%@%' OR (m.mail_id IS NULL AND m.kind = 'employee'))";
    TenantSql::built(format!(
        "SELECT e.id, e.mail_id FROM (
             SELECT * FROM ({mailed} ORDER BY m.number LIMIT 1) o
             UNION SELECT * FROM ({mailed} ORDER BY m.number DESC LIMIT ?4) l) e
         ORDER BY e.number"
    ))
});

/// A message that was a mail.
#[derive(Debug)]
pub(super) struct Mailed {
    /// Its id.
    pub(super) id: TicketMessageId,
    /// The `Message-ID` of the mail in which it came, without brackets; none of one that we mailed.
    pub(super) mail_id: Option<String>,
}

from_row!(Mailed { id, mail_id });

const INSERT_TICKET: TenantSql = TenantSql::new(
    "INSERT INTO tickets (portal_id, id, title, name_key, source, status, customer_id, created_at, updated_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
);
/// Only in the state in which it was found.
const COUNT_ON: TenantSql = TenantSql::new(
    "UPDATE tickets SET messages = messages + 1, status = ?4, updated_at = ?5, revision = revision + 1
     WHERE portal_id = ?1 AND id = ?2 AND status = ?3",
);
/// The number is that of the ticket's messages, which the transaction has counted on.
const INSERT: TenantSql = TenantSql::new(
    "INSERT INTO ticket_messages (portal_id, id, ticket_id, customer_id, number, kind, posted_by, body, posted_at,
         mail_id, sender, quoted)
     SELECT c.portal_id, ?3, c.id, c.customer_id, c.messages, ?4, ?5, ?6, ?7, ?8, ?9, ?10
     FROM tickets c WHERE c.portal_id = ?1 AND c.id = ?2",
);
const WRITTEN: TenantSql = TenantSql::new(
    "SELECT ticket_id AS value FROM ticket_messages WHERE portal_id = ?1 AND id = ?2",
);
/// Whoever is being removed from the portal reads nothing more.
const MARK_UNREAD: TenantSql = TenantSql::per_engine(
    "INSERT INTO unread_tickets (portal_id, account_id, ticket_id)
     SELECT portal_id, account_id, ?2 FROM portal_members WHERE portal_id = ?1 AND account_id <> ?3
     ON CONFLICT DO NOTHING",
    "INSERT INTO unread_tickets (portal_id, account_id, ticket_id)
     SELECT portal_id, account_id, CAST(?2 AS TEXT) FROM portal_members WHERE portal_id = ?1 AND account_id <> ?3
     ORDER BY account_id FOR KEY SHARE
     ON CONFLICT DO NOTHING",
);
const IS_UNREAD: TenantSql = TenantSql::new(
    "SELECT ticket_id AS value FROM unread_tickets WHERE portal_id = ?1 AND account_id = ?2 AND ticket_id = ?3",
);
const MARK_READ: TenantSql = TenantSql::new(
    "DELETE FROM unread_tickets WHERE portal_id = ?1 AND account_id = ?2 AND ticket_id = ?3",
);
const COUNT_UNREAD: TenantSql = TenantSql::new(
    "SELECT count(*) AS value FROM (
         SELECT 1 FROM unread_tickets WHERE portal_id = ?1 AND account_id = ?2 LIMIT ?3) u",
);

/// The messages of a ticket, the oldest first.
pub async fn of_ticket(store: &Store, id: &TicketId) -> Result<Vec<Message>> {
    Ok(store.rows(*OF_TICKET, params![id]).await?)
}

/// A message of a ticket.
pub(super) async fn find(
    store: &Store,
    ticket: &TicketId,
    id: &TicketMessageId,
) -> Result<Option<Message>> {
    Ok(store.row(*FIND, params![ticket, id]).await?)
}

/// Those before a message of a ticket that were mails, the oldest first: the first one, and so many of the
/// latest. Their texts aren't read: a ticket can have megabytes of them.
pub(super) async fn mailed_before(
    store: &Store,
    ticket: &TicketId,
    id: &TicketMessageId,
    latest: i64,
) -> Result<Vec<Mailed>> {
    Ok(store.rows(*MAILED_BEFORE, params![ticket, id, latest]).await?)
}

/// The messages of a ticket, the oldest first, within a transaction.
pub(super) async fn of_ticket_in(tx: &mut StoreTx, id: &TicketId) -> Result<Vec<Message>> {
    Ok(tx.rows(*OF_TICKET, params![id]).await?)
}

/// Opens a ticket with its first message, which an employee writes. One that is there already is returned
/// as it is: the form was sent twice.
///
/// # Errors
/// [`Error::Invalid`] when the portal has no such customer; [`Error::Conflict`] when it has the maximum
/// number, or its files are too large in total.
pub async fn open(
    tx: &mut StoreTx,
    change: &Change<'_>,
    quotas: &Quotas,
    new: NewTicket,
) -> Result<Ticket> {
    if let Some(ticket) = find_in(tx, &new.id).await? {
        return Ok(ticket);
    }
    let NewTicket { id, customer, content, files } = new;
    expect_customer(tx, customer.as_ref()).await?;
    let opened =
        Opened { at: change.now, source: TicketSource::Portal, status: TicketStatus::Open };
    insert_ticket(tx, (&id, customer.as_ref(), content.title.as_str()), opened).await?;
    let author = change.author_name(tx).await?;
    let (id_of_first, kind) = (TicketMessageId::random(), MessageKind::Employee);
    let message = Message::new(id_of_first, kind, author, (content.message, change.now));
    let ticket = write(tx, &id, &message, TicketStatus::Open).await?;
    let files = attachments::add(tx, quotas, (&ticket, &message.id), files, change.now).await?;
    mark_unread(tx, change, &id).await?;
    outgoing::mail(tx, &ticket, &message.id, change.now).await?;
    let view = ticket.clone().with_messages(vec![message], files, change.zone);
    tx.emit(events::CREATED, &view, change.now).await?;
    change.note(tx, (KIND, id.as_str()), What::Created, Vec::new()).await?;
    TICKETS.check(tx, quotas.max_tickets_per_portal).await?;
    tell(tx, change, Action::TicketCreated, &ticket).await?;
    Ok(ticket)
}

/// Adds a ticket with messages to a portal that is being created, such as the demo: without any event.
pub async fn insert(
    tx: &mut StoreTx,
    (id, customer, title): (&TicketId, Option<&CustomerId>, &str),
    opened: Opened,
    messages: Vec<Message>,
) -> Result<()> {
    expect_customer(tx, customer).await?;
    insert_ticket(tx, (id, customer, title), opened).await?;
    for message in messages {
        write(tx, id, &message, opened.status).await?;
    }
    Ok(())
}

async fn expect_customer(tx: &mut StoreTx, customer: Option<&CustomerId>) -> Result<()> {
    if let Some(id) = customer {
        customers::queries::named(tx, id).await?;
    }
    Ok(())
}

async fn insert_ticket(
    tx: &mut StoreTx,
    (id, customer, title): (&TicketId, Option<&CustomerId>, &str),
    Opened { at, source, status }: Opened,
) -> Result<()> {
    let key = sort_key(title);
    let row = params![id, title, key, source, status, customer, at];
    tx.execute(INSERT_TICKET, row).await?;
    SEARCHED.add(tx, id.as_str()).await
}

/// Writes a message in a ticket. One that is there already stays as it is: the form was sent twice.
/// Returns the ticket as it is then.
///
/// # Errors
/// [`Error::NotFound`] when the portal has no ticket with that id; [`Error::Invalid`] with the field
/// `message` when it takes no replies; [`Error::Conflict`] when it has the maximum number of messages, or
/// the portal's files are too large in total.
pub async fn post(
    tx: &mut StoreTx,
    change: &Change<'_>,
    quotas: &Quotas,
    ticket: &TicketId,
    NewMessage { id, kind, body, files }: NewMessage,
) -> Result<Ticket> {
    let before = hold(tx, ticket).await?;
    let written: Option<Single<String>> = tx.row(WRITTEN, params![id]).await?;
    if written.is_some() {
        return Ok(before);
    }
    if !kind.is_internal() && !before.source.takes_replies() {
        return Err(Error::invalid(MESSAGE, Fault::new("tickets.chat_takes_no_replies")));
    }
    if before.messages >= MOST_MESSAGES {
        return Err(Error::Conflict(Fault::with("tickets.full", MOST_MESSAGES)));
    }
    let author = change.author_name(tx).await?;
    let message = Message::new(id, kind, author, (body, change.now));
    add(tx, change, quotas, &before, (message, files)).await
}

/// Adds a new message with its files to a ticket that the transaction holds, tells of it, and mails an
/// employee's to the customer. Returns the ticket as it is then.
///
/// # Errors
/// As [`attachments::add`].
pub(super) async fn add(
    tx: &mut StoreTx,
    change: &Change<'_>,
    quotas: &Quotas,
    before: &Ticket,
    (message, files): (Message, Vec<NewAttachment>),
) -> Result<Ticket> {
    let kind = message.kind;
    let after = write(tx, &before.id, &message, before.status.after(kind.step())).await?;
    let files = attachments::add(tx, quotas, (&after, &message.id), files, change.now).await?;
    mark_unread(tx, change, &before.id).await?;
    queries::note_status(tx, change, &after, before.status).await?;
    if kind == MessageKind::Employee {
        outgoing::mail(tx, &after, &message.id, change.now).await?;
    }
    let (event, action) = match kind {
        MessageKind::Note => (None, Action::TicketNoteAdded),
        MessageKind::Employee => (Some(events::EMPLOYEE_REPLIED), Action::TicketAnswered),
        MessageKind::Customer => (Some(events::CUSTOMER_REPLIED), Action::TicketAnswered),
    };
    if let Some(event) = event {
        let view = after.clone().with_messages(vec![message], files, change.zone);
        tx.emit(event, &view, change.now).await?;
    }
    tell(tx, change, action, &after).await?;
    Ok(after)
}

/// Adds a message to a ticket that the transaction holds, which has this state from then on.
async fn write(
    tx: &mut StoreTx,
    ticket: &TicketId,
    message: &Message,
    status: TicketStatus,
) -> Result<Ticket> {
    let before = find_in(tx, ticket).await?.ok_or(Error::NotFound)?;
    let counted = params![ticket, before.status, status, message.posted_at];
    if tx.execute(COUNT_ON, counted).await? == 0 {
        return Err(Error::Changed);
    }
    let Message { id, kind, posted_by, body, posted_at, mail_id, sender, quoted } = message;
    let row = params![ticket, id, kind, posted_by, body, posted_at, mail_id, sender, quoted];
    tx.execute(INSERT, row).await?;
    words::add(tx, ticket, message).await?;
    find_in(tx, ticket).await?.ok_or(Error::NotFound)
}

/// Notes that the others haven't read what was written.
async fn mark_unread(tx: &mut StoreTx, change: &Change<'_>, ticket: &TicketId) -> Result<()> {
    tx.execute(MARK_UNREAD, params![ticket, change.author.id()]).await?;
    Ok(())
}

/// Whether a member hasn't read everything in a ticket.
pub(super) async fn is_unread(store: &Store, account: &AccountId, id: &TicketId) -> Result<bool> {
    let row: Option<Single<String>> = store.row(IS_UNREAD, params![account, id]).await?;
    Ok(row.is_some())
}

/// Notes that a member has read everything in a ticket.
pub(super) async fn mark_read(tx: &mut StoreTx, account: &AccountId, id: &TicketId) -> Result<()> {
    tx.execute(MARK_READ, params![account, id]).await?;
    Ok(())
}

/// The number of tickets in which a member hasn't read everything, at most so many.
pub(super) async fn count_unread(store: &Store, account: &AccountId, most: i64) -> Result<i64> {
    let count = store.row(COUNT_UNREAD, params![account, most]).await?;
    Ok(count.map_or(0, |Single(count)| count))
}
