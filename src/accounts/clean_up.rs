//! Clean-up of expired sessions and links, and of accounts that were never confirmed.

use jiff::{SignedDuration, Timestamp};

use super::answered_form::forget_answered_forms;
use super::factors::{LogInStep, forget_challenges};
use super::form_draft::forget_drafts;
use super::mail_link::forget_links;
use super::{FormerEmail, Invitation, KnownBrowser, Session};
use crate::db::{Cleaner, Single, WritingDb, params};
use crate::error::Result;
use crate::ids::AccountId;

/// How long an account can wait for its address to be confirmed.
const UNVERIFIED: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Deletes what has expired.
pub async fn clean_up(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
    Session::clean_up(cleaner, now).await?;
    FormerEmail::clean_up(cleaner, now).await?;
    Invitation::clean_up(cleaner, now).await?;
    LogInStep::clean_up(cleaner, now).await?;
    KnownBrowser::clean_up(cleaner, now).await?;
    forget_drafts(cleaner, now).await?;
    forget_links(cleaner, now).await?;
    forget_challenges(cleaner, now).await?;
    forget_answered_forms(cleaner, now).await?;
    let long_ago = now - UNVERIFIED;
    cleaner.repeat(|db| forget_unverified(db, long_ago)).await
}

/// Removes one account that was created before `long_ago` and whose address was never confirmed,
/// with the portals and developers that have no other member. False if there is none.
async fn forget_unverified(db: WritingDb, long_ago: Timestamp) -> Result<bool> {
    let mut tx = db.begin().await?;
    // Locked, so that a concurrent confirmation either comes first or finds no account.
    let hold = "UPDATE accounts SET name = name WHERE email_verified_at IS NULL AND id = (
             SELECT id FROM accounts WHERE email_verified_at IS NULL AND created_at <= ?1 ORDER BY created_at LIMIT 1
         ) RETURNING id AS value";
    let Some(Single(account)) = tx.row::<Single<AccountId>>(hold, params![long_ago]).await? else {
        return Ok(false);
    };
    for alone in [
        "DELETE FROM portals WHERE id IN (SELECT portal_id FROM portal_members WHERE account_id = ?1)
             AND NOT EXISTS (SELECT 1 FROM portal_members m WHERE m.portal_id = portals.id AND m.account_id <> ?1)",
        "DELETE FROM developers WHERE id IN (SELECT developer_id FROM developer_members WHERE account_id = ?1)
             AND NOT EXISTS (SELECT 1 FROM developer_members m WHERE m.developer_id = developers.id AND m.account_id <> ?1)",
        "DELETE FROM accounts WHERE id = ?1",
    ] {
        tx.execute(alone, params![account]).await?;
    }
    tx.commit().await?;
    tracing::info!(account = %account, "removed an account whose address was never confirmed");
    Ok(true)
}
