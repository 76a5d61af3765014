//! The days on which a portal is closed, beside those of its opening hours.

use std::sync::LazyLock;

use jiff::civil;

use crate::audit::Action;
use crate::changes::Change;
use crate::db::params;
use crate::error::{Error, Message, Result};
use crate::fields::Fields;
use crate::ids::ClosedDayId;
use crate::tenant::{Store, StoreTx, TenantSql};
use crate::values::{Date, Optional, Record, Text, record, row};

/// The most entries that a portal can have.
pub(super) const MOST: usize = 500;

/// The most days of an entry: a year.
const LONGEST: i32 = 366;

record! {
    /// One or more days on which a portal is closed.
    ClosedDays, NewClosedDays, ClosedDaysChange checked by ClosedDays::complete {
        /// Why it is closed
        name "name": Text<100> = "Eerste Kerstdag",
        /// The first day
        first_day "firstDay": Date = "2026-12-25",
        /// The last day; one day without it
        last_day "lastDay": Optional<Date> = "2026-12-25",
    }
}

row! {
    /// Such days, as stored.
    StoredClosedDays {
        /// Their id.
        id: ClosedDayId,
    } with {
        /// Which they are.
        details: ClosedDays,
    }
}

impl ClosedDays {
    /// One day.
    pub fn one(name: Text<100>, day: Date) -> Self {
        Self { name, first_day: day, last_day: Optional(Some(day)) }
    }

    /// The last day.
    pub(super) fn last(&self) -> Date {
        self.last_day.0.unwrap_or(self.first_day)
    }

    /// Whether a day is one of them.
    pub(super) fn include(&self, day: civil::Date) -> bool {
        (self.first_day.day()..=self.last().day()).contains(&day)
    }

    /// The last day isn't before the first, nor a year after it. Without one it is a single day.
    fn complete(&mut self, fields: &mut Fields) {
        let (first, last) = (self.first_day.day(), self.last().day());
        self.last_day = Optional(Some(self.last()));
        if fields.errors().has("firstDay") || fields.errors().has("lastDay") {
            return;
        }
        if last < first {
            fields.fault("lastDay", Message::new("closed_days.ends_before_it_starts"));
        } else if first.until(last).map_or(LONGEST, |span| span.get_days()) >= LONGEST {
            fields.fault("lastDay", Message::new("closed_days.too_long"));
        }
    }
}

struct Queries {
    all: TenantSql,
    find: TenantSql,
    insert: TenantSql,
}

static STATEMENTS: LazyLock<Queries> = LazyLock::new(|| {
    let columns = StoredClosedDays::columns();
    let all = format!("SELECT {columns} FROM closed_days c WHERE c.portal_id = ?1");
    Queries {
        all: TenantSql::built(format!("{all} ORDER BY c.first_day, c.id")),
        find: TenantSql::built(format!("{all} AND c.id = ?2")),
        insert: TenantSql::insert("closed_days", &[&["id"], ClosedDays::COLUMNS].concat()),
    }
});

const DELETE: TenantSql =
    TenantSql::new("DELETE FROM closed_days WHERE portal_id = ?1 AND id = ?2");

/// All of a portal, the earliest first.
pub(super) async fn all(store: &Store) -> Result<Vec<StoredClosedDays>> {
    Ok(store.rows(STATEMENTS.all, params![]).await?)
}

/// The same, within a transaction.
pub(super) async fn all_in(tx: &mut StoreTx) -> Result<Vec<StoredClosedDays>> {
    Ok(tx.rows(STATEMENTS.all, params![]).await?)
}

/// Adds days, each with its id, unless that or the same days are there already.
///
/// # Errors
/// [`Error::Conflict`] when the portal would have more than the maximum.
pub(super) async fn add(
    tx: &mut StoreTx,
    change: &Change<'_>,
    new: Vec<(ClosedDayId, ClosedDays)>,
) -> Result<()> {
    tx.hold_portal().await?;
    let mut known = all_in(tx).await?;
    let today = change.zone.to_datetime(change.now).date();
    for (id, details) in new {
        let is_same = |other: &StoredClosedDays| {
            let days = |details: &ClosedDays| (details.first_day, details.last());
            other.id == id || days(&other.details) == days(&details)
        };
        if known.iter().any(is_same) {
            continue;
        }
        let ahead = known.iter().filter(|days| days.details.last().day() >= today);
        if ahead.count() >= MOST {
            return Err(Error::Conflict(Message::with("closed_days.too_many", MOST)));
        }
        insert(tx, &id, &details).await?;
        change.tell(tx, Action::ClosedDayAdded, details.name.as_str(), id.as_str()).await?;
        known.push(StoredClosedDays { id, details });
    }
    Ok(())
}

/// Adds days to a portal that is being created, such as the demo: without any event.
pub async fn insert(tx: &mut StoreTx, id: &ClosedDayId, details: &ClosedDays) -> Result<()> {
    let row = [params![id], &details.params()[..]].concat();
    tx.execute(STATEMENTS.insert, &row).await?;
    Ok(())
}

/// Deletes them.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) async fn delete(tx: &mut StoreTx, change: &Change<'_>, id: &ClosedDayId) -> Result<()> {
    tx.hold_portal().await?;
    let found: Option<StoredClosedDays> = tx.row(STATEMENTS.find, params![id]).await?;
    let StoredClosedDays { details, .. } = found.ok_or(Error::NotFound)?;
    tx.execute(DELETE, params![id]).await?;
    change.tell(tx, Action::ClosedDayDeleted, details.name.as_str(), id.as_str()).await
}
