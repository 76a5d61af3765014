//! The clean-up of stored files: contents without rows, such as those of a removed portal, or of an
//! upload during which the process was killed.

use std::io;
use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};

use crate::db::{Cleaner, Single, params};
use crate::error::{Error, Result};
use crate::objects::{FORGET_ORPHANS, ObjectKey, Objects, ids_of};
use crate::resources::files::{END_UPLOADS, ENDS_AFTER};
use crate::resources::tickets::attachments::FORGET_ENDED;

/// How old a content is at least that is removed: its row may be about to be written.
const SAFE_AGE: SignedDuration = SignedDuration::from_hours(2);

/// The same in a bucket. An object that was uploaded in parts can have the time at which its upload began,
/// and uploads can go on until they are unfinished ones.
const SAFE_AGE_IN_BUCKET: SignedDuration = SignedDuration::from_hours(26);

/// How old what is being written is at least, if nobody writes it any more.
const UNFINISHED_AGE: SignedDuration = SignedDuration::from_hours(24);

const IS_KNOWN: &str = "SELECT 1 AS value FROM portals WHERE id = ?1";

/// Forgets the attachments of tickets that can't come back, ends uploads that nobody goes on with, and
/// removes contents and scans that no row has.
///
/// # Errors
/// When the database or the disk fails.
pub async fn remove_orphans(cleaner: &Cleaner, objects: &Objects, now: Timestamp) -> Result<()> {
    cleaner.delete(FORGET_ENDED, params![now]).await?;
    cleaner.delete(END_UPLOADS, params![now - ENDS_AFTER]).await?;
    // Not every server can list them; the rest is removed all the same.
    let unfinished = objects.remove_unfinished(system_time(now - UNFINISHED_AGE)).await;
    let safe_age = if objects.is_bucket() { SAFE_AGE_IN_BUCKET } else { SAFE_AGE };
    for portal in objects.portals().await.map_err(internal)? {
        if cleaner.is_stopped() {
            return Ok(());
        }
        // A bucket outlives a database, and others may use it: what is of a portal that nobody knows
        // isn't ours to remove.
        let is_known = cleaner.db().row::<Single<i64>>(IS_KNOWN, params![portal]).await?.is_some();
        if !is_known && objects.is_bucket() {
            continue;
        }
        // First the contents, then the rows: a content without a row now had none then.
        let before = system_time(now - safe_age);
        let stored = objects.stored_before(&portal, before).await.map_err(internal)?;
        if !stored.is_empty() {
            let known = ids_of(cleaner.db(), &portal).await?;
            for file in stored.into_iter().filter(|file| !known.contains(file)) {
                objects.remove_for_good(cleaner.db(), &ObjectKey::of(&portal, &file)).await?;
            }
        }
        cleaner.delete(FORGET_ORPHANS, params![portal, now - safe_age]).await?;
        objects.remove_folder(&portal).await;
    }
    unfinished.map(drop).map_err(internal)
}

/// A time as the disk tells it; one before 1970 as 1970.
fn system_time(time: Timestamp) -> SystemTime {
    let since = u64::try_from(time.as_millisecond()).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_millis(since)
}

fn internal(error: io::Error) -> Error {
    Error::internal(error)
}
