//! The job that reminds a customer by mail. The link in it is a secret, so the mail is made when it is sent.

use std::borrow::Cow;

use jiff::SignedDuration;

use super::{FileRequestReminder, queries};
use crate::error::{Result, found};
use crate::guests::{Writer, mail_job};
use crate::i18n::{Lang, tr};
use crate::ids::PortalId;
use crate::jobs::{Attempt, Failure, Job, Kind};
use crate::mail::{Mail, Speaker};
use crate::resources::customers;
use crate::time::readable;

impl FileRequestReminder {
    /// The mail, unless nobody has to be reminded any more.
    async fn mail(&self, writer: &Writer) -> Result<Option<Mail>> {
        let store = writer.store(&self.portal);
        let request = found(queries::find(&store, &self.request).await)?;
        let Some(request) = request.filter(|request| request.completed_at.is_none()) else {
            return Ok(None);
        };
        let Some(customer) = &request.customer_id else { return Ok(None) };
        let customer = found(customers::queries::find(&store, customer).await)?;
        let Some(customer) = customer else { return Ok(None) };
        let Some(portal) = writer.portal(&self.portal).await? else { return Ok(None) };
        let link = writer.page_url(&request.public_path(writer.keys())?);
        let (name, zone) = (portal.mail_name(), portal.zone());
        let subject = |lang: Lang| {
            tr!(lang, "mail.file_request.subject", portal = name, name = request.name).into_owned()
        };
        let text = |lang: Lang| {
            let due = request.due_at.map(|due| readable(due, &zone, lang));
            let due = due.map(|due| tr!(lang, "mail.file_request.due", due = due).into_owned());
            tr!(
                lang,
                "mail.file_request.text",
                portal = name,
                name = request.name,
                due = due.unwrap_or_default(),
                link = link
            )
            .into_owned()
        };
        let to = customer.details.primary_email.as_str();
        let mail = Mail::in_both_languages(to, Speaker::Inviting(name), subject, text);
        Ok(Some(mail.sent_as(portal.sender_name.as_deref())))
    }
}

impl Job for FileRequestReminder {
    type Context = Writer;

    const KIND: Kind = mail_job("file_request_reminder", (2, 4), SignedDuration::from_hours(24));

    fn lane(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.portal.as_str())
    }

    fn portal(&self) -> Option<&PortalId> {
        Some(&self.portal)
    }

    fn subject(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.request.as_str()))
    }

    async fn run(&self, writer: &Writer, _: Attempt) -> Result<(), Failure> {
        writer.deliver(&self.portal, self.mail(writer).await).await
    }
}
