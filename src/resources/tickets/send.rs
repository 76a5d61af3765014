//! Mailing a message to the customer. The address for the answer is a secret, so the mail is made when it is
//! sent.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};

use super::mailed_files::MailedFiles;
use super::messages::Mailed;
use super::{TicketMail, attachments, messages, queries, reply_token};
use crate::error::{Error, Result, found};
use crate::guests::{Writer, mail_job};
use crate::i18n::{Lang, tr};
use crate::ids::{CustomerId, PortalId};
use crate::jobs::{Attempt, Failure, Job, Kind};
use crate::mail::{Mail, MailAuthor, Speaker, Threading};
use crate::resources::customers::{self, CustomerLanguage};
use crate::tenant::Store;

/// Where a customer gets mail, and in which language, if that is known.
pub(super) async fn receiver(
    store: &Store,
    customer: Option<&CustomerId>,
) -> Result<Option<(String, Option<Lang>)>> {
    let Some(customer) = customer else { return Ok(None) };
    let customer = found(customers::queries::find(store, customer).await)?;
    Ok(customer.map(|customer| {
        let details = customer.details;
        (details.primary_email.to_string(), details.language.map(CustomerLanguage::lang))
    }))
}

/// The most of the latest mails of a ticket that a mail refers to, beside the first.
const MOST_EARLIER: i64 = 20;

/// How long a mail waits for the virus scan of its files. Then it goes without those that aren't scanned.
const LONGEST_SCAN: SignedDuration = SignedDuration::from_hours(1);

/// How often a mail looks whether its files are scanned.
const LOOK_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// How long a mail waits until it looks again.
fn wait(attempt: Attempt, now: Timestamp) -> SignedDuration {
    let left = (attempt.created_at + LONGEST_SCAN).duration_since(now);
    left.clamp(SignedDuration::ZERO, LOOK_EVERY)
}

impl TicketMail {
    /// The mail, unless there is nothing to mail any more.
    async fn mail(&self, writer: &Writer, attempt: Attempt) -> Result<Option<Mail>> {
        let store = writer.store(&self.portal);
        let ticket = found(queries::find(&store, &self.ticket).await)?;
        let Some(ticket) = ticket else { return Ok(None) };
        let receiver = receiver(&store, ticket.customer_id.as_ref()).await?;
        let Some((to, lang)) = receiver else { return Ok(None) };
        let Some(portal) = writer.portal(&self.portal).await? else { return Ok(None) };
        let lang = lang.or(portal.language.map(|language| language.lang())).unwrap_or_default();
        let message = messages::find(&store, &self.ticket, &self.message).await?;
        let Some(message) = message else { return Ok(None) };
        let before =
            messages::mailed_before(&store, &self.ticket, &self.message, MOST_EARLIER).await?;
        let domain = writer.mail_domain();
        let threading = Threading {
            id: Some(message.id.to_string()),
            earlier: before
                .into_iter()
                .map(|Mailed { id, mail_id }| mail_id.unwrap_or_else(|| format!("{id}@{domain}")))
                .collect(),
            reply_to: writer.ticket_address().map(|address| {
                address.with(&reply_token::token_of(writer.keys(), &self.portal, &self.ticket))
            }),
            author: MailAuthor::Person,
        };
        let (name, title) = (portal.mail_name(), ticket.title);
        let closing = match threading.reply_to {
            Some(_) => tr!(lang, "tickets.mail.answer"),
            None => tr!(lang, "tickets.mail.no_answer", portal = name),
        };
        let can_wait = writer.now() < attempt.created_at + LONGEST_SCAN;
        let attached = attachments::of_message(&store, &self.ticket, &self.message).await?;
        let mailed = MailedFiles::of(writer, &self.portal, lang, attached, can_wait).await?;
        let closing = mailed.hints(lang, name) + &closing;
        let subject = if threading.earlier.is_empty() { title } else { format!("Re: {title}") };
        let mail =
            Mail::letter(&to, Speaker::Inviting(name), lang, (subject, &message.body), &closing);
        Ok(Some(
            mail.sent_as(portal.sender_name.as_deref()).within(threading).with_files(mailed.files),
        ))
    }
}

impl Job for TicketMail {
    type Context = Writer;

    const KIND: Kind = mail_job("ticket_mail", (4, 4), SignedDuration::from_hours(72));

    fn lane(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.portal.as_str())
    }

    fn order_key(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.ticket.as_str()))
    }

    fn portal(&self) -> Option<&PortalId> {
        Some(&self.portal)
    }

    async fn run(&self, writer: &Writer, attempt: Attempt) -> Result<(), Failure> {
        let made = self.mail(writer, attempt).await;
        if let Err(Error::Held(held)) = made {
            return Err(Failure::Later(wait(attempt, writer.now()), held.to_string()));
        }
        writer.deliver(&self.portal, made).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_looks_each_minute_and_at_the_end_of_the_hour() {
        let created_at = Timestamp::UNIX_EPOCH;
        let attempt = Attempt { id: "1".parse().unwrap(), number: 9, created_at };
        for (after, expected) in [(0, 60), (3000, 60), (3540, 60), (3570, 30), (3600, 0), (9000, 0)]
        {
            let waits = wait(attempt, created_at + SignedDuration::from_secs(after));
            assert_eq!(waits.as_secs(), expected, "{after}");
        }
    }
}
