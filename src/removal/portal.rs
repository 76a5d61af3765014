//! Removes all data of a portal.

use jiff::Timestamp;

use crate::accounts::GRACE;
use crate::audit::{Action, Actor, Event};
use crate::db::{Cleaner, DeleteBatch, Single, delete_batch, params};
use crate::error::Result;
use crate::ids::PortalId;
use crate::resources;

/// A table with a `portal_id`, and the table's key.
macro_rules! rows {
    ($table:literal, $key:literal) => {
        delete_batch!($table, $key, "portal_id = ?2")
    };
}

/// A table that refers to the portal's grants.
macro_rules! rows_of_grants {
    ($table:literal) => {
        delete_batch!($table, "id", "grant_id IN (SELECT id FROM grants WHERE portal_id = ?2)")
    };
}

/// What isn't a resource's, in the order of its references. `tests/it/removal.rs` compares these tables
/// and those of the resources with the existing ones.
const BATCHES: [DeleteBatch; 28] = [
    rows!("saved_views", "portal_id, id"),
    rows!("trash", "portal_id, kind, id"),
    rows!("import_pieces", "portal_id, import_id, number"),
    rows!("import_faults", "portal_id, import_id, row_number, field"),
    rows!("import_created", "portal_id, import_id, row_id"),
    rows!("imports", "portal_id, id"),
    rows!("idempotency_keys", "portal_id, id"),
    rows!("portal_totals", "portal_id, kind"),
    rows!("portal_settings", "portal_id"),
    rows!("portal_usage_days", "portal_id, day, subject"),
    rows!("search_entries", "portal_id, kind, row_id"),
    rows!("jobs", "id"),
    rows!("content_scans", "portal_id, file_id"),
    rows!("app_webhook_deliveries", "webhook_id, id"),
    rows!("events", "id"),
    rows!("event_sequences", "portal_id, resource_id"),
    rows!("history", "portal_id, kind, row_id, number"),
    rows!("change_tallies", "portal_id, author, action, hour"),
    rows!("request_log_segments", "id"),
    rows!("request_log_totals", "portal_id, subject, refused"),
    rows_of_grants!("oauth_tokens"),
    rows_of_grants!("authorization_codes"),
    rows_of_grants!("device_codes"),
    rows!("consents", "portal_id, id"),
    rows!("grants", "id"),
    rows!("api_keys", "id"),
    rows!("invitations", "id"),
    rows!("portal_members", "portal_id, account_id"),
];

pub(super) async fn remove_due(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
    let due =
        "SELECT id AS value FROM portals WHERE deleted_at <= ?1 AND removed_at IS NULL ORDER BY id";
    for Single(portal) in cleaner.db().rows::<Single<PortalId>>(due, params![now - GRACE]).await? {
        remove(cleaner, &portal, now).await?;
    }
    Ok(())
}

async fn remove(cleaner: &Cleaner, portal: &PortalId, now: Timestamp) -> Result<()> {
    let of_resources = resources::ALL.iter().rev().flat_map(|resource| resource.removal);
    for batch in of_resources.chain(&BATCHES) {
        cleaner.delete(*batch, params![portal]).await?;
    }
    if cleaner.is_stopped() {
        return Ok(());
    }
    let mut tx = cleaner.db().begin().await?;
    tx.execute("UPDATE sessions SET portal_id = NULL WHERE portal_id = ?1", params![portal])
        .await?;
    let done = "UPDATE portals SET removed_at = ?2, restore_hash = NULL WHERE id = ?1 AND removed_at IS NULL RETURNING name AS value";
    if let Some(Single(name)) = tx.row::<Single<String>>(done, params![portal, now]).await? {
        let event = Event {
            action: Action::PortalRemoved,
            actor: Actor::System,
            subject: &name,
            portal: Some(portal),
            developer: None,
            caller: None,
        };
        event.record(&mut tx, now).await?;
    }
    Ok(tx.commit().await?)
}
