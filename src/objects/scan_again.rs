//! Scanning contents again, which the operator asks for.

use jiff::Timestamp;

use super::key::ObjectKey;
use super::rows::keys_of;
use super::scan::{self, ScanState};
use super::scan_job::ScanContent;
use crate::db::{DbError, Tx, params};
use crate::ids::FileId;
use crate::jobs::Job;

/// Which contents to scan again.
#[derive(Debug)]
pub enum ScanAgain {
    /// Those that are blocked.
    Blocked,
    /// Those that wait for a scan, whether or not there still is a job for it.
    Waiting,
    /// That of a file or an attachment, however its scan was.
    File(FileId),
}

const BEGIN_ALL: &str = "UPDATE content_scans
     SET state = 'scanning', finding = NULL, failures = 0, created_at = ?2, scanned_at = NULL
     WHERE state = ?1 RETURNING portal_id AS portal, file_id AS file";
const FORGET_ALL: &str = "DELETE FROM jobs WHERE kind = ?1 AND state = 'waiting'";
const FORGET_ONE: &str =
    "DELETE FROM jobs WHERE kind = ?1 AND state = 'waiting' AND payload LIKE '%' || ?2 || '%'";

impl ScanAgain {
    /// Has them scanned again; until then nobody gets them. A scan that is going on no longer counts. Returns
    /// how many there are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(&self, tx: &mut Tx, now: Timestamp) -> Result<usize, DbError> {
        let kind = ScanContent::KIND.name;
        let keys: Vec<ObjectKey> = match self {
            Self::Blocked => tx.rows(BEGIN_ALL, params![ScanState::Blocked, now]).await?,
            Self::Waiting => {
                tx.execute(FORGET_ALL, params![kind]).await?;
                tx.rows(BEGIN_ALL, params![ScanState::Scanning, now]).await?
            }
            Self::File(id) => {
                tx.execute(FORGET_ONE, params![kind, id]).await?;
                let keys = keys_of(tx, id).await?;
                for key in &keys {
                    scan::begin(tx, key, now).await?;
                }
                keys
            }
        };
        for key in &keys {
            ScanContent(key.clone()).enqueue(tx, now).await?;
        }
        Ok(keys.len())
    }
}
