//! Revoking a secret that was found.

use jiff::Timestamp;

use super::mails;
use crate::audit::{Action, Actor, Event};
use crate::auth::{Token, TokenKind};
use crate::db::{Single, Tx, from_row, params};
use crate::error::Result;
use crate::http::Caller;
use crate::ids::{ApiKeyId, AppId, CodeId, DeveloperId, GrantId, PortalId};
use crate::manage;
use crate::oauth::{App, ResourceServer, revoke_tokens_of_code};
use crate::server::WritingServer;

struct Key {
    id: ApiKeyId,
    name: String,
    portal_id: PortalId,
}
from_row!(Key { id, name, portal_id });

struct Issued {
    code_id: CodeId,
    grant_id: GrantId,
    portal_id: PortalId,
    app_id: AppId,
}
from_row!(Issued { code_id, grant_id, portal_id, app_id });

/// Revokes the secret if it works, writes that into the owners' audit logs, and posts mail to the
/// owners.
pub(super) async fn revoke(
    server: &WritingServer,
    token: &Token,
    caller: &Caller,
    now: Timestamp,
) -> Result<()> {
    match token.kind() {
        TokenKind::ApiKey => key(server, token, caller, now).await?,
        TokenKind::AccessToken | TokenKind::RefreshToken => {
            issued(server, token, caller, now).await?
        }
        TokenKind::AppSecret => app_secret(server, token, caller, now).await?,
        TokenKind::ResourceServerSecret => {
            resource_server_secret(server, token, caller, now).await?
        }
        _ => {}
    }
    server.mailer.wake();
    Ok(())
}

/// A portal's key is revoked. Of a key that was rotated the old secret alone ends: the new one was
/// not found.
async fn key(server: &WritingServer, token: &Token, caller: &Caller, now: Timestamp) -> Result<()> {
    let whole = "UPDATE api_keys SET revoked_at = ?2
         WHERE token_hash = ?1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?2) RETURNING id, name, portal_id";
    let old = "UPDATE api_keys SET previous_expires_at = ?2
         WHERE previous_hash = ?1 AND revoked_at IS NULL AND previous_expires_at > ?2 RETURNING id, name, portal_id";
    for (sql, letter) in [(whole, mails::KEY), (old, mails::OLD_KEY)] {
        let mut tx = server.db.begin().await?;
        let found: Option<Key> = tx.row(sql, params![token.hash(), now]).await?;
        if let Some(key) = found {
            record(&mut tx, Some(&key.portal_id), None, &key.name, caller, now).await?;
            let page = manage::api_key_page(&key.id);
            mails::post_to_portal(
                server,
                &mut tx,
                &letter,
                (&key.portal_id, &page),
                &key.name,
                now,
            )
            .await?;
            return Ok(tx.commit().await?);
        }
    }
    Ok(())
}

/// An app's token takes its whole family with it: the app has to ask for access again.
async fn issued(
    server: &WritingServer,
    token: &Token,
    caller: &Caller,
    now: Timestamp,
) -> Result<()> {
    let find = "SELECT t.code_id, t.grant_id, g.portal_id, g.app_id FROM oauth_tokens t JOIN grants g ON g.id = t.grant_id
         WHERE t.token_hash = ?1 AND t.revoked_at IS NULL AND g.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ?2)";
    let found: Option<Issued> = server.db.row(find, params![token.hash(), now]).await?;
    let Some(found) = found else { return Ok(()) };
    let Some(app) = App::by_id(&server.db, &found.app_id).await? else { return Ok(()) };
    let mut tx = server.db.begin().await?;
    if revoke_tokens_of_code(&mut tx, &found.code_id, now).await? == 0 {
        return Ok(());
    }
    record(&mut tx, Some(&found.portal_id), None, &app.name, caller, now).await?;
    record(&mut tx, None, Some(&app.developer_id), &app.name, caller, now).await?;
    let page = manage::connected_app_page(&found.grant_id);
    mails::post_to_portal(
        server,
        &mut tx,
        &mails::APP_TOKEN,
        (&found.portal_id, &page),
        &app.name,
        now,
    )
    .await?;
    mails::post_to_developer(
        server,
        &mut tx,
        &mails::OWN_TOKEN,
        (&app.developer_id, &found.app_id),
        &app.name,
        now,
    )
    .await?;
    Ok(tx.commit().await?)
}

/// An app's secret ends now.
async fn app_secret(
    server: &WritingServer,
    token: &Token,
    caller: &Caller,
    now: Timestamp,
) -> Result<()> {
    let mut tx = server.db.begin().await?;
    let end = "UPDATE app_secrets SET expires_at = ?2 WHERE secret_hash = ?1 AND (expires_at IS NULL OR expires_at > ?2) RETURNING app_id AS value";
    let found: Option<Single<AppId>> = tx.row(end, params![token.hash(), now]).await?;
    let Some(Single(id)) = found else { return Ok(()) };
    let Some(app) = App::by_id(&server.db, &id).await? else { return Ok(()) };
    record(&mut tx, None, Some(&app.developer_id), &app.name, caller, now).await?;
    mails::post_to_developer(
        server,
        &mut tx,
        &mails::APP_SECRET,
        (&app.developer_id, &id),
        &app.name,
        now,
    )
    .await?;
    Ok(tx.commit().await?)
}

/// A resource server's secret ends now. Its owner is the operator, who reads the server's own log.
async fn resource_server_secret(
    server: &WritingServer,
    token: &Token,
    caller: &Caller,
    now: Timestamp,
) -> Result<()> {
    let mut tx = server.db.begin().await?;
    let Some(found) = ResourceServer::end_secret(&mut tx, token, now).await? else { return Ok(()) };
    record(&mut tx, None, None, &found.name, caller, now).await?;
    tx.commit().await?;
    tracing::warn!(id = %found.id, name = found.name, "a resource server's secret was found and ended; `klantportaal resource-server rotate` makes a new one");
    Ok(())
}

async fn record(
    tx: &mut Tx,
    portal: Option<&PortalId>,
    developer: Option<&DeveloperId>,
    subject: &str,
    caller: &Caller,
    now: Timestamp,
) -> Result<()> {
    let event = Event {
        action: Action::LeakReported,
        actor: Actor::Stranger(""),
        subject,
        portal,
        developer,
        caller: Some(caller),
    };
    event.record(tx, now).await
}
