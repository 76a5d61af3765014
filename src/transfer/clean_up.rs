//! Deletes imports after their time, and files that nobody imported.

use jiff::{SignedDuration, Timestamp};

use super::import::KEPT_FOR;
use crate::db::{Cleaner, DeleteBatch, delete_batch, from_row, params};
use crate::error::Result;
use crate::ids::{ImportId, PortalId};

/// How long a file waits to be imported.
const FILE_KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);

/// How many imports are looked at at once.
const AT_ONCE: i64 = 500;

/// What belongs to an import, and last the import itself.
const OF_IMPORT: [DeleteBatch; 4] = [
    PIECES,
    delete_batch!(
        "import_faults",
        "portal_id, import_id, row_number, field",
        "portal_id = ?2 AND import_id = ?3"
    ),
    delete_batch!(
        "import_created",
        "portal_id, import_id, row_id",
        "portal_id = ?2 AND import_id = ?3"
    ),
    delete_batch!("imports", "portal_id, id", "portal_id = ?2 AND id = ?3"),
];
const PIECES: DeleteBatch = delete_batch!(
    "import_pieces",
    "portal_id, import_id, number",
    "portal_id = ?2 AND import_id = ?3"
);

struct Due {
    portal_id: PortalId,
    id: ImportId,
}
from_row!(Due { portal_id, id });

/// Deletes imports that are older than 30 days; of those that nobody started within a day, and of those
/// that ended early, the file.
pub async fn clean_up(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
    let old =
        "SELECT portal_id, id FROM imports WHERE created_at < ?1 ORDER BY created_at LIMIT ?2";
    let old: Vec<Due> = cleaner.db().rows(old, params![now - KEPT_FOR, AT_ONCE]).await?;
    for Due { portal_id, id } in old {
        for batch in OF_IMPORT {
            cleaner.delete(batch, params![portal_id, id]).await?;
        }
    }
    let expire = "UPDATE imports SET state = 'cancelled'
                  WHERE state IN ('uploading', 'uploaded', 'checked') AND created_at < ?1";
    cleaner.db().execute(expire, params![now - FILE_KEPT_FOR]).await?;
    let left = "SELECT portal_id, id FROM imports i
                WHERE state NOT IN ('uploading', 'uploaded', 'checking', 'checked', 'running') AND created_at >= ?1
                  AND EXISTS (SELECT 1 FROM import_pieces p WHERE p.portal_id = i.portal_id AND p.import_id = i.id)
                ORDER BY created_at LIMIT ?2";
    let left: Vec<Due> = cleaner.db().rows(left, params![now - KEPT_FOR, AT_ONCE]).await?;
    for Due { portal_id, id } in left {
        cleaner.delete(PIECES, params![portal_id, id]).await?;
    }
    Ok(())
}
