//! Scanning contents again, which the operator asks for.

use jiff::Timestamp;

use super::key::ObjectKey;
use super::scan::ScanState;
use super::scan_job::ScanContent;
use crate::db::{DbError, Tx, from_row, params};
use crate::ids::{FileId, PortalId};
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
     WHERE state = ?1 RETURNING portal_id, file_id";
const BEGIN_ONE: &str = "INSERT INTO content_scans (portal_id, file_id, state, created_at)
     SELECT portal_id, file_id, 'scanning', CAST(?2 AS BIGINT) FROM (
         SELECT portal_id, id AS file_id FROM files WHERE id = ?1
         UNION ALL SELECT portal_id, file_id FROM ticket_attachments WHERE file_id = ?1
     ) found WHERE TRUE
     ON CONFLICT (portal_id, file_id) DO UPDATE SET state = excluded.state, finding = NULL, failures = 0,
         created_at = excluded.created_at, scanned_at = NULL
     RETURNING portal_id, file_id";
const FORGET_ALL: &str = "DELETE FROM jobs WHERE kind = ?1 AND state = 'waiting'";
const FORGET_ONE: &str =
    "DELETE FROM jobs WHERE kind = ?1 AND state = 'waiting' AND payload LIKE '%' || ?2 || '%'";

struct Begun {
    portal_id: PortalId,
    file_id: FileId,
}
from_row!(Begun { portal_id, file_id });

impl ScanAgain {
    /// Has them scanned again; until then nobody gets them. A scan that is going on no longer counts. Returns
    /// how many there are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(&self, tx: &mut Tx, now: Timestamp) -> Result<usize, DbError> {
        let kind = ScanContent::KIND.name;
        let begun: Vec<Begun> = match self {
            Self::Blocked => tx.rows(BEGIN_ALL, params![ScanState::Blocked, now]).await?,
            Self::Waiting => {
                tx.execute(FORGET_ALL, params![kind]).await?;
                tx.rows(BEGIN_ALL, params![ScanState::Scanning, now]).await?
            }
            Self::File(id) => {
                tx.execute(FORGET_ONE, params![kind, id]).await?;
                tx.rows(BEGIN_ONE, params![id, now]).await?
            }
        };
        for Begun { portal_id, file_id } in &begun {
            ScanContent(ObjectKey::of(portal_id, file_id)).enqueue(tx, now).await?;
        }
        Ok(begun.len())
    }
}
