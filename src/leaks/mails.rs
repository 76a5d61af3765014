//! The mails to the owners of a secret, in both languages, because their language isn't known.

use jiff::Timestamp;

use crate::accounts::{Recipient, developer_managers, find_portal, key_managers};
use crate::db::{Single, Tx, params};
use crate::error::{Error, Result};
use crate::i18n::{Lang, tr};
use crate::ids::{AppId, DeveloperId, PortalId};
use crate::mail::{Mail, Speaker};
use crate::public_urls::Surface;
use crate::server::Server;

/// The keys of a mail's subject and text.
pub(super) struct Letter {
    subject: &'static str,
    text: &'static str,
}

/// To a portal: its key.
pub(super) const KEY: Letter =
    Letter { subject: "mail.leak.key.subject", text: "mail.leak.key.text" };
/// To a portal: the old secret of a key that was rotated.
pub(super) const OLD_KEY: Letter =
    Letter { subject: "mail.leak.key.subject", text: "mail.leak.old_key.text" };
/// To a portal: a token of an app.
pub(super) const APP_TOKEN: Letter =
    Letter { subject: "mail.leak.token.subject", text: "mail.leak.token.text" };
/// To a developer: a token of its app.
pub(super) const OWN_TOKEN: Letter =
    Letter { subject: "mail.leak.token.subject", text: "mail.leak.own_token.text" };
/// To a developer: its app's secret.
pub(super) const APP_SECRET: Letter =
    Letter { subject: "mail.leak.secret.subject", text: "mail.leak.secret.text" };

/// Notifies the people who manage a portal's keys about its key or app `what`, whose page is at
/// `path`, within the transaction that revokes it.
pub(super) async fn post_to_portal(
    server: &Server,
    tx: &mut Tx,
    letter: &Letter,
    (portal, path): (&PortalId, &str),
    what: &str,
    now: Timestamp,
) -> Result<()> {
    let portal = match find_portal(&mut *tx, portal).await {
        Ok(portal) => portal,
        Err(Error::NotFound) => return Ok(()),
        Err(error) => return Err(error),
    };
    let link = server.public_urls.url(Surface::Manage, path);
    for person in key_managers(tx, &portal.id).await? {
        let speaker = Speaker::Organisation(portal.mail_name());
        let mail = mail(letter, (&person, speaker), what, &portal.name, &link);
        mail.sent_as(portal.sender_name.as_deref()).post(tx, now).await?;
    }
    Ok(())
}

/// Notifies the people who manage a developer's apps about its app `what`, within the transaction
/// that revokes its secret.
pub(super) async fn post_to_developer(
    server: &Server,
    tx: &mut Tx,
    letter: &Letter,
    (developer, app): (&DeveloperId, &AppId),
    what: &str,
    now: Timestamp,
) -> Result<()> {
    let name = "SELECT name AS value FROM developers WHERE id = ?1";
    let Some(Single(name)) = tx.row::<Single<String>>(name, params![developer]).await? else {
        return Ok(());
    };
    let link = server.public_urls.url(Surface::Developers, &format!("/developers/apps/{app}"));
    for person in developer_managers(tx, developer).await? {
        let speaker = Speaker::Organisation(&name);
        mail(letter, (&person, speaker), what, "", &link).post(tx, now).await?;
    }
    Ok(())
}

fn mail(
    letter: &Letter,
    (to, speaker): (&Recipient, Speaker<'_>),
    what: &str,
    portal: &str,
    link: &str,
) -> Mail {
    let subject = |lang: Lang| tr!(lang, letter.subject, what = what).into_owned();
    let text = |lang: Lang| {
        tr!(lang, letter.text, name = to.name, what = what, portal = portal, link = link)
            .into_owned()
    };
    Mail::in_both_languages(&to.email, speaker, subject, text)
}
