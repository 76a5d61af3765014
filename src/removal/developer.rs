//! Removes all data of a developer. Its test portals are removed like other portals.

use jiff::Timestamp;

use crate::accounts::GRACE;
use crate::audit::{Action, Actor, Event};
use crate::clients::delete_app;
use crate::db::{Single, WritingDb, params};
use crate::error::Result;
use crate::ids::{AppId, DeveloperId};

pub(super) async fn remove_due(db: &WritingDb, now: Timestamp) -> Result<()> {
    let due = "SELECT id AS value FROM developers WHERE deleted_at <= ?1 AND removed_at IS NULL ORDER BY id";
    for Single(developer) in db.rows::<Single<DeveloperId>>(due, params![now - GRACE]).await? {
        remove(db, &developer, now).await?;
    }
    Ok(())
}

async fn remove(db: &WritingDb, developer: &DeveloperId, now: Timestamp) -> Result<()> {
    // The consents to an app and its requests stay visible for a while.
    let apps =
        "SELECT id AS value FROM apps WHERE developer_id = ?1 AND deleted_at IS NULL ORDER BY id";
    for Single(app) in db.rows::<Single<AppId>>(apps, params![developer]).await? {
        delete_app(db, developer, &app, now).await?;
    }
    let mut tx = db.begin().await?;
    for remove in [
        "DELETE FROM invitations WHERE developer_id = ?1",
        "DELETE FROM developer_members WHERE developer_id = ?1",
        "UPDATE sessions SET developer_id = NULL WHERE developer_id = ?1",
    ] {
        tx.execute(remove, params![developer]).await?;
    }
    let done = "UPDATE developers SET removed_at = ?2, restore_hash = NULL WHERE id = ?1 AND removed_at IS NULL RETURNING name AS value";
    if let Some(Single(name)) = tx.row::<Single<String>>(done, params![developer, now]).await? {
        let event = Event {
            action: Action::DeveloperRemoved,
            actor: Actor::System,
            subject: &name,
            portal: None,
            developer: Some(developer),
            caller: None,
        };
        event.record(&mut tx, now).await?;
    }
    Ok(tx.commit().await?)
}
