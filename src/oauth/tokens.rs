//! Issued access and refresh tokens.

use jiff::{SignedDuration, Timestamp};

use crate::auth::{KeyThumbprint, ScopeSet, Token, TokenKind};
use crate::db::{Cleaner, Tx, delete_batch, from_row, params, text_enum};
use crate::error::Result;
use crate::ids::{CodeId, GrantId, TokenId};

text_enum! {
    /// Which of the two.
    pub IssuedKind {
        /// For the API.
        Access = "access",
        /// For the token endpoint.
        Refresh = "refresh",
    }
}

impl IssuedKind {
    const fn token_kind(self) -> TokenKind {
        match self {
            Self::Access => TokenKind::AccessToken,
            Self::Refresh => TokenKind::RefreshToken,
        }
    }
}

/// The maximum number of access tokens per code: an app can run that many processes that each
/// refresh for themselves. Beyond it, the oldest are revoked.
const MOST_ACCESS_TOKENS: i64 = 50;

/// The maximum number of refresh tokens per grant, for example when its owner keeps connecting the
/// app. Beyond it, the least recently used are revoked.
const MOST_REFRESH_TOKENS: i64 = 100;

/// Issues a token under a grant, bound to a key if there is one. If there are too many, the oldest are
/// revoked.
pub async fn issue(
    tx: &mut Tx,
    kind: IssuedKind,
    (grant, code): (&GrantId, &CodeId),
    scopes: ScopeSet,
    key: Option<KeyThumbprint>,
    lifetime: Option<SignedDuration>,
    now: Timestamp,
) -> Result<Token> {
    let (id, token) = (TokenId::random(), Token::random(kind.token_kind()));
    tx.execute(
        "INSERT INTO oauth_tokens (id, token_hash, kind, grant_id, code_id, scopes, created_at, expires_at, dpop_jkt)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![id, token.hash(), kind, grant, code, scopes, now, lifetime.map(|lifetime| now + lifetime), key],
    )
    .await?;
    match kind {
        IssuedKind::Access => {
            let surplus = "DELETE FROM oauth_tokens WHERE id IN (
                     SELECT id FROM oauth_tokens WHERE code_id = ?1 AND kind = 'access' AND id <> ?2
                     ORDER BY created_at DESC, id LIMIT 1000 OFFSET ?3
                 )";
            tx.execute(surplus, params![code, id, MOST_ACCESS_TOKENS - 1]).await?;
        }
        IssuedKind::Refresh => {
            let surplus = "DELETE FROM oauth_tokens WHERE id IN (
                     SELECT id FROM oauth_tokens WHERE grant_id = ?1 AND kind = 'refresh' AND rotated_at IS NULL AND id <> ?2
                     ORDER BY COALESCE(last_used_at, created_at) DESC, id LIMIT 1000 OFFSET ?3
                 )";
            tx.execute(surplus, params![grant, id, MOST_REFRESH_TOKENS - 1]).await?;
        }
    }
    Ok(token)
}

/// Revokes every token issued from a code; returns how many. It locks their grant first, so that
/// concurrent revocations wait for each other without deadlock. It repeats until none is left: a
/// concurrent refresh locks its refresh token, so the statement waits for it, and only a later one
/// sees what it issued.
pub async fn revoke_of_code(tx: &mut Tx, code: &CodeId, now: Timestamp) -> Result<u64> {
    let hold = "UPDATE grants SET revoked_at = revoked_at WHERE id IN (SELECT grant_id FROM oauth_tokens WHERE code_id = ?1)";
    tx.execute(hold, params![code]).await?;
    let mut all = 0;
    loop {
        let revoked = tx
            .execute(
                "UPDATE oauth_tokens SET revoked_at = ?2 WHERE code_id = ?1 AND revoked_at IS NULL",
                params![code, now],
            )
            .await?;
        if revoked == 0 {
            return Ok(all);
        }
        all += revoked;
    }
}

/// A code or token with its scopes.
struct Carried {
    id: String,
    scopes: ScopeSet,
}

from_row!(Carried { id, scopes });

/// Removes scopes from every code and token of a grant that the transaction locks; a token that has
/// none left is revoked. It repeats until nothing is left to remove, like [`revoke_of_code`].
pub async fn take_scopes(
    tx: &mut Tx,
    grant: &GrantId,
    taken: ScopeSet,
    now: Timestamp,
) -> Result<()> {
    let of_codes =
        "SELECT id, scopes FROM authorization_codes WHERE grant_id = ?1 AND used_at IS NULL";
    for Carried { id, scopes } in tx.rows(of_codes, params![grant]).await? {
        tx.execute(
            "UPDATE authorization_codes SET scopes = ?2 WHERE id = ?1",
            params![id, scopes.without(taken)],
        )
        .await?;
    }
    let of_devices = "SELECT id, scopes FROM device_codes WHERE grant_id = ?1 AND used_at IS NULL";
    for Carried { id, scopes } in tx.rows(of_devices, params![grant]).await? {
        tx.execute(
            "UPDATE device_codes SET scopes = ?2 WHERE id = ?1",
            params![id, scopes.without(taken)],
        )
        .await?;
    }
    let of_tokens = "UPDATE oauth_tokens SET revoked_at = NULL WHERE grant_id = ?1 AND revoked_at IS NULL RETURNING id, scopes";
    loop {
        let mut carriers: Vec<Carried> = tx.rows(of_tokens, params![grant]).await?;
        carriers.retain(|carried| !carried.scopes.intersection(taken).is_empty());
        if carriers.is_empty() {
            break;
        }
        for Carried { id, scopes } in carriers {
            tx.execute(
                "UPDATE oauth_tokens SET scopes = ?2 WHERE id = ?1",
                params![id, scopes.without(taken)],
            )
            .await?;
        }
    }
    tx.execute("UPDATE oauth_tokens SET revoked_at = ?2 WHERE grant_id = ?1 AND scopes = '' AND revoked_at IS NULL", params![grant, now]).await?;
    Ok(())
}

/// Deletes tokens whose expiry was set when they were issued.
pub async fn clean_up(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
    let over = delete_batch!("oauth_tokens", "id", "expires_at <= ?2");
    cleaner.delete(over, params![now - SignedDuration::from_hours(24)]).await?;
    Ok(())
}
