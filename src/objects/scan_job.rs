//! The job that has a content scanned.

use std::borrow::Cow;
use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::clamd::{Clamd, ScanFault, Verdict};
use super::finding::Finding;
use super::key::ObjectKey;
use super::rows::has_row;
use super::scan::{self, Scan, ScanState};
use super::store::ObjectStore;
use crate::clock::Clock;
use crate::db::{DbError, Tx, WritingDb, params};
use crate::error::Result;
use crate::ids::PortalId;
use crate::jobs::{Attempt, Failure, Job, Kind, Retry};

/// How long one scan takes at most, with the reading of the content.
const LONGEST_SCAN: Duration = Duration::from_mins(30);

/// The number of scans without a verdict that follow one another within minutes.
const QUICK_TRIES: i64 = 5;

/// How long the next ones wait.
const LATER_WAIT: SignedDuration = SignedDuration::from_hours(2);

/// The most scans without a verdict: about a day. Then the content is blocked.
const MOST_FAILURES: i64 = 16;

const FORGET_JOBS: &str = "DELETE FROM jobs WHERE kind = ?1";

/// Has a new content scanned.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScanContent(pub(super) ObjectKey);

/// What scans need.
#[derive(Clone)]
pub struct Scanning {
    /// Where verdicts are noted.
    pub db: WritingDb,
    /// The clock.
    pub clock: Clock,
    /// Where contents are read.
    pub store: ObjectStore,
    /// The scanner.
    pub clamd: Clamd,
}

/// Releases what waits for a scan, of all portals, because there is no scanner any more. Returns how many
/// contents there are.
///
/// # Errors
/// When the database fails.
pub async fn release_waiting(tx: &mut Tx) -> Result<u64, DbError> {
    tx.execute(FORGET_JOBS, params![ScanContent::KIND.name]).await?;
    scan::release_waiting(tx).await
}

impl Job for ScanContent {
    type Context = Scanning;

    const KIND: Kind = Kind {
        name: "scan_content",
        retry: Retry {
            first: SignedDuration::from_secs(5),
            factor: 2,
            longest: SignedDuration::from_mins(5),
            // Never: nobody gets a content while the scanner is away.
            give_up_after: SignedDuration::from_hours(100 * 365 * 24),
        },
        at_once: 4,
        at_once_per_lane: 1,
        shared_by_portals: true,
        time_limit: Duration::from_hours(1),
        keep: None,
    };

    /// A portal whose contents take long delays its own only.
    fn lane(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.0.portal.as_str())
    }

    fn portal(&self) -> Option<&PortalId> {
        Some(&self.0.portal)
    }

    async fn run(&self, scanning: &Scanning, _: Attempt) -> Result<(), Failure> {
        let scan = scan::find_scan(&scanning.db, &self.0).await.map_err(Failure::temporary)?;
        // Otherwise it was deleted, or scanned by a process that ended before it said so.
        let Some(scan) = scan.filter(|scan| scan.state == ScanState::Scanning) else {
            return Ok(());
        };
        let fault = match self.scan(scanning).await {
            Ok(verdict) => {
                return self.end(scanning, &scan, &verdict).await.map_err(Failure::temporary);
            }
            Err(fault) => fault,
        };
        if !can_be_of_content(&fault, &scanning.clamd).await {
            return Err(Failure::temporary(fault));
        }
        let is_soon = self.postpone(scanning, &scan, &fault).await.map_err(Failure::temporary)?;
        if is_soon { Err(Failure::temporary(fault)) } else { Ok(()) }
    }
}

/// Whether a fault can be due to the content; false if it is due to a scanner or store that is away.
async fn can_be_of_content(fault: &ScanFault, clamd: &Clamd) -> bool {
    match fault {
        ScanFault::Unreachable(_) | ScanFault::Store(_) | ScanFault::Content(_) => false,
        ScanFault::Missing => true,
        // Something else can listen for a clamd that isn't there yet, such as systemd.
        ScanFault::Broken(_) | ScanFault::Ended | ScanFault::TooSlow(_) | ScanFault::Answer(_) => {
            clamd.ping().await.is_ok()
        }
    }
}

impl ScanContent {
    async fn scan(&self, Scanning { store, clamd, .. }: &Scanning) -> Result<Verdict, ScanFault> {
        let content = store.open_unscanned(&self.0).await.map_err(ScanFault::Store)?;
        let content = content.ok_or(ScanFault::Missing)?;
        match timeout(LONGEST_SCAN, clamd.scan(content)).await {
            Ok(scanned) => scanned,
            Err(_) => Err(ScanFault::TooSlow(LONGEST_SCAN)),
        }
    }

    async fn end(&self, scanning: &Scanning, scan: &Scan, verdict: &Verdict) -> Result<()> {
        let mut tx = scanning.db.begin().await?;
        scan::end(&mut tx, (&self.0, scan), verdict, scanning.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Determines when to scan again what got no verdict: true if soon. In the end it is blocked.
    async fn postpone(&self, scanning: &Scanning, scan: &Scan, fault: &ScanFault) -> Result<bool> {
        let (db, now) = (&scanning.db, scanning.clock.now());
        // It can be missing because its file was deleted.
        if !has_row(db, &self.0).await? {
            return Ok(false);
        }
        let mut tx = db.begin().await?;
        let Some(failures) = scan::count_failure(&mut tx, (&self.0, scan)).await? else {
            return Ok(false);
        };
        if failures >= MOST_FAILURES {
            tracing::warn!(file = %self.0.file, portal = %self.0.portal, %fault, failures, "a file gets no verdict");
            let blocked = Verdict::Refused(match fault {
                ScanFault::Missing => Finding::Missing,
                _ => Finding::NoVerdict,
            });
            scan::end(&mut tx, (&self.0, scan), &blocked, now).await?;
        } else if failures >= QUICK_TRIES {
            tracing::warn!(file = %self.0.file, portal = %self.0.portal, %fault, failures, "a file gets no verdict; it is scanned again in {LATER_WAIT:#}");
            self.enqueue_for(&mut tx, now, now + LATER_WAIT).await?;
        }
        tx.commit().await?;
        Ok(failures < QUICK_TRIES)
    }
}
