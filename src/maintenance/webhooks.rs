//! Mail about webhooks that fail, and about those that were switched off for it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::accounts::key_managers;
use crate::error::Result;
use crate::events::FailingWebhook;
use crate::i18n::{Lang, tr};
use crate::links;
use crate::mail::{Mail, Speaker};
use crate::outgoing::host_of;
use crate::public_urls::Surface;
use crate::server::WritingServer;
use crate::time::readable;

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
    Ok(())
}

fn mail(server: &WritingServer, webhook: &FailingWebhook, name: &str, email: &str) -> Mail {
    let link = server.sites.url(Surface::Manage, &links::webhook(&webhook.id));
    let zone = TimeZone::get(&webhook.time_zone).unwrap_or(TimeZone::UTC);
    let host = host_of(&webhook.url);
    let portal = &webhook.portal_name;
    let is_off = webhook.switched_off_at.is_some();
    let text = |lang: Lang| {
        let since = readable(webhook.failing_since, &zone, lang);
        let key = if is_off { "mail.webhook_off.text" } else { "mail.webhook_fails.text" };
        tr!(lang, key, name = name, portal = portal, host = host, since = since, link = link)
            .into_owned()
    };
    let subject = |lang: Lang| {
        let key = if is_off { "mail.webhook_off.subject" } else { "mail.webhook_fails.subject" };
        tr!(lang, key, portal = portal).into_owned()
    };
    let sender = webhook.sender_name.as_deref();
    let speaker = Speaker::Organisation(sender.unwrap_or(portal));
    Mail::in_both_languages(email, speaker, subject, text).sent_as(sender)
}
