//! A browser that is logged in on one of the two sites. The cookie contains a random secret, the
//! database its hash.

use jiff::{SignedDuration, Timestamp};

use super::Authority;
use crate::auth::{Token, TokenHash, TokenKind};
use crate::caller::Caller;
use crate::clock::not_in_future;
use crate::db::{Cleaner, Db, Tx, WritingDb, delete_batch, from_row, params, text_enum};
use crate::error::{Error, Result};
use crate::ids::{AccountId, DeveloperId, PortalId, SessionId};

/// How long sessions last: two settings.
#[derive(Debug, Clone, Copy)]
pub struct SessionLimits {
    /// Idle time, unless the browser stays logged in.
    pub idle: SignedDuration,
    /// Total time since the log-in.
    pub longest: SignedDuration,
}

/// How a person has authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The password alone.
    Password,
    /// With a second factor: a code after the password, or a passkey, which is both at once.
    SecondFactor,
}

/// A new session.
#[derive(Debug, Clone, Copy)]
pub struct NewSession<'a> {
    /// The site that it is for.
    pub site: Site,
    /// The account.
    pub account: &'a AccountId,
    /// The open portal, in the manage portal.
    pub portal: Option<&'a PortalId>,
    /// The developer that is open, on the developer site; of none it is the first.
    pub developer: Option<&'a DeveloperId>,
    /// How the person authenticated.
    pub proof: Proof,
    /// Whether the browser stays logged in while idle.
    pub kept: bool,
}

/// The maximum number of sessions per person. Beyond it, the least recently used ones end.
const MOST: i64 = 100;

/// The minimum time between two updates of a session's last use.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(5);

text_enum! {
    /// The site of a session: logging in on one doesn't log in on the other.
    pub Site {
        /// The manage portal, with the consent page.
        Manage = "manage",
        /// The developer portal.
        Developers = "developers",
    }
}

impl Site {
    /// The path of the site.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Manage => "/manage",
            Self::Developers => "/developers",
        }
    }
}

/// A session and its person.
#[derive(Debug, Clone)]
pub struct Session {
    /// The secret's hash.
    pub token_hash: TokenHash,
    /// Its id, with which its owner can end it from elsewhere.
    pub id: SessionId,
    /// Who is logged in.
    pub account_id: AccountId,
    /// The person's name.
    pub name: String,
    /// The person's e-mail address.
    pub email: String,
    /// The open portal, in the manage portal.
    pub portal_id: Option<PortalId>,
    /// The open developer, in the developer portal.
    pub developer_id: Option<DeveloperId>,
    /// When the person last authenticated with the password or a passkey.
    pub authenticated_at: Timestamp,
    /// When the person last authenticated with a second factor or a passkey.
    pub second_factor_at: Option<Timestamp>,
    /// Whether the person has a second factor: an authenticator app or a passkey.
    pub has_second_factor: bool,
    /// Whether the browser stays logged in while idle.
    pub kept: bool,
    /// When the session began.
    pub created_at: Timestamp,
    /// When the last use was last updated.
    pub last_seen_at: Timestamp,
}

from_row!(Session {
    token_hash,
    id,
    account_id,
    name,
    email,
    portal_id,
    developer_id,
    authenticated_at,
    second_factor_at,
    has_second_factor,
    kept,
    created_at,
    last_seen_at
});

/// One of a person's sessions, as shown to that person.
#[derive(Debug, Clone)]
pub struct KnownSession {
    /// Its id.
    pub id: SessionId,
    /// The site that it is for.
    pub site: Site,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to within five minutes.
    pub last_seen_at: Timestamp,
    /// The address that it was last used from.
    pub address: String,
    /// The user agent that it was last used with.
    pub user_agent: String,
}

from_row!(KnownSession { id, site, created_at, last_seen_at, address, user_agent });

impl Session {
    /// Begins a session within a transaction, for the browser that calls; returns the secret for
    /// the cookie.
    pub async fn begin(
        tx: &mut Tx,
        new: &NewSession<'_>,
        limits: SessionLimits,
        caller: &Caller,
        now: Timestamp,
    ) -> Result<Token> {
        let token = Token::random(TokenKind::Session);
        tx.execute(
            "INSERT INTO sessions (token_hash, id, site, account_id, portal_id, kept, authenticated_at, second_factor_at, expires_at,
                 created_at, last_seen_at, address, user_agent, developer_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?7, ?7, ?10, ?11, ?12)",
            params![
                token.hash(),
                SessionId::random(),
                new.site,
                new.account,
                new.portal,
                new.kept,
                now,
                (new.proof == Proof::SecondFactor).then_some(now),
                limits.end(new.kept, now, now),
                caller.address.to_string(),
                caller.user_agent,
                new.developer
            ],
        )
        .await?;
        let surplus = "DELETE FROM sessions WHERE token_hash IN (
                 SELECT token_hash FROM sessions WHERE account_id = ?1 AND token_hash <> ?2 ORDER BY last_seen_at DESC, id LIMIT 1000 OFFSET ?3
             )";
        tx.execute(surplus, params![new.account, token.hash(), MOST - 1]).await?;
        Ok(token)
    }

    /// The session with a cookie's secret, if it is still valid.
    pub async fn find(db: &Db, site: Site, token: &Token, now: Timestamp) -> Result<Option<Self>> {
        let found: Option<Self> = db
            .row(
                "SELECT s.token_hash, s.id, s.account_id, a.name, a.email, s.portal_id, s.developer_id, s.authenticated_at, s.second_factor_at,
                 (EXISTS (SELECT 1 FROM totp_factors t WHERE t.account_id = s.account_id)
                 OR EXISTS (SELECT 1 FROM passkeys p WHERE p.account_id = s.account_id)) AS has_second_factor,
                 s.kept, s.created_at, s.last_seen_at
             FROM sessions s JOIN accounts a ON a.id = s.account_id
             WHERE s.token_hash = ?1 AND s.site = ?2 AND s.expires_at > ?3 AND a.disabled_at IS NULL AND a.deleted_at IS NULL",
                params![token.hash(), site, now],
            )
            .await?;
        Ok(found.map(|session| Self {
            authenticated_at: not_in_future(session.authenticated_at, now),
            second_factor_at: session.second_factor_at.map(|at| not_in_future(at, now)),
            last_seen_at: not_in_future(session.last_seen_at, now),
            ..session
        }))
    }

    /// Updates the session's last use and address, which also extends it; at most once every five
    /// minutes.
    pub async fn seen(
        &self,
        db: &WritingDb,
        limits: SessionLimits,
        caller: &Caller,
        now: Timestamp,
    ) -> Result<()> {
        if now < self.last_seen_at + SEEN_EVERY {
            return Ok(());
        }
        db.execute(
            "UPDATE sessions SET last_seen_at = ?2, address = ?3, user_agent = ?4, expires_at = ?5 WHERE token_hash = ?1",
            params![
                self.token_hash,
                now,
                caller.address.to_string(),
                caller.user_agent,
                limits.end(self.kept, self.created_at, now)
            ],
        )
        .await?;
        Ok(())
    }

    /// All sessions of the person, on both sites, most recently used first.
    pub async fn list(db: &Db, account: &AccountId, now: Timestamp) -> Result<Vec<KnownSession>> {
        Ok(db
            .rows(
                "SELECT id, site, created_at, last_seen_at, address, user_agent FROM sessions
             WHERE account_id = ?1 AND expires_at > ?2 ORDER BY last_seen_at DESC, created_at DESC, id",
                params![account, now],
            )
            .await?)
    }

    /// Ends another of the person's sessions, within a transaction.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the person has none with that id.
    pub async fn end_one(&self, tx: &mut Tx, id: &SessionId) -> Result<()> {
        match tx
            .execute(
                "DELETE FROM sessions WHERE account_id = ?1 AND id = ?2",
                params![self.account_id, id],
            )
            .await?
        {
            0 => Err(Error::NotFound),
            _ => Ok(()),
        }
    }

    /// Ends all of the person's sessions but this one, within a transaction; returns how many.
    pub async fn end_others(&self, tx: &mut Tx) -> Result<u64> {
        Ok(tx
            .execute(
                "DELETE FROM sessions WHERE account_id = ?1 AND token_hash <> ?2",
                params![self.account_id, self.token_hash],
            )
            .await?)
    }

    /// Ends the session, within a transaction.
    pub async fn end(&self, tx: &mut Tx) -> Result<()> {
        tx.execute("DELETE FROM sessions WHERE token_hash = ?1", params![self.token_hash]).await?;
        Ok(())
    }

    /// Opens one of the person's portals, within a transaction.
    pub async fn open_portal(&self, tx: &mut Tx, portal: &PortalId) -> Result<()> {
        tx.execute(
            "UPDATE sessions SET portal_id = ?2 WHERE token_hash = ?1",
            params![self.token_hash, portal],
        )
        .await?;
        Ok(())
    }

    /// Opens one of the developers that the person belongs to, within a transaction.
    pub async fn open_developer(&self, tx: &mut Tx, developer: &DeveloperId) -> Result<()> {
        tx.execute(
            "UPDATE sessions SET developer_id = ?2 WHERE token_hash = ?1",
            params![self.token_hash, developer],
        )
        .await?;
        Ok(())
    }

    /// Records a re-authentication, within a transaction.
    pub async fn reauthenticated(&self, tx: &mut Tx, proof: Proof, now: Timestamp) -> Result<()> {
        tx.execute(
            "UPDATE sessions SET authenticated_at = ?2, second_factor_at = COALESCE(?3, second_factor_at) WHERE token_hash = ?1",
            params![self.token_hash, now, (proof == Proof::SecondFactor).then_some(now)],
        )
        .await?;
        Ok(())
    }

    /// Records that a second factor was given, for example when adding one, within a transaction.
    pub async fn second_factor_given(&self, tx: &mut Tx, now: Timestamp) -> Result<()> {
        let update = "UPDATE sessions SET second_factor_at = ?2 WHERE token_hash = ?1";
        tx.execute(update, params![self.token_hash, now]).await?;
        Ok(())
    }

    /// Whether the person authenticated after a given time with the password, and the second factor
    /// if they have one; or with a passkey, which is both.
    pub fn is_proven_since(&self, moment: Timestamp) -> bool {
        self.authenticated_at >= moment && self.is_second_factor_given_since(moment)
    }

    /// The same for the second factor alone.
    pub fn is_second_factor_given_since(&self, moment: Timestamp) -> bool {
        !self.has_second_factor || self.second_factor_at.is_some_and(|at| at >= moment)
    }

    /// Refuses a person without a second factor where one is required. A person who has one used it
    /// to log in, or set it up in this session.
    ///
    /// # Errors
    /// [`Error::SecondFactorRequired`].
    pub fn check_second_factor(&self, is_required: bool) -> Result<()> {
        if is_required && !self.has_second_factor {
            return Err(Error::SecondFactorRequired);
        }
        Ok(())
    }

    /// Ends all other sessions of the person, and all log-ins that wait for a second factor, within
    /// the transaction in which this session changes the person's password or factors.
    pub async fn factors_changed(&self, tx: &mut Tx) -> Result<()> {
        self.end_others(tx).await?;
        tx.execute("DELETE FROM log_in_steps WHERE account_id = ?1", params![self.account_id])
            .await?;
        Ok(())
    }

    /// Deletes expired sessions.
    pub async fn clean_up(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
        let over = delete_batch!("sessions", "token_hash", "expires_at <= ?2");
        cleaner.delete(over, params![now]).await?;
        Ok(())
    }
}

/// The session itself; its account is locked with it.
impl Authority for Session {
    async fn hold(&self, tx: &mut Tx) -> Result<()> {
        // Lock the account first, like a password change, which ends its sessions.
        tx.execute("UPDATE accounts SET name = name WHERE id = ?1", params![self.account_id])
            .await?;
        let hold = "UPDATE sessions SET site = site WHERE token_hash = ?1";
        match tx.execute(hold, params![self.token_hash]).await? {
            0 => Err(Error::LoggedOut),
            _ => Ok(()),
        }
    }
}

impl SessionLimits {
    /// When a session that began at `start` and is used now expires.
    fn end(self, kept: bool, start: Timestamp, now: Timestamp) -> Timestamp {
        let latest = start + self.longest;
        if kept { latest } else { latest.min(now + self.idle) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn use_puts_the_end_off_but_not_for_ever() {
        let hours = |hours| Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours);
        let limits = SessionLimits {
            idle: SignedDuration::from_hours(24),
            longest: SignedDuration::from_hours(14 * 24),
        };
        for (kept, now, end) in
            [(false, 0, 24), (false, 100, 124), (false, 330, 336), (true, 0, 336), (true, 330, 336)]
        {
            assert_eq!(limits.end(kept, hours(0), hours(now)), hours(end), "{kept} {now}");
        }
    }
}
