//! The links by which calendar programs of members read the portal's appointments: one for each member.

use jiff::Timestamp;

use crate::audit::Action;
use crate::changes::Change;
use crate::db::{Single, from_row, params};
use crate::error::{Error, Result};
use crate::ids::{AccountId, CalendarFeedId};
use crate::public_links::PublicLink;
use crate::sealed::SealingKeys;
use crate::tenant::{Store, StoreTx, TenantSql};

/// A member's link.
pub(super) struct CalendarFeed {
    pub(super) id: CalendarFeedId,
    /// The secret of the link, sealed.
    link: Vec<u8>,
    pub(super) created_at: Timestamp,
}
from_row!(CalendarFeed { id, link, created_at });

const FIND: TenantSql = TenantSql::new(
    "SELECT f.id, l.secret AS link, f.created_at FROM calendar_feeds f
     JOIN public_links l ON l.portal_id = f.portal_id AND l.row_id = f.id
     WHERE f.portal_id = ?1 AND f.account_id = ?2",
);
const INSERT: TenantSql = TenantSql::new(
    "INSERT INTO calendar_feeds (portal_id, id, account_id, created_at) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (portal_id, account_id) DO NOTHING",
);
const DELETE: TenantSql = TenantSql::new(
    "DELETE FROM calendar_feeds WHERE portal_id = ?1 AND account_id = ?2 RETURNING id AS value",
);
const IS_READABLE: TenantSql = TenantSql::new(
    "SELECT f.id AS value FROM calendar_feeds f JOIN accounts a ON a.id = f.account_id
     WHERE f.portal_id = ?1 AND f.id = ?2 AND a.disabled_at IS NULL AND a.deleted_at IS NULL
         AND (?3 = FALSE
             OR EXISTS (SELECT 1 FROM totp_factors t WHERE t.account_id = a.id)
             OR EXISTS (SELECT 1 FROM passkeys p WHERE p.account_id = a.id))",
);

/// The path that a calendar program reads.
pub(super) fn public_path(secret: &str) -> String {
    format!("/calendar/{secret}")
}

impl CalendarFeed {
    /// The link of a member, if there is one.
    pub(super) async fn find(store: &Store, account: &AccountId) -> Result<Option<Self>> {
        Ok(store.row(FIND, params![account]).await?)
    }

    /// The path that a calendar program reads.
    ///
    /// # Errors
    /// [`Error::Internal`] when none of the keys opens the secret.
    pub(super) fn public_path(&self, keys: &SealingKeys) -> Result<String> {
        let secret = PublicLink::open(keys, self.id.as_str(), &self.link);
        secret.map(|secret| public_path(&secret)).map_err(Error::internal)
    }
}

/// Makes a member's link, unless there is one.
pub(super) async fn create(
    tx: &mut StoreTx,
    change: &Change<'_>,
    keys: &SealingKeys,
    (account, email): (&AccountId, &str),
) -> Result<()> {
    let id = CalendarFeedId::random();
    if tx.execute(INSERT, params![id, account, change.now]).await? == 0 {
        return Ok(());
    }
    PublicLink::create(tx, keys, id.as_str(), None).await?;
    change.tell(tx, Action::CalendarFeedCreated, email, id.as_str()).await
}

/// Withdraws a member's link, if there is one.
pub(super) async fn withdraw(
    tx: &mut StoreTx,
    change: &Change<'_>,
    (account, email): (&AccountId, &str),
) -> Result<()> {
    let id: Option<Single<String>> = tx.row(DELETE, params![account]).await?;
    match id {
        Some(Single(id)) => change.tell(tx, Action::CalendarFeedWithdrawn, email, &id).await,
        None => Ok(()),
    }
}

/// Whether the person whose link it is can still open the portal, for which a second factor may be required.
pub(super) async fn is_readable(
    store: &Store,
    id: &CalendarFeedId,
    requires_second_factor: bool,
) -> Result<bool> {
    let id: Option<Single<String>> =
        store.row(IS_READABLE, params![id, requires_second_factor]).await?;
    Ok(id.is_some())
}
