//! Removes an account and everything that belongs to the person alone. Consents and audit events
//! belong to portals and developers, and remain.

use jiff::Timestamp;

use crate::accounts::{Account, GRACE, hold_organisations_of, record_about};
use crate::audit::{Action, Actor};
use crate::db::{Single, WritingDb, params};
use crate::error::Result;
use crate::ids::AccountId;

/// A consent belongs to the portal: another owner becomes responsible for it.
const PASS_ON_GRANTS: &str = "UPDATE grants SET account_id = (
         SELECT m.account_id FROM portal_members m WHERE m.portal_id = grants.portal_id AND m.role = 'owner' AND m.account_id <> ?1
         ORDER BY m.created_at, m.account_id LIMIT 1)
     WHERE account_id = ?1 AND EXISTS (
         SELECT 1 FROM portal_members m WHERE m.portal_id = grants.portal_id AND m.role = 'owner' AND m.account_id <> ?1)";

/// A test portal belongs to the developer: its oldest other owner gets it.
const PASS_ON_SANDBOXES: &str = "INSERT INTO portal_members (portal_id, account_id, role, created_at)
     SELECT m.portal_id, (SELECT o.account_id FROM developer_members o WHERE o.developer_id = p.sandbox_of AND o.role = 'owner'
                              AND o.account_id <> ?1 ORDER BY o.created_at, o.account_id LIMIT 1), 'owner', ?2
     FROM portal_members m JOIN portals p ON p.id = m.portal_id
     WHERE m.account_id = ?1 AND m.role = 'owner' AND EXISTS (
         SELECT 1 FROM developer_members o WHERE o.developer_id = p.sandbox_of AND o.role = 'owner' AND o.account_id <> ?1)
     ON CONFLICT (portal_id, account_id) DO UPDATE SET role = 'owner'";

pub(super) async fn remove_due(db: &WritingDb, now: Timestamp) -> Result<()> {
    let due = "SELECT id AS value FROM accounts WHERE deleted_at <= ?1 ORDER BY id";
    for Single(account) in db.rows::<Single<AccountId>>(due, params![now - GRACE]).await? {
        remove(db, &account, now).await?;
    }
    Ok(())
}

async fn remove(db: &WritingDb, account: &AccountId, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    // Another instance may do the same concurrently.
    let hold = "UPDATE accounts SET name = name WHERE id = ?1 AND deleted_at <= ?2";
    if tx.execute(hold, params![account, now - GRACE]).await? == 0 {
        return Ok(());
    }
    let email = Account::email_of(&mut tx, account).await?;
    record_about(&mut tx, account, (Actor::System, Action::AccountRemoved, &email), None, now)
        .await?;
    hold_organisations_of(&mut tx, account).await?;
    tx.execute(PASS_ON_SANDBOXES, params![account, now]).await?;
    tx.execute(PASS_ON_GRANTS, params![account]).await?;
    tx.execute("DELETE FROM accounts WHERE id = ?1", params![account]).await?;
    Ok(tx.commit().await?)
}
