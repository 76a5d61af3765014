//! Browsers that have logged in to an account before ("device cookies"): strangers can't lock them
//! out. The cookie contains a random secret for each account, the database its hash. It gives no
//! access by itself.

use jiff::{SignedDuration, Timestamp};

use crate::auth::{Token, TokenHash, TokenKind};
use crate::db::{Cleaner, Db, Single, Tx, delete_batch, params};
use crate::error::Result;
use crate::ids::AccountId;
use crate::values::EmailAddress;

/// How long a browser is known after it last logged in.
const LIFETIME: SignedDuration = SignedDuration::from_hours(365 * 24);

/// The maximum number of accounts that a browser is known to.
const MOST_ACCOUNTS: usize = 4;

/// The maximum number of known browsers per account. Beyond it, those that logged in longest ago
/// are dropped.
const MOST_BROWSERS: i64 = 100;

/// The separator of the secrets in the cookie.
const SEPARATOR: char = '.';

/// The secrets that a browser has, newest first.
#[derive(Debug, Clone, Default)]
pub struct KnownBrowser(Vec<Token>);

impl KnownBrowser {
    /// The secrets in a cookie's value, without malformed ones.
    pub fn parse(cookie: &str) -> Self {
        let tokens = cookie
            .split(SEPARATOR)
            .take(MOST_ACCOUNTS)
            .filter_map(|text| Token::parse_as(TokenKind::KnownBrowser, text).ok());
        Self(tokens.collect())
    }

    /// The value for the cookie.
    pub fn reveal(&self) -> String {
        let texts: Vec<&str> = self.0.iter().map(Token::reveal).collect();
        texts.join(&SEPARATOR.to_string())
    }

    /// The browser's secret for the account of an e-mail address, if it is known to it.
    pub async fn known_to(
        &self,
        db: &Db,
        email: &str,
        now: Timestamp,
    ) -> Result<Option<TokenHash>> {
        let email = EmailAddress::comparable(email);
        for token in &self.0 {
            let known: Option<Single<TokenHash>> = db
                .row(
                    "SELECT k.token_hash AS value FROM known_browsers k JOIN accounts a ON a.id = k.account_id
                     WHERE k.token_hash = ?1 AND a.email = ?2 AND k.last_used_at > ?3",
                    params![token.hash(), email, now - LIFETIME],
                )
                .await?;
            if let Some(Single(hash)) = known {
                return Ok(Some(hash));
            }
        }
        Ok(None)
    }

    /// Whether the browser is known to an account, within a transaction.
    pub async fn is_known_to(
        &self,
        tx: &mut Tx,
        account: &AccountId,
        now: Timestamp,
    ) -> Result<bool> {
        let sql = "SELECT token_hash AS value FROM known_browsers WHERE token_hash = ?1 AND account_id = ?2 AND last_used_at > ?3";
        for token in &self.0 {
            let known: Option<Single<TokenHash>> =
                tx.row(sql, params![token.hash(), account, now - LIFETIME]).await?;
            if known.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The browser's secret for any account, if it is known to one.
    pub async fn known_at_all(&self, db: &Db, now: Timestamp) -> Result<Option<TokenHash>> {
        for token in &self.0 {
            let sql = "SELECT token_hash AS value FROM known_browsers WHERE token_hash = ?1 AND last_used_at > ?2";
            let known: Option<Single<TokenHash>> =
                db.row(sql, params![token.hash(), now - LIFETIME]).await?;
            if let Some(Single(hash)) = known {
                return Ok(Some(hash));
            }
        }
        Ok(None)
    }

    /// Makes the browser known to an account, or renews that, within the transaction that logs it
    /// in.
    pub async fn remember(
        mut self,
        tx: &mut Tx,
        account: &AccountId,
        now: Timestamp,
    ) -> Result<Self> {
        for index in 0..self.0.len() {
            let update = "UPDATE known_browsers SET last_used_at = ?3 WHERE token_hash = ?1 AND account_id = ?2";
            if tx.execute(update, params![self.0[index].hash(), account, now]).await? == 1 {
                self.0[..=index].rotate_right(1);
                return Ok(self);
            }
        }
        let token = Token::random(TokenKind::KnownBrowser);
        tx.execute(
            "INSERT INTO known_browsers (token_hash, account_id, last_used_at) VALUES (?1, ?2, ?3)",
            params![token.hash(), account, now],
        )
        .await?;
        let surplus = "DELETE FROM known_browsers WHERE token_hash IN (
                 SELECT token_hash FROM known_browsers WHERE account_id = ?1 AND token_hash <> ?2
                 ORDER BY last_used_at DESC, token_hash LIMIT 1000 OFFSET ?3
             )";
        tx.execute(surplus, params![account, token.hash(), MOST_BROWSERS - 1]).await?;
        self.0.insert(0, token);
        self.0.truncate(MOST_ACCOUNTS);
        Ok(self)
    }

    /// Deletes those that weren't used for long.
    pub async fn clean_up(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
        let unused = delete_batch!("known_browsers", "token_hash", "last_used_at <= ?2");
        cleaner.delete(unused, params![now - LIFETIME]).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_reads_back_and_what_is_not_ours_is_left_out() {
        let tokens: Vec<Token> = (0..6).map(|_| Token::random(TokenKind::KnownBrowser)).collect();
        let cookie = KnownBrowser(tokens[..2].to_vec()).reveal();
        assert_eq!(KnownBrowser::parse(&cookie).reveal(), cookie);
        let foreign = Token::random(TokenKind::Session);
        assert_eq!(
            KnownBrowser::parse(&format!("x.{}.{cookie}", foreign.reveal())).reveal(),
            cookie
        );
        assert_eq!(KnownBrowser::parse("").reveal(), "");
        let many: Vec<&str> = tokens.iter().map(Token::reveal).collect();
        assert_eq!(KnownBrowser::parse(&many.join(".")).0.len(), MOST_ACCOUNTS);
    }
}
