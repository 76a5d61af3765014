//! What is counted about a token between two looks in the database: its requests of the last minute,
//! and when it was last used. The latter is written down every few seconds, in one transaction.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::Subject;
use super::rate_limit::{RateStatus, RateWindow};
use crate::db::{Db, DbError, params};

/// One token's counts.
#[derive(Debug)]
pub(super) struct Usage {
    window: Mutex<RateWindow>,
    last_used: AtomicI64,
    written: AtomicI64,
}

impl Usage {
    pub(super) fn new() -> Self {
        Self { window: Mutex::new(RateWindow::new()), last_used: AtomicI64::new(0), written: AtomicI64::new(0) }
    }

    pub(super) fn note(&self, now: Timestamp) {
        self.last_used.store(now.as_millisecond(), Ordering::Relaxed);
    }

    pub(super) fn take(&self, now: Timestamp, limit: u32) -> RateStatus {
        self.window.lock().unwrap_or_else(PoisonError::into_inner).take(now.as_second(), limit)
    }

    /// The moment of the last use, if it was not written down yet.
    fn unwritten(&self) -> Option<i64> {
        let last_used = self.last_used.load(Ordering::Relaxed);
        (self.written.swap(last_used, Ordering::Relaxed) != last_used).then_some(last_used)
    }

    fn is_idle(&self, now: Timestamp) -> bool {
        self.window.lock().unwrap_or_else(PoisonError::into_inner).is_idle(now.as_second())
            && now.as_millisecond() - self.last_used.load(Ordering::Relaxed) > 120_000
    }
}

/// The counts of all tokens that were used lately.
#[derive(Debug, Clone, Default)]
pub struct UsageRegistry(Arc<Mutex<HashMap<Subject, Arc<Usage>>>>);

impl UsageRegistry {
    pub(super) fn of(&self, subject: &Subject) -> Arc<Usage> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(subject.clone()).or_insert_with(|| Arc::new(Usage::new())))
    }

    /// Writes down when each key and grant was last used, and forgets tokens that rest.
    ///
    /// # Errors
    /// When the database refuses; the moments are then written with the next use.
    pub async fn write_down(&self, db: &Db, now: Timestamp) -> Result<(), DbError> {
        let used: Vec<(Subject, i64)> = {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let used = known.iter().filter_map(|(subject, usage)| Some((subject.clone(), usage.unwritten()?))).collect();
            known.retain(|_, usage| Arc::strong_count(usage) > 1 || !usage.is_idle(now));
            used
        };
        if used.is_empty() {
            return Ok(());
        }
        let mut tx = db.begin().await?;
        for (subject, last_used) in used {
            match subject {
                Subject::ApiKey(id) => {
                    tx.execute("UPDATE api_keys SET last_used_at = ?2 WHERE id = ?1", params![id, last_used]).await?;
                }
                Subject::App { grant, .. } => {
                    tx.execute("UPDATE grants SET last_used_at = ?2 WHERE id = ?1", params![grant, last_used]).await?;
                }
            }
        }
        tx.commit().await
    }
}
