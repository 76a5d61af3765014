//! `POST /oauth/tokens` (RFC 6749 sections 4.1.3 and 6): a code or a refresh token becomes an access token.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, PRAGMA};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use serde::Serialize;

use super::code::AuthorizationCode;
use super::pkce::check_verifier;
use super::tokens::{self, IssuedKind};
use super::{ErrorCode, Parameters, ProtocolError, client_authentication};
use crate::auth::{ScopeSet, Token};
use crate::http::{media_type, read_body};
use crate::ids::AppId;
use crate::server::Server;

/// The largest body that the endpoint takes, in bytes.
pub(super) const LARGEST_BODY: usize = 64 * 1024;

/// What the app gets (RFC 6749 section 5.1).
#[derive(Serialize)]
struct TokenResponse {
    access_token: String,
    token_type: &'static str,
    expires_in: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    scope: String,
}

impl TokenResponse {
    fn new(server: &Server, access: &Token, refresh: Option<&Token>, scopes: ScopeSet) -> Self {
        Self {
            access_token: access.reveal().to_owned(),
            token_type: "Bearer",
            expires_in: server.config.access_token_seconds,
            refresh_token: refresh.map(|token| token.reveal().to_owned()),
            scope: scopes.to_string(),
        }
    }
}

/// The endpoint.
pub(super) async fn token(State(server): State<Server>, headers: HeaderMap, body: Body) -> Response {
    match answer(&server, &headers, body).await {
        Ok(tokens) => {
            let mut response = Json(tokens).into_response();
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
            response
        }
        Err(error) => error.into_response(),
    }
}

async fn answer(server: &Server, headers: &HeaderMap, body: Body) -> Result<TokenResponse, ProtocolError> {
    let body = read_body(body, LARGEST_BODY).await?;
    let parameters = read_parameters(headers, &body)?;
    let app = client_authentication::authenticate(&server.db, headers, &parameters, server.clock.now()).await?;
    match parameters.require("grant_type")? {
        "authorization_code" => exchange_code(server, &app, &parameters).await,
        "refresh_token" => refresh(server, &app, &parameters).await,
        _ => Err(ProtocolError::new(ErrorCode::UnsupportedGrantType, "grant_type must be authorization_code or refresh_token")),
    }
}

/// The contract's JSON, or the form of RFC 6749.
pub(super) fn read_parameters(headers: &HeaderMap, body: &[u8]) -> Result<Parameters, ProtocolError> {
    let kind = media_type(headers).unwrap_or_default().to_ascii_lowercase();
    let parameters = match kind.as_str() {
        "application/json" => Parameters::json(body)?,
        "application/x-www-form-urlencoded" => Parameters::form(body),
        _ => return Err(ProtocolError::invalid_request("Content-Type must be application/x-www-form-urlencoded or application/json")),
    };
    parameters.check_doubled()?;
    Ok(parameters)
}

async fn exchange_code(server: &Server, app: &AppId, parameters: &Parameters) -> Result<TokenResponse, ProtocolError> {
    let (text, redirect_uri) = (parameters.require("code")?, parameters.require("redirect_uri")?);
    let now = server.clock.now();
    let unknown = || ProtocolError::invalid_grant("the code is unknown, used or over");
    let mut tx = server.db.begin().await?;
    // A code of another app is answered as one that does not exist.
    let code = AuthorizationCode::find(&mut tx, text).await?.filter(|code| code.app_id == *app).ok_or_else(unknown)?;
    if code.used_at.is_none() {
        if code.expires_at <= now {
            return Err(unknown());
        }
        if code.redirect_uri != redirect_uri {
            return Err(ProtocolError::invalid_grant("redirect_uri differs from the one that the code was asked with"));
        }
        check_verifier(code.code_challenge.as_ref(), parameters.get("code_verifier"))?;
    }
    if !code.use_up(&mut tx, now).await? {
        code.replayed(&mut tx, now).await?;
        tx.commit().await?;
        return Err(unknown());
    }
    let access = issue_access_token(server, &mut tx, &code.grant_id, &code.id, code.scopes).await?;
    let refresh = tokens::issue(&mut tx, IssuedKind::Refresh, &code.grant_id, &code.id, code.scopes, None, now).await?;
    tx.commit().await?;
    Ok(TokenResponse::new(server, &access, Some(&refresh), code.scopes))
}

async fn refresh(server: &Server, app: &AppId, parameters: &Parameters) -> Result<TokenResponse, ProtocolError> {
    let text = parameters.require("refresh_token")?;
    let mut tx = server.db.begin().await?;
    let token = tokens::find_refresh_token(&mut tx, text, server.clock.now()).await?.filter(|token| token.app_id == *app);
    let token = token.ok_or_else(|| ProtocolError::invalid_grant("the refresh token is unknown, revoked or over"))?;
    let scopes = narrowed(parameters.get("scope"), token.scopes)?;
    let access = issue_access_token(server, &mut tx, &token.grant_id, &token.code_id, scopes).await?;
    tx.commit().await?;
    Ok(TokenResponse::new(server, &access, None, scopes))
}

/// Fewer scopes than were granted may be asked for, never more (RFC 6749 section 6).
fn narrowed(asked: Option<&str>, granted: ScopeSet) -> Result<ScopeSet, ProtocolError> {
    let Some(asked) = asked else { return Ok(granted) };
    let scopes: ScopeSet =
        asked.parse().map_err(|error: crate::auth::UnknownScope| ProtocolError::new(ErrorCode::InvalidScope, error.to_string()))?;
    if scopes.is_empty() || !scopes.is_subset_of(granted) {
        return Err(ProtocolError::new(ErrorCode::InvalidScope, format!("only these scopes were granted: {granted}")));
    }
    Ok(scopes)
}

async fn issue_access_token(
    server: &Server,
    tx: &mut crate::db::Tx,
    grant: &crate::ids::GrantId,
    code: &crate::ids::CodeId,
    scopes: ScopeSet,
) -> Result<Token, ProtocolError> {
    let lifetime = SignedDuration::from_secs(server.config.access_token_seconds.into());
    Ok(tokens::issue(tx, IssuedKind::Access, grant, code, scopes, Some(lifetime), server.clock.now()).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_narrows_and_never_widens() {
        let granted: ScopeSet = "customers.read customers.write".parse().unwrap();
        assert_eq!(narrowed(None, granted).unwrap(), granted);
        assert_eq!(narrowed(Some("customers.read"), granted).unwrap().to_string(), "customers.read");
        for wider in ["customers.read files.read", "nonsense", " "] {
            assert_eq!(narrowed(Some(wider), granted).unwrap_err().code, ErrorCode::InvalidScope, "{wider}");
        }
    }
}
