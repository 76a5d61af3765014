//! Issued access and refresh tokens.

use jiff::{SignedDuration, Timestamp};

use crate::auth::{ScopeSet, Token, TokenKind};
use crate::db::{Param, ToParam, Tx, from_row, params};
use crate::error::Result;
use crate::ids::{AppId, CodeId, GrantId, TokenId};

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuedKind {
    /// For the API.
    Access,
    /// For the token endpoint.
    Refresh,
}

impl IssuedKind {
    const fn token_kind(self) -> TokenKind {
        match self {
            Self::Access => TokenKind::AccessToken,
            Self::Refresh => TokenKind::RefreshToken,
        }
    }
}

impl ToParam for IssuedKind {
    fn to_param(&self) -> Param<'_> {
        match self {
            Self::Access => "access".to_param(),
            Self::Refresh => "refresh".to_param(),
        }
    }
}

/// A refresh token, as it is kept.
pub struct RefreshToken {
    /// The consent.
    pub grant_id: GrantId,
    /// The app that it was given to.
    pub app_id: AppId,
    /// The code that it goes back to.
    pub code_id: CodeId,
    /// What it may ask for.
    pub scopes: ScopeSet,
}

from_row!(RefreshToken { grant_id, app_id, code_id, scopes });

/// Issues a token under a grant.
///
/// # Errors
/// The database's.
pub async fn issue(
    tx: &mut Tx,
    kind: IssuedKind,
    grant: &GrantId,
    code: &CodeId,
    scopes: ScopeSet,
    lifetime: Option<SignedDuration>,
    now: Timestamp,
) -> Result<Token> {
    let token = Token::random(kind.token_kind());
    tx.execute(
        "INSERT INTO oauth_tokens (id, token_hash, kind, grant_id, code_id, scopes, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![TokenId::random(), token.hash(), kind, grant, code, scopes, now, lifetime.map(|lifetime| now + lifetime)],
    )
    .await?;
    Ok(token)
}

/// The refresh token of a text, if it still works. It is held until the transaction ends, so that whoever
/// revokes it meanwhile waits, and then finds what was issued by it (see [`revoke_of_code`]).
///
/// # Errors
/// The database's.
pub async fn find_refresh_token(tx: &mut Tx, text: &str, now: Timestamp) -> Result<Option<RefreshToken>> {
    let Ok(token) = Token::parse_as(TokenKind::RefreshToken, text) else { return Ok(None) };
    let hold = "UPDATE oauth_tokens SET revoked_at = NULL WHERE token_hash = ?1 AND kind = 'refresh' AND revoked_at IS NULL";
    if tx.execute(hold, params![token.hash()]).await? == 0 {
        return Ok(None);
    }
    Ok(tx
        .row(
            "SELECT t.grant_id, g.app_id, t.code_id, t.scopes FROM oauth_tokens t JOIN grants g ON g.id = t.grant_id
         WHERE t.token_hash = ?1 AND t.kind = 'refresh' AND t.revoked_at IS NULL AND g.revoked_at IS NULL
           AND (t.expires_at IS NULL OR t.expires_at > ?2)",
            params![token.hash(), now],
        )
        .await?)
}

/// Revokes every token that goes back to a code. The refresh token comes first, in a statement of its own:
/// that one waits for refreshes under way, and only a later one sees the access tokens that they issued.
///
/// # Errors
/// The database's.
pub async fn revoke_of_code(tx: &mut Tx, code: &CodeId, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE oauth_tokens SET revoked_at = ?2 WHERE code_id = ?1 AND kind = 'refresh' AND revoked_at IS NULL", params![code, now]).await?;
    tx.execute("UPDATE oauth_tokens SET revoked_at = ?2 WHERE code_id = ?1 AND revoked_at IS NULL", params![code, now]).await?;
    Ok(())
}

/// A code or token with what it carries.
struct Carried {
    id: String,
    scopes: ScopeSet,
}

from_row!(Carried { id, scopes });

/// Takes scopes from every code and token of a grant; a token that has none left is revoked. What others
/// are made of comes first, each in statements of its own: those wait for exchanges and refreshes under way,
/// and only later ones see the tokens that these issued.
///
/// # Errors
/// The database's.
pub async fn take_scopes(tx: &mut Tx, grant: &GrantId, taken: ScopeSet, now: Timestamp) -> Result<()> {
    const CODES: (&str, &str) = (
        "SELECT id, scopes FROM authorization_codes WHERE grant_id = ?1 AND used_at IS NULL",
        "UPDATE authorization_codes SET scopes = ?2 WHERE id = ?1",
    );
    const REFRESH: (&str, &str) = (
        "UPDATE oauth_tokens SET revoked_at = NULL WHERE grant_id = ?1 AND kind = 'refresh' AND revoked_at IS NULL RETURNING id, scopes",
        "UPDATE oauth_tokens SET scopes = ?2 WHERE id = ?1",
    );
    const ACCESS: (&str, &str) = (
        "SELECT id, scopes FROM oauth_tokens WHERE grant_id = ?1 AND kind = 'access' AND revoked_at IS NULL",
        "UPDATE oauth_tokens SET scopes = ?2 WHERE id = ?1",
    );
    for (carriers, update) in [CODES, REFRESH, ACCESS] {
        for Carried { id, scopes } in tx.rows(carriers, params![grant]).await? {
            tx.execute(update, params![id, scopes.without(taken)]).await?;
        }
    }
    tx.execute("UPDATE oauth_tokens SET revoked_at = ?2 WHERE grant_id = ?1 AND scopes = '' AND revoked_at IS NULL", params![grant, now]).await?;
    Ok(())
}

/// Forgets tokens that are over.
///
/// # Errors
/// The database's.
pub async fn clean_up(tx: &mut Tx, now: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM oauth_tokens WHERE expires_at <= ?1", params![now - SignedDuration::from_hours(24)]).await?;
    Ok(())
}
