//! An app's activity per day, across all portals, for its developer.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::{Refusal, RequestNote};
use crate::db::{Cleaner, Column, Db, DbError, FromColumn, Tx, delete_batch, from_row, params};
use crate::error::Result;
use crate::ids::AppId;
use crate::time::amsterdam;

/// The number of days shown.
pub(super) const DAYS: i64 = 30;

/// Requests that aren't in the database yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayCounts {
    requests: u32,
    errors: u32,
    scope: u32,
    expired: u32,
    revoked: u32,
    rate_limit: u32,
    proof: u32,
    invalid_client: u32,
    invalid_grant: u32,
    without_pkce: u32,
    without_dpop: u32,
    without_end: u32,
}

/// The recommendations that a successful token request didn't follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Without {
    /// The code was requested without PKCE (RFC 7636).
    pub pkce: bool,
    /// It came without a proof of possession (RFC 9449).
    pub dpop: bool,
    /// The refresh token only expires when it isn't used.
    pub end: bool,
}

/// Why an app got no tokens (RFC 6749 section 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusedApp {
    /// Its credentials are wrong: `invalid_client`.
    Client,
    /// Its code or refresh token isn't valid: `invalid_grant`.
    Grant,
}

/// One app's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppDay {
    /// The day in Amsterdam, such as `2026-11-24`.
    pub day: Day,
    /// All requests.
    pub requests: i64,
    /// Requests with a response status of 400 or higher.
    pub errors: i64,
    /// Requests refused for a missing scope.
    pub refused_scope: i64,
    /// Requests with an expired token.
    pub refused_expired: i64,
    /// Requests with a revoked token or grant.
    pub refused_revoked: i64,
    /// Requests over the rate limit.
    pub refused_rate_limit: i64,
    /// Requests without a valid proof of the key that the token is bound to.
    pub refused_proof: i64,
    /// Failed client authentications (`invalid_client`).
    pub invalid_client: i64,
    /// Token requests with an invalid code or refresh token (`invalid_grant`).
    pub invalid_grant: i64,
    /// Codes that were exchanged without PKCE.
    pub without_pkce: i64,
    /// Token requests without a proof of possession.
    pub without_dpop: i64,
    /// Token requests whose refresh token only expires when it isn't used.
    pub without_end: i64,
}

/// A day, stored as text.
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

from_row!(AppDay {
    day,
    requests,
    errors,
    refused_scope,
    refused_expired,
    refused_revoked,
    refused_rate_limit,
    refused_proof,
    invalid_client,
    invalid_grant,
    without_pkce,
    without_dpop,
    without_end
});

/// The day in Amsterdam.
pub(super) fn day_of(moment: Timestamp) -> Date {
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
            Some(Refusal::Proof) => self.proof += 1,
            Some(Refusal::Address) | None => {}
        }
    }

    /// The number of requests, and of those with a response status of 400 or higher.
    pub(super) const fn requests(&self) -> (u32, u32) {
        (self.requests, self.errors)
    }

    /// Counts a refused token request.
    pub const fn count_refused(&mut self, refused: RefusedApp) {
        match refused {
            RefusedApp::Client => self.invalid_client += 1,
            RefusedApp::Grant => self.invalid_grant += 1,
        }
    }

    /// Counts a token request that succeeded.
    pub const fn count_without(&mut self, without: Without) {
        self.without_pkce += without.pkce as u32;
        self.without_dpop += without.dpop as u32;
        self.without_end += without.end as u32;
    }

    /// Adds the counts of another token.
    pub const fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.errors += other.errors;
        self.scope += other.scope;
        self.expired += other.expired;
        self.revoked += other.revoked;
        self.rate_limit += other.rate_limit;
        self.proof += other.proof;
        self.invalid_client += other.invalid_client;
        self.invalid_grant += other.invalid_grant;
        self.without_pkce += other.without_pkce;
        self.without_dpop += other.without_dpop;
        self.without_end += other.without_end;
    }

    /// Adds them to the app's current day, unless the app was deleted in the meantime.
    pub async fn write(&self, tx: &mut Tx, app: &AppId, now: Timestamp) -> Result<(), DbError> {
        if *self == Self::default() {
            return Ok(());
        }
        let Self {
            requests,
            errors,
            scope,
            expired,
            revoked,
            rate_limit,
            proof,
            invalid_client,
            invalid_grant,
            without_pkce,
            without_dpop,
            without_end,
        } = self;
        tx.execute(
            "INSERT INTO app_usage_days AS d (app_id, day, requests, errors, refused_scope, refused_expired, refused_revoked,
                 refused_rate_limit, refused_proof, invalid_client, invalid_grant, without_pkce, without_dpop, without_end)
             SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14 FROM apps WHERE id = ?1 AND deleted_at IS NULL
             ON CONFLICT (app_id, day) DO UPDATE SET requests = d.requests + excluded.requests, errors = d.errors + excluded.errors,
                 refused_scope = d.refused_scope + excluded.refused_scope, refused_expired = d.refused_expired + excluded.refused_expired,
                 refused_revoked = d.refused_revoked + excluded.refused_revoked,
                 refused_rate_limit = d.refused_rate_limit + excluded.refused_rate_limit,
                 refused_proof = d.refused_proof + excluded.refused_proof,
                 invalid_client = d.invalid_client + excluded.invalid_client, invalid_grant = d.invalid_grant + excluded.invalid_grant,
                 without_pkce = d.without_pkce + excluded.without_pkce, without_dpop = d.without_dpop + excluded.without_dpop,
                 without_end = d.without_end + excluded.without_end",
            params![
                app,
                day_of(now).to_string(),
                requests,
                errors,
                scope,
                expired,
                revoked,
                rate_limit,
                proof,
                invalid_client,
                invalid_grant,
                without_pkce,
                without_dpop,
                without_end
            ],
        )
        .await?;
        Ok(())
    }
}

impl AppDay {
    /// The days with activity among the last 30, including today, newest first.
    pub async fn list(db: &Db, app: &AppId, now: Timestamp) -> Result<Vec<Self>> {
        let first = day_of(now - SignedDuration::from_hours(24 * (DAYS - 1))).to_string();
        Ok(db
            .rows(
                "SELECT day, requests, errors, refused_scope, refused_expired, refused_revoked, refused_rate_limit, refused_proof,
                     invalid_client, invalid_grant, without_pkce, without_dpop, without_end
                 FROM app_usage_days WHERE app_id = ?1 AND day >= ?2 ORDER BY day DESC",
                params![app, first],
            )
            .await?)
    }

    /// Deletes days that are no longer shown.
    pub(super) async fn clean_up(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
        let first = day_of(now - SignedDuration::from_hours(24 * DAYS)).to_string();
        let old = delete_batch!("app_usage_days", "app_id, day", "day < ?2");
        cleaner.delete(old, params![first]).await?;
        Ok(())
    }
}
