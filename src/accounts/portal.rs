//! Portals and their members.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Account, AccountFault, NewAccount, Permission, PortalLanguage, Role};
use crate::audit::{Action, Actor, Event};
use crate::db::{Db, DbError, FromRow, Queryable, Row, Tx, WritingDb, from_row, params};
use crate::error::{Error, Result};
use crate::ids::{AccountId, PortalId};
use crate::links;
use crate::ui::Brand;
use crate::values::{Color, Name};

/// A business's portal.
#[derive(Debug, Clone)]
pub struct Portal {
    /// Its id.
    pub id: PortalId,
    /// The business's name.
    pub name: String,
    /// The time zone in which its times are shown (IANA).
    pub time_zone: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// Whether it is a developer's test portal.
    pub is_sandbox: bool,
    /// Whether its people must have a second factor.
    pub requires_second_factor: bool,
    /// When its owner deleted it.
    pub deleted_at: Option<Timestamp>,
    /// The colour of its pages.
    pub color: Option<Color>,
    /// The version of its logo, if it has one.
    pub logo_version: Option<String>,
    /// The language of its mails to people whose language isn't known.
    pub language: Option<PortalLanguage>,
    /// The name that its mails are sent in, if it isn't its own.
    pub sender_name: Option<String>,
}

from_row!(Portal {
    id,
    name,
    time_zone,
    created_at,
    is_sandbox,
    requires_second_factor,
    deleted_at,
    color,
    logo_version,
    language,
    sender_name
});

impl Portal {
    /// The zone in which its times are shown, and in which its days begin and end.
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC)
    }

    /// The name that mails to its own people are sent in.
    pub fn mail_name(&self) -> &str {
        self.sender_name.as_deref().unwrap_or(&self.name)
    }

    /// How it looks.
    pub fn brand(&self) -> Brand {
        let version = self.logo_version.as_deref();
        Brand {
            color: self.color.as_ref().map(Color::rgb),
            logo: version.map(|version| links::portal_logo(&self.id, version)),
        }
    }
}

/// One of a person's portals, with the person's role.
#[derive(Debug, Clone)]
pub struct OwnPortal {
    /// The portal.
    pub portal: Portal,
    /// The person's role in it.
    pub role: Role,
}

impl FromRow for OwnPortal {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self { portal: Portal::from_row(row)?, role: row.read("role")? })
    }
}

macro_rules! select {
    ($rest:literal) => {
        select!(@columns "", "", $rest)
    };
    (@columns $more:literal, $join:literal, $rest:literal) => {
        concat!(
            "SELECT p.id, p.name, p.time_zone, p.created_at, (p.sandbox_of IS NOT NULL) AS is_sandbox, p.requires_second_factor, p.deleted_at,
                 s.color, s.logo_version, s.language, s.sender_name",
            $more,
            " FROM portals p ",
            $join,
            " LEFT JOIN portal_settings s ON s.portal_id = p.id ",
            $rest
        )
    };
}

/// A recipient of a mail.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// The person's name.
    pub name: String,
    /// The person's e-mail address.
    pub email: String,
}

from_row!(Recipient { name, email });

/// The members of a portal who can manage its keys and connected apps.
pub async fn key_managers(tx: &mut Tx, portal: &PortalId) -> Result<Vec<Recipient>> {
    Ok(tx
        .rows(
            "SELECT a.name, a.email FROM accounts a JOIN portal_members m ON m.account_id = a.id
             WHERE m.portal_id = ?1 AND m.role IN ('owner', 'admin') AND a.disabled_at IS NULL AND a.deleted_at IS NULL ORDER BY a.email",
            params![portal],
        )
        .await?)
}

/// Adds a portal with its owner, for the operator; the owner can already have an account.
///
/// # Errors
/// [`AccountFault::PasswordDiffers`] when it does, with another password.
pub async fn create_portal(
    db: &WritingDb,
    name: &Name,
    owner: &NewAccount,
    now: Timestamp,
) -> Result<(PortalId, AccountId), AccountFault> {
    let mut tx = db.begin().await.map_err(Error::from)?;
    let owner = owner.insert_or_match(&mut tx, now).await?;
    let portal = add_portal(&mut tx, name, &owner, now).await?;
    let (actor, subject) = (Actor::Operator, name.as_str());
    let event = Event {
        action: Action::PortalCreated,
        actor,
        subject,
        portal: Some(&portal),
        developer: None,
        caller: None,
    };
    event.record(&mut tx, now).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok((portal, owner))
}

/// Adds a portal for an owner within a transaction.
pub async fn add_portal(
    tx: &mut Tx,
    name: &Name,
    owner: &AccountId,
    now: Timestamp,
) -> Result<PortalId> {
    let id = PortalId::random();
    tx.execute(
        "INSERT INTO portals (id, name, created_at) VALUES (?1, ?2, ?3)",
        params![id, name, now],
    )
    .await?;
    tx.execute("INSERT INTO portal_members (portal_id, account_id, role, created_at) VALUES (?1, ?2, 'owner', ?3)", params![id, owner, now]).await?;
    Ok(id)
}

/// One portal, including a deleted one that can still be restored.
///
/// # Errors
/// [`Error::NotFound`] when there is none with that id.
pub async fn find_portal(db: impl Queryable, id: &PortalId) -> Result<Portal> {
    let row = db.row(select!("WHERE p.id = ?1 AND p.removed_at IS NULL"), params![id]).await?;
    row.ok_or(Error::NotFound)
}

/// All portals, oldest first.
pub async fn list_portals(db: &Db) -> Result<Vec<Portal>> {
    Ok(db
        .rows(select!("WHERE p.removed_at IS NULL ORDER BY p.created_at, p.id"), params![])
        .await?)
}

/// The portals that a person belongs to, by name.
pub async fn portals_of(db: impl Queryable, account: &AccountId) -> Result<Vec<Portal>> {
    Ok(OwnPortal::list(db, account).await?.into_iter().map(|own| own.portal).collect())
}

impl OwnPortal {
    /// The portals that a person belongs to, by name, except deleted ones.
    pub async fn list(db: impl Queryable, account: &AccountId) -> Result<Vec<Self>> {
        Ok(db
            .rows(
                select!(
                    @columns ", m.role",
                    "JOIN portal_members m ON m.portal_id = p.id",
                    "WHERE m.account_id = ?1 AND p.deleted_at IS NULL ORDER BY p.name, p.id"
                ),
                params![account],
            )
            .await?)
    }

    /// The portals in which a person has a permission, by name.
    pub async fn in_which_one_may(
        permission: Permission,
        db: &Db,
        account: &AccountId,
    ) -> Result<Vec<Portal>> {
        let all = Self::list(db, account).await?;
        Ok(all.into_iter().filter(|own| own.role.may(permission)).map(|own| own.portal).collect())
    }
}

/// The portal's owners, oldest first.
pub async fn owners_of(tx: &mut Tx, portal: &PortalId) -> Result<Vec<Account>> {
    Ok(tx
        .rows(
            "SELECT a.id, a.email, a.name, a.password_hash, a.email_verified_at, a.disabled_at, a.deleted_at FROM accounts a JOIN portal_members m ON m.account_id = a.id
         WHERE m.portal_id = ?1 AND m.role = 'owner' AND a.disabled_at IS NULL AND a.deleted_at IS NULL ORDER BY m.created_at, a.id",
            params![portal],
        )
        .await?)
}
