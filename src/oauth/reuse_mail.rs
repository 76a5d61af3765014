//! The mail about the reuse of a replaced refresh token.

use jiff::Timestamp;

use crate::accounts::{find_portal, owners_of};
use crate::clients::App;
use crate::db::Tx;
use crate::error::Result;
use crate::i18n::{Lang, tr};
use crate::ids::{GrantId, PortalId};
use crate::links;
use crate::mail::{Mail, Speaker};
use crate::public_urls::Surface;
use crate::server::Server;

/// Notifies each owner of the portal, in both languages, because their language isn't known. Call
/// it within the transaction that revokes the tokens.
pub(super) async fn post(
    server: &Server,
    tx: &mut Tx,
    app: &App,
    (portal, grant): (&PortalId, &GrantId),
    now: Timestamp,
) -> Result<()> {
    let portal = find_portal(&mut *tx, portal).await?;
    let link = server.public_urls.url(Surface::Manage, &links::connected_app(grant));
    for owner in owners_of(tx, &portal.id).await? {
        let text = |lang: Lang| {
            tr!(
                lang,
                "mail.token_reused.text",
                name = owner.name,
                app = app.name,
                portal = portal.name,
                link = link
            )
            .into_owned()
        };
        let subject = |lang: Lang| tr!(lang, "mail.token_reused.subject").into_owned();
        let speaker = Speaker::Organisation(portal.mail_name());
        let mail = Mail::in_both_languages(&owner.email, speaker, subject, text);
        mail.sent_as(portal.sender_name.as_deref()).post(tx, now).await?;
    }
    Ok(())
}
