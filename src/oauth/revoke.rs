//! `POST /oauth/revoke` (RFC 7009): an app revokes a token that it no longer needs.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::ProtocolError;
use super::client_request::ClientRequest;
use super::tokens::{self, IssuedKind};
use crate::audit::{Action, Actor, Event};
use crate::auth::Token;
use crate::caller::Caller;
use crate::clients::App;
use crate::db::{from_row, params};
use crate::error::Result;
use crate::ids::{CodeId, PortalId, TokenId};
use crate::server::WritingServer;

/// The token to revoke.
struct Issued {
    id: TokenId,
    kind: IssuedKind,
    portal_id: PortalId,
    code_id: CodeId,
}

from_row!(Issued { id, kind, portal_id, code_id });

/// The endpoint. It responds with 200 whether the token was known or not (RFC 7009 section 2.2).
pub(super) async fn revoke(
    State(server): State<WritingServer>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match answer(&server, &caller, &headers, body).await {
        // The body has no meaning (RFC 7009 section 2.2), but many libraries expect one.
        Ok(()) => ([(CACHE_CONTROL, "no-store")], Json(json!({}))).into_response(),
        Err(error) => error.into_response(),
    }
}

async fn answer(
    server: &WritingServer,
    caller: &Caller,
    headers: &HeaderMap,
    body: Body,
) -> Result<(), ProtocolError> {
    let ClientRequest { app, parameters } =
        ClientRequest::read(server, caller, headers, body).await?;
    // The token itself shows its kind, so token_type_hint isn't needed.
    match Token::parse(parameters.require("token")?) {
        Ok(token) => Ok(revoke_own(server, caller, &app, &token).await?),
        Err(_) => Ok(()),
    }
}

/// Revokes a token of the app. Revoking a refresh token revokes all tokens from the same consent;
/// revoking an access token revokes only that token.
async fn revoke_own(
    server: &WritingServer,
    caller: &Caller,
    app: &App,
    token: &Token,
) -> Result<()> {
    let now = server.clock.now();
    let mut tx = server.db.begin().await?;
    let find = "SELECT t.id, t.kind, g.portal_id, t.code_id FROM oauth_tokens t JOIN grants g ON g.id = t.grant_id
         WHERE t.token_hash = ?1 AND g.app_id = ?2";
    let Some(issued) = tx.row::<Issued>(find, params![token.hash(), app.id]).await? else {
        return Ok(());
    };
    let revoked = match issued.kind {
        IssuedKind::Refresh => tokens::revoke_of_code(&mut tx, &issued.code_id, now).await?,
        IssuedKind::Access => {
            tx.execute(
                "UPDATE oauth_tokens SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL",
                params![issued.id, now],
            )
            .await?
        }
    };
    if revoked > 0 {
        let (portal, developer) = (Some(&issued.portal_id), Some(&app.developer_id));
        let event = Event {
            action: Action::TokensReturned,
            actor: Actor::App(&app.name),
            subject: &app.name,
            portal,
            developer,
            caller: Some(caller),
        };
        event.record(&mut tx, now).await?;
    }
    Ok(tx.commit().await?)
}
