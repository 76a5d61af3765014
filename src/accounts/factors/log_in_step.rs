//! The step between the password and the second factor. It is bound to one browser by a cookie,
//! lasts a few minutes and a few attempts, and only gives access to the page that asks for the
//! factor.

use jiff::{SignedDuration, Timestamp};

use crate::accounts::Site;
use crate::auth::{Token, TokenHash, TokenKind};
use crate::db::{Cleaner, Db, Tx, delete_batch, from_row, params};
use crate::error::Result;
use crate::ids::AccountId;

/// How long the step lasts.
const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// The number of wrong codes after which the password is asked again.
const TRIES: i64 = 5;

/// A log-in with a correct password that waits for the second factor.
#[derive(Debug, Clone)]
pub struct LogInStep {
    token_hash: TokenHash,
    /// The account.
    pub account_id: AccountId,
    /// Whether the browser stays logged in.
    pub kept: bool,
}

from_row!(LogInStep { token_hash, account_id, kept });

impl LogInStep {
    /// Begins the step within a transaction; returns the secret for the cookie.
    pub async fn begin(
        tx: &mut Tx,
        site: Site,
        account: &AccountId,
        kept: bool,
        now: Timestamp,
    ) -> Result<Token> {
        let token = Token::random(TokenKind::LogInStep);
        tx.execute(
            "INSERT INTO log_in_steps (token_hash, site, account_id, kept, tries, expires_at) VALUES (?1, ?2, ?3, ?4, 0, ?5)",
            params![token.hash(), site, account, kept, now + LIFETIME],
        )
        .await?;
        Ok(token)
    }

    /// The step with a cookie's secret, if it is still valid.
    pub async fn find(db: &Db, site: Site, token: &Token, now: Timestamp) -> Result<Option<Self>> {
        Ok(db
            .row(
                "SELECT token_hash, account_id, kept FROM log_in_steps WHERE token_hash = ?1 AND site = ?2 AND tries < ?3 AND expires_at > ?4",
                params![token.hash(), site, TRIES, now],
            )
            .await?)
    }

    /// Counts a wrong code, within a transaction.
    pub async fn failed(&self, tx: &mut Tx) -> Result<()> {
        tx.execute(
            "UPDATE log_in_steps SET tries = tries + 1 WHERE token_hash = ?1",
            params![self.token_hash],
        )
        .await?;
        Ok(())
    }

    /// Ends the step, within the transaction that begins the session; false if it had already
    /// ended.
    pub async fn end(&self, tx: &mut Tx) -> Result<bool> {
        Ok(tx
            .execute(
                "DELETE FROM log_in_steps WHERE token_hash = ?1 AND tries < ?2",
                params![self.token_hash, TRIES],
            )
            .await?
            == 1)
    }

    /// Deletes expired steps.
    pub async fn clean_up(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
        let over = delete_batch!("log_in_steps", "token_hash", "expires_at <= ?2");
        cleaner.delete(over, params![now]).await?;
        Ok(())
    }
}
