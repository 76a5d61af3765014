//! Mail about webhooks that fail, and about those that were switched off for it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::accounts::{developer_managers, key_managers};
use crate::error::Result;
use crate::events::{FailingAppWebhook, FailingWebhook};
use crate::i18n::{Lang, tr};
use crate::links;
use crate::mail::{Mail, Speaker};
use crate::outgoing::host_of;
use crate::public_urls::Surface;
use crate::server::WritingServer;
use crate::time::{amsterdam, readable};

/// Posts the mail that is due, each once, by the instance that claims it.
pub async fn tell_of_failing_webhooks(server: &WritingServer, now: Timestamp) -> Result<()> {
    for webhook in FailingWebhook::due(&server.db, now).await? {
        let mut tx = server.db.begin().await?;
        if !webhook.claim(&mut tx, now).await? {
            continue;
        }
        for to in key_managers(&mut tx, &webhook.portal_id).await? {
            mail(server, &webhook, &to.name, &to.email).post(&mut tx, now).await?;
        }
        tx.commit().await?;
    }
    for webhook in FailingAppWebhook::due(&server.db, now).await? {
        let mut tx = server.db.begin().await?;
        if !webhook.claim(&mut tx, now).await? {
            continue;
        }
        for to in developer_managers(&mut tx, &webhook.developer_id).await? {
            mail_of_app(server, &webhook, &to.name, &to.email).post(&mut tx, now).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// What the two kinds of mail say: whose webhook it is, to which host, since when it fails in which time
/// zone, and where to look.
struct Said<'a> {
    owner: &'a str,
    host: String,
    since: (Timestamp, TimeZone),
    is_off: bool,
    link: String,
}

impl Said<'_> {
    fn mail(&self, (name, email): (&str, &str), speaker: Speaker<'_>) -> Mail {
        let Self { owner, host, since: (since, zone), is_off, link } = self;
        let text = |lang: Lang| {
            let since = readable(*since, zone, lang);
            let key = if *is_off { "mail.webhook_off.text" } else { "mail.webhook_fails.text" };
            tr!(lang, key, name = name, portal = owner, host = host, since = since, link = link)
                .into_owned()
        };
        let subject = |lang: Lang| {
            let key =
                if *is_off { "mail.webhook_off.subject" } else { "mail.webhook_fails.subject" };
            tr!(lang, key, portal = owner).into_owned()
        };
        Mail::in_both_languages(email, speaker, subject, text)
    }
}

fn mail(server: &WritingServer, webhook: &FailingWebhook, name: &str, email: &str) -> Mail {
    let zone = TimeZone::get(&webhook.time_zone).unwrap_or(TimeZone::UTC);
    let sender = webhook.sender_name.as_deref();
    let said = Said {
        owner: &webhook.portal_name,
        host: host_of(&webhook.url),
        since: (webhook.failing_since, zone),
        is_off: webhook.switched_off_at.is_some(),
        link: server.public_urls.url(Surface::Manage, &links::webhook(&webhook.id)),
    };
    let speaker = Speaker::Organisation(sender.unwrap_or(&webhook.portal_name));
    said.mail((name, email), speaker).sent_as(sender)
}

fn mail_of_app(
    server: &WritingServer,
    webhook: &FailingAppWebhook,
    name: &str,
    email: &str,
) -> Mail {
    let path = links::app_webhook(&webhook.app_id, &webhook.id);
    let said = Said {
        owner: &webhook.app_name,
        host: host_of(&webhook.url),
        since: (webhook.failing_since, amsterdam()),
        is_off: webhook.switched_off_at.is_some(),
        link: server.public_urls.url(Surface::Developers, &path),
    };
    said.mail((name, email), Speaker::Organisation(&webhook.developer_name))
}
