//! A device's request, as stored: valid for ten minutes, one decision and one exchange.

use jiff::{SignedDuration, Timestamp};

use super::user_code::UserCode;
use crate::auth::{ScopeSet, Token, TokenKind};
use crate::clock::not_in_future;
use crate::db::{Cleaner, Db, Tx, WritingDb, delete_batch, from_row, params, text_enum};
use crate::error::Result;
use crate::ids::{AccountId, AppId, CodeId, GrantId};

/// How long a request waits for its owner, and then for its device.
pub(super) const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// The initial polling interval, in seconds.
pub(super) const INTERVAL: i64 = 5;

/// How many seconds are added to the interval after each poll that came too soon (RFC 8628 section
/// 3.5).
const SLOWER: i64 = 5;

/// How much too soon a poll can come: network delays vary.
const UNEVEN: SignedDuration = SignedDuration::from_millis(500);

/// How long an expired request is stored, so that its device gets the right error and a second use
/// is detected.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

text_enum! {
    /// The owner's decision.
    pub Decision {
        /// The device gets tokens.
        Allowed = "allowed",
        /// The device gets no tokens.
        Denied = "denied",
    }
}

/// A device's request.
pub struct DeviceCode {
    /// Its id. Tokens refer to it as they do to an authorization code.
    pub id: CodeId,
    /// The app.
    pub app_id: AppId,
    /// The requested scopes; once decided, the allowed ones.
    pub scopes: ScopeSet,
    /// The owner's decision, if any.
    pub decision: Option<Decision>,
    /// The consent, if there is one.
    pub grant_id: Option<GrantId>,
    poll_seconds: i64,
    polled_at: Option<Timestamp>,
    /// When it expires.
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
    /// Stores a request of an app; returns the device code and the user code.
    pub async fn issue(
        db: &WritingDb,
        app: &AppId,
        scopes: ScopeSet,
        now: Timestamp,
    ) -> Result<(Token, UserCode)> {
        loop {
            let (code, user_code) = (Token::random(TokenKind::DeviceCode), UserCode::random());
            // One of the 2^34 user codes may be in use; then another is tried.
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

    /// The pending request with a user code.
    pub async fn waiting(db: &Db, user_code: &UserCode, now: Timestamp) -> Result<Option<Self>> {
        Ok(db
            .row(
                select!("WHERE d.user_code_hash = ?1 AND d.decision IS NULL AND d.expires_at > ?2"),
                params![user_code, now],
            )
            .await?)
    }

    /// The request with a device code, unless its grant was revoked. It is locked until the
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

    /// Records a poll; false if it came too soon, after which the device must wait longer.
    pub async fn polled(&self, tx: &mut Tx, now: Timestamp) -> Result<bool> {
        let interval = SignedDuration::from_secs(self.poll_seconds);
        let before = self.polled_at.map(|at| not_in_future(at, now));
        let in_time = before.is_none_or(|before| before + interval - UNEVEN <= now);
        let seconds = if in_time { self.poll_seconds } else { self.poll_seconds + SLOWER };
        tx.execute(
            "UPDATE device_codes SET polled_at = ?2, poll_seconds = ?3 WHERE id = ?1",
            params![self.id, now, seconds],
        )
        .await?;
        Ok(in_time)
    }

    /// Records what the owner allowed, within the transaction of the consent; false if it was
    /// already decided.
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

    /// Records that the owner declined; false if it was already decided.
    pub async fn deny(&self, tx: &mut Tx, person: &AccountId, now: Timestamp) -> Result<bool> {
        let deny = "UPDATE device_codes SET decision = ?3, decided_by = ?4 WHERE id = ?1 AND decision IS NULL AND expires_at > ?2";
        Ok(tx.execute(deny, params![self.id, now, Decision::Denied, person]).await? == 1)
    }

    /// Whether this person made this decision on the request with a user code.
    pub async fn was_decided(
        db: &Db,
        user_code: &UserCode,
        person: &AccountId,
        decision: Decision,
    ) -> Result<bool> {
        let find = select!("WHERE d.user_code_hash = ?1 AND d.decided_by = ?2 AND d.decision = ?3");
        Ok(db.row::<Self>(find, params![user_code, person, decision]).await?.is_some())
    }

    /// Marks the code as used, within the transaction that locks it.
    pub async fn use_up(&self, tx: &mut Tx, now: Timestamp) -> Result<()> {
        tx.execute("UPDATE device_codes SET used_at = ?2 WHERE id = ?1", params![self.id, now])
            .await?;
        Ok(())
    }

    /// Deletes expired requests.
    pub async fn clean_up(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
        let over = delete_batch!("device_codes", "id", "expires_at <= ?2");
        cleaner.delete(over, params![now - REMEMBERED]).await?;
        Ok(())
    }
}
