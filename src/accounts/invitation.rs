//! Invitations to join a portal or a developer. The mailed link contains a secret, of which only
//! the hash is stored; it works once, for seven days.

use jiff::{SignedDuration, Timestamp};

use super::organisation::sql;
use super::{HeldTeam, Organisation, Role, Site};
use crate::auth::{Token, TokenKind};
use crate::db::{Cleaner, Db, DbError, FromRow, Row, Single, Tx, delete_batch, from_row, params};
use crate::error::{Error, FieldErrors, Message, Result};
use crate::ids::{DeveloperId, InvitationId, PortalId};
use crate::values::EmailAddress;

/// How long a link works.
pub(super) const LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The maximum number of open invitations per organisation.
const MOST: i64 = 100;

/// An open invitation.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The invited e-mail address, in lower case.
    pub email: String,
    /// The person's future role.
    pub role: Role,
    /// The name of the sender; none for the operator.
    pub inviter: Option<String>,
    /// When it was last sent.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
}

from_row!(Invitation { id, email, role, inviter, created_at, expires_at });

/// An invitation, as shown to the person who has its link.
#[derive(Debug, Clone)]
pub struct ReceivedInvitation {
    /// The portal or developer to join.
    pub organisation: Organisation,
    /// Its name.
    pub organisation_name: String,
    /// The invited e-mail address, in lower case.
    pub email: String,
    /// The person's future role.
    pub role: Role,
    /// The name of the sender; none for the operator.
    pub inviter: Option<String>,
}

impl FromRow for ReceivedInvitation {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let portal: Option<PortalId> = row.read("portal_id")?;
        let developer: Option<DeveloperId> = row.read("developer_id")?;
        let organisation = match (portal, developer) {
            (Some(id), None) => Organisation::Portal(id),
            (None, Some(id)) => Organisation::Developer(id),
            _ => return Err(DbError::Column { column: "portal_id" }),
        };
        Ok(Self {
            organisation,
            organisation_name: row.read("organisation_name")?,
            email: row.read("email")?,
            role: row.read("role")?,
            inviter: row.read("inviter")?,
        })
    }
}

/// A person to invite.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    /// The address.
    pub email: String,
    /// The person's future role.
    pub role: Role,
}

/// A new invitation.
#[derive(Debug)]
pub struct Invited {
    /// The secret for the link.
    pub token: Token,
    /// Whether it replaced an earlier, still valid one for the same address.
    pub replaces_open_one: bool,
}

/// An earlier invitation for an address.
struct Earlier {
    role: Role,
    expires_at: Timestamp,
}

from_row!(Earlier { role, expires_at });

impl Invitation {
    /// The open invitations of an organisation, newest first, including expired ones, which can be
    /// sent again.
    pub async fn list(db: &Db, organisation: &Organisation) -> Result<Vec<Self>> {
        let sql = sql!(
            organisation,
            "SELECT i.id, i.email, i.role, a.name AS inviter, i.created_at, i.expires_at FROM invitations i
             LEFT JOIN accounts a ON a.id = i.invited_by WHERE i."
            "_id = ?1 ORDER BY i.created_at DESC, i.id"
        );
        Ok(db.rows(sql, params![organisation]).await?)
    }

    /// One of them.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the organisation has none with that id.
    pub async fn find(db: &Db, organisation: &Organisation, id: &InvitationId) -> Result<Self> {
        let sql = sql!(
            organisation,
            "SELECT i.id, i.email, i.role, a.name AS inviter, i.created_at, i.expires_at FROM invitations i
             LEFT JOIN accounts a ON a.id = i.invited_by WHERE i."
            "_id = ?1 AND i.id = ?2"
        );
        db.row(sql, params![organisation, id]).await?.ok_or(Error::NotFound)
    }

    /// Deletes invitations that expired more than a month ago.
    pub async fn clean_up(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
        let over = delete_batch!("invitations", "id", "expires_at <= ?2");
        cleaner.delete(over, params![now - SignedDuration::from_hours(30 * 24)]).await?;
        Ok(())
    }
}

const RECEIVED: &str = "SELECT i.portal_id, i.developer_id, COALESCE(p.name, d.name) AS organisation_name, i.email, i.role, a.name AS inviter
     FROM invitations i LEFT JOIN accounts a ON a.id = i.invited_by
     LEFT JOIN portals p ON p.id = i.portal_id LEFT JOIN developers d ON d.id = i.developer_id
     WHERE i.token_hash = ?1 AND i.expires_at > ?2 AND p.deleted_at IS NULL AND d.deleted_at IS NULL AND d.disabled_at IS NULL";

impl ReceivedInvitation {
    /// The invitation with a link's secret on this site, without using the link.
    pub async fn peek(db: &Db, site: Site, text: &str, now: Timestamp) -> Result<Option<Self>> {
        let Ok(token) = Token::parse_as(TokenKind::MailLink, text) else { return Ok(None) };
        let found: Option<Self> = db.row(RECEIVED, params![token.hash(), now]).await?;
        Ok(found.filter(|invitation| invitation.organisation.site() == site))
    }

    /// Uses a link, within a transaction; returns the invitation, if it was still open and for the
    /// address `email`.
    pub async fn open(
        tx: &mut Tx,
        site: Site,
        text: &str,
        email: &str,
        now: Timestamp,
    ) -> Result<Option<Self>> {
        let Ok(token) = Token::parse_as(TokenKind::MailLink, text) else { return Ok(None) };
        let found: Option<Self> = tx.row(RECEIVED, params![token.hash(), now]).await?;
        let Some(found) =
            found.filter(|found| found.organisation.site() == site && found.email == email)
        else {
            return Ok(None);
        };
        // If two accept it at once, the second deletes nothing.
        let opened = tx
            .execute("DELETE FROM invitations WHERE token_hash = ?1", params![token.hash()])
            .await?;
        Ok((opened == 1).then_some(found))
    }
}

impl Organisation {
    /// The site of the organisation.
    pub const fn site(&self) -> Site {
        match self {
            Self::Portal(_) => Site::Manage,
            Self::Developer(_) => Site::Developers,
        }
    }
}

impl HeldTeam<'_> {
    /// Creates an invitation, replacing an earlier one for the same address.
    ///
    /// # Errors
    /// [`Error::Forbidden`], also when the actor can't withdraw the earlier one; [`Error::Invalid`]
    /// when the person already belongs to the organisation, or too many invitations are open.
    pub async fn invite(&mut self, new: &NewInvitation, now: Timestamp) -> Result<Invited> {
        self.require(new.role)?;
        let (organisation, email) = (self.organisation, EmailAddress::comparable(&new.email));
        let is_member = sql!(
            organisation,
            "SELECT COUNT(*) AS value FROM " "_members m JOIN accounts a ON a.id = m.account_id WHERE m." "_id = ?1 AND a.email = ?2"
        );
        if self.count(is_member, &email).await? > 0 {
            return Err(Error::Invalid(FieldErrors::one(
                "email",
                Message::new("team.error.is_member"),
            )));
        }
        let delete = sql!(organisation, "DELETE FROM invitations WHERE " "_id = ?1 AND email = ?2 RETURNING role, expires_at");
        let earlier: Option<Earlier> = self.tx.row(delete, params![organisation, email]).await?;
        if let Some(earlier) = &earlier {
            self.require(earlier.role)?;
        }
        let others = sql!(organisation, "SELECT COUNT(*) AS value FROM invitations WHERE " "_id = ?1 AND email <> ?2");
        if self.count(others, &email).await? >= MOST {
            return Err(Error::Invalid(FieldErrors::one(
                "email",
                Message::with("team.error.too_many", MOST),
            )));
        }
        let token = Token::random(TokenKind::MailLink);
        let insert = sql!(
            organisation,
            "INSERT INTO invitations (" "_id, id, token_hash, email, role, invited_by, created_at, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
        );
        let (id, inviter) = (InvitationId::random(), &self.actor.account_id);
        self.tx
            .execute(
                insert,
                params![
                    organisation,
                    id,
                    token.hash(),
                    email,
                    new.role,
                    inviter,
                    now,
                    now + LIFETIME
                ],
            )
            .await?;
        Ok(Invited {
            token,
            replaces_open_one: earlier.is_some_and(|earlier| earlier.expires_at > now),
        })
    }

    /// Withdraws an invitation.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the organisation has none with that id, [`Error::Forbidden`].
    pub async fn withdraw(&mut self, invitation: &Invitation) -> Result<()> {
        self.require(invitation.role)?;
        let sql = sql!(self.organisation, "DELETE FROM invitations WHERE " "_id = ?1 AND id = ?2");
        match self.tx.execute(sql, params![self.organisation, invitation.id]).await? {
            0 => Err(Error::NotFound),
            _ => Ok(()),
        }
    }

    async fn count(&mut self, sql: &'static str, email: &str) -> Result<i64> {
        let count: Option<Single<i64>> =
            self.tx.row(sql, params![self.organisation, email]).await?;
        Ok(count.map_or(0, |Single(count)| count))
    }
}
