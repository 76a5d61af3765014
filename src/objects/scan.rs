//! What a scanner thinks of contents. A content without a row here was stored without a scanner, and is
//! downloaded as it is.

use jiff::Timestamp;

use super::clamd::Verdict;
use super::finding::Finding;
use super::key::ObjectKey;
use super::rows::name_of;
use crate::audit::{Action, Actor, Event};
use crate::db::{
    Db, DbError, DeleteBatch, Queryable, Single, Tx, WritingDb, delete_batch, from_row, params,
    text_enum,
};
use crate::error::{Error, Held, Result};

text_enum! {
    /// How far a scan is.
    pub ScanState in "files.scan." {
        /// It isn't finished, or the scanner is away.
        Scanning = "scanning",
        /// Nothing was found.
        Clean = "clean",
        /// The scanner refuses the content.
        Blocked = "blocked",
    }
}

impl ScanState {
    /// Why nobody gets the content, if that is so; without a state everybody may.
    pub const fn held(state: Option<Self>) -> Option<Held> {
        match state {
            None | Some(Self::Clean) => None,
            Some(Self::Scanning) => Some(Held::Scanning),
            Some(Self::Blocked) => Some(Held::Blocked),
        }
    }

    /// Whether people may get the content.
    pub const fn is_released(state: Option<Self>) -> bool {
        Self::held(state).is_none()
    }
}

/// The scan of a content.
#[derive(Debug, Clone)]
pub struct Scan {
    /// How far it is.
    pub state: ScanState,
    /// Why it is blocked.
    pub finding: Option<Finding>,
    /// When the content was stored.
    pub created_at: Timestamp,
    /// When it was finished.
    pub scanned_at: Option<Timestamp>,
}
from_row!(Scan { state, finding, created_at, scanned_at });

/// Those that wait for the scanner.
#[derive(Debug)]
pub struct Waiting {
    /// How many there are.
    pub count: i64,
    /// When the first was stored.
    pub since: Option<Timestamp>,
}
from_row!(Waiting { count, since });

const BEGIN: &str =
    "INSERT INTO content_scans (portal_id, file_id, state, created_at) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (portal_id, file_id) DO UPDATE SET state = excluded.state, finding = NULL, failures = 0,
         created_at = excluded.created_at, scanned_at = NULL";
const FIND: &str = "SELECT state, finding, created_at, scanned_at FROM content_scans
     WHERE portal_id = ?1 AND file_id = ?2";
// The time tells that the content is still the one that was scanned.
const COUNT_FAILURE: &str = "UPDATE content_scans SET failures = failures + 1
     WHERE portal_id = ?1 AND file_id = ?2 AND created_at = ?3 AND state = ?4 RETURNING failures AS value";
const END: &str = "UPDATE content_scans SET state = ?5, finding = ?6, scanned_at = ?7
     WHERE portal_id = ?1 AND file_id = ?2 AND created_at = ?3 AND state = ?4";
// It was released, because there was to be no scanner any more.
const BLOCK: &str =
    "INSERT INTO content_scans (portal_id, file_id, state, finding, created_at, scanned_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (portal_id, file_id) DO NOTHING";
const FORGET: &str = "DELETE FROM content_scans WHERE portal_id = ?1 AND file_id = ?2";
const RELEASE: &str = "DELETE FROM content_scans WHERE state = 'scanning'";
const WAITING: &str = "SELECT count(*) AS count, min(created_at) AS since FROM content_scans
     WHERE state = 'scanning'";

/// Notes that a content is to be scanned.
pub(super) async fn begin(tx: &mut Tx, key: &ObjectKey, now: Timestamp) -> Result<(), DbError> {
    tx.execute(BEGIN, params![key.portal, key.file, ScanState::Scanning, now]).await.map(drop)
}

/// The scan of a content, unless it was stored without a scanner.
///
/// # Errors
/// When the database fails.
pub async fn find_scan(db: impl Queryable, key: &ObjectKey) -> Result<Option<Scan>, DbError> {
    db.row(FIND, params![key.portal, key.file]).await
}

/// Checks that people may get a content.
///
/// # Errors
/// [`Error::Held`] when they may not.
pub async fn expect_released(db: impl Queryable, key: &ObjectKey) -> Result<()> {
    let state = find_scan(db, key).await?.map(|scan| scan.state);
    ScanState::held(state).map_or(Ok(()), |held| Err(Error::Held(held)))
}

/// Notes the verdict of a scan, if the content is still there and has none yet. What was found in one that was
/// released meanwhile blocks it all the same.
pub(super) async fn end(
    tx: &mut Tx,
    (key, scan): (&ObjectKey, &Scan),
    verdict: &Verdict,
    now: Timestamp,
) -> Result<()> {
    let (state, finding) = match verdict {
        Verdict::Clean => (ScanState::Clean, None),
        Verdict::Refused(finding) => (ScanState::Blocked, Some(finding)),
    };
    let (portal, file, began) = (&key.portal, &key.file, scan.created_at);
    let values = params![portal, file, began, ScanState::Scanning, state, finding, now];
    let is_noted = tx.execute(END, values).await? > 0;
    let Some(finding) = finding else { return Ok(()) };
    let Some(name) = name_of(tx, key).await? else { return Ok(()) };
    if !is_noted {
        tracing::warn!(%file, %portal, ?finding, "a file was refused that did not wait for its scan any more");
        let is_blocked = matches!(finding, Finding::Found(_))
            && tx.execute(BLOCK, params![portal, file, state, finding, began, now]).await? > 0;
        if !is_blocked {
            return Ok(());
        }
    }
    tracing::warn!(%file, %portal, ?finding, "a file is blocked");
    let event = Event {
        action: Action::FileBlocked,
        actor: Actor::System,
        subject: &name,
        portal: Some(portal),
        developer: None,
        caller: None,
    };
    event.record(tx, now).await
}

/// Counts a scan that brought no verdict; returns how many there were. None if the content is gone, or got
/// one in the meantime.
pub(super) async fn count_failure(
    tx: &mut Tx,
    (key, scan): (&ObjectKey, &Scan),
) -> Result<Option<i64>, DbError> {
    let values = params![key.portal, key.file, scan.created_at, ScanState::Scanning];
    Ok(tx.row(COUNT_FAILURE, values).await?.map(|Single(failures)| failures))
}

/// Forgets the scan of a content that was removed.
pub(super) async fn forget(db: &WritingDb, key: &ObjectKey) -> Result<(), DbError> {
    db.execute(FORGET, params![key.portal, key.file]).await.map(drop)
}

/// Deletes the scans of a portal's contents `?2` that were stored before `?3` and have no row any more.
pub const FORGET_ORPHANS: DeleteBatch = delete_batch!(
    "content_scans",
    "portal_id, file_id",
    "portal_id = ?2 AND created_at < ?3
     AND NOT EXISTS (SELECT 1 FROM files f WHERE f.portal_id = content_scans.portal_id
         AND f.id = content_scans.file_id)
     AND NOT EXISTS (SELECT 1 FROM ticket_attachments a WHERE a.portal_id = content_scans.portal_id
         AND a.file_id = content_scans.file_id)"
);

/// Forgets the scans that aren't finished; returns how many there were.
pub(super) async fn release_waiting(tx: &mut Tx) -> Result<u64, DbError> {
    tx.execute(RELEASE, params![]).await
}

/// The contents that wait for the scanner.
///
/// # Errors
/// When the database fails.
pub async fn waiting_for_scan(db: &Db) -> Result<Waiting, DbError> {
    let waiting = db.row(WAITING, params![]).await?;
    Ok(waiting.unwrap_or(Waiting { count: 0, since: None }))
}
