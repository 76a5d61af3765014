//! A person who can log in, by e-mail address and password.

use jiff::Timestamp;

use crate::auth::{Line, Password, PasswordHash};
use crate::db::{Db, Queryable, Single, Tx, from_row, params};
use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::ids::AccountId;
use crate::values::{EmailAddress, Name};

/// A person who can log in.
#[derive(Clone)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The e-mail address, as [`EmailAddress::comparable`].
    pub email: String,
    /// The person's name.
    pub name: String,
    /// The password's hash.
    pub password_hash: PasswordHash,
    /// When the address was verified.
    pub email_verified_at: Option<Timestamp>,
    /// When the operator disabled it, if disabled.
    pub disabled_at: Option<Timestamp>,
    /// When the person deleted it, if they did.
    pub deleted_at: Option<Timestamp>,
}

from_row!(Account { id, email, name, password_hash, email_verified_at, disabled_at, deleted_at });

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, email, name, password_hash, email_verified_at, disabled_at, deleted_at FROM accounts ", $rest)
    };
}

/// A new account, to be added.
#[derive(Clone)]
pub struct NewAccount {
    /// The person's name.
    pub name: Name,
    /// The e-mail address.
    pub email: String,
    /// The chosen password.
    pub password: Password,
    /// The password's hash.
    pub password_hash: PasswordHash,
    /// Whether the address is treated as verified.
    pub verified: bool,
}

/// Why registration failed.
#[derive(Debug, thiserror::Error)]
pub enum AccountFault {
    /// The address already has an account, with another password.
    #[error("an account with this e-mail address already exists, with another password")]
    PasswordDiffers,
    /// Another error.
    #[error(transparent)]
    Other(#[from] Error),
}

impl Account {
    /// The account with an e-mail address, if any.
    pub async fn by_email(db: impl Queryable, email: &str) -> Result<Option<Self>> {
        let email = EmailAddress::comparable(email);
        Ok(db.row(select!("WHERE email = ?1"), params![email]).await?)
    }

    /// The account with an id.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none.
    pub async fn by_id(db: &Db, id: &AccountId) -> Result<Self> {
        let row = db.row(select!("WHERE id = ?1"), params![id]).await?;
        row.ok_or(Error::NotFound)
    }

    /// The account with this address and password. The work is the same if there is none.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when this line is full.
    pub async fn by_password(
        db: impl Queryable,
        email: &str,
        password: &Password,
        line: Line,
    ) -> Result<Option<Self>> {
        let account = Self::by_email(db, email).await?;
        let hash = account.as_ref().map(|account| &account.password_hash);
        let matches = password.matches(hash, line).await?;
        Ok(account.filter(|_| matches))
    }

    /// Whether the account's password hasn't changed since it was read. The account is locked until
    /// the transaction ends: a concurrent password change waits, and then ends what this password
    /// began.
    pub async fn hold_password(&self, tx: &mut Tx) -> Result<bool> {
        let hold = "UPDATE accounts SET password_hash = ?2 WHERE id = ?1 AND password_hash = ?2";
        Ok(tx.execute(hold, params![self.id, self.password_hash]).await? == 1)
    }

    /// Whether the address was verified.
    pub const fn is_verified(&self) -> bool {
        self.email_verified_at.is_some()
    }

    /// The e-mail address of an account, within a transaction.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such account.
    pub async fn email_of(tx: &mut Tx, id: &AccountId) -> Result<String> {
        let email: Option<Single<String>> =
            tx.row("SELECT email AS value FROM accounts WHERE id = ?1", params![id]).await?;
        email.map(|Single(email)| email).ok_or(Error::NotFound)
    }

    /// The language that the person last used, if known, within a transaction.
    pub async fn language(tx: &mut Tx, id: &AccountId) -> Result<Option<Lang>> {
        let tag: Option<Single<Option<String>>> =
            tx.row("SELECT language AS value FROM accounts WHERE id = ?1", params![id]).await?;
        Ok(tag.and_then(|Single(tag)| Lang::from_tag(&tag?)))
    }

    /// Stores the language that the person uses in their own browser, within a transaction.
    pub async fn set_language(tx: &mut Tx, id: &AccountId, lang: Lang) -> Result<()> {
        let update = "UPDATE accounts SET language = ?2 WHERE id = ?1";
        tx.execute(update, params![id, lang.tag()]).await?;
        Ok(())
    }

    /// Marks the address as verified.
    pub async fn verify_email(tx: &mut Tx, id: &AccountId, now: Timestamp) -> Result<()> {
        tx.execute("UPDATE accounts SET email_verified_at = ?2 WHERE id = ?1 AND email_verified_at IS NULL", params![id, now]).await?;
        Ok(())
    }

    /// Changes the name; returns the one before.
    pub async fn set_name(tx: &mut Tx, id: &AccountId, name: &Name) -> Result<String> {
        let hold = "UPDATE accounts SET name = name WHERE id = ?1 RETURNING name AS value";
        let before: Option<Single<String>> = tx.row(hold, params![id]).await?;
        tx.execute("UPDATE accounts SET name = ?2 WHERE id = ?1", params![id, name]).await?;
        before.map(|Single(before)| before).ok_or(Error::NotFound)
    }

    /// Changes the password, and ends all sessions, mailed links, unfinished log-ins and known
    /// browsers of the account.
    pub async fn set_password(tx: &mut Tx, id: &AccountId, hash: &PasswordHash) -> Result<()> {
        tx.execute("UPDATE accounts SET password_hash = ?2 WHERE id = ?1", params![id, hash])
            .await?;
        tx.execute("DELETE FROM sessions WHERE account_id = ?1", params![id]).await?;
        tx.execute("DELETE FROM mail_links WHERE account_id = ?1", params![id]).await?;
        tx.execute("DELETE FROM log_in_steps WHERE account_id = ?1", params![id]).await?;
        tx.execute("DELETE FROM known_browsers WHERE account_id = ?1", params![id]).await?;
        Ok(())
    }
}

impl NewAccount {
    /// Hashes the password. This is slow, so call it before the transaction. `verified` says
    /// whether to treat the address as verified.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when this line is full.
    pub async fn new(
        name: Name,
        email: String,
        password: Password,
        verified: bool,
        line: Line,
    ) -> Result<Self> {
        let password_hash = password.hash(line).await?;
        Ok(Self { name, email, password, password_hash, verified })
    }

    /// Adds the account within a transaction; `None` if the address already has one, or another
    /// account had it until recently and can still get it back.
    pub async fn insert(&self, tx: &mut Tx, now: Timestamp) -> Result<Option<AccountId>> {
        let id = AccountId::random();
        let added = tx
            .execute(
                "INSERT INTO accounts (id, email, name, password_hash, email_verified_at, created_at)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6
             WHERE NOT EXISTS (SELECT 1 FROM former_emails f WHERE f.email = ?2 AND f.expires_at > ?6)
             ON CONFLICT DO NOTHING",
                params![id, EmailAddress::comparable(&self.email), self.name, self.password_hash, self.verified.then_some(now), now],
            )
            .await?;
        Ok((added == 1).then_some(id))
    }

    /// Adds the account, or returns the address's existing one if the password matches.
    ///
    /// # Errors
    /// [`AccountFault::PasswordDiffers`] when it doesn't.
    pub async fn insert_or_match(
        &self,
        tx: &mut Tx,
        now: Timestamp,
    ) -> Result<AccountId, AccountFault> {
        if let Some(id) = self.insert(tx, now).await? {
            return Ok(id);
        }
        let account = Account::by_password(&mut *tx, &self.email, &self.password, Line::Known)
            .await?
            .ok_or(AccountFault::PasswordDiffers)?;
        if self.verified {
            Account::verify_email(tx, &account.id, now).await?;
        }
        Ok(account.id)
    }
}
