//! The job that tells by mail who shared files, if they want to know, that the first one was downloaded.

use std::borrow::Cow;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::links::share_path;
use super::queries;
use crate::error::{Result, found};
use crate::guests::{Writer, mail_job};
use crate::i18n::{Lang, tr};
use crate::ids::{FileShareId, PortalId};
use crate::jobs::{Attempt, Failure, Job, Kind};
use crate::mail::{Mail, Speaker};
use crate::time::readable;

/// The mail about the first download of a share.
#[derive(Debug, Serialize, Deserialize)]
pub struct FirstDownloadMail {
    portal: PortalId,
    share: FileShareId,
}

impl FirstDownloadMail {
    pub(super) const fn new(portal: PortalId, share: FileShareId) -> Self {
        Self { portal, share }
    }

    /// The mail, unless the share was deleted since, or who made it is no member any more.
    async fn mail(&self, writer: &Writer) -> Result<Option<Mail>> {
        let store = writer.store(&self.portal);
        let Some(share) = found(queries::find(&store, &self.share).await)? else { return Ok(None) };
        let Some(downloaded_at) = share.first_downloaded_at else { return Ok(None) };
        let Some(to) = queries::told(&store, &self.share).await? else { return Ok(None) };
        let Some(portal) = writer.portal(&self.portal).await? else { return Ok(None) };
        let link = writer.page_url(&share_path(&self.share));
        let (portal_name, zone) = (portal.mail_name(), portal.zone());
        let subject =
            |lang: Lang| tr!(lang, "mail.first_download.subject", name = share.name).into_owned();
        let text = |lang: Lang| {
            let when = readable(downloaded_at, &zone, lang);
            tr!(
                lang,
                "mail.first_download.text",
                person = to.name,
                name = share.name,
                when = when,
                link = link
            )
            .into_owned()
        };
        let speaker = Speaker::Organisation(portal_name);
        let mail = Mail::in_both_languages(&to.email, speaker, subject, text);
        Ok(Some(mail.sent_as(portal.sender_name.as_deref())))
    }
}

impl Job for FirstDownloadMail {
    type Context = Writer;

    const KIND: Kind = mail_job("first_download_mail", (2, 4), SignedDuration::from_hours(24));

    fn lane(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.portal.as_str())
    }

    fn portal(&self) -> Option<&PortalId> {
        Some(&self.portal)
    }

    fn subject(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.share.as_str()))
    }

    async fn run(&self, writer: &Writer, _: Attempt) -> Result<(), Failure> {
        writer.deliver(&self.portal, self.mail(writer).await).await
    }
}
