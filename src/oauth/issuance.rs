//! Issuing tokens: the first ones of a grant, and further access tokens.

use jiff::SignedDuration;
use serde::Serialize;

use super::tokens::{self, IssuedKind};
use super::{Grant, ProtocolError, refresh_lifetime};
use crate::auth::{KeyThumbprint, ScopeSet, Token};
use crate::clients::App;
use crate::db::Tx;
use crate::dpop::UnusedProof;
use crate::ids::{CodeId, GrantId, PortalId};
use crate::request_log::Without;
use crate::server::WritingServer;

/// The response (RFC 6749 section 5.1). `portal_id` is our extension.
#[derive(Serialize)]
pub(super) struct TokenResponse {
    access_token: String,
    token_type: &'static str,
    expires_in: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    scope: String,
    portal_id: PortalId,
    /// The recommendations that the request didn't follow.
    #[serde(skip)]
    pub(super) without: Without,
}

impl TokenResponse {
    pub(super) fn new(
        server: &WritingServer,
        access: &Token,
        key: Option<KeyThumbprint>,
        refresh: Option<&Token>,
        (portal_id, scopes): (PortalId, ScopeSet),
        without: Without,
    ) -> Self {
        Self {
            access_token: access.reveal().to_owned(),
            token_type: if key.is_some() { "DPoP" } else { "Bearer" },
            expires_in: server.config.access_token_seconds,
            refresh_token: refresh.map(|token| token.reveal().to_owned()),
            scope: scopes.to_string(),
            portal_id,
            without,
        }
    }
}

/// Issues the first tokens of a grant, within the transaction that marks their code and the proof
/// as used.
pub(super) async fn issue_tokens(
    server: &WritingServer,
    tx: &mut Tx,
    app: &App,
    (grant, code): (&GrantId, &CodeId),
    scopes: ScopeSet,
    proof: Option<UnusedProof>,
) -> Result<TokenResponse, ProtocolError> {
    let key = redeem(server, tx, proof).await?;
    let access = issue_access_token(server, tx, app, (grant, code), scopes, key).await?;
    let lifetime = refresh_lifetime::longest(&server.config, app);
    // A confidential app authenticates at each refresh; a public one only has its key (RFC 9449
    // section 5).
    let bound_to = key.filter(|_| app.is_public());
    let refresh = tokens::issue(
        tx,
        IssuedKind::Refresh,
        (grant, code),
        scopes,
        bound_to,
        lifetime,
        server.clock.now(),
    )
    .await?;
    let without = Without { dpop: key.is_none(), end: lifetime.is_none(), pkce: false };
    let portal = Grant::portal(tx, grant).await?;
    Ok(TokenResponse::new(server, &access, key, Some(&refresh), (portal, scopes), without))
}

/// The key of a request's proof, which is marked as used within the transaction.
pub(super) async fn redeem(
    server: &WritingServer,
    tx: &mut Tx,
    proof: Option<UnusedProof>,
) -> Result<Option<KeyThumbprint>, ProtocolError> {
    match proof {
        None => Ok(None),
        Some(proof) => Ok(Some(proof.redeem_in(tx, server.clock.now()).await?)),
    }
}

/// An access token, within the transaction of the exchange or refresh.
pub(super) async fn issue_access_token(
    server: &WritingServer,
    tx: &mut Tx,
    app: &App,
    under: (&GrantId, &CodeId),
    scopes: ScopeSet,
    key: Option<KeyThumbprint>,
) -> Result<Token, ProtocolError> {
    server.minting.count(&app.id, under.0)?;
    let lifetime = SignedDuration::from_secs(server.config.access_token_seconds.into());
    let lifetime = Some(lifetime);
    Ok(tokens::issue(tx, IssuedKind::Access, under, scopes, key, lifetime, server.clock.now())
        .await?)
}
