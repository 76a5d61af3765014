//! How a portal deals with its appointments.

use std::sync::LazyLock;

use crate::db::params;
use crate::error::Result;
use crate::tenant::{Store, StoreTx, TenantSql};
use crate::values::{Record, Whole, record, row};

/// How many hours before an appointment its person is reminded, unless the portal says otherwise.
const HOURS_BEFORE: i64 = 24;

record! {
    /// How a portal deals with its appointments.
    AppointmentSettings, NewSettings, SettingsChange {
        /// How many hours before an appointment its person is reminded: at most four weeks
        reminder_hours "reminderHours": Option<Whole<1, 672>> = 24,
    }
}

impl Default for AppointmentSettings {
    fn default() -> Self {
        Self { reminder_hours: Whole::new(HOURS_BEFORE) }
    }
}

row! {
    /// The settings, as stored.
    StoredSettings {
        /// The number of changes.
        revision: i64,
    } with {
        /// What they say.
        details: AppointmentSettings,
    }
}

static FIND: LazyLock<TenantSql> = LazyLock::new(|| {
    let columns = StoredSettings::columns();
    TenantSql::built(format!("SELECT {columns} FROM appointment_settings c WHERE c.portal_id = ?1"))
});

/// A concurrent transaction waits here, and then sees the committed row.
const HOLD: TenantSql = TenantSql::new(
    "INSERT INTO appointment_settings (portal_id, reminder_hours, revision) VALUES (?1, ?2, 0)
     ON CONFLICT (portal_id) DO UPDATE SET revision = appointment_settings.revision",
);
const UPDATE: TenantSql = TenantSql::new(
    "UPDATE appointment_settings SET reminder_hours = ?2, revision = revision + 1 WHERE portal_id = ?1",
);

impl StoredSettings {
    /// Those of a portal that never changed them.
    fn untouched() -> Self {
        Self { revision: 0, details: AppointmentSettings::default() }
    }

    /// The portal's settings.
    pub(super) async fn find(store: &Store) -> Result<Self> {
        Ok(store.row(*FIND, params![]).await?.unwrap_or_else(Self::untouched))
    }

    /// The same, within a transaction.
    pub(super) async fn find_in(tx: &mut StoreTx) -> Result<Self> {
        Ok(tx.row(*FIND, params![]).await?.unwrap_or_else(Self::untouched))
    }

    /// The same, which nobody else changes until the transaction ends.
    pub(super) async fn hold(tx: &mut StoreTx) -> Result<Self> {
        let first = AppointmentSettings::default();
        tx.execute(HOLD, &first.params()).await?;
        Self::find_in(tx).await
    }
}

/// Changes the settings that the transaction holds.
pub(super) async fn update(tx: &mut StoreTx, details: &AppointmentSettings) -> Result<()> {
    tx.execute(UPDATE, &details.params()).await?;
    Ok(())
}
