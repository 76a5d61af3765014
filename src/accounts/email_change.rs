//! Changing an account's e-mail address: a mailed link verifies the new one, and a link to the old
//! one can undo the change for some days.

use jiff::{SignedDuration, Timestamp};

use super::Account;
use crate::auth::{Token, TokenHash, TokenKind};
use crate::db::{Cleaner, Db, DbError, Single, Tx, delete_batch, from_row, params};
use crate::error::Result;
use crate::ids::AccountId;
use crate::values::EmailAddress;

/// How long the link to the new address works.
const TO_CONFIRM: SignedDuration = SignedDuration::from_hours(48);

/// How long the link to the old address works.
const TO_UNDO: SignedDuration = SignedDuration::from_hours(7 * 24);

/// An address that waits for verification.
#[derive(Debug, Clone)]
pub struct PendingEmail {
    /// The account that asked for it.
    pub account_id: AccountId,
    /// The address, in lower case.
    pub email: String,
}

from_row!(PendingEmail { account_id, email });

/// The outcome of verifying a new address.
#[derive(Debug)]
pub enum Confirmed {
    /// The account has it now. The secret is for the link to the previous address.
    Changed {
        /// The new address.
        email: String,
        /// Undoes the change.
        undo: Token,
    },
    /// The link is used, expired or for another account, or somebody else has the address by now.
    /// Don't commit the transaction.
    Dead,
}

/// A previous address of an account, which can be restored.
#[derive(Debug, Clone)]
pub struct FormerEmail {
    /// The account that had it.
    pub account_id: AccountId,
    /// The address, in lower case.
    pub email: String,
    changed_at: Timestamp,
}

from_row!(FormerEmail { account_id, email, changed_at });

fn hash_of(text: &str) -> Option<TokenHash> {
    Token::parse_as(TokenKind::MailLink, text).ok().map(|token| token.hash())
}

impl PendingEmail {
    /// Stores the address that an account asks for, replacing an earlier one that still waits,
    /// within a transaction. It is stored whether or not another account has the address. Returns
    /// the secret for the link.
    pub async fn ask(
        tx: &mut Tx,
        account: &AccountId,
        email: &str,
        now: Timestamp,
    ) -> Result<Token> {
        let token = Token::random(TokenKind::MailLink);
        tx.execute(
            "INSERT INTO pending_emails (account_id, email, token_hash, expires_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (account_id) DO UPDATE SET email = excluded.email, token_hash = excluded.token_hash, expires_at = excluded.expires_at",
            params![account, EmailAddress::comparable(email), token.hash(), now + TO_CONFIRM],
        )
        .await?;
        Ok(token)
    }

    /// The address that waits for verification, if any.
    pub async fn of(db: &Db, account: &AccountId, now: Timestamp) -> Result<Option<Self>> {
        let sql = "SELECT account_id, email FROM pending_emails WHERE account_id = ?1 AND expires_at > ?2";
        Ok(db.row(sql, params![account, now]).await?)
    }

    /// The change that a link's secret confirms, without using the link.
    pub async fn peek(db: &Db, text: &str, now: Timestamp) -> Result<Option<Self>> {
        let Some(hash) = hash_of(text) else { return Ok(None) };
        let sql = "SELECT account_id, email FROM pending_emails WHERE token_hash = ?1 AND expires_at > ?2";
        Ok(db.row(sql, params![hash, now]).await?)
    }

    /// Cancels the change, within a transaction.
    pub async fn forget(tx: &mut Tx, account: &AccountId) -> Result<()> {
        tx.execute("DELETE FROM pending_emails WHERE account_id = ?1", params![account]).await?;
        Ok(())
    }

    /// Uses a link and gives the account its new address, within a transaction that locks the
    /// account. Links that were mailed to the old address and unfinished log-ins end.
    pub async fn confirm(
        tx: &mut Tx,
        text: &str,
        account: &AccountId,
        now: Timestamp,
    ) -> Result<Confirmed> {
        let Some(hash) = hash_of(text) else { return Ok(Confirmed::Dead) };
        let take = "DELETE FROM pending_emails WHERE token_hash = ?1 AND account_id = ?2 AND expires_at > ?3 RETURNING email AS value";
        let Some(Single(email)) =
            tx.row::<Single<String>>(take, params![hash, account, now]).await?
        else {
            return Ok(Confirmed::Dead);
        };
        let old = Account::email_of(tx, account).await?;
        if old == email {
            return Ok(Confirmed::Dead);
        }
        if !set(tx, account, &email, now).await? {
            return Ok(Confirmed::Dead);
        }
        let undo = Token::random(TokenKind::MailLink);
        tx.execute(
            "INSERT INTO former_emails (token_hash, account_id, email, changed_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![undo.hash(), account, old, now, now + TO_UNDO],
        )
        .await?;
        tx.execute("DELETE FROM mail_links WHERE account_id = ?1", params![account]).await?;
        tx.execute("DELETE FROM log_in_steps WHERE account_id = ?1", params![account]).await?;
        Ok(Confirmed::Changed { email, undo })
    }
}

impl FormerEmail {
    /// The address that a link's secret restores, without using the link.
    pub async fn peek(db: &Db, text: &str, now: Timestamp) -> Result<Option<Self>> {
        let Some(hash) = hash_of(text) else { return Ok(None) };
        let sql = "SELECT account_id, email, changed_at FROM former_emails WHERE token_hash = ?1 AND expires_at > ?2";
        Ok(db.row(sql, params![hash, now]).await?)
    }

    /// Uses a link and gives the account its address back, within a transaction. Links to later
    /// addresses end, because they could be a thief's. `None` if the link is no longer valid, or
    /// somebody else has the address by now; then don't commit the transaction.
    pub async fn restore(tx: &mut Tx, text: &str, now: Timestamp) -> Result<Option<Self>> {
        let Some(hash) = hash_of(text) else { return Ok(None) };
        // Lock the account first, like every change of it.
        let hold = "UPDATE accounts SET name = name WHERE id = (SELECT account_id FROM former_emails WHERE token_hash = ?1)";
        tx.execute(hold, params![hash]).await?;
        let take = "DELETE FROM former_emails WHERE token_hash = ?1 AND expires_at > ?2 RETURNING account_id, email, changed_at";
        let Some(former) = tx.row::<Self>(take, params![hash, now]).await? else { return Ok(None) };
        let later = "DELETE FROM former_emails WHERE account_id = ?1 AND changed_at >= ?2";
        tx.execute(later, params![former.account_id, former.changed_at]).await?;
        PendingEmail::forget(tx, &former.account_id).await?;
        Ok(set(tx, &former.account_id, &former.email, now).await?.then_some(former))
    }

    /// Deletes addresses that can no longer be restored.
    pub async fn clean_up(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
        let former = delete_batch!("former_emails", "token_hash", "expires_at <= ?2");
        cleaner.delete(former, params![now]).await?;
        let pending = delete_batch!("pending_emails", "account_id", "expires_at <= ?2");
        cleaner.delete(pending, params![now]).await?;
        Ok(())
    }
}

/// Sets an account's verified address; false if another account has it, or can get it back.
async fn set(tx: &mut Tx, account: &AccountId, email: &str, now: Timestamp) -> Result<bool> {
    let set = "UPDATE accounts SET email = ?2, email_verified_at = ?3 WHERE id = ?1
         AND NOT EXISTS (SELECT 1 FROM former_emails f WHERE f.email = ?2 AND f.account_id <> ?1 AND f.expires_at > ?3)";
    match tx.execute(set, params![account, email, now]).await {
        Ok(count) => Ok(count == 1),
        Err(DbError::Duplicate) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
