//! A person's passkeys (WebAuthn credentials), and what they sign.
//!
//! The browser finds the passkey itself and asks its owner for a fingerprint, a face or a PIN. So a
//! passkey replaces both the password and the second factor.

use jiff::{SignedDuration, Timestamp};
use webauthn_rs::prelude::{AuthenticationResult, CredentialID, Passkey as Credential};

use super::Factors;
use crate::auth::{Token, TokenKind};
use crate::db::{
    Cleaner, Column, Db, FromColumn, Single, Tx, delete_batch, from_row, params, text_enum,
};
use crate::error::{Error, Result};
use crate::ids::{AccountId, PasskeyId};
use crate::values::Name;

/// How long a challenge is valid.
const LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// A passkey, as its owner sees it.
#[derive(Debug, Clone)]
pub struct Passkey {
    /// Its id.
    pub id: PasskeyId,
    /// The name that its owner gave it.
    pub name: String,
    /// The host that it works on.
    pub rp_id: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

from_row!(Passkey { id, name, rp_id, created_at, last_used_at });

/// A passkey, as stored: its public key and its signature counter.
#[derive(Debug, Clone)]
pub(super) struct Kept(pub(super) Credential);

impl FromColumn for Kept {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Text(text) => serde_json::from_str(text).ok().map(Self),
            _ => None,
        }
    }
}

impl Kept {
    fn to_json(&self) -> Result<String> {
        serde_json::to_string(&self.0).map_err(Error::internal)
    }
}

/// A passkey, with its account.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) id: PasskeyId,
    pub(super) account_id: AccountId,
    pub(super) credential: Kept,
}

from_row!(Found { id, account_id, credential });

impl Passkey {
    /// An account's passkeys, oldest first.
    pub async fn list(db: &Db, account: &AccountId) -> Result<Vec<Self>> {
        Ok(db
            .rows("SELECT id, name, rp_id, created_at, last_used_at FROM passkeys WHERE account_id = ?1 ORDER BY created_at, id", params![account])
            .await?)
    }

    /// One of an account's passkeys.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the account has none with that id.
    pub async fn find(db: &Db, account: &AccountId, id: &PasskeyId) -> Result<Self> {
        let sql = "SELECT id, name, rp_id, created_at, last_used_at FROM passkeys WHERE account_id = ?1 AND id = ?2";
        db.row(sql, params![account, id]).await?.ok_or(Error::NotFound)
    }

    /// Adds a passkey, within a transaction.
    ///
    /// # Errors
    /// [`Error::Internal`] when another account has that passkey.
    pub(super) async fn add(
        tx: &mut Tx,
        account: &AccountId,
        rp_id: &str,
        name: &Name,
        credential: Credential,
        now: Timestamp,
    ) -> Result<()> {
        let kept = Kept(credential);
        let credential_id: &[u8] = kept.0.cred_id().as_ref();
        tx.execute(
            "INSERT INTO passkeys (id, account_id, rp_id, credential_id, name, credential, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![PasskeyId::random(), account, rp_id, credential_id, name, kept.to_json()?, now],
        )
        .await?;
        Ok(())
    }

    /// Removes a passkey from an account, within a transaction.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the account has none with that id.
    pub async fn remove(tx: &mut Tx, account: &AccountId, id: &PasskeyId) -> Result<()> {
        if tx
            .execute("DELETE FROM passkeys WHERE account_id = ?1 AND id = ?2", params![account, id])
            .await?
            == 0
        {
            return Err(Error::NotFound);
        }
        Factors::tidy_up(tx, account).await
    }

    /// The credentials that an account already has on a host.
    pub(super) async fn credentials(
        tx: &mut Tx,
        account: &AccountId,
        rp_id: &str,
    ) -> Result<Vec<CredentialID>> {
        let sql = "SELECT credential AS value FROM passkeys WHERE account_id = ?1 AND rp_id = ?2";
        let kept: Vec<Single<Kept>> = tx.rows(sql, params![account, rp_id]).await?;
        Ok(kept.into_iter().map(|Single(kept)| kept.0.cred_id().clone()).collect())
    }
}

impl Found {
    /// The passkey with a credential id.
    pub(super) async fn by_credential(
        tx: &mut Tx,
        rp_id: &str,
        credential_id: &[u8],
    ) -> Result<Option<Self>> {
        let sql = "SELECT id, account_id, credential FROM passkeys WHERE rp_id = ?1 AND credential_id = ?2";
        Ok(tx.row(sql, params![rp_id, credential_id]).await?)
    }

    /// Records that the passkey was used, and its new counter, within a transaction; false if it no
    /// longer exists.
    pub(super) async fn used(
        mut self,
        tx: &mut Tx,
        result: &AuthenticationResult,
        now: Timestamp,
    ) -> Result<bool> {
        self.credential.0.update_credential(result);
        let update = "UPDATE passkeys SET credential = ?2, last_used_at = ?3 WHERE id = ?1";
        Ok(tx.execute(update, params![self.id, self.credential.to_json()?, now]).await? == 1)
    }
}

text_enum! {
    /// The purpose of a challenge.
    pub(super) Purpose {
        /// Adding a passkey to an account.
        Register = "register",
        /// Authentication.
        Prove = "prove",
    }
}

/// Stores a challenge, within a transaction; returns the secret to find it by.
pub(super) async fn keep_challenge(
    tx: &mut Tx,
    purpose: Purpose,
    account: Option<&AccountId>,
    state: &str,
    now: Timestamp,
) -> Result<Token> {
    let token = Token::random(TokenKind::PasskeyChallenge);
    tx.execute(
        "INSERT INTO passkey_challenges (token_hash, purpose, account_id, state, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![token.hash(), purpose, account, state, now + LIFETIME],
    )
    .await?;
    Ok(token)
}

/// Deletes expired challenges.
pub(in crate::accounts) async fn forget_challenges(
    cleaner: &Cleaner,
    now: Timestamp,
) -> Result<()> {
    let over = delete_batch!("passkey_challenges", "token_hash", "expires_at <= ?2");
    cleaner.delete(over, params![now]).await?;
    Ok(())
}

/// Takes a challenge, within a transaction. It works once, whatever the response is.
pub(super) async fn take_challenge(
    tx: &mut Tx,
    secret: &str,
    purpose: Purpose,
    account: Option<&AccountId>,
    now: Timestamp,
) -> Result<Option<String>> {
    let Ok(token) = Token::parse_as(TokenKind::PasskeyChallenge, secret) else { return Ok(None) };
    let state: Option<Single<String>> = tx
        .row(
            "DELETE FROM passkey_challenges WHERE token_hash = ?1 AND purpose = ?2 AND coalesce(account_id, '') = ?3 AND expires_at > ?4
             RETURNING state AS value",
            params![token.hash(), purpose, account.map_or("", AccountId::as_str), now],
        )
        .await?;
    Ok(state.map(|Single(state)| state))
}
