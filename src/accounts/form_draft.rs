//! What somebody typed into a form that was not taken, kept sealed for a while.

use jiff::{SignedDuration, Timestamp};

use crate::db::{Cleaner, Queryable, Single, Tx, delete_batch, params};
use crate::error::Result;
use crate::ids::AccountId;

/// How long a draft is kept: whoever was logged out before lunch finds it after.
const LIFETIME: SignedDuration = SignedDuration::from_hours(12);

/// The most drafts that an account has; of more, the oldest go.
const MOST: i64 = 20;

/// A form that waits for its person.
#[derive(Debug, Clone, Copy)]
pub struct FormDraft<'a> {
    /// Its id, which is in the address of the form's page.
    pub id: &'a str,
    /// Whose it is.
    pub account: &'a AccountId,
}

impl FormDraft<'_> {
    /// Keeps a sealed content, within a transaction; false when there is no such account.
    pub async fn keep(&self, tx: &mut Tx, content: &[u8], now: Timestamp) -> Result<bool> {
        // Held: of several at once none is counted too few.
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

    /// The sealed content, if the draft is the account's and not over.
    pub async fn content(&self, db: impl Queryable, now: Timestamp) -> Result<Option<Vec<u8>>> {
        let find = "SELECT content AS value FROM form_drafts WHERE id = ?1 AND account_id = ?2 AND expires_at > ?3";
        let found: Option<Single<Vec<u8>>> =
            db.row(find, params![self.id, self.account, now]).await?;
        Ok(found.map(|Single(content)| content))
    }

    /// Forgets the draft, within a transaction.
    pub async fn forget(&self, tx: &mut Tx) -> Result<()> {
        let delete = "DELETE FROM form_drafts WHERE id = ?1 AND account_id = ?2";
        tx.execute(delete, params![self.id, self.account]).await?;
        Ok(())
    }
}

/// Forgets drafts that are over.
pub(super) async fn forget_drafts(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
    let over = delete_batch!("form_drafts", "id", "expires_at <= ?2");
    cleaner.delete(over, params![now]).await?;
    Ok(())
}
