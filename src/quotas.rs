//! Quotas of accounts, developers and portals: nobody who registers must be able to fill the disk.

use clap::Args;

use crate::arguments::whole_number;
use crate::db::{Single, ToParam, Tx, params};
use crate::error::{Error, Message, Result};
use crate::tenant::{Store, StoreTx, TenantSql};

/// The settings of quotas.
#[derive(Debug, Clone, Args)]
pub struct Quotas {
    /// Portals that an account can own; test portals don't count
    #[arg(long, env = "KLANTPORTAAL_MAX_PORTALS_PER_ACCOUNT", value_name = "N", default_value_t = 20,
          value_parser = whole_number::<1, 1_000_000>, global = true)]
    pub max_portals_per_account: u32,

    /// Developers that an account can own
    #[arg(long, env = "KLANTPORTAAL_MAX_DEVELOPERS_PER_ACCOUNT", value_name = "N", default_value_t = 10,
          value_parser = whole_number::<1, 1_000_000>, global = true)]
    pub max_developers_per_account: u32,

    /// Apps that a developer can have
    #[arg(long, env = "KLANTPORTAAL_MAX_APPS_PER_DEVELOPER", value_name = "N", default_value_t = 50,
          value_parser = whole_number::<1, 1_000_000>, global = true)]
    pub max_apps_per_developer: u32,

    /// Kilobytes that the logos of a developer's apps can take in total
    #[arg(long, env = "KLANTPORTAAL_MAX_LOGO_KILOBYTES_PER_DEVELOPER", value_name = "KB", default_value_t = 4096,
          value_parser = whole_number::<256, 4_194_304>, global = true)]
    pub max_logo_kilobytes_per_developer: u32,

    /// Customers that a portal can have
    #[arg(long, env = "KLANTPORTAAL_MAX_CUSTOMERS_PER_PORTAL", value_name = "N", default_value_t = 500_000,
          value_parser = whole_number::<1, 100_000_000>, global = true)]
    pub max_customers_per_portal: u32,

    /// Customer groups that a portal can have
    #[arg(long, env = "KLANTPORTAAL_MAX_CUSTOMER_GROUPS_PER_PORTAL", value_name = "N", default_value_t = 1000,
          value_parser = whole_number::<1, 100_000>, global = true)]
    pub max_customer_groups_per_portal: u32,

    /// Punch cards that a portal can have
    #[arg(long, env = "KLANTPORTAAL_MAX_PUNCH_CARDS_PER_PORTAL", value_name = "N", default_value_t = 1000,
          value_parser = whole_number::<1, 100_000>, global = true)]
    pub max_punch_cards_per_portal: u32,

    /// Issued punch cards that a portal can have
    #[arg(long, env = "KLANTPORTAAL_MAX_ISSUED_PUNCH_CARDS_PER_PORTAL", value_name = "N", default_value_t = 500_000,
          value_parser = whole_number::<1, 100_000_000>, global = true)]
    pub max_issued_punch_cards_per_portal: u32,

    /// Appointments that a portal can have
    #[arg(long, env = "KLANTPORTAAL_MAX_APPOINTMENTS_PER_PORTAL", value_name = "N", default_value_t = 500_000,
          value_parser = whole_number::<1, 100_000_000>, global = true)]
    pub max_appointments_per_portal: u32,

    /// Tickets that a portal can have
    #[arg(long, env = "KLANTPORTAAL_MAX_TICKETS_PER_PORTAL", value_name = "N", default_value_t = 500_000,
          value_parser = whole_number::<1, 100_000_000>, global = true)]
    pub max_tickets_per_portal: u32,

    /// Files and directories that a portal can have
    #[arg(long, env = "KLANTPORTAAL_MAX_FILES_PER_PORTAL", value_name = "N", default_value_t = 100_000,
          value_parser = whole_number::<1, 1_000_000>, global = true)]
    pub max_files_per_portal: u32,

    /// Megabytes that the files of a portal can take in total
    #[arg(long, env = "KLANTPORTAAL_MAX_FILE_MEGABYTES_PER_PORTAL", value_name = "MB", default_value_t = 10_000,
          value_parser = whole_number::<1, 100_000_000>, global = true)]
    pub max_file_megabytes_per_portal: u32,

    /// Megabytes that one file can have, and the files of one form together
    #[arg(long, env = "KLANTPORTAAL_MAX_FILE_MEGABYTES", value_name = "MB", default_value_t = 1000,
          value_parser = whole_number::<1, 100_000>, global = true)]
    pub max_file_megabytes: u32,

    /// File shares that a portal can have
    #[arg(long, env = "KLANTPORTAAL_MAX_FILE_SHARES_PER_PORTAL", value_name = "N", default_value_t = 10_000,
          value_parser = whole_number::<1, 1_000_000>, global = true)]
    pub max_file_shares_per_portal: u32,

    /// File requests that a portal can have
    #[arg(long, env = "KLANTPORTAAL_MAX_FILE_REQUESTS_PER_PORTAL", value_name = "N", default_value_t = 10_000,
          value_parser = whole_number::<1, 1_000_000>, global = true)]
    pub max_file_requests_per_portal: u32,

    /// Webhooks that a portal can have
    #[arg(long, env = "KLANTPORTAAL_MAX_WEBHOOKS_PER_PORTAL", value_name = "N", default_value_t = 100,
          value_parser = whole_number::<1, 1000>, global = true)]
    pub max_webhooks_per_portal: u32,

    /// Webhooks that an app can have
    #[arg(long, env = "KLANTPORTAAL_MAX_WEBHOOKS_PER_APP", value_name = "N", default_value_t = 10,
          value_parser = whole_number::<1, 100>, global = true)]
    pub max_webhooks_per_app: u32,

    /// Active API keys that a portal can have; including those that ended within the last 30 days,
    /// it can have ten times as many
    #[arg(long, env = "KLANTPORTAAL_MAX_API_KEYS_PER_PORTAL", value_name = "N", default_value_t = 100,
          value_parser = whole_number::<1, 100_000>, global = true)]
    pub max_api_keys_per_portal: u32,

    /// `Idempotency-Key`s of the last 24 hours that a portal can have; one API key or app has at most
    /// half of them
    #[arg(long, env = "KLANTPORTAAL_MAX_IDEMPOTENCY_KEYS_PER_PORTAL", value_name = "N", default_value_t = 200_000,
          value_parser = whole_number::<2, 10_000_000>, global = true)]
    pub max_idempotency_keys_per_portal: u32,

    /// Megabytes that the responses to requests with an `Idempotency-Key` can take in a portal; those of
    /// one API key or app take at most half of them
    #[arg(long, env = "KLANTPORTAAL_MAX_IDEMPOTENCY_MEGABYTES_PER_PORTAL", value_name = "MB", default_value_t = 400,
          value_parser = whole_number::<1, 1_000_000>, global = true)]
    pub max_idempotency_megabytes_per_portal: u32,

    /// Passkeys that an account can have
    #[arg(long, env = "KLANTPORTAAL_MAX_PASSKEYS_PER_ACCOUNT", value_name = "N", default_value_t = 20,
          value_parser = whole_number::<1, 1000>, global = true)]
    pub max_passkeys_per_account: u32,
}

/// A limit on the rows of an owner. It is safe under concurrency: the owner's row is locked before
/// its rows are counted.
#[derive(Debug, Clone, Copy)]
pub struct Quota {
    lock: &'static str,
    /// The amount that the owner `?1` has, as `value`.
    count: &'static str,
    /// The message, with the limit as `value` and the setting as `other`.
    message: &'static str,
    /// The setting of the limit.
    setting: &'static str,
}

/// A limit on a portal's rows of a kind. Triggers count them, so that a check costs the same for
/// any number; and adding one locks the count until the transaction ends.
#[derive(Debug, Clone, Copy)]
pub struct PortalQuota {
    /// The kind of rows, as named in the triggers.
    kind: &'static str,
    message: &'static str,
    setting: &'static str,
}

/// A limit on what a portal has, which several share: each may have as much as stays free, so one
/// alone has half, two at once have a third each, and whoever comes next finds room.
#[derive(Debug, Clone, Copy)]
pub struct SharedQuota {
    /// The message, with the limit as `value` and the setting as `other`.
    pub message: &'static str,
    /// The setting of the limit.
    pub setting: &'static str,
}

/// Portals that an account owns.
pub const PORTALS: Quota = Quota {
    lock: "UPDATE accounts SET name = name WHERE id = ?1",
    count: "SELECT COUNT(*) AS value FROM portal_members m JOIN portals p ON p.id = m.portal_id
         WHERE m.account_id = ?1 AND m.role = 'owner' AND p.sandbox_of IS NULL AND p.deleted_at IS NULL",
    message: "error.quota.portals",
    setting: "max-portals-per-account",
};

/// Developers that an account owns.
pub const DEVELOPERS: Quota = Quota {
    lock: "UPDATE accounts SET name = name WHERE id = ?1",
    count: "SELECT COUNT(*) AS value FROM developer_members m JOIN developers d ON d.id = m.developer_id
         WHERE m.account_id = ?1 AND m.role = 'owner' AND d.deleted_at IS NULL",
    message: "error.quota.developers",
    setting: "max-developers-per-account",
};

/// Apps of a developer.
pub const APPS: Quota = Quota {
    lock: "UPDATE developers SET name = name WHERE id = ?1",
    count: "SELECT COUNT(*) AS value FROM apps WHERE developer_id = ?1 AND deleted_at IS NULL",
    message: "error.quota.apps",
    setting: "max-apps-per-developer",
};

/// Whole kilobytes of the logos of a developer's apps, deleted ones included.
pub const LOGOS: Quota = Quota {
    lock: "UPDATE developers SET name = name WHERE id = ?1",
    count: "SELECT CAST(COALESCE(SUM(LENGTH(logo)), 0) AS BIGINT) / 1024 AS value FROM apps WHERE developer_id = ?1",
    message: "error.quota.logos",
    setting: "max-logo-kilobytes-per-developer",
};

/// Webhooks of an app.
pub const APP_WEBHOOKS: Quota = Quota {
    lock: "UPDATE apps SET name = name WHERE id = ?1 AND deleted_at IS NULL",
    count: "SELECT COUNT(*) AS value FROM app_webhooks WHERE app_id = ?1",
    message: "error.quota.app_webhooks",
    setting: "max-webhooks-per-app",
};

/// Passkeys of an account.
pub const PASSKEYS: Quota = Quota {
    lock: "UPDATE accounts SET name = name WHERE id = ?1",
    count: "SELECT COUNT(*) AS value FROM passkeys WHERE account_id = ?1",
    message: "error.quota.passkeys",
    setting: "max-passkeys-per-account",
};

/// Customers of a portal.
pub const CUSTOMERS: PortalQuota = PortalQuota {
    kind: "customer",
    message: "error.quota.customers",
    setting: "max-customers-per-portal",
};

/// Customer groups of a portal.
pub const CUSTOMER_GROUPS: PortalQuota = PortalQuota {
    kind: "customer_group",
    message: "error.quota.customer_groups",
    setting: "max-customer-groups-per-portal",
};

/// Punch cards of a portal.
pub const PUNCH_CARDS: PortalQuota = PortalQuota {
    kind: "punch_card",
    message: "error.quota.punch_cards",
    setting: "max-punch-cards-per-portal",
};

/// Issued punch cards of a portal.
pub const ISSUED_PUNCH_CARDS: PortalQuota = PortalQuota {
    kind: "issued_punch_card",
    message: "error.quota.issued_punch_cards",
    setting: "max-issued-punch-cards-per-portal",
};

/// Appointments of a portal.
pub const APPOINTMENTS: PortalQuota = PortalQuota {
    kind: "appointment",
    message: "error.quota.appointments",
    setting: "max-appointments-per-portal",
};

/// Tickets of a portal.
pub const TICKETS: PortalQuota = PortalQuota {
    kind: "ticket",
    message: "error.quota.tickets",
    setting: "max-tickets-per-portal",
};

/// Files and directories of a portal.
pub const FILES: PortalQuota =
    PortalQuota { kind: "file", message: "error.quota.files", setting: "max-files-per-portal" };

/// Bytes of the files of a portal. Its limit is in [megabytes](MEGABYTE).
pub const FILE_BYTES: PortalQuota = PortalQuota {
    kind: "file_byte",
    message: "error.quota.file_bytes",
    setting: "max-file-megabytes-per-portal",
};

/// File shares of a portal.
pub const FILE_SHARES: PortalQuota = PortalQuota {
    kind: "file_share",
    message: "error.quota.file_shares",
    setting: "max-file-shares-per-portal",
};

/// File requests of a portal.
pub const FILE_REQUESTS: PortalQuota = PortalQuota {
    kind: "file_request",
    message: "error.quota.file_requests",
    setting: "max-file-requests-per-portal",
};

/// The bytes of a megabyte.
pub const MEGABYTE: u64 = 1_000_000;

/// Webhooks of a portal.
pub const WEBHOOKS: PortalQuota = PortalQuota {
    kind: "webhook",
    message: "error.quota.webhooks",
    setting: "max-webhooks-per-portal",
};

/// The error for an exceeded limit.
///
/// # Errors
/// [`Error::Conflict`] when `count` is more than `most`; it names both the limit and its setting.
pub fn at_most(count: i64, most: u32, message: &'static str, setting: &'static str) -> Result<()> {
    if count > i64::from(most) {
        return Err(Error::Conflict(Message::with_two(message, most, setting)));
    }
    Ok(())
}

impl Quota {
    /// Checks that the owner has no more than `most`, after something was added within the same
    /// transaction.
    ///
    /// # Errors
    /// [`Error::Conflict`], which names the limit; then drop the transaction.
    pub async fn check(&self, tx: &mut Tx, owner: &impl ToParam, most: u32) -> Result<()> {
        let Single(count) = tx
            .row::<Single<i64>>(self.count, params![owner])
            .await?
            .ok_or_else(|| Error::internal(std::io::Error::other("a count without a row")))?;
        at_most(count, most, self.message, self.setting)
    }

    /// Locks the owner's row until the transaction ends. Call this before adding something.
    pub async fn lock(&self, tx: &mut Tx, owner: &impl ToParam) -> Result<()> {
        tx.execute(self.lock, params![owner]).await?;
        Ok(())
    }
}

impl SharedQuota {
    /// Checks the share of one who has `own` of the `all` that the portal has, after something was
    /// added. The portal can have `most`, each of so many units.
    ///
    /// # Errors
    /// As [`Quota::check`].
    pub fn check(&self, (own, all): (i64, i64), most: u32, unit: u64) -> Result<()> {
        let limit = i64::try_from(u64::from(most) * unit).unwrap_or(i64::MAX);
        if own > limit.saturating_sub(all) {
            return Err(Error::Conflict(Message::with_two(self.message, most, self.setting)));
        }
        Ok(())
    }
}

impl PortalQuota {
    /// The setting of the limit.
    pub const fn setting(&self) -> &'static str {
        self.setting
    }

    const COUNT: TenantSql = TenantSql::new(
        "SELECT row_count AS value FROM portal_totals WHERE portal_id = ?1 AND kind = ?2",
    );

    /// Checks that the portal has no more than `most`, after a row was added within the same
    /// transaction.
    ///
    /// # Errors
    /// As [`Quota::check`].
    pub async fn check(&self, tx: &mut StoreTx, most: u32) -> Result<()> {
        let count = tx.row(Self::COUNT, params![self.kind]).await?;
        at_most(count.map_or(0, |Single(count)| count), most, self.message, self.setting)
    }

    /// The same for bytes, of which the portal can have `most` megabytes.
    ///
    /// # Errors
    /// As [`Quota::check`].
    pub async fn check_megabytes(&self, tx: &mut StoreTx, most: u32) -> Result<()> {
        let count = tx.row(Self::COUNT, params![self.kind]).await?;
        let bytes = count.map_or(0, |Single(count): Single<i64>| count);
        let bytes = u64::try_from(bytes).unwrap_or_default();
        at_most(
            i64::try_from(bytes.div_ceil(MEGABYTE)).unwrap_or(i64::MAX),
            most,
            self.message,
            self.setting,
        )
    }

    /// Whether so many bytes fit, beside those that are there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_room(&self, tx: &mut StoreTx, most: u32, bytes: u64) -> Result<bool> {
        let count = tx.row(Self::COUNT, params![self.kind]).await?;
        let used = count.map_or(0, |Single(count): Single<i64>| count);
        let used = u64::try_from(used).unwrap_or_default();
        Ok(used.saturating_add(bytes) <= u64::from(most) * MEGABYTE)
    }

    /// The error when the portal would have more than `most`.
    pub fn exceeded(&self, most: u32) -> Error {
        Error::Conflict(Message::with_two(self.message, most, self.setting))
    }

    /// The number that the portal has.
    pub async fn count(&self, store: &Store) -> Result<i64> {
        Ok(store.row(Self::COUNT, params![self.kind]).await?.map_or(0, |Single(count)| count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARED: SharedQuota = SharedQuota { message: "m", setting: "s" };

    /// What each of so many takes who take all they can get.
    fn greedy(number: usize, most: u32) -> Vec<i64> {
        let mut taken = vec![0_i64; number];
        loop {
            let before = taken.clone();
            for place in 0..number {
                let all: i64 = taken.iter().sum();
                if SHARED.check((taken[place] + 1, all + 1), most, 1).is_ok() {
                    taken[place] += 1;
                }
            }
            if taken == before {
                return taken;
            }
        }
    }

    #[test]
    fn whoever_comes_next_finds_room() {
        for (number, each) in [(1, 50), (2, 33), (3, 25), (9, 10), (49, 2)] {
            assert_eq!(greedy(number, 100), vec![each; number]);
        }
        assert_eq!(greedy(1, 2), [1], "the least that can be set lets somebody in");
    }

    #[test]
    fn a_share_is_measured_in_units() {
        assert!(SHARED.check((500_000, 500_000), 1, MEGABYTE).is_ok());
        assert!(SHARED.check((500_001, 500_001), 1, MEGABYTE).is_err());
        assert!(SHARED.check((1, 999_999), 1, MEGABYTE).is_ok());
        assert!(SHARED.check((1, 1_000_000), 1, MEGABYTE).is_err());
    }
}
