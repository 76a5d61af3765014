//! A person who can log in, by e-mail address and password.

use jiff::Timestamp;

use crate::auth::{Line, Password, PasswordHash};
use crate::db::{Db, Queryable, Single, Tx, from_row, params};
use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::ids::AccountId;

/// A person who can log in.
#[derive(Clone)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The e-mail address, in lower case.
    pub email: String,
    /// The person's name.
    pub name: String,
    /// The password's hash.
    pub password_hash: PasswordHash,
    /// When the address was verified.
    pub email_verified_at: Option<Timestamp>,
    /// Since when the operator has disabled it.
    pub disabled_at: Option<Timestamp>,
    /// When the person deleted it.
    pub deleted_at: Option<Timestamp>,
}

from_row!(Account { id, email, name, password_hash, email_verified_at, disabled_at, deleted_at });

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, email, name, password_hash, email_verified_at, disabled_at, deleted_at FROM accounts ", $rest)
    };
}

/// Who wants an account.
#[derive(Clone)]
pub struct NewAccount {
    /// The person's name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// The chosen password.
    pub password: Password,
    /// Its hash.
    pub password_hash: PasswordHash,
    /// Whether the address counts as verified.
    pub verified: bool,
}

/// Why an account cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum AccountFault {
    /// The address has an account already, with another password.
    #[error("an account with this e-mail address already exists, with another password")]
    PasswordDiffers,
    /// Something else.
    #[error(transparent)]
    Other(#[from] Error),
}

impl Account {
    /// The account of an address, if there is one.
    pub async fn by_email(db: impl Queryable, email: &str) -> Result<Option<Self>> {
        let email = email.to_lowercase();
        Ok(db.row(select!("WHERE email = ?1"), params![email]).await?)
    }

    /// The account of an id.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none.
    pub async fn by_id(db: &Db, id: &AccountId) -> Result<Self> {
        let row = db.row(select!("WHERE id = ?1"), params![id]).await?;
        row.ok_or(Error::NotFound)
    }

    /// The account that has this address and password; the work is the same when there is none.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when too many wait in this line.
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

    /// Whether the account still has the password that it was read with. It is held until the
    /// transaction ends: whoever sets another password meanwhile waits, and then ends what was
    /// begun by this one.
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

    /// The language that the person was last seen to use, if that is known; within a transaction.
    pub async fn language(tx: &mut Tx, id: &AccountId) -> Result<Option<Lang>> {
        let tag: Option<Single<Option<String>>> =
            tx.row("SELECT language AS value FROM accounts WHERE id = ?1", params![id]).await?;
        Ok(tag.and_then(|Single(tag)| Lang::from_tag(&tag?)))
    }

    /// Notes the language that the person uses, within a transaction: in a browser that is theirs.
    pub async fn set_language(tx: &mut Tx, id: &AccountId, lang: Lang) -> Result<()> {
        let update = "UPDATE accounts SET language = ?2 WHERE id = ?1";
        tx.execute(update, params![id, lang.tag()]).await?;
        Ok(())
    }

    /// Notes that the address is verified.
    pub async fn verify_email(tx: &mut Tx, id: &AccountId, now: Timestamp) -> Result<()> {
        tx.execute("UPDATE accounts SET email_verified_at = ?2 WHERE id = ?1 AND email_verified_at IS NULL", params![id, now]).await?;
        Ok(())
    }

    /// Sets another name.
    pub async fn set_name(tx: &mut Tx, id: &AccountId, name: &str) -> Result<()> {
        tx.execute("UPDATE accounts SET name = ?2 WHERE id = ?1", params![id, name]).await?;
        Ok(())
    }

    /// Sets another password, and ends all sessions, mailed links and unfinished log-ins of the
    /// account; no browser is known to it any more.
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
    /// Hashes the password, which takes a while: before the transaction, not in it. `verified`
    /// tells whether the address counts as verified.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when too many wait in this line.
    pub async fn new(
        name: String,
        email: String,
        password: Password,
        verified: bool,
        line: Line,
    ) -> Result<Self> {
        let password_hash = password.hash(line).await?;
        Ok(Self { name, email, password, password_hash, verified })
    }

    /// Adds the account within a transaction; `None` when the address has one already, or another
    /// account had it until a short while ago and could get it back.
    pub async fn insert(&self, tx: &mut Tx, now: Timestamp) -> Result<Option<AccountId>> {
        let id = AccountId::random();
        let added = tx
            .execute(
                "INSERT INTO accounts (id, email, name, password_hash, email_verified_at, created_at)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6
             WHERE NOT EXISTS (SELECT 1 FROM former_emails f WHERE f.email = ?2 AND f.expires_at > ?6)
             ON CONFLICT DO NOTHING",
                params![id, self.email.to_lowercase(), self.name, self.password_hash, self.verified.then_some(now), now],
            )
            .await?;
        Ok((added == 1).then_some(id))
    }

    /// Adds the account, or takes the one that the address has already if the password is its own.
    ///
    /// # Errors
    /// [`AccountFault::PasswordDiffers`] when it is not.
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
