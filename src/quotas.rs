//! How much accounts, developers and portals may store: whoever registers must not be able to fill
//! the disk.

use clap::Args;

use crate::config::whole_number;
use crate::db::{Single, ToParam, Tx, params};
use crate::error::{Error, Message, Result};

/// The settings of how much may be stored.
#[derive(Debug, Clone, Args)]
pub struct Quotas {
    /// Portals that an account may own; test portals do not count
    #[arg(long, env = "KLANTPORTAAL_MAX_PORTALS_PER_ACCOUNT", value_name = "N", default_value_t = 20,
          value_parser = whole_number::<1, 1_000_000>, global = true)]
    pub max_portals_per_account: u32,

    /// Developer organisations that an account may own
    #[arg(long, env = "KLANTPORTAAL_MAX_DEVELOPERS_PER_ACCOUNT", value_name = "N", default_value_t = 10,
          value_parser = whole_number::<1, 1_000_000>, global = true)]
    pub max_developers_per_account: u32,

    /// Apps that a developer may have
    #[arg(long, env = "KLANTPORTAAL_MAX_APPS_PER_DEVELOPER", value_name = "N", default_value_t = 50,
          value_parser = whole_number::<1, 1_000_000>, global = true)]
    pub max_apps_per_developer: u32,

    /// Kilobytes that the logos of a developer's apps may take together
    #[arg(long, env = "KLANTPORTAAL_MAX_LOGO_KILOBYTES_PER_DEVELOPER", value_name = "KB", default_value_t = 4096,
          value_parser = whole_number::<256, 4_194_304>, global = true)]
    pub max_logo_kilobytes_per_developer: u32,
}

/// A bound on what an owner has. It holds when several ask at once: the owner's row is locked before
/// its rows are counted.
#[derive(Debug, Clone, Copy)]
pub struct Quota {
    lock: &'static str,
    /// How much the owner `?1` has, as `value`.
    count: &'static str,
    /// What is said, with the bound as `value`.
    message: &'static str,
}

/// Portals that an account owns.
pub const PORTALS: Quota = Quota {
    lock: "UPDATE accounts SET name = name WHERE id = ?1",
    count: "SELECT COUNT(*) AS value FROM portal_members m JOIN portals p ON p.id = m.portal_id
         WHERE m.account_id = ?1 AND m.role = 'owner' AND p.sandbox_of IS NULL AND p.deleted_at IS NULL",
    message: "error.quota.portals",
};

/// Developers that an account owns.
pub const DEVELOPERS: Quota = Quota {
    lock: "UPDATE accounts SET name = name WHERE id = ?1",
    count: "SELECT COUNT(*) AS value FROM developer_members m JOIN developers d ON d.id = m.developer_id
         WHERE m.account_id = ?1 AND m.role = 'owner' AND d.deleted_at IS NULL",
    message: "error.quota.developers",
};

/// Apps of a developer.
pub const APPS: Quota = Quota {
    lock: "UPDATE developers SET name = name WHERE id = ?1",
    count: "SELECT COUNT(*) AS value FROM apps WHERE developer_id = ?1 AND deleted_at IS NULL",
    message: "error.quota.apps",
};

/// Whole kilobytes of the logos of a developer's apps, deleted ones included.
pub const LOGOS: Quota = Quota {
    lock: "UPDATE developers SET name = name WHERE id = ?1",
    count: "SELECT CAST(COALESCE(SUM(LENGTH(logo)), 0) AS BIGINT) / 1024 AS value FROM apps WHERE developer_id = ?1",
    message: "error.quota.logos",
};

impl Quota {
    /// Checks that the owner has no more than `most`, after something was added within the same
    /// transaction.
    ///
    /// # Errors
    /// [`Error::Conflict`], which names the bound; the transaction is to be dropped then.
    pub async fn check(&self, tx: &mut Tx, owner: &impl ToParam, most: u32) -> Result<()> {
        let Single(count) = tx
            .row::<Single<i64>>(self.count, params![owner])
            .await?
            .ok_or_else(|| Error::internal(std::io::Error::other("a count without a row")))?;
        if count > i64::from(most) {
            return Err(Error::Conflict(Message::with(self.message, most)));
        }
        Ok(())
    }

    /// Locks the owner's row until the transaction ends: to be called before something is added.
    pub async fn lock(&self, tx: &mut Tx, owner: &impl ToParam) -> Result<()> {
        tx.execute(self.lock, params![owner]).await?;
        Ok(())
    }
}
