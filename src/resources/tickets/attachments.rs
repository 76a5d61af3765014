//! Statements about the attachments of tickets. Their contents are objects, as those of files are.

use std::sync::LazyLock;

use jiff::Timestamp;

use super::{Attachment, Attachments, NewAttachment, Ticket};
use crate::db::{DeleteBatch, delete_batch, params};
use crate::error::{Error, Result};
use crate::ids::{FileId, TicketAttachmentId, TicketId, TicketMessageId};
use crate::mail;
use crate::objects::Stored;
use crate::quotas::{FILE_BYTES, Quotas};
use crate::resources::files::NewFile;
use crate::tenant::{Store, StoreTx, TenantSql};

/// The most files of a message: as many as a mail brings.
pub const MOST_FILES: usize = mail::MOST_FILES;

/// Deletes the attachments of tickets that were deleted before `?2` and aren't in the bin any more.
pub const FORGET_ENDED: DeleteBatch = delete_batch!(
    "ticket_attachments",
    "portal_id, id",
    "ended_at <= ?2
     AND NOT EXISTS (SELECT 1 FROM trash t WHERE t.portal_id = ticket_attachments.portal_id
         AND t.kind = 'ticket' AND t.id = ticket_attachments.ticket_id)
     AND NOT EXISTS (SELECT 1 FROM trash t WHERE t.portal_id = ticket_attachments.portal_id
         AND t.kind = 'customer' AND t.id = ticket_attachments.customer_id)"
);

struct Queries {
    of_ticket: TenantSql,
    of_message: TenantSql,
    find: TenantSql,
    find_shown: TenantSql,
    find_linked: TenantSql,
}

static STATEMENTS: LazyLock<Queries> = LazyLock::new(|| {
    let columns = Attachment::columns();
    let all = format!("SELECT {columns} FROM ticket_attachments c");
    let of_ticket = "WHERE c.portal_id = ?1 AND c.ticket_id = ?2";
    // Of a ticket in the bin there are no messages.
    let find = format!(
        "{all} JOIN ticket_messages m ON m.portal_id = c.portal_id AND m.id = c.message_id {of_ticket} AND c.id = ?3"
    );
    Queries {
        of_ticket: TenantSql::built(format!("{all} {of_ticket} ORDER BY c.message_id, c.number")),
        of_message: TenantSql::built(format!(
            "{all} {of_ticket} AND c.message_id = ?3 ORDER BY c.number"
        )),
        find_shown: TenantSql::built(format!("{find} AND m.kind <> 'note'")),
        find: TenantSql::built(find),
        find_linked: TenantSql::built(format!(
            "{all} JOIN tickets t ON t.portal_id = c.portal_id AND t.id = c.ticket_id
             JOIN portals p ON p.id = c.portal_id
             WHERE c.portal_id = ?1 AND c.file_id = ?2 AND p.deleted_at IS NULL"
        )),
    }
});

const INSERT: TenantSql = TenantSql::new(
    "INSERT INTO ticket_attachments (portal_id, id, ticket_id, customer_id, message_id, number, file_id, name, size, mime, sha256)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
);

/// The attachments of a ticket.
pub async fn of_ticket(store: &Store, id: &TicketId) -> Result<Attachments> {
    Ok(by_message(store.rows(STATEMENTS.of_ticket, params![id]).await?))
}

/// The same, within a transaction.
pub(super) async fn of_ticket_in(tx: &mut StoreTx, id: &TicketId) -> Result<Attachments> {
    Ok(by_message(tx.rows(STATEMENTS.of_ticket, params![id]).await?))
}

fn by_message(all: Vec<Attachment>) -> Attachments {
    let mut attachments = Attachments::new();
    for attachment in all {
        attachments.entry(attachment.message_id.clone()).or_default().push(attachment);
    }
    attachments
}

/// Those of one message.
pub(super) async fn of_message(
    store: &Store,
    ticket: &TicketId,
    message: &TicketMessageId,
) -> Result<Vec<Attachment>> {
    Ok(store.rows(STATEMENTS.of_message, params![ticket, message]).await?)
}

/// One of them.
///
/// # Errors
/// [`Error::NotFound`] when the ticket has none with that id, or is in the bin.
pub(super) async fn find(
    store: &Store,
    ticket: &TicketId,
    id: &TicketAttachmentId,
) -> Result<Attachment> {
    store.row(STATEMENTS.find, params![ticket, id]).await?.ok_or(Error::NotFound)
}

/// One of them, of a message that programs are shown.
///
/// # Errors
/// As [`find`]; also when it is that of an internal note.
pub(super) async fn find_shown(
    store: &Store,
    ticket: &TicketId,
    id: &TicketAttachmentId,
) -> Result<Attachment> {
    store.row(STATEMENTS.find_shown, params![ticket, id]).await?.ok_or(Error::NotFound)
}

/// That of a link, unless its ticket or the portal was deleted since.
///
/// # Errors
/// [`Error::NotFound`] when it isn't there any more.
pub(super) async fn find_linked(store: &Store, id: &FileId) -> Result<Attachment> {
    store.row(STATEMENTS.find_linked, params![id]).await?.ok_or(Error::NotFound)
}

/// Adds files to a new message of a ticket, which the transaction holds. Their contents are kept.
///
/// # Errors
/// [`Error::Conflict`] when the portal's files are too large in total.
pub(super) async fn add(
    tx: &mut StoreTx,
    quotas: &Quotas,
    (ticket, message): (&Ticket, &TicketMessageId),
    files: Vec<NewAttachment>,
    now: Timestamp,
) -> Result<Attachments> {
    if files.is_empty() {
        return Ok(Attachments::new());
    }
    let (contents, files): (Vec<Stored>, Vec<NewFile>) = files.into_iter().unzip();
    let scans: Vec<_> = contents.iter().map(Stored::scan).collect();
    let mut added = Vec::new();
    for (number, (scan, file)) in (0_i64..).zip(scans.into_iter().zip(files)) {
        let attachment = Attachment {
            id: TicketAttachmentId::random(),
            message_id: message.clone(),
            name: file.name.to_string(),
            size: i64::try_from(file.size).map_err(Error::internal)?,
            mime: file.mime.to_owned(),
            sha256: file.hash(),
            file_id: file.id,
            scan,
        };
        let Attachment { id, file_id, name, size, mime, sha256, .. } = &attachment;
        let customer = &ticket.customer_id;
        let row =
            params![id, ticket.id, customer, message, number, file_id, name, size, mime, sha256];
        tx.execute(INSERT, row).await?;
        added.push(attachment);
    }
    FILE_BYTES.check_megabytes(tx, quotas.max_file_megabytes_per_portal).await?;
    for content in contents {
        tx.keep(content, now).await?;
    }
    Ok(by_message(added))
}
