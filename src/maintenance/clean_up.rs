//! The hourly clean-up.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::{ClockCheck, Implausible, objects, webhooks};
use crate::db::{Cleaner, Single, params};
use crate::error::Result;
use crate::jobs::{self, Schedule};
use crate::server::WritingServer;
use crate::{
    accounts, api_keys, audit, events, history, idempotency, manage, oauth, removal, request_log,
    transfer, trash,
};

/// How often expired sessions, codes, tokens, requests and events are deleted, and warnings about
/// keys are mailed.
pub(super) const EVERY: Duration = Duration::from_secs(3600);

/// The minimum time between the start and the first clean-up, to serve requests first.
const SOONEST: Duration = Duration::from_secs(60);

/// When it is due. Of several instances, one cleans up.
const SCHEDULE: Schedule = Schedule { name: "clean-up", every: SignedDuration::from_hours(1) };

/// The clean-up of one instance.
pub struct CleanUp {
    server: WritingServer,
    cleaner: Cleaner,
    clock: ClockCheck,
}

impl CleanUp {
    /// A clean-up that stops soon after `stop` is cancelled.
    pub fn new(server: WritingServer, stop: CancellationToken) -> Self {
        let cleaner = Cleaner::new(server.db.clone(), stop);
        Self { server, cleaner, clock: ClockCheck::default() }
    }

    /// How long to wait for the first clean-up after a start: until an hour after the last one, by
    /// any process.
    pub async fn first_wait(&self) -> Duration {
        let last = match SCHEDULE.last_start(&self.server.db).await {
            Ok(last) => last.unwrap_or(Timestamp::UNIX_EPOCH),
            Err(error) => {
                tracing::error!(%error, "the time of the last clean-up is unknown");
                return EVERY;
            }
        };
        let since = self.server.clock.now().duration_since(last);
        let since = Duration::try_from(since).unwrap_or(Duration::ZERO);
        EVERY.saturating_sub(since).max(SOONEST)
    }

    /// Cleans up, unless the wall clock is implausible: then only at the next attempt, if the clock
    /// is still the same. Failures are logged and retried later.
    pub async fn run_if_plausible(&mut self) {
        let (wall, at) = (self.server.clock.now(), self.server.clock.monotonic());
        let known = match self.known().await {
            Ok(known) => known,
            Err(error) => {
                tracing::error!(%error, "the clean-up failed");
                return;
            }
        };
        if let Err(Implausible { ahead }) = self.clock.look(wall, at, known) {
            let hours = ahead.as_hours();
            tracing::warn!(clock = %wall, hours_ahead = hours, "the clock is far ahead of the expected time; nothing is deleted unless it still is in an hour");
            return;
        }
        match SCHEDULE.claim(&self.server.db, wall).await {
            Ok(true) => self.run(wall).await,
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "the clean-up failed"),
        }
    }

    async fn run(&self, now: Timestamp) {
        let (server, cleaner) = (&self.server, &self.cleaner);
        for result in [
            api_keys::record_expired(cleaner, now).await,
            manage::warn_of_expiry(server, now).await,
            webhooks::tell_of_failing_webhooks(server, now).await,
            api_keys::forget_ended(cleaner, now).await,
            accounts::clean_up(cleaner, now).await,
            jobs::clean_up(cleaner, now).await,
            events::clean_up(cleaner, events::MOST_OF_PORTAL, now).await,
            history::clean_up(cleaner, now).await,
            oauth::clean_up(cleaner, now).await,
            oauth::forget_idle_tokens(cleaner, &server.config, now).await,
            request_log::clean_up(cleaner, now).await,
            request_log::PortalDay::clean_up(cleaner, now).await,
            idempotency::clean_up(cleaner, now).await,
            trash::clean_up(cleaner, now).await,
            transfer::clean_up(cleaner, now).await,
            audit::clean_up(cleaner, server.config.audit_days, now).await,
            removal::remove_deleted(cleaner, server.config.audit_days, now).await,
            objects::remove_orphans(cleaner, &server.objects, now).await,
        ] {
            if let Err(error) = result {
                tracing::error!(%error, "the clean-up failed");
            }
        }
    }

    /// The newest time known to have passed: that of the last clean-up, or before the first one,
    /// that of the newest event.
    async fn known(&self) -> Result<Option<Timestamp>> {
        if let Some(last) = SCHEDULE.last_start(&self.server.db).await? {
            return Ok(Some(last));
        }
        let sql = "SELECT max(created_at) AS value FROM audit_events";
        let newest: Option<Single<Option<Timestamp>>> = self.server.db.row(sql, params![]).await?;
        Ok(newest.and_then(|Single(newest)| newest))
    }
}
