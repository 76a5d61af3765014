//! The people of a portal or a developer, and changes to them, one at a time, so that an owner
//! always remains.

use jiff::Timestamp;

use super::organisation::sql;
use super::{Organisation, Permission, Role};
use crate::db::{Db, Single, Tx, from_row, params};
use crate::error::{Error, Message, Result};
use crate::ids::{AccountId, PortalId};
use crate::unicode::isolated;

/// A person of a portal or a developer.
#[derive(Debug, Clone)]
pub struct TeamMember {
    /// The account.
    pub account_id: AccountId,
    /// The person's name.
    pub name: String,
    /// The person's e-mail address.
    pub email: String,
    /// The person's role.
    pub role: Role,
    /// When they joined.
    pub created_at: Timestamp,
}

from_row!(TeamMember { account_id, name, email, role, created_at });

impl Organisation {
    /// Its owners whose accounts are neither disabled nor deleted, oldest first.
    pub async fn owners(&self, db: &Db) -> Result<Vec<TeamMember>> {
        let sql = sql!(
            self,
            "SELECT a.id AS account_id, a.name, a.email, m.role, m.created_at FROM accounts a JOIN "
            "_members m ON m.account_id = a.id WHERE m."
            "_id = ?1 AND m.role = 'owner' AND a.disabled_at IS NULL AND a.deleted_at IS NULL ORDER BY m.created_at, a.id"
        );
        Ok(db.rows(sql, params![self]).await?)
    }

    /// The names of its owners, to ask one of them.
    pub async fn owner_names(&self, db: &Db) -> Result<String> {
        let names: Vec<String> =
            self.owners(db).await?.iter().map(|owner| isolated(&owner.name).into_owned()).collect();
        Ok(names.join(", "))
    }
}

impl TeamMember {
    /// All people of an organisation, by name.
    pub async fn list(db: &Db, organisation: &Organisation) -> Result<Vec<Self>> {
        let sql = sql!(
            organisation,
            "SELECT a.id AS account_id, a.name, a.email, m.role, m.created_at FROM accounts a JOIN "
            "_members m ON m.account_id = a.id WHERE m."
            "_id = ?1 ORDER BY a.name, a.email"
        );
        Ok(db.rows(sql, params![organisation]).await?)
    }

    /// The people of an organisation without a second factor, by name, except those with disabled
    /// or deleted accounts, who can't log in.
    pub async fn without_second_factor(db: &Db, organisation: &Organisation) -> Result<Vec<Self>> {
        let sql = sql!(
            organisation,
            "SELECT a.id AS account_id, a.name, a.email, m.role, m.created_at FROM accounts a JOIN "
            "_members m ON m.account_id = a.id WHERE m."
            "_id = ?1 AND a.disabled_at IS NULL AND a.deleted_at IS NULL
                 AND NOT EXISTS (SELECT 1 FROM totp_factors t WHERE t.account_id = a.id)
                 AND NOT EXISTS (SELECT 1 FROM passkeys k WHERE k.account_id = a.id) ORDER BY a.name, a.email"
        );
        Ok(db.rows(sql, params![organisation]).await?)
    }

    /// One of them.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the person does not belong to it.
    pub async fn find(db: &Db, organisation: &Organisation, id: &AccountId) -> Result<Self> {
        db.row(find(organisation), params![organisation, id]).await?.ok_or(Error::NotFound)
    }

    /// Adds a person, within a transaction; a person who already belongs to the organisation keeps
    /// their role.
    pub async fn add(
        tx: &mut Tx,
        organisation: &Organisation,
        id: &AccountId,
        role: Role,
        now: Timestamp,
    ) -> Result<()> {
        let sql = sql!(
            organisation,
            "INSERT INTO " "_members (" "_id, account_id, role, created_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING"
        );
        tx.execute(sql, params![organisation, id, role, now]).await?;
        Ok(())
    }
}

const fn find(organisation: &Organisation) -> &'static str {
    sql!(
        organisation,
        "SELECT a.id AS account_id, a.name, a.email, m.role, m.created_at FROM accounts a JOIN "
        "_members m ON m.account_id = a.id WHERE m."
        "_id = ?1 AND a.id = ?2"
    )
}

/// An organisation whose people are being changed, in a transaction that prevents concurrent
/// changes.
pub struct HeldTeam<'a> {
    /// The transaction.
    pub tx: Tx,
    pub(super) organisation: &'a Organisation,
    /// The person who changes them. The role is read again here, because it may have changed.
    pub(super) actor: TeamMember,
}

impl<'a> HeldTeam<'a> {
    /// Continues a transaction in which `actor` acts.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the organisation is deleted, or the actor does not belong to it.
    pub async fn hold(
        mut tx: Tx,
        organisation: &'a Organisation,
        actor: &AccountId,
    ) -> Result<Self> {
        organisation.hold(&mut tx).await?;
        let actor = tx
            .row(find(organisation), params![organisation, actor])
            .await?
            .ok_or(Error::NotFound)?;
        Ok(Self { tx, organisation, actor })
    }

    /// Refuses unless the actor can give a role and manage people with it.
    pub(super) fn require(&self, other: Role) -> Result<()> {
        if self.actor.role.may_manage(other) {
            return Ok(());
        }
        let text = if self.actor.role.may(Permission::ManagePeople) {
            "team.error.only_owners"
        } else {
            "team.error.not_allowed"
        };
        Err(Error::Forbidden(Message::new(text)))
    }

    /// Changes a person's role; returns the person with the old role.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`], and [`Error::Conflict`] when no owner would
    /// remain.
    pub async fn set_role(&mut self, id: &AccountId, role: Role) -> Result<TeamMember> {
        let before = self.person(id).await?;
        self.require(before.role)?;
        self.require(role)?;
        if role != Role::Owner {
            self.keep_an_owner(&before).await?;
        }
        let sql = sql!(self.organisation, "UPDATE " "_members SET role = ?3 WHERE " "_id = ?1 AND account_id = ?2");
        self.tx.execute(sql, params![self.organisation, id, role]).await?;
        Ok(before)
    }

    /// Removes a person; returns the person.
    ///
    /// # Errors
    /// As [`Self::set_role`].
    pub async fn remove(&mut self, id: &AccountId, now: Timestamp) -> Result<TeamMember> {
        let person = self.person(id).await?;
        self.require(person.role)?;
        self.let_go(&person, now).await?;
        Ok(person)
    }

    /// Removes the actor.
    ///
    /// # Errors
    /// [`Error::Conflict`] when no owner would remain.
    pub async fn leave(&mut self, now: Timestamp) -> Result<()> {
        let actor = self.actor.clone();
        self.let_go(&actor, now).await
    }

    /// Withdraws the open invitations that a person sent, so that they can't let anybody in later;
    /// returns the addresses.
    pub async fn withdraw_invitations_of(&mut self, id: &AccountId) -> Result<Vec<String>> {
        let sql = sql!(self.organisation, "DELETE FROM invitations WHERE " "_id = ?1 AND invited_by = ?2 RETURNING email AS value");
        let emails: Vec<Single<String>> = self.tx.rows(sql, params![self.organisation, id]).await?;
        Ok(emails.into_iter().map(|Single(email)| email).collect())
    }

    async fn person(&mut self, id: &AccountId) -> Result<TeamMember> {
        self.tx
            .row(find(self.organisation), params![self.organisation, id])
            .await?
            .ok_or(Error::NotFound)
    }

    async fn let_go(&mut self, person: &TeamMember, now: Timestamp) -> Result<()> {
        self.keep_an_owner(person).await?;
        let sql = sql!(self.organisation, "DELETE FROM " "_members WHERE " "_id = ?1 AND account_id = ?2");
        self.tx.execute(sql, params![self.organisation, person.account_id]).await?;
        if self.organisation.developer().is_some() {
            self.pass_on_sandboxes(&person.account_id, now).await?;
        }
        Ok(())
    }

    /// Test portals belong to the developer: those of a person who leaves pass to its oldest owner.
    async fn pass_on_sandboxes(&mut self, id: &AccountId, now: Timestamp) -> Result<()> {
        const PASS: &str = "INSERT INTO portal_members (portal_id, account_id, role, created_at)
             SELECT m.portal_id, (SELECT o.account_id FROM developer_members o WHERE o.developer_id = ?1 AND o.role = 'owner'
                                  ORDER BY o.created_at, o.account_id LIMIT 1), 'owner', ?3
             FROM portal_members m JOIN portals p ON p.id = m.portal_id
             WHERE p.sandbox_of = ?1 AND m.account_id = ?2 AND m.role = 'owner'
             ON CONFLICT (portal_id, account_id) DO UPDATE SET role = 'owner'";
        const LEAVE: &str = "DELETE FROM portal_members WHERE account_id = ?2 AND portal_id IN (SELECT id FROM portals WHERE sandbox_of = ?1)";
        // Nobody else can change their members concurrently.
        let ids = "SELECT id AS value FROM portals WHERE sandbox_of = ?1 ORDER BY id";
        for Single(portal) in
            self.tx.rows::<Single<PortalId>>(ids, params![self.organisation]).await?
        {
            let hold = "UPDATE portals SET name = name WHERE id = ?1";
            self.tx.execute(hold, params![portal]).await?;
        }
        self.tx.execute(PASS, params![self.organisation, id, now]).await?;
        self.tx.execute(LEAVE, params![self.organisation, id]).await?;
        Ok(())
    }

    /// Refuses unless another owner who can log in remains.
    async fn keep_an_owner(&mut self, person: &TeamMember) -> Result<()> {
        if person.role != Role::Owner {
            return Ok(());
        }
        let sql = sql!(self.organisation, "SELECT COUNT(*) AS value FROM " "_members m JOIN accounts a ON a.id = m.account_id WHERE m." "_id = ?1 AND m.role = 'owner' AND a.disabled_at IS NULL AND a.deleted_at IS NULL AND a.id <> ?2");
        let owners: Option<Single<i64>> =
            self.tx.row(sql, params![self.organisation, person.account_id]).await?;
        if owners.is_some_and(|Single(count)| count > 0) {
            Ok(())
        } else {
            Err(Error::Conflict(Message::new("team.error.last_owner")))
        }
    }
}
