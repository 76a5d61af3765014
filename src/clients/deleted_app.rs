//! Deleting an app. It stops working at once, for everybody. The consents and the log of its
//! requests stay visible for as long as requests are kept, so that deleting an app doesn't destroy
//! evidence.

use jiff::Timestamp;

use crate::db::{Cleaner, Single, Tx, WritingDb, delete_batch, params};
use crate::error::{Error, Result};
use crate::ids::{AppId, DeveloperId, GrantId, PortalId};
use crate::request_log;

/// Deletes a developer's app; its consents, codes and tokens end with it.
///
/// # Errors
/// [`Error::NotFound`] when the developer has none with that id.
pub async fn delete_app(
    db: &WritingDb,
    developer: &DeveloperId,
    id: &AppId,
    now: Timestamp,
) -> Result<()> {
    let mut tx = db.begin().await?;
    delete_app_in(&mut tx, developer, id, now).await?;
    Ok(tx.commit().await?)
}

/// As [`delete_app`], within a transaction; returns the portals that the app had access to. Codes
/// and tokens depend on the consents, and everything else that an app can ask for starts by looking
/// it up.
///
/// # Errors
/// As [`delete_app`].
pub async fn delete_app_in(
    tx: &mut Tx,
    developer: &DeveloperId,
    id: &AppId,
    now: Timestamp,
) -> Result<Vec<PortalId>> {
    // Lock the app first: a concurrent consent also locks it, and is then among those that are
    // revoked.
    let delete = "UPDATE apps SET deleted_at = ?3, jwks = NULL WHERE id = ?1 AND developer_id = ?2 AND deleted_at IS NULL";
    if tx.execute(delete, params![id, developer, now]).await? == 0 {
        return Err(Error::NotFound);
    }
    tx.execute("DELETE FROM app_secrets WHERE app_id = ?1", params![id]).await?;
    tx.execute("DELETE FROM app_webhooks WHERE app_id = ?1", params![id]).await?;
    // One by one, ordered by id, like the code that writes their last use, so that the two don't
    // deadlock.
    let live =
        "SELECT id AS value FROM grants WHERE app_id = ?1 AND revoked_at IS NULL ORDER BY id";
    let revoke = "UPDATE grants SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL RETURNING portal_id AS value";
    let mut portals = Vec::new();
    for Single(grant) in tx.rows::<Single<GrantId>>(live, params![id]).await? {
        portals.extend(
            tx.row::<Single<PortalId>>(revoke, params![grant, now])
                .await?
                .map(|Single(portal)| portal),
        );
    }
    Ok(portals)
}

/// Removes deleted apps that have no requests left in the log. Rows that depend on an app are
/// removed first, also in batches.
pub async fn clean_up(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
    for batch in [
        delete_batch!(
            "request_log_segments",
            "id",
            "app_id IN (SELECT id FROM apps WHERE deleted_at <= ?2)"
        ),
        delete_batch!(
            "oauth_tokens",
            "id",
            "grant_id IN (SELECT g.id FROM grants g JOIN apps a ON a.id = g.app_id WHERE a.deleted_at <= ?2)"
        ),
        delete_batch!("grants", "id", "app_id IN (SELECT id FROM apps WHERE deleted_at <= ?2)"),
        delete_batch!("apps", "id", "deleted_at <= ?2"),
    ] {
        cleaner.delete(batch, params![now - request_log::KEPT]).await?;
    }
    Ok(())
}
