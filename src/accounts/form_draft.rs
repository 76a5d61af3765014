//! The sealed contents of forms that weren't accepted, for a limited time.

use jiff::{SignedDuration, Timestamp};

use crate::db::{Cleaner, Queryable, Single, Tx, delete_batch, params};
use crate::error::Result;
use crate::ids::AccountId;

/// How long a draft is kept: long enough to log in again after a break.
const LIFETIME: SignedDuration = SignedDuration::from_hours(12);

/// The maximum number of drafts per account; the oldest ones are deleted.
const MOST: i64 = 20;

/// A draft of an account.
#[derive(Debug, Clone, Copy)]
pub struct FormDraft<'a> {
    /// The id, which is in the URL of the form's page.
    pub id: &'a str,
    /// The account.
    pub account: &'a AccountId,
}

impl FormDraft<'_> {
    /// Stores the sealed content, within a transaction; false if the account doesn't exist.
    pub async fn keep(&self, tx: &mut Tx, content: &[u8], now: Timestamp) -> Result<bool> {
        // Locked, so that concurrent calls don't exceed the maximum.
        let hold = "UPDATE accounts SET name = name WHERE id = ?1";
        if tx.execute(hold, params![self.account]).await? == 0 {
            return Ok(false);
        }
        tx.execute(
            "INSERT INTO form_drafts (id, account_id, content, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![self.id, self.account, content, now, now + LIFETIME],
        )
        .await?;
        let surplus = "DELETE FROM form_drafts WHERE id IN (
                 SELECT id FROM form_drafts WHERE account_id = ?1 AND id <> ?2 ORDER BY created_at DESC, id LIMIT 1000 OFFSET ?3
             )";
        tx.execute(surplus, params![self.account, self.id, MOST - 1]).await?;
        Ok(true)
    }

    /// The sealed content, if the draft belongs to the account and hasn't expired.
    pub async fn content(&self, db: impl Queryable, now: Timestamp) -> Result<Option<Vec<u8>>> {
        let find = "SELECT content AS value FROM form_drafts WHERE id = ?1 AND account_id = ?2 AND expires_at > ?3";
        let found: Option<Single<Vec<u8>>> =
            db.row(find, params![self.id, self.account, now]).await?;
        Ok(found.map(|Single(content)| content))
    }

    /// Deletes the draft, within a transaction.
    pub async fn forget(&self, tx: &mut Tx) -> Result<()> {
        let delete = "DELETE FROM form_drafts WHERE id = ?1 AND account_id = ?2";
        tx.execute(delete, params![self.id, self.account]).await?;
        Ok(())
    }
}

/// Deletes expired drafts.
pub(super) async fn forget_drafts(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
    let over = delete_batch!("form_drafts", "id", "expires_at <= ?2");
    cleaner.delete(over, params![now]).await?;
    Ok(())
}
