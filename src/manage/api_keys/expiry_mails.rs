//! Mail to a portal's owners about keys that expire soon.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::accounts::key_managers;
use crate::api_keys::ExpiringKey;
use crate::error::Result;
use crate::i18n::{Lang, tr};
use crate::links;
use crate::mail::{Mail, Speaker};
use crate::public_urls::Surface;
use crate::server::WritingServer;
use crate::time::readable;

/// Posts the due warnings, each once, by the instance that claims it.
pub async fn warn_of_expiry(server: &WritingServer, now: Timestamp) -> Result<()> {
    for key in ExpiringKey::due(&server.db, now).await? {
        let mut tx = server.db.begin().await?;
        if !key.claim(&mut tx, now).await? {
            continue;
        }
        let link = server.public_urls.url(Surface::Manage, &links::api_key(&key.id));
        let zone = TimeZone::get(&key.time_zone).unwrap_or(TimeZone::UTC);
        for to in key_managers(&mut tx, &key.portal_id).await? {
            let text = |lang: Lang| {
                let end = readable(key.expires_at, &zone, lang);
                tr!(
                    lang,
                    "mail.key_expires.text",
                    name = to.name,
                    key = key.name,
                    portal = key.portal_name,
                    end = end,
                    link = link
                )
                .into_owned()
            };
            let subject =
                |lang: Lang| tr!(lang, "mail.key_expires.subject", key = key.name).into_owned();
            let sender = key.sender_name.as_deref();
            let speaker = Speaker::Organisation(sender.unwrap_or(&key.portal_name));
            let mail = Mail::in_both_languages(&to.email, speaker, subject, text);
            mail.sent_as(sender).post(&mut tx, now).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}
