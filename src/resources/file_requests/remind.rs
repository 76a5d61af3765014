//! The job that reminds a customer by mail. The link in it is a secret, so the mail is made when it is sent.

use std::borrow::Cow;
use std::time::Duration;

use jiff::SignedDuration;

use super::{FileRequestReminder, queries};
use crate::error::{Error, Result};
use crate::guests::Writer;
use crate::i18n::{Lang, tr};
use crate::ids::PortalId;
use crate::jobs::{Attempt, Failure, Job, Kind, Retry};
use crate::mail::{Mail, Speaker};
use crate::resources::customers;
use crate::time::readable;

impl FileRequestReminder {
    async fn send(&self, writer: &Writer) -> Result<(), Failure> {
        let Some(mail) = self.mail(writer).await.map_err(Failure::temporary)? else {
            return Ok(());
        };
        writer.deliver(&self.portal, &mail).await
    }

    /// The mail, unless nobody has to be reminded any more.
    async fn mail(&self, writer: &Writer) -> Result<Option<Mail>> {
        let store = writer.store(&self.portal);
        let request = match queries::find(&store, &self.request).await {
            Ok(request) if request.completed_at.is_none() => request,
            Ok(_) | Err(Error::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        let Some(customer) = &request.customer_id else { return Ok(None) };
        let customer = match customers::queries::find(&store, customer).await {
            Ok(customer) => customer.details,
            Err(Error::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
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
        let to = customer.primary_email.as_str();
        let mail = Mail::in_both_languages(to, Speaker::Inviting(name), subject, text);
        Ok(Some(mail.sent_as(portal.sender_name.as_deref())))
    }
}

impl Job for FileRequestReminder {
    type Context = Writer;

    const KIND: Kind = Kind {
        name: "file_request_reminder",
        retry: Retry {
            first: SignedDuration::from_mins(1),
            factor: 5,
            longest: SignedDuration::from_hours(2),
            give_up_after: SignedDuration::from_hours(24),
        },
        at_once: 2,
        at_once_per_lane: 4,
        shared_by_portals: true,
        time_limit: Duration::from_secs(300),
        keep: None,
    };

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
        self.send(writer).await
    }
}
