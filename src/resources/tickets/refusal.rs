//! Telling somebody that a mail wasn't taken.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::attachments::MOST_FILES;
use super::queries;
use crate::db::params;
use crate::error::{Result, found};
use crate::guests::{Writer, mail_job};
use crate::i18n::tr;
use crate::ids::{PortalId, TicketId};
use crate::jobs::{Attempt, Failure, Job, Kind};
use crate::mail::{IncomingMail, MOST_BYTES, Mail, MailAuthor, Speaker, Threading};
use crate::tenant::{StoreTx, TenantSql};

/// How long nobody else is told about the same ticket: whoever sends many mails gets one answer.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(1);

const NOTE: TenantSql = TenantSql::new(
    "UPDATE tickets SET refused_at = ?3 WHERE portal_id = ?1 AND id = ?2 AND (refused_at IS NULL OR refused_at <= ?4)",
);

/// Why a mail wasn't taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// It is too large, with its attachments.
    TooLarge,
    /// Its text is too long.
    TooLong,
    /// Nothing is written in it.
    Empty,
    /// It has too many files.
    TooManyFiles,
    /// Its files are larger than the operator lets files be.
    FilesTooLarge,
    /// The portal has no room for its files.
    NoRoom,
    /// The ticket has the maximum number of messages.
    Full,
    /// The chat is over.
    Chat,
}

impl Refusal {
    /// What it is called in answers to the operator.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::TooLong => "too-long",
            Self::Empty => "empty",
            Self::TooManyFiles => "too-many-files",
            Self::FilesTooLarge => "files-too-large",
            Self::NoRoom => "no-room",
            Self::Full => "full",
            Self::Chat => "chat",
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::TooLarge => "tickets.refused.too_large",
            Self::TooLong => "tickets.refused.too_long",
            Self::Empty => "tickets.refused.empty",
            Self::TooManyFiles => "tickets.refused.too_many_files",
            Self::FilesTooLarge => "tickets.refused.files_too_large",
            Self::NoRoom => "tickets.refused.no_room",
            Self::Full => "tickets.refused.full",
            Self::Chat => "tickets.refused.chat",
        }
    }
}

/// The job that tells the sender of a mail why it wasn't taken.
#[derive(Debug, Serialize, Deserialize)]
pub struct TicketRefusal {
    portal: PortalId,
    ticket: TicketId,
    to: String,
    mail_id: String,
    refusal: Refusal,
}

/// Has the sender of a mail told why it wasn't taken, unless a program sent it, or somebody was told about
/// the ticket within the last hour. `sender` is the address that bounces go to.
pub async fn refuse(
    tx: &mut StoreTx,
    ticket: &TicketId,
    (mail, sender): (&IncomingMail, Option<&str>),
    refusal: Refusal,
    now: Timestamp,
) -> Result<()> {
    let to = sender.or(mail.return_path.as_deref()).unwrap_or(&mail.sender);
    if mail.automatic.is_some() || to.is_empty() {
        return Ok(());
    }
    if tx.execute(NOTE, params![ticket, now, now - AGAIN_AFTER]).await? > 0 {
        let (portal, ticket, to) = (tx.portal().clone(), ticket.clone(), to.to_owned());
        let mail_id = mail.id.clone();
        tx.enqueue(&TicketRefusal { portal, ticket, to, mail_id, refusal }, now).await?;
    }
    Ok(())
}

impl TicketRefusal {
    async fn mail(&self, writer: &Writer) -> Result<Option<Mail>> {
        let ticket = found(queries::find(&writer.store(&self.portal), &self.ticket).await)?;
        let Some(ticket) = ticket else { return Ok(None) };
        let Some(portal) = writer.portal(&self.portal).await? else { return Ok(None) };
        let lang = portal.language.map(|language| language.lang()).unwrap_or_default();
        let (name, megabytes) = (portal.mail_name(), MOST_BYTES / (1024 * 1024));
        let reason =
            tr!(lang, self.refusal.text(), size = megabytes, count = MOST_FILES, portal = name);
        let subject = tr!(lang, "tickets.refused.subject", title = ticket.title).into_owned();
        let title = ticket.title;
        let text = tr!(lang, "tickets.refused.text", title = title, portal = name, reason = reason);
        let threading = Threading {
            id: None,
            earlier: [&self.mail_id].into_iter().filter(|id| id.contains('@')).cloned().collect(),
            reply_to: None,
            author: MailAuthor::Answering,
        };
        let mail = Mail::new(&self.to, Speaker::Inviting(name), lang, subject, &text);
        Ok(Some(mail.within(threading)))
    }
}

impl Job for TicketRefusal {
    type Context = Writer;

    const KIND: Kind = mail_job("ticket_refusal", (2, 2), SignedDuration::from_hours(24));

    fn lane(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.portal.as_str())
    }

    fn portal(&self) -> Option<&PortalId> {
        Some(&self.portal)
    }

    async fn run(&self, writer: &Writer, _: Attempt) -> Result<(), Failure> {
        writer.deliver(&self.portal, self.mail(writer).await).await
    }
}
