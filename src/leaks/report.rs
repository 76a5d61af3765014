//! Revoking a leaked secret.

use jiff::Timestamp;

use super::mails;
use crate::audit::{Action, Actor, Event};
use crate::auth::{TokenHash, TokenKind};
use crate::caller::Caller;
use crate::clients::ResourceServer;
use crate::db::{Single, Tx, from_row, params};
use crate::error::Result;
use crate::ids::{ApiKeyId, AppId, CodeId, DeveloperId, GrantId, PortalId};
use crate::links;
use crate::oauth::revoke_tokens_of_code;
use crate::server::Server;

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
    app_name: String,
    developer_id: DeveloperId,
}
from_row!(Issued { code_id, grant_id, portal_id, app_id, app_name, developer_id });

struct OwnedApp {
    name: String,
    developer_id: DeveloperId,
}
from_row!(OwnedApp { name, developer_id });

/// A leaked secret, and its reporter.
pub(super) struct Report {
    /// The prefix of its kind.
    pub kind: String,
    /// Its hash.
    pub token_hash: TokenHash,
    /// Who reported it.
    pub caller: Caller,
}

/// Revokes the secret if it is active, records it in the owners' audit logs, and posts mail to the
/// owners, all within the transaction.
pub(super) async fn revoke(
    server: &Server,
    tx: &mut Tx,
    report: &Report,
    now: Timestamp,
) -> Result<()> {
    match TokenKind::of_prefix(&report.kind) {
        Some(TokenKind::ApiKey) => key(server, tx, report, now).await,
        Some(TokenKind::AccessToken | TokenKind::RefreshToken) => {
            issued(server, tx, report, now).await
        }
        Some(TokenKind::AppSecret) => app_secret(server, tx, report, now).await,
        Some(TokenKind::ResourceServerSecret) => resource_server_secret(tx, report, now).await,
        _ => Ok(()),
    }
}

/// Revokes a portal's key. If the old secret of a rotated key leaked, only that secret is revoked.
async fn key(server: &Server, tx: &mut Tx, report: &Report, now: Timestamp) -> Result<()> {
    let whole = "UPDATE api_keys SET revoked_at = ?2
         WHERE token_hash = ?1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?2) RETURNING id, name, portal_id";
    let old = "UPDATE api_keys SET previous_expires_at = ?2
         WHERE previous_hash = ?1 AND revoked_at IS NULL AND previous_expires_at > ?2 RETURNING id, name, portal_id";
    for (sql, letter) in [(whole, mails::KEY), (old, mails::OLD_KEY)] {
        let found: Option<Key> = tx.row(sql, params![report.token_hash, now]).await?;
        if let Some(key) = found {
            record(tx, Some(&key.portal_id), None, &key.name, report, now).await?;
            let page = links::api_key(&key.id);
            let owner = (&key.portal_id, page.as_str());
            return mails::post_to_portal(server, tx, &letter, owner, &key.name, now).await;
        }
    }
    Ok(())
}

/// Revokes the whole family of an app's token: the app has to ask for access again.
async fn issued(server: &Server, tx: &mut Tx, report: &Report, now: Timestamp) -> Result<()> {
    let find = "SELECT t.code_id, t.grant_id, g.portal_id, g.app_id, a.name AS app_name, a.developer_id
         FROM oauth_tokens t JOIN grants g ON g.id = t.grant_id JOIN apps a ON a.id = g.app_id AND a.deleted_at IS NULL
         WHERE t.token_hash = ?1 AND t.revoked_at IS NULL AND g.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ?2)";
    let found: Option<Issued> = tx.row(find, params![report.token_hash, now]).await?;
    let Some(found) = found else { return Ok(()) };
    if revoke_tokens_of_code(tx, &found.code_id, now).await? == 0 {
        return Ok(());
    }
    let name = &found.app_name;
    record(tx, Some(&found.portal_id), None, name, report, now).await?;
    record(tx, None, Some(&found.developer_id), name, report, now).await?;
    let page = links::connected_app(&found.grant_id);
    let owner = (&found.portal_id, page.as_str());
    mails::post_to_portal(server, tx, &mails::APP_TOKEN, owner, name, now).await?;
    let owner = (&found.developer_id, &found.app_id);
    mails::post_to_developer(server, tx, &mails::OWN_TOKEN, owner, name, now).await
}

/// Revokes an app's secret.
async fn app_secret(server: &Server, tx: &mut Tx, report: &Report, now: Timestamp) -> Result<()> {
    let end = "UPDATE app_secrets SET expires_at = ?2 WHERE secret_hash = ?1 AND (expires_at IS NULL OR expires_at > ?2) RETURNING app_id AS value";
    let found: Option<Single<AppId>> = tx.row(end, params![report.token_hash, now]).await?;
    let Some(Single(id)) = found else { return Ok(()) };
    let app = "SELECT name, developer_id FROM apps WHERE id = ?1 AND deleted_at IS NULL";
    let Some(app) = tx.row::<OwnedApp>(app, params![id]).await? else { return Ok(()) };
    record(tx, None, Some(&app.developer_id), &app.name, report, now).await?;
    let owner = (&app.developer_id, &id);
    mails::post_to_developer(server, tx, &mails::APP_SECRET, owner, &app.name, now).await
}

/// Revokes a resource server's secret. Its owner is the operator, who reads the server's log.
async fn resource_server_secret(tx: &mut Tx, report: &Report, now: Timestamp) -> Result<()> {
    let found = ResourceServer::end_secret(tx, &report.token_hash, now).await?;
    let Some(found) = found else { return Ok(()) };
    record(tx, None, None, &found.name, report, now).await?;
    tracing::warn!(id = %found.id, name = found.name, "a resource server's leaked secret was reported and revoked; `klantportaal resource-server rotate` creates a new one");
    Ok(())
}

async fn record(
    tx: &mut Tx,
    portal: Option<&PortalId>,
    developer: Option<&DeveloperId>,
    subject: &str,
    report: &Report,
    now: Timestamp,
) -> Result<()> {
    let event = Event {
        action: Action::LeakReported,
        actor: Actor::Stranger(""),
        subject,
        portal,
        developer,
        caller: Some(&report.caller),
    };
    event.record(tx, now).await
}
