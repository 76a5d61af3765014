//! What an app's tokens did each day, in all portals together: for its developer.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::{Refusal, RequestNote};
use crate::db::{Column, Db, DbError, FromColumn, Tx, from_row, params};
use crate::error::Result;
use crate::ids::AppId;
use crate::time::amsterdam;

/// How many days are shown.
const DAYS: i64 = 30;

/// Requests that are not in the database yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayCounts {
    requests: u32,
    errors: u32,
    scope: u32,
    expired: u32,
    revoked: u32,
    rate_limit: u32,
}

/// One app's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppDay {
    /// The day in Amsterdam, such as `2026-11-24`.
    pub day: Day,
    /// All requests.
    pub requests: i64,
    /// Those that were answered with a status from 400.
    pub errors: i64,
    /// Those refused for want of a scope.
    pub refused_scope: i64,
    /// Those whose token had expired.
    pub refused_expired: i64,
    /// Those whose token or grant was revoked.
    pub refused_revoked: i64,
    /// Those over the rate limit.
    pub refused_rate_limit: i64,
}

/// A day, kept as its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day(pub Date);

impl FromColumn for Day {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Text(text) => text.parse().ok().map(Self),
            _ => None,
        }
    }
}

from_row!(AppDay { day, requests, errors, refused_scope, refused_expired, refused_revoked, refused_rate_limit });

/// The day in Amsterdam.
fn day_of(moment: Timestamp) -> Date {
    amsterdam().to_datetime(moment).date()
}

impl DayCounts {
    /// Counts a request.
    pub const fn count(&mut self, request: &RequestNote<'_>) {
        self.requests += 1;
        self.errors += (request.status >= 400) as u32;
        match request.refusal {
            Some(Refusal::Scope) => self.scope += 1,
            Some(Refusal::Expired) => self.expired += 1,
            Some(Refusal::Revoked) => self.revoked += 1,
            Some(Refusal::RateLimit) => self.rate_limit += 1,
            Some(Refusal::Address) | None => {}
        }
    }

    /// Adds the counts of another token.
    pub const fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.errors += other.errors;
        self.scope += other.scope;
        self.expired += other.expired;
        self.revoked += other.revoked;
        self.rate_limit += other.rate_limit;
    }

    /// Adds them to the app's present day, unless the app is gone meanwhile.
    ///
    /// # Errors
    /// The database's.
    pub async fn write(&self, tx: &mut Tx, app: &AppId, now: Timestamp) -> Result<(), DbError> {
        if self.requests == 0 {
            return Ok(());
        }
        let Self { requests, errors, scope, expired, revoked, rate_limit } = self;
        tx.execute(
            "INSERT INTO app_usage_days AS d (app_id, day, requests, errors, refused_scope, refused_expired, refused_revoked, refused_rate_limit)
             SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM apps WHERE id = ?1 AND deleted_at IS NULL
             ON CONFLICT (app_id, day) DO UPDATE SET requests = d.requests + excluded.requests, errors = d.errors + excluded.errors,
                 refused_scope = d.refused_scope + excluded.refused_scope, refused_expired = d.refused_expired + excluded.refused_expired,
                 refused_revoked = d.refused_revoked + excluded.refused_revoked,
                 refused_rate_limit = d.refused_rate_limit + excluded.refused_rate_limit",
            params![app, day_of(now).to_string(), requests, errors, scope, expired, revoked, rate_limit],
        )
        .await?;
        Ok(())
    }
}

impl AppDay {
    /// Those of the last 30 days, today included, that had requests; the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn list(db: &Db, app: &AppId, now: Timestamp) -> Result<Vec<Self>> {
        let first = day_of(now - SignedDuration::from_hours(24 * (DAYS - 1))).to_string();
        Ok(db
            .rows(
                "SELECT day, requests, errors, refused_scope, refused_expired, refused_revoked, refused_rate_limit
                 FROM app_usage_days WHERE app_id = ?1 AND day >= ?2 ORDER BY day DESC",
                params![app, first],
            )
            .await?)
    }

    /// Forgets days that are shown no longer.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn clean_up(tx: &mut Tx, now: Timestamp) -> Result<()> {
        let first = day_of(now - SignedDuration::from_hours(24 * DAYS)).to_string();
        tx.execute("DELETE FROM app_usage_days WHERE day < ?1", params![first]).await?;
        Ok(())
    }
}
