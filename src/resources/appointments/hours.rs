//! The opening hours of a portal.

use std::sync::LazyLock;

use jiff::civil::Weekday;

use crate::db::params;
use crate::error::Result;
use crate::tenant::{Store, StoreTx, TenantSql};
use crate::values::{DayHours, Record, record, row};

record! {
    /// When a portal is open on each day of the week, on the clocks of its time zone.
    OpeningHours, NewHours, HoursChange {
        /// On Mondays; nothing if it is closed
        monday "monday": Option<DayHours> = "09:00-12:30, 13:00-17:00",
        /// On Tuesdays
        tuesday "tuesday": Option<DayHours> = "09:00-17:00",
        /// On Wednesdays
        wednesday "wednesday": Option<DayHours> = "09:00-17:00",
        /// On Thursdays
        thursday "thursday": Option<DayHours> = "09:00-17:00",
        /// On Fridays
        friday "friday": Option<DayHours> = "09:00-17:00",
        /// On Saturdays
        saturday "saturday": Option<DayHours> = null,
        /// On Sundays
        sunday "sunday": Option<DayHours> = null,
    }
}

impl OpeningHours {
    /// None: appointments can be at any time.
    pub(super) const fn none() -> Self {
        Self {
            monday: None,
            tuesday: None,
            wednesday: None,
            thursday: None,
            friday: None,
            saturday: None,
            sunday: None,
        }
    }

    /// Each day of the week, from Monday on.
    pub(super) const fn days(&self) -> [Option<&DayHours>; 7] {
        [
            self.monday.as_ref(),
            self.tuesday.as_ref(),
            self.wednesday.as_ref(),
            self.thursday.as_ref(),
            self.friday.as_ref(),
            self.saturday.as_ref(),
            self.sunday.as_ref(),
        ]
    }

    /// Those of a day of the week; `None` if it is closed.
    pub(super) fn on(&self, day: Weekday) -> Option<&DayHours> {
        let place = usize::try_from(day.to_monday_zero_offset()).ok()?;
        self.days().get(place).copied().flatten()
    }

    /// Whether there are any.
    pub(super) fn are_set(&self) -> bool {
        self.days().iter().any(Option::is_some)
    }
}

row! {
    /// The hours, as stored.
    StoredHours {
        /// The number of changes.
        revision: i64,
    } with {
        /// What they are.
        details: OpeningHours,
    }
}

static FIND: LazyLock<TenantSql> = LazyLock::new(|| {
    let columns = StoredHours::columns();
    TenantSql::built(format!("SELECT {columns} FROM opening_hours c WHERE c.portal_id = ?1"))
});

/// A concurrent transaction waits here, and then sees the committed row.
const HOLD: TenantSql = TenantSql::new(
    "INSERT INTO opening_hours (portal_id, revision) VALUES (?1, 0)
     ON CONFLICT (portal_id) DO UPDATE SET revision = opening_hours.revision",
);
const UPDATE: TenantSql = TenantSql::new(
    "UPDATE opening_hours SET monday = ?2, tuesday = ?3, wednesday = ?4, thursday = ?5, friday = ?6, saturday = ?7,
         sunday = ?8, revision = revision + 1 WHERE portal_id = ?1",
);

impl StoredHours {
    /// Those of a portal that never set any.
    const fn untouched() -> Self {
        Self { revision: 0, details: OpeningHours::none() }
    }

    /// The portal's hours.
    pub(super) async fn find(store: &Store) -> Result<Self> {
        Ok(store.row(*FIND, params![]).await?.unwrap_or(Self::untouched()))
    }

    /// The same, within a transaction.
    pub(super) async fn find_in(tx: &mut StoreTx) -> Result<Self> {
        Ok(tx.row(*FIND, params![]).await?.unwrap_or(Self::untouched()))
    }

    /// The same, which nobody else changes until the transaction ends.
    pub(super) async fn hold(tx: &mut StoreTx) -> Result<Self> {
        tx.execute(HOLD, params![]).await?;
        Self::find_in(tx).await
    }
}

/// Sets the hours of a portal, which the transaction holds.
pub(super) async fn update(tx: &mut StoreTx, hours: &OpeningHours) -> Result<()> {
    tx.execute(UPDATE, &hours.params()).await?;
    Ok(())
}

/// Sets the hours of a portal that is being created, such as the demo.
pub async fn insert(tx: &mut StoreTx, hours: &OpeningHours) -> Result<()> {
    StoredHours::hold(tx).await?;
    update(tx, hours).await
}
