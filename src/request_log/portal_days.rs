//! A portal's requests per day, by key and app, for its own people.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::LogSubject;
use super::app_days::{DAYS, Day, DayCounts, day_of};
use crate::db::{Cleaner, DbError, Tx, delete_batch, from_row, params};
use crate::error::Result;
use crate::tenant::{Store, TenantSql};

/// The most keys and apps with failed requests that are shown.
const MOST_FAILING: i64 = 3;

/// One day of a portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalDay {
    /// The day in Amsterdam.
    pub day: Day,
    /// All requests.
    pub requests: i64,
    /// Those with a response status of 400 or higher.
    pub errors: i64,
}

from_row!(PortalDay { day, requests, errors });

/// A key or app with failed requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// The id of the key, or of the grant.
    pub subject: String,
    /// The number of its failed requests.
    pub errors: i64,
}

from_row!(Failing { subject, errors });

const LIST: TenantSql = TenantSql::new(
    "SELECT day, CAST(SUM(requests) AS BIGINT) AS requests, CAST(SUM(errors) AS BIGINT) AS errors
     FROM portal_usage_days WHERE portal_id = ?1 AND day >= ?2 GROUP BY day ORDER BY day",
);
const FAILING: TenantSql = TenantSql::new(
    "SELECT subject, errors FROM portal_usage_days
     WHERE portal_id = ?1 AND day = ?2 AND errors > 0 ORDER BY errors DESC, subject LIMIT ?3",
);

/// The first of the 30 days that are shown, and the last: today.
fn shown(now: Timestamp) -> (Date, Date) {
    (day_of(now - SignedDuration::from_hours(24 * (DAYS - 1))), day_of(now))
}

impl PortalDay {
    /// The last 30 days, with today last; those without requests too.
    pub async fn list(store: &Store, now: Timestamp) -> Result<Vec<Self>> {
        let (first, last) = shown(now);
        let known: Vec<Self> = store.rows(LIST, params![first.to_string()]).await?;
        let days = first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last);
        let found = |day: Date| known.iter().find(|known| known.day.0 == day).cloned();
        let none = |day| Self { day: Day(day), requests: 0, errors: 0 };
        Ok(days.map(|day| found(day).unwrap_or_else(|| none(day))).collect())
    }

    /// Adds requests to the current day of a key or app, unless it was deleted in the meantime.
    pub async fn write(
        tx: &mut Tx,
        subject: &LogSubject,
        counts: &DayCounts,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let (requests, errors) = counts.requests();
        if requests == 0 {
            return Ok(());
        }
        let sql = match subject {
            LogSubject::Key(_) => {
                "INSERT INTO portal_usage_days AS d (portal_id, day, subject, requests, errors)
                 SELECT k.portal_id, ?2, k.id, ?3, ?4 FROM api_keys k WHERE k.id = ?1
                 ON CONFLICT (portal_id, day, subject) DO UPDATE SET
                     requests = d.requests + excluded.requests, errors = d.errors + excluded.errors"
            }
            LogSubject::Grant(_) => {
                "INSERT INTO portal_usage_days AS d (portal_id, day, subject, requests, errors)
                 SELECT g.portal_id, ?2, g.id, ?3, ?4 FROM grants g WHERE g.id = ?1
                 ON CONFLICT (portal_id, day, subject) DO UPDATE SET
                     requests = d.requests + excluded.requests, errors = d.errors + excluded.errors"
            }
        };
        tx.execute(sql, params![subject, day_of(now).to_string(), requests, errors]).await?;
        Ok(())
    }

    /// Deletes days that are no longer shown.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clean_up(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
        let (first, _) = shown(now);
        let old = delete_batch!("portal_usage_days", "portal_id, day, subject", "day < ?2");
        cleaner.delete(old, params![first.to_string()]).await?;
        Ok(())
    }
}

impl Failing {
    /// The keys and apps with failed requests today, those with the most first; at most three.
    pub async fn today(store: &Store, now: Timestamp) -> Result<Vec<Self>> {
        let (_, today) = shown(now);
        Ok(store.rows(FAILING, params![today.to_string(), MOST_FAILING]).await?)
    }
}
