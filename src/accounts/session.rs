//! A browser that is logged in on one of the two sites. The cookie holds a random secret, the database its hash.

use jiff::{SignedDuration, Timestamp};

use crate::auth::{Token, TokenHash, TokenKind};
use crate::db::{Column, Db, FromColumn, Param, ToParam, Tx, from_row, params};
use crate::error::Result;
use crate::ids::{AccountId, PortalId};

/// How long a session lasts.
const LIFETIME: SignedDuration = SignedDuration::from_hours(14 * 24);

/// The site that a session is for: who is logged in on one is not thereby on the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Site {
    /// The manage portal, with the consent page.
    Manage,
    /// The developer portal.
    Developers,
}

impl Site {
    const fn name(self) -> &'static str {
        match self {
            Self::Manage => "manage",
            Self::Developers => "developers",
        }
    }
}

impl ToParam for Site {
    fn to_param(&self) -> Param<'_> {
        self.name().to_param()
    }
}

impl FromColumn for Site {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Text("manage") => Some(Self::Manage),
            Column::Text("developers") => Some(Self::Developers),
            _ => None,
        }
    }
}

/// A session and the person of it.
#[derive(Debug, Clone)]
pub struct Session {
    /// The secret's hash.
    pub token_hash: TokenHash,
    /// Who is logged in.
    pub account_id: AccountId,
    /// The person's name.
    pub name: String,
    /// The person's e-mail address.
    pub email: String,
    /// The portal that is open, on the manage site.
    pub portal_id: Option<PortalId>,
    /// When the password was last given.
    pub authenticated_at: Timestamp,
}

from_row!(Session { token_hash, account_id, name, email, portal_id, authenticated_at });

impl Session {
    /// Begins a session within a transaction; returns the secret for the cookie.
    ///
    /// # Errors
    /// The database's.
    pub async fn begin(tx: &mut Tx, site: Site, account: &AccountId, portal: Option<&PortalId>, now: Timestamp) -> Result<Token> {
        let token = Token::random(TokenKind::Session);
        tx.execute(
            "INSERT INTO sessions (token_hash, site, account_id, portal_id, authenticated_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![token.hash(), site, account, portal, now, now + LIFETIME],
        )
        .await?;
        Ok(token)
    }

    /// The session of a cookie's secret, if it is still good.
    ///
    /// # Errors
    /// The database's.
    pub async fn find(db: &Db, site: Site, token: &Token, now: Timestamp) -> Result<Option<Self>> {
        Ok(db
            .row(
                "SELECT s.token_hash, s.account_id, a.name, a.email, s.portal_id, s.authenticated_at
             FROM sessions s JOIN accounts a ON a.id = s.account_id
             WHERE s.token_hash = ?1 AND s.site = ?2 AND s.expires_at > ?3",
                params![token.hash(), site, now],
            )
            .await?)
    }

    /// Ends the session.
    ///
    /// # Errors
    /// The database's.
    pub async fn end(&self, db: &Db) -> Result<()> {
        db.execute("DELETE FROM sessions WHERE token_hash = ?1", params![self.token_hash]).await?;
        Ok(())
    }

    /// Opens one of the person's portals.
    ///
    /// # Errors
    /// The database's.
    pub async fn open_portal(&self, db: &Db, portal: &PortalId) -> Result<()> {
        db.execute("UPDATE sessions SET portal_id = ?2 WHERE token_hash = ?1", params![self.token_hash, portal]).await?;
        Ok(())
    }

    /// Notes that the password was given again.
    ///
    /// # Errors
    /// The database's.
    pub async fn reauthenticated(&self, db: &Db, now: Timestamp) -> Result<()> {
        db.execute("UPDATE sessions SET authenticated_at = ?2 WHERE token_hash = ?1", params![self.token_hash, now]).await?;
        Ok(())
    }

    /// Forgets sessions that are over.
    ///
    /// # Errors
    /// The database's.
    pub async fn clean_up(tx: &mut Tx, now: Timestamp) -> Result<()> {
        tx.execute("DELETE FROM sessions WHERE expires_at <= ?1", params![now]).await?;
        Ok(())
    }
}
