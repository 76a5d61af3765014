//! What a customer answers by mail.

use jiff::SignedDuration;

use super::{
    Message, MessageKind, NewAttachment, Refusal, Ticket, messages, messages::MOST_MESSAGES,
    queries, refusal,
};
use crate::changes::{Author, Change};
use crate::db::{Single, params};
use crate::error::Result;
use crate::ids::{PortalId, TicketId, TicketMessageId};
use crate::mail::{Content, IncomingFile, IncomingMail};
use crate::objects::Objects;
use crate::quotas::{FILE_BYTES, MEGABYTE, Quotas};
use crate::resources::{customers, files};
use crate::tenant::{StoreTx, TenantSql};
use crate::values::{EmailAddress, Html};

/// Mails accepted for a ticket within an hour. Further ones are deferred.
pub const MOST_PER_HOUR: i64 = 30;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

const BY_MAIL: TenantSql = TenantSql::new(
    "SELECT id AS value FROM ticket_messages WHERE portal_id = ?1 AND ticket_id = ?2 AND mail_id = ?3",
);
const SENT: TenantSql = TenantSql::new(
    "SELECT id AS value FROM ticket_messages WHERE portal_id = ?1 AND id = ?2 AND kind = 'employee'",
);
const COUNT_RECENT: TenantSql = TenantSql::new(
    "SELECT count(*) AS value FROM ticket_messages
     WHERE portal_id = ?1 AND ticket_id = ?2 AND mail_id IS NOT NULL AND posted_at > ?3",
);

/// What became of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// It is a message of the ticket, or was one already.
    Taken(TicketMessageId),
    /// It is one of our own mails, which came back.
    Own,
    /// It was refused, and its sender is told.
    Refused(Refusal),
    /// The ticket gets too many mails.
    Later,
}

/// Stores the contents of the files of a mail.
///
/// # Errors
/// As [`files::store_bytes`].
pub async fn store(
    objects: &Objects,
    portal: &PortalId,
    sent: Vec<IncomingFile>,
) -> Result<Vec<NewAttachment>> {
    let mut stored = Vec::new();
    for IncomingFile { name, content } in sent {
        stored.push(files::store_bytes(objects, portal, &name, content).await?);
    }
    Ok(stored)
}

/// Adds what is written in a mail to a ticket, with the mail's files. A mail that arrives again is one message.
/// `sender` is the address that bounces go to.
///
/// # Errors
/// [`crate::error::Error::NotFound`] when the portal has no ticket with that id; as [`messages::post`].
pub async fn receive(
    tx: &mut StoreTx,
    change: &Change<'_>,
    quotas: &Quotas,
    id: &TicketId,
    (mail, sender): (&IncomingMail, Option<&str>),
    files: Vec<NewAttachment>,
) -> Result<Receipt> {
    let ticket = queries::hold(tx, id).await?;
    if let Some(Single(known)) = tx.row(BY_MAIL, params![id, mail.id]).await? {
        return Ok(Receipt::Taken(known));
    }
    if is_own(tx, &mail.id).await? {
        return Ok(Receipt::Own);
    }
    let bytes = files.iter().map(|(_, file)| file.size).sum();
    let content = match content(&ticket, mail, !files.is_empty()) {
        Ok(_) if bytes > u64::from(quotas.max_file_megabytes) * MEGABYTE => {
            Err(Refusal::FilesTooLarge)
        }
        Ok(_) if !FILE_BYTES.has_room(tx, quotas.max_file_megabytes_per_portal, bytes).await? => {
            Err(Refusal::NoRoom)
        }
        content => content,
    };
    let (new, quoted) = match content {
        Ok(content) => content,
        Err(refusal) => {
            refusal::refuse(tx, id, (mail, sender), refusal, change.now).await?;
            return Ok(Receipt::Refused(refusal));
        }
    };
    let recent: Option<Single<i64>> = tx.row(COUNT_RECENT, params![id, change.now - HOUR]).await?;
    if recent.is_some_and(|Single(recent)| recent >= MOST_PER_HOUR) {
        return Ok(Receipt::Later);
    }
    let message = Message {
        id: TicketMessageId::random(),
        kind: MessageKind::Customer,
        posted_by: mail.name.to_string(),
        body: new,
        posted_at: change.now,
        mail_id: Some(mail.id.clone()),
        sender: other_sender(tx, &ticket, mail).await?,
        quoted,
    };
    let written = message.id.clone();
    messages::add(tx, change, quotas, &ticket, (message, files)).await?;
    Ok(Receipt::Taken(written))
}

/// What is written in the mail, and what it quotes, if the ticket takes it. Beside files nothing needs to be
/// written.
fn content(
    ticket: &Ticket,
    mail: &IncomingMail,
    has_files: bool,
) -> std::result::Result<(Html, Option<Html>), Refusal> {
    if !ticket.source.takes_replies() {
        return Err(Refusal::Chat);
    }
    if ticket.messages >= MOST_MESSAGES {
        return Err(Refusal::Full);
    }
    if mail.files.is_none() {
        return Err(Refusal::TooManyFiles);
    }
    match &mail.content {
        Content::Written { new, quoted } => Ok((new.clone(), quoted.clone())),
        Content::Nothing if has_files => Ok((Html::default(), None)),
        Content::Nothing => Err(Refusal::Empty),
        Content::TooLong => Err(Refusal::TooLong),
        Content::Unread => Err(Refusal::TooLarge),
    }
}

/// Whether a `Message-ID` is that of a message that we mailed.
async fn is_own(tx: &mut StoreTx, mail_id: &str) -> Result<bool> {
    let id = mail_id.split_once('@').and_then(|(id, _)| id.parse::<TicketMessageId>().ok());
    let Some(id) = id else { return Ok(false) };
    let own: Option<Single<String>> = tx.row(SENT, params![id]).await?;
    Ok(own.is_some())
}

/// The address that a mail comes from, if it is none of the customer's.
async fn other_sender(
    tx: &mut StoreTx,
    ticket: &Ticket,
    mail: &IncomingMail,
) -> Result<Option<String>> {
    let customer = match &ticket.customer_id {
        Some(id) => customers::queries::find_in(tx, id).await?,
        None => None,
    };
    let is_known = customer.is_some_and(|customer| {
        let details = customer.details;
        let contacts = details.contacts.0.iter().filter_map(|contact| contact.email.as_ref());
        [&details.primary_email]
            .into_iter()
            .chain(contacts)
            .any(|address| EmailAddress::comparable(address.as_str()) == mail.sender)
    });
    Ok((!is_known).then(|| mail.sender.clone()))
}

/// The author of a change by mail.
pub fn author<'a>(ticket: &'a TicketId, mail: &'a IncomingMail) -> Author<'a> {
    Author::Correspondent { row: ticket.as_str(), address: &mail.sender }
}
