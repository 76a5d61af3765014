//! Refresh tokens, as stored, and their replacement by a successor (RFC 9700 section 4.14.2).

use jiff::{SignedDuration, Timestamp};

use super::tokens;
use crate::auth::{KeyThumbprint, ScopeSet, Token};
use crate::db::{Cleaner, Tx, delete_batch, from_row, params};
use crate::error::Result;
use crate::ids::{AppId, CodeId, GrantId, PortalId, TokenId};

/// How long after its first use a replaced token still returns its successor: for a lost response,
/// and for two processes of an app that refresh at the same time.
const GRACE: SignedDuration = SignedDuration::from_secs(30);

/// How long a replaced token is stored, so that its reuse is detected, and any other token after it
/// expires.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The maximum number of replaced tokens stored per family.
const MOST_REPLACED: i64 = 1000;

/// A refresh token, as stored.
pub struct RefreshToken {
    /// Its id.
    pub id: TokenId,
    /// The consent.
    pub grant_id: GrantId,
    /// The portal that gave access.
    pub portal_id: PortalId,
    /// The app that it was issued to.
    pub app_id: AppId,
    /// The code that its whole family was issued from.
    pub code_id: CodeId,
    /// Its scopes.
    pub scopes: ScopeSet,
    /// When it expires, even if it is used.
    pub expires_at: Option<Timestamp>,
    /// The key that it is bound to, if it is.
    pub dpop_jkt: Option<KeyThumbprint>,
    /// When it was replaced, if it was.
    pub rotated_at: Option<Timestamp>,
    /// The salt from which its successor is derived.
    successor_salt: Option<Vec<u8>>,
}

from_row!(RefreshToken {
    id,
    grant_id,
    portal_id,
    app_id,
    code_id,
    scopes,
    expires_at,
    dpop_jkt,
    rotated_at,
    successor_salt
});

impl RefreshToken {
    /// Finds a presented token, if it is active or was replaced; one last used before `idle_since`
    /// has expired. It is locked until the transaction ends: a concurrent use or revocation waits,
    /// and then finds what was issued from it (see [`tokens::revoke_of_code`]).
    pub async fn hold(
        tx: &mut Tx,
        presented: &Token,
        idle_since: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Self>> {
        // A token that was replaced while the wall clock was ahead is treated as replaced now;
        // otherwise it would return its successor until the clock gets there again.
        let hold = "UPDATE oauth_tokens SET last_used_at = ?2,
                 rotated_at = CASE WHEN rotated_at > ?2 THEN ?2 ELSE rotated_at END WHERE token_hash = ?1 AND kind = 'refresh' AND revoked_at IS NULL
             AND (expires_at IS NULL OR expires_at > ?2) AND COALESCE(last_used_at, created_at) > ?3";
        if tx.execute(hold, params![presented.hash(), now, idle_since]).await? == 0 {
            return Ok(None);
        }
        let find = "SELECT t.id, t.grant_id, g.portal_id, g.app_id, t.code_id, t.scopes, t.expires_at, t.dpop_jkt, t.rotated_at,
                 t.successor_salt
             FROM oauth_tokens t JOIN live_grants g ON g.id = t.grant_id WHERE t.token_hash = ?1";
        Ok(tx.row(find, params![presented.hash()]).await?)
    }

    /// Whether it was replaced so long ago that its use means somebody has a copy.
    pub fn is_reused(&self, now: Timestamp) -> bool {
        self.rotated_at.is_some_and(|at| at + GRACE <= now)
    }

    /// The token's only successor. The first use creates it, with the same scopes (RFC 6749 section
    /// 6), expiry and key; later uses get the same one, derived again from the `presented` text, of
    /// which only the hash is stored.
    pub async fn successor(&self, tx: &mut Tx, presented: &Token, now: Timestamp) -> Result<Token> {
        if let Some(salt) = &self.successor_salt {
            return Ok(presented.successor(salt));
        }
        let salt: [u8; 32] = rand::random();
        let successor = presented.successor(&salt);
        tx.execute(
            "UPDATE oauth_tokens SET rotated_at = ?2, successor_salt = ?3 WHERE id = ?1",
            params![self.id, now, salt[..]],
        )
        .await?;
        tx.execute(
            "INSERT INTO oauth_tokens (id, token_hash, kind, grant_id, code_id, scopes, created_at, expires_at, dpop_jkt)
             SELECT ?2, ?3, kind, grant_id, code_id, scopes, ?4, expires_at, dpop_jkt FROM oauth_tokens WHERE id = ?1",
            params![self.id, TokenId::random(), successor.hash(), now],
        )
        .await?;
        let surplus = "DELETE FROM oauth_tokens WHERE id IN (
                 SELECT id FROM oauth_tokens WHERE code_id = ?1 AND rotated_at IS NOT NULL ORDER BY rotated_at DESC, id LIMIT 1000 OFFSET ?2
             )";
        tx.execute(surplus, params![self.code_id, MOST_REPLACED]).await?;
        Ok(successor)
    }

    /// Revokes the token's whole family; false if that was already done.
    pub async fn revoke_family(&self, tx: &mut Tx, now: Timestamp) -> Result<bool> {
        Ok(tokens::revoke_of_code(tx, &self.code_id, now).await? > 0)
    }

    /// Deletes tokens that were replaced long ago, and those revoked as long ago, alone or with
    /// their grant.
    pub async fn clean_up(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
        let long_ago = now - REMEMBERED;
        let replaced = delete_batch!("oauth_tokens", "id", "rotated_at <= ?2");
        cleaner.delete(replaced, params![long_ago]).await?;
        let revoked = delete_batch!("oauth_tokens", "id", "kind = 'refresh' AND revoked_at <= ?2");
        cleaner.delete(revoked, params![long_ago]).await?;
        // Grants revoked even earlier lost their tokens in earlier clean-ups.
        let of_revoked = delete_batch!(
            "oauth_tokens",
            "id",
            "kind = 'refresh' AND grant_id IN (SELECT id FROM grants WHERE revoked_at <= ?2 AND revoked_at > ?3)"
        );
        cleaner.delete(of_revoked, params![long_ago, long_ago - REMEMBERED]).await?;
        Ok(())
    }

    /// Deletes tokens that were last used long before `idle_since`.
    pub async fn forget_idle(cleaner: &Cleaner, idle_since: Timestamp) -> Result<()> {
        let idle = delete_batch!(
            "oauth_tokens",
            "id",
            "kind = 'refresh' AND COALESCE(last_used_at, created_at) <= ?2"
        );
        cleaner.delete(idle, params![idle_since - REMEMBERED]).await?;
        Ok(())
    }
}
