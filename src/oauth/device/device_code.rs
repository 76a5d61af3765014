//! A device's request, as it is kept: ten minutes, one decision, one exchange.

use jiff::{SignedDuration, Timestamp};

use super::UserCode;
use crate::auth::{ScopeSet, Token, TokenKind};
use crate::db::{
    Cleaner, Column, Db, FromColumn, Param, ToParam, Tx, WritingDb, delete_batch, from_row, params,
};
use crate::error::Result;
use crate::ids::{AccountId, AppId, CodeId, GrantId};

/// How long a request waits for its owner, and for its device after that.
pub(super) const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// How many seconds a device waits between two tries at first.
pub(super) const INTERVAL: i64 = 5;

/// How many seconds more it waits after each try that came too soon (RFC 8628 section 3.5).
const SLOWER: i64 = 5;

/// How much too soon a try may come: networks are uneven.
const UNEVEN: SignedDuration = SignedDuration::from_millis(500);

/// How long a request that is over is remembered, so that its device is told so and a second use is
/// noticed.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

/// What the owner decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The device gets tokens.
    Allowed,
    /// It does not.
    Denied,
}

impl ToParam for Decision {
    fn to_param(&self) -> Param<'_> {
        match self {
            Self::Allowed => "allowed".to_param(),
            Self::Denied => "denied".to_param(),
        }
    }
}

impl FromColumn for Decision {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Text("allowed") => Some(Self::Allowed),
            Column::Text("denied") => Some(Self::Denied),
            _ => None,
        }
    }
}

/// A device's request.
pub struct DeviceCode {
    /// Its id. The tokens go back to it as they do to an authorization code.
    pub id: CodeId,
    /// The app.
    pub app_id: AppId,
    /// What was asked; once decided, what was allowed of it.
    pub scopes: ScopeSet,
    /// What the owner decided, if they did.
    pub decision: Option<Decision>,
    /// The consent, if there is one.
    pub grant_id: Option<GrantId>,
    poll_seconds: i64,
    polled_at: Option<Timestamp>,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was exchanged, if it was.
    pub used_at: Option<Timestamp>,
}

from_row!(DeviceCode {
    id,
    app_id,
    scopes,
    decision,
    grant_id,
    poll_seconds,
    polled_at,
    expires_at,
    used_at
});

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT d.id, d.app_id, d.scopes, d.decision, d.grant_id, d.poll_seconds, d.polled_at, d.expires_at, d.used_at FROM device_codes d ",
            $rest
        )
    };
}

impl DeviceCode {
    /// Keeps a request of an app: the code for the device, and the one for its owner.
    pub async fn issue(
        db: &WritingDb,
        app: &AppId,
        scopes: ScopeSet,
        now: Timestamp,
    ) -> Result<(Token, UserCode)> {
        loop {
            let (code, user_code) = (Token::random(TokenKind::DeviceCode), UserCode::random());
            // Of 2^34 user codes one may be taken; then another is tried.
            let added = db
                .execute(
                    "INSERT INTO device_codes (id, device_code_hash, user_code_hash, app_id, scopes, poll_seconds, expires_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (user_code_hash) DO NOTHING",
                    params![CodeId::random(), code.hash(), user_code, app, scopes, INTERVAL, now + LIFETIME],
                )
                .await?;
            if added == 1 {
                return Ok((code, user_code));
            }
        }
    }

    /// The request of a user code that waits for its owner.
    pub async fn waiting(db: &Db, user_code: &UserCode, now: Timestamp) -> Result<Option<Self>> {
        Ok(db
            .row(
                select!("WHERE d.user_code_hash = ?1 AND d.decision IS NULL AND d.expires_at > ?2"),
                params![user_code, now],
            )
            .await?)
    }

    /// The request of a device code as long as its grant, if any, stands. It is held until the
    /// transaction ends.
    pub async fn hold(tx: &mut Tx, text: &str) -> Result<Option<Self>> {
        let Ok(code) = Token::parse_as(TokenKind::DeviceCode, text) else { return Ok(None) };
        tx.execute(
            "UPDATE device_codes SET used_at = used_at WHERE device_code_hash = ?1",
            params![code.hash()],
        )
        .await?;
        let find = select!(
            "WHERE d.device_code_hash = ?1 AND (d.grant_id IS NULL OR d.grant_id IN (SELECT id FROM live_grants))"
        );
        Ok(tx.row(find, params![code.hash()]).await?)
    }

    /// Notes that the device asked; false when it did so too soon, and must wait longer from now
    /// on.
    pub async fn polled(&self, tx: &mut Tx, now: Timestamp) -> Result<bool> {
        let interval = SignedDuration::from_secs(self.poll_seconds);
        let in_time = self.polled_at.is_none_or(|before| before + interval - UNEVEN <= now);
        let seconds = if in_time { self.poll_seconds } else { self.poll_seconds + SLOWER };
        tx.execute(
            "UPDATE device_codes SET polled_at = ?2, poll_seconds = ?3 WHERE id = ?1",
            params![self.id, now, seconds],
        )
        .await?;
        Ok(in_time)
    }

    /// Notes what the owner allowed, within the transaction of the consent; false when it was
    /// decided before.
    pub async fn allow(
        &self,
        tx: &mut Tx,
        person: &AccountId,
        grant: &GrantId,
        scopes: ScopeSet,
        now: Timestamp,
    ) -> Result<bool> {
        let allow = "UPDATE device_codes SET decision = ?3, decided_by = ?4, grant_id = ?5, scopes = ?6 WHERE id = ?1 AND decision IS NULL AND expires_at > ?2";
        let allowed = params![self.id, now, Decision::Allowed, person, grant, scopes];
        Ok(tx.execute(allow, allowed).await? == 1)
    }

    /// Notes that the owner declined; false when it was decided before.
    pub async fn deny(&self, tx: &mut Tx, person: &AccountId, now: Timestamp) -> Result<bool> {
        let deny = "UPDATE device_codes SET decision = ?3, decided_by = ?4 WHERE id = ?1 AND decision IS NULL AND expires_at > ?2";
        Ok(tx.execute(deny, params![self.id, now, Decision::Denied, person]).await? == 1)
    }

    /// Whether this person decided so on the request of a user code.
    pub async fn was_decided(
        db: &Db,
        user_code: &UserCode,
        person: &AccountId,
        decision: Decision,
    ) -> Result<bool> {
        let find = select!("WHERE d.user_code_hash = ?1 AND d.decided_by = ?2 AND d.decision = ?3");
        Ok(db.row::<Self>(find, params![user_code, person, decision]).await?.is_some())
    }

    /// Uses the code up, within the transaction that holds it.
    pub async fn use_up(&self, tx: &mut Tx, now: Timestamp) -> Result<()> {
        tx.execute("UPDATE device_codes SET used_at = ?2 WHERE id = ?1", params![self.id, now])
            .await?;
        Ok(())
    }

    /// Forgets requests that are over.
    pub async fn clean_up(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
        let over = delete_batch!("device_codes", "id", "expires_at <= ?2");
        cleaner.delete(over, params![now - REMEMBERED]).await?;
        Ok(())
    }
}
