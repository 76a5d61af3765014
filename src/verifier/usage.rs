//! Usage of tokens, kept in memory: the requests of the last minute, those for the request log, the
//! last use, and the outcomes of apps' token requests. All but the first are written to the
//! database every few seconds, in one transaction.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::Subject;
use super::rate_limit::{RateStatus, RateWindow};
use crate::clock::{Clock, MonotonicTime};
use crate::db::{DbError, Tx, WritingDb, params};
use crate::ids::AppId;
use crate::request_log::{
    Buffer, DayCounts, LogSubject, PortalDay, Refusal, RefusedApp, RequestNote, Without,
};

/// The usage of one token.
#[derive(Debug)]
pub(super) struct Usage {
    window: Mutex<RateWindow>,
    noted: Mutex<Noted>,
}

/// Pending writes.
#[derive(Debug, Default)]
struct Noted {
    last_use: Option<LastUse>,
    /// Whether the last use came after the last write.
    is_used: bool,
    log: Buffer,
    day: DayCounts,
}

/// The time and address of a use.
#[derive(Debug, Clone)]
struct LastUse {
    at: Timestamp,
    address: IpAddr,
    user_agent: String,
}

impl Usage {
    pub(super) fn new() -> Self {
        Self { window: Mutex::new(RateWindow::new()), noted: Mutex::new(Noted::default()) }
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes an answered request. Takes one short lock, and allocates only when the buffer grows.
    pub(super) fn note(&self, request: &RequestNote<'_>) {
        let mut noted = self.noted();
        noted.log.push(request);
        noted.day.count(request);
        if !matches!(
            request.refusal,
            Some(Refusal::Expired | Refusal::Revoked | Refusal::Address | Refusal::Proof)
        ) {
            noted.is_used = true;
            match &mut noted.last_use {
                Some(last) => last.renew(request),
                none => {
                    *none = Some(LastUse {
                        at: request.at,
                        address: request.address,
                        user_agent: request.user_agent.to_owned(),
                    })
                }
            }
        }
    }

    pub(super) fn take(&self, now: MonotonicTime, limit: u32) -> RateStatus {
        self.window.lock().unwrap_or_else(PoisonError::into_inner).take(now.as_secs(), limit)
    }

    /// Takes the pending writes.
    fn take_noted(&self) -> Option<Noted> {
        let mut noted = self.noted();
        if !noted.is_used && noted.log.is_empty() {
            return None;
        }
        let last_use = noted.last_use.clone().filter(|_| noted.is_used);
        noted.is_used = false;
        Some(Noted {
            last_use,
            is_used: true,
            log: std::mem::take(&mut noted.log),
            day: std::mem::take(&mut noted.day),
        })
    }

    /// Puts back what couldn't be written.
    fn give_back(&self, failed: &Noted) {
        let mut noted = self.noted();
        noted.is_used |= failed.last_use.is_some();
        noted.log.absorb(&failed.log);
        noted.day.add(&failed.day);
    }

    /// Whether nothing is left to write or count.
    fn is_idle(&self, now: MonotonicTime) -> bool {
        let noted = self.noted();
        !noted.is_used
            && noted.log.is_empty()
            && self.window.lock().unwrap_or_else(PoisonError::into_inner).is_idle(now.as_secs())
    }
}

impl LastUse {
    /// Updates it with a later request. An unchanged user agent isn't copied.
    fn renew(&mut self, request: &RequestNote<'_>) {
        (self.at, self.address) = (request.at, request.address);
        if self.user_agent != request.user_agent {
            request.user_agent.clone_into(&mut self.user_agent);
        }
    }
}

/// The usage of all recently used tokens.
#[derive(Debug, Clone)]
pub struct UsageRegistry(Arc<Registered>);

#[derive(Debug)]
struct Registered {
    clock: Clock,
    known: Mutex<HashMap<Subject, Arc<Usage>>>,
    /// Token requests of apps, which belong to no token.
    token_requests: Mutex<HashMap<AppId, DayCounts>>,
    /// Locked during a write, so that the next writer finds everything in the database, including
    /// what was in flight.
    writing: tokio::sync::Mutex<()>,
}

impl UsageRegistry {
    /// An empty one.
    pub fn new(clock: &Clock) -> Self {
        Self(Arc::new(Registered {
            clock: clock.clone(),
            known: Mutex::default(),
            token_requests: Mutex::default(),
            writing: tokio::sync::Mutex::default(),
        }))
    }

    pub(super) fn of(&self, subject: &Subject) -> Arc<Usage> {
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(subject.clone()).or_insert_with(|| Arc::new(Usage::new())))
    }

    fn token_requests(&self) -> MutexGuard<'_, HashMap<AppId, DayCounts>> {
        self.0.token_requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a token request of an existing app that was refused.
    pub fn count_refused(&self, app: &AppId, refused: RefusedApp) {
        self.token_requests().entry(app.clone()).or_default().count_refused(refused);
    }

    /// Counts the recommendations that a successful token request didn't follow.
    pub fn count_without(&self, app: &AppId, without: Without) {
        if without.pkce || without.dpop || without.end {
            self.token_requests().entry(app.clone()).or_default().count_without(without);
        }
    }

    /// Writes what is pending, and drops tokens that are no longer used.
    ///
    /// # Errors
    /// When the database fails; the next call then writes it.
    pub async fn write_down(&self, db: &WritingDb) -> Result<(), DbError> {
        let _writing = self.0.writing.lock().await;
        let noted: Vec<(Subject, Arc<Usage>, Noted)> = {
            let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
            let noted = known
                .iter()
                .filter_map(|(subject, usage)| {
                    Some((subject.clone(), Arc::clone(usage), usage.take_noted()?))
                })
                .collect();
            known.retain(|_, usage| {
                Arc::strong_count(usage) > 1 || !usage.is_idle(self.0.clock.monotonic())
            });
            noted
        };
        let token_requests = std::mem::take(&mut *self.token_requests());
        if noted.is_empty() && token_requests.is_empty() {
            return Ok(());
        }
        let written = write(db, &noted, &token_requests, self.0.clock.now()).await;
        if written.is_err() {
            let mut counted = self.token_requests();
            for (app, failed) in &token_requests {
                counted.entry(app.clone()).or_default().add(failed);
            }
            for (_, usage, failed) in &noted {
                usage.give_back(failed);
            }
        }
        written
    }
}

/// Writes it in one transaction: one log row for each key and grant, ordered by id, so that two
/// instances don't deadlock.
async fn write(
    db: &WritingDb,
    noted: &[(Subject, Arc<Usage>, Noted)],
    token_requests: &HashMap<AppId, DayCounts>,
    now: Timestamp,
) -> Result<(), DbError> {
    let (mut subjects, mut days) =
        (BTreeMap::<LogSubject, Noted>::new(), BTreeMap::<&AppId, DayCounts>::new());
    for (app, counts) in token_requests {
        days.entry(app).or_default().add(counts);
    }
    for (subject, _, noted) in noted {
        subjects.entry(subject.log_subject()).or_default().add(noted);
        if let Subject::App { app, .. } = subject {
            days.entry(app).or_default().add(&noted.day);
        }
    }
    let mut tx = db.begin().await?;
    for (subject, noted) in &subjects {
        noted.log.write(&mut tx, subject).await?;
        PortalDay::write(&mut tx, subject, &noted.day, now).await?;
        if let Some(last_use) = &noted.last_use {
            last_use.write(&mut tx, subject).await?;
        }
    }
    for (app, counts) in &days {
        counts.write(&mut tx, app, now).await?;
    }
    tx.commit().await
}

impl Noted {
    /// Adds the usage of another token of the same grant.
    fn add(&mut self, other: &Self) {
        self.log.absorb(&other.log);
        self.day.add(&other.day);
        if let Some(last_use) = &other.last_use
            && self.last_use.as_ref().is_none_or(|known| known.at < last_use.at)
        {
            self.last_use = Some(last_use.clone());
        }
    }
}

impl LastUse {
    async fn write(&self, tx: &mut Tx, subject: &LogSubject) -> Result<(), DbError> {
        match subject {
            LogSubject::Key(id) => {
                let sql = "UPDATE api_keys SET last_used_at = ?2, last_used_address = ?3, last_used_agent = ?4 WHERE id = ?1";
                let address = self.address.to_string();
                tx.execute(sql, params![id, self.at, address, self.user_agent]).await?;
            }
            LogSubject::Grant(id) => {
                tx.execute(
                    "UPDATE grants SET last_used_at = ?2 WHERE id = ?1",
                    params![id, self.at],
                )
                .await?;
            }
        }
        Ok(())
    }
}
