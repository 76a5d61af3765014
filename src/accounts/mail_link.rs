//! Secrets in mailed links, such as those to verify an address or to reset the password. Each works
//! once.

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::GRACE;
use crate::auth::{Token, TokenKind};
use crate::db::{Cleaner, Db, Tx, delete_batch, from_row, params, text_enum};
use crate::error::Result;
use crate::ids::AccountId;

text_enum! {
    /// The purpose of a link.
    pub LinkPurpose {
        /// Verifies the person's address.
        Verify = "verify",
        /// Lets the person reset the password.
        Reset = "reset",
        /// Restores the account that the person deleted.
        RestoreAccount = "restore_account",
    }
}

impl LinkPurpose {
    const fn lifetime(self) -> SignedDuration {
        match self {
            Self::Verify => SignedDuration::from_hours(48),
            Self::Reset => SignedDuration::from_hours(1),
            Self::RestoreAccount => GRACE,
        }
    }
}

struct LinkRow {
    account_id: AccountId,
}

from_row!(LinkRow { account_id });

/// Creates the secret for a link, within a transaction.
pub async fn mail_link(
    tx: &mut Tx,
    account: &AccountId,
    purpose: LinkPurpose,
    now: Timestamp,
) -> Result<Token> {
    insert(tx, account, purpose, None, now).await
}

/// The same, to confirm the address of a visitor who registers, identified by the secret in their
/// forms.
pub async fn link_for_visitor(
    tx: &mut Tx,
    account: &AccountId,
    csrf: &str,
    now: Timestamp,
) -> Result<Token> {
    insert(tx, account, LinkPurpose::Verify, Some(visitor_hash(csrf)), now).await
}

async fn insert(
    tx: &mut Tx,
    account: &AccountId,
    purpose: LinkPurpose,
    visitor: Option<Vec<u8>>,
    now: Timestamp,
) -> Result<Token> {
    let token = Token::random(TokenKind::MailLink);
    tx.execute(
        "INSERT INTO mail_links (token_hash, account_id, purpose, expires_at, visitor_hash) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![token.hash(), account, purpose, now + purpose.lifetime(), visitor],
    )
    .await?;
    Ok(token)
}

/// Deletes expired links.
pub(super) async fn forget_links(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
    let over = delete_batch!("mail_links", "token_hash", "expires_at <= ?2");
    cleaner.delete(over, params![now]).await?;
    Ok(())
}

/// Whether this visitor registered with the address that the link confirms.
pub async fn is_link_of_visitor(db: &Db, text: &str, csrf: &str) -> Result<bool> {
    let Ok(token) = Token::parse_as(TokenKind::MailLink, text) else { return Ok(false) };
    let find = "SELECT account_id FROM mail_links WHERE token_hash = ?1 AND purpose = ?2 AND visitor_hash = ?3";
    let row: Option<LinkRow> =
        db.row(find, params![token.hash(), LinkPurpose::Verify, visitor_hash(csrf)]).await?;
    Ok(row.is_some())
}

fn visitor_hash(csrf: &str) -> Vec<u8> {
    Sha256::new().chain_update(b"visitor:").chain_update(csrf).finalize().to_vec()
}

/// The account of a link, without using the link.
pub async fn peek_link(
    db: &Db,
    text: &str,
    purpose: LinkPurpose,
    now: Timestamp,
) -> Result<Option<AccountId>> {
    let Ok(token) = Token::parse_as(TokenKind::MailLink, text) else { return Ok(None) };
    let row: Option<LinkRow> = db
        .row("SELECT account_id FROM mail_links WHERE token_hash = ?1 AND purpose = ?2 AND expires_at > ?3", params![token.hash(), purpose, now])
        .await?;
    Ok(row.map(|row| row.account_id))
}

/// Uses a link, within a transaction; returns its account, if it was still valid.
pub async fn open_link(
    tx: &mut Tx,
    text: &str,
    purpose: LinkPurpose,
    now: Timestamp,
) -> Result<Option<AccountId>> {
    let Ok(token) = Token::parse_as(TokenKind::MailLink, text) else { return Ok(None) };
    // Lock the account first, like a password change, which ends its links.
    let hold = "UPDATE accounts SET name = name WHERE id = (SELECT account_id FROM mail_links WHERE token_hash = ?1)";
    tx.execute(hold, params![token.hash()]).await?;
    let row: Option<LinkRow> = tx
        .row(
            "DELETE FROM mail_links WHERE token_hash = ?1 AND purpose = ?2 AND expires_at > ?3 RETURNING account_id",
            params![token.hash(), purpose, now],
        )
        .await?;
    Ok(row.map(|row| row.account_id))
}
