//! The operator's actions on accounts and developers: list, disable and enable them, end sessions,
//! remove second factors. Disabling takes effect on the next request.

use jiff::Timestamp;

use super::invitation::LIFETIME;
use super::organisation::sql;
use super::{Account, Organisation, record_about};
use crate::audit::{Action, Actor, Event};
use crate::auth::{Token, TokenKind};
use crate::db::{Db, Single, Tx, WritingDb, from_row, params};
use crate::error::{Error, Result};
use crate::ids::{AccountId, DeveloperId, InvitationId, PortalId};
use crate::values::{EmailAddress, Name};

/// An account, as the operator sees it.
#[derive(Debug, Clone)]
pub struct ListedAccount {
    /// Its id.
    pub id: AccountId,
    /// The e-mail address, in lower case.
    pub email: String,
    /// The person's name.
    pub name: String,
    /// Whether the address was verified.
    pub is_verified: bool,
    /// The number of the person's portals.
    pub portals: i64,
    /// The number of the person's developers.
    pub developers: i64,
    /// The number of the person's sessions.
    pub sessions: i64,
    /// Whether an authenticator app or a passkey is set up.
    pub has_factor: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was disabled, if it is.
    pub disabled_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}

from_row!(ListedAccount {
    id,
    email,
    name,
    is_verified,
    portals,
    developers,
    sessions,
    has_factor,
    created_at,
    disabled_at,
    deleted_at
});

impl ListedAccount {
    /// All accounts, oldest first; only that of `email`, if given.
    pub async fn list(db: &Db, email: Option<&str>, now: Timestamp) -> Result<Vec<Self>> {
        let email = email.map(EmailAddress::comparable);
        Ok(db
            .rows(
                "SELECT a.id, a.email, a.name, (a.email_verified_at IS NOT NULL) AS is_verified,
                     (SELECT COUNT(*) FROM portal_members m WHERE m.account_id = a.id) AS portals,
                     (SELECT COUNT(*) FROM developer_members m WHERE m.account_id = a.id) AS developers,
                     (SELECT COUNT(*) FROM sessions s WHERE s.account_id = a.id AND s.expires_at > ?1) AS sessions,
                     (EXISTS (SELECT 1 FROM totp_factors f WHERE f.account_id = a.id)
                         OR EXISTS (SELECT 1 FROM passkeys k WHERE k.account_id = a.id)) AS has_factor,
                     a.created_at, a.disabled_at, a.deleted_at
                 FROM accounts a WHERE CAST(?2 AS TEXT) IS NULL OR a.email = ?2 ORDER BY a.created_at, a.id",
                params![now, email],
            )
            .await?)
    }
}

impl Account {
    /// Disables an account: its sessions and unfinished log-ins end, and it gets no new ones.
    /// Returns whether this changed anything.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no account with that id.
    pub async fn disable(db: &WritingDb, id: &AccountId, now: Timestamp) -> Result<bool> {
        let mut tx = db.begin().await?;
        let disable = "UPDATE accounts SET disabled_at = ?2 WHERE id = ?1 AND disabled_at IS NULL";
        let changed = tx.execute(disable, params![id, now]).await? == 1;
        Self::end_all_sessions(&mut tx, id).await?;
        finish(tx, id, changed, Action::AccountDisabled, now).await
    }

    /// Enables an account again; see [`Account::disable`].
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no account with that id.
    pub async fn enable(db: &WritingDb, id: &AccountId, now: Timestamp) -> Result<bool> {
        let mut tx = db.begin().await?;
        let enable =
            "UPDATE accounts SET disabled_at = NULL WHERE id = ?1 AND disabled_at IS NOT NULL";
        let changed = tx.execute(enable, params![id]).await? == 1;
        finish(tx, id, changed, Action::AccountEnabled, now).await
    }

    /// Ends all sessions and unfinished log-ins of an account; returns the number of ended
    /// sessions.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no account with that id.
    pub async fn end_sessions(db: &WritingDb, id: &AccountId, now: Timestamp) -> Result<u64> {
        let mut tx = db.begin().await?;
        hold(&mut tx, id).await?;
        let ended = Self::end_all_sessions(&mut tx, id).await?;
        finish(tx, id, ended > 0, Action::AllSessionsEnded, now).await?;
        Ok(ended)
    }

    /// Removes everything that identifies the person besides the password: authenticator app,
    /// passkeys and recovery codes. Sessions end too. Returns whether there was anything.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no account with that id.
    pub async fn reset_factors(db: &WritingDb, id: &AccountId, now: Timestamp) -> Result<bool> {
        let mut tx = db.begin().await?;
        hold(&mut tx, id).await?;
        let mut removed = 0;
        for delete in [
            "DELETE FROM totp_factors WHERE account_id = ?1",
            "DELETE FROM passkeys WHERE account_id = ?1",
            "DELETE FROM recovery_codes WHERE account_id = ?1",
        ] {
            removed += tx.execute(delete, params![id]).await?;
        }
        tx.execute("DELETE FROM passkey_challenges WHERE account_id = ?1", params![id]).await?;
        Self::end_all_sessions(&mut tx, id).await?;
        finish(tx, id, removed > 0, Action::FactorsReset, now).await
    }

    /// Ends all sessions and unfinished log-ins of an account that the transaction locks; returns
    /// the number of ended sessions.
    pub(in crate::accounts) async fn end_all_sessions(tx: &mut Tx, id: &AccountId) -> Result<u64> {
        tx.execute("DELETE FROM log_in_steps WHERE account_id = ?1", params![id]).await?;
        Ok(tx.execute("DELETE FROM sessions WHERE account_id = ?1", params![id]).await?)
    }
}

async fn hold(tx: &mut Tx, id: &AccountId) -> Result<()> {
    match tx.execute("UPDATE accounts SET name = name WHERE id = ?1", params![id]).await? {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

/// Records what the operator did, if it changed anything, and commits.
async fn finish(
    mut tx: Tx,
    id: &AccountId,
    changed: bool,
    action: Action,
    now: Timestamp,
) -> Result<bool> {
    let email = Account::email_of(&mut tx, id).await?;
    if changed {
        record_about(&mut tx, id, (Actor::Operator, action, &email), None, now).await?;
    }
    tx.commit().await?;
    Ok(changed)
}

/// A developer, as the operator sees it.
#[derive(Debug, Clone)]
pub struct ListedDeveloper {
    /// Its id.
    pub id: DeveloperId,
    /// Its name.
    pub name: String,
    /// The number of its apps.
    pub apps: i64,
    /// The number of its people.
    pub people: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was disabled, if it is.
    pub disabled_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}

from_row!(ListedDeveloper { id, name, apps, people, created_at, disabled_at, deleted_at });

impl ListedDeveloper {
    /// All developers, oldest first.
    pub async fn list(db: &Db) -> Result<Vec<Self>> {
        Ok(db
            .rows(
                "SELECT d.id, d.name,
                     (SELECT COUNT(*) FROM apps a WHERE a.developer_id = d.id AND a.deleted_at IS NULL) AS apps,
                     (SELECT COUNT(*) FROM developer_members m WHERE m.developer_id = d.id) AS people,
                     d.created_at, d.disabled_at, d.deleted_at
                 FROM developers d WHERE d.removed_at IS NULL ORDER BY d.created_at, d.id",
                params![],
            )
            .await?)
    }

    /// Disables a developer: nobody can manage its apps, their tokens stop working, and they get no
    /// new ones. Returns whether this changed anything.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no developer with that id.
    pub async fn disable(db: &WritingDb, id: &DeveloperId, now: Timestamp) -> Result<bool> {
        let mut tx = db.begin().await?;
        let disable =
            "UPDATE developers SET disabled_at = ?2 WHERE id = ?1 AND disabled_at IS NULL";
        let changed = tx.execute(disable, params![id, now]).await? == 1;
        finish_developer(tx, id, changed, Action::DeveloperDisabled, now).await
    }

    /// Enables a developer again; see [`ListedDeveloper::disable`].
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no developer with that id.
    pub async fn enable(db: &WritingDb, id: &DeveloperId, now: Timestamp) -> Result<bool> {
        let mut tx = db.begin().await?;
        let enable =
            "UPDATE developers SET disabled_at = NULL WHERE id = ?1 AND disabled_at IS NOT NULL";
        let changed = tx.execute(enable, params![id]).await? == 1;
        finish_developer(tx, id, changed, Action::DeveloperEnabled, now).await
    }
}

async fn finish_developer(
    mut tx: Tx,
    id: &DeveloperId,
    changed: bool,
    action: Action,
    now: Timestamp,
) -> Result<bool> {
    let name = "SELECT name AS value FROM developers WHERE id = ?1 AND removed_at IS NULL";
    let Single(name) = tx.row::<Single<String>>(name, params![id]).await?.ok_or(Error::NotFound)?;
    if changed {
        let event = Event {
            action,
            actor: Actor::Operator,
            subject: &name,
            portal: None,
            developer: Some(id),
            caller: None,
        };
        event.record(&mut tx, now).await?;
    }
    tx.commit().await?;
    Ok(changed)
}

/// The first owner of a new portal or developer, invited by the operator.
#[derive(Debug)]
pub struct OperatorInvitation {
    /// The new portal or developer, without members.
    pub organisation: Organisation,
    /// The secret for the link.
    pub token: Token,
    /// When it expires.
    pub expires_at: Timestamp,
}

impl OperatorInvitation {
    /// Creates a portal and invites its first owner.
    pub async fn to_portal(
        db: &WritingDb,
        name: &Name,
        email: &str,
        now: Timestamp,
    ) -> Result<Self> {
        let organisation = Organisation::Portal(PortalId::random());
        Self::create(db, organisation, Action::PortalCreated, (name, email), now).await
    }

    /// Creates a developer and invites its first owner.
    pub async fn to_developer(
        db: &WritingDb,
        name: &Name,
        email: &str,
        now: Timestamp,
    ) -> Result<Self> {
        let organisation = Organisation::Developer(DeveloperId::random());
        Self::create(db, organisation, Action::DeveloperCreated, (name, email), now).await
    }

    async fn create(
        db: &WritingDb,
        organisation: Organisation,
        created: Action,
        (name, email): (&Name, &str),
        now: Timestamp,
    ) -> Result<Self> {
        let (token, expires_at) = (Token::random(TokenKind::MailLink), now + LIFETIME);
        let email = EmailAddress::comparable(email);
        let mut tx = db.begin().await?;
        let insert =
            sql!(&organisation, "INSERT INTO " "s (id, name, created_at) VALUES (?1, ?2, ?3)");
        tx.execute(insert, params![organisation, name, now]).await?;
        let invite = sql!(
            &organisation,
            "INSERT INTO invitations (" "_id, id, token_hash, email, role, invited_by, created_at, expires_at)
             VALUES (?1, ?2, ?3, ?4, 'owner', NULL, ?5, ?6)"
        );
        let id = InvitationId::random();
        tx.execute(invite, params![organisation, id, token.hash(), email, now, expires_at]).await?;
        for (action, subject) in [(created, name.as_str()), (Action::PersonInvited, email.as_str())]
        {
            let event = Event {
                action,
                actor: Actor::Operator,
                subject,
                portal: organisation.portal(),
                developer: organisation.developer(),
                caller: None,
            };
            event.record(&mut tx, now).await?;
        }
        tx.commit().await?;
        Ok(Self { organisation, token, expires_at })
    }
}
