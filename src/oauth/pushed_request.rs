//! A pushed request, as stored: for a minute and a half until an owner opens it, then for as long
//! as logging in and deciding can take.
//!
//! It accepts one decision (RFC 9126 section 4), but the same person can send the same one again:
//! with a double click, of which the browser drops the first response, or after going back.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::accounts::Authority;
use crate::auth::{ScopeSet, Token, TokenHash, TokenKind};
use crate::db::{Cleaner, Tx, delete_batch, from_row, params};
use crate::error::Result;
use crate::ids::{AccountId, AppId, PortalId};
use crate::server::Server;

/// How long a request waits to be opened.
pub(super) const LIFETIME: SignedDuration = SignedDuration::from_secs(90);

/// How long an owner who opened it has to log in and decide.
const OPENED_LIFETIME: SignedDuration = SignedDuration::from_mins(30);

/// The prefix of our `request_uri`s (RFC 9126 section 2.2).
const URN: &str = "urn:ietf:params:oauth:request_uri:";

/// A person's decision.
pub enum Decision<'a> {
    /// The app gets this from that portal.
    Allow(&'a PortalId, ScopeSet),
    /// It gets nothing.
    Deny,
}

/// As stored and compared.
impl fmt::Display for Decision<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allow(portal, scopes) => write!(f, "allowed {portal} {scopes}"),
            Self::Deny => f.write_str(DENIED),
        }
    }
}

const DENIED: &str = "denied";

/// An earlier decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// Something was allowed.
    Allowed,
    /// Nothing was.
    Denied,
}

/// A pushed request.
pub struct PushedRequest {
    request_hash: TokenHash,
    /// The request, as a query string.
    pub parameters: String,
    /// When it was created.
    pub pushed_at: Timestamp,
    opened_at: Option<Timestamp>,
    decision: Option<String>,
}

from_row!(PushedRequest { request_hash, parameters, pushed_at, opened_at, decision });

impl PushedRequest {
    /// Whether a `request_uri` refers to a pushed request.
    pub fn is_reference(request_uri: &str) -> bool {
        request_uri.starts_with(URN)
    }

    /// Stores an app's request, within a transaction; returns its `request_uri`.
    pub async fn add(tx: &mut Tx, app: &AppId, query: &str, now: Timestamp) -> Result<String> {
        let token = Token::random(TokenKind::PushedRequest);
        tx.execute(
            "INSERT INTO pushed_requests (request_hash, app_id, parameters, pushed_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![token.hash(), app, query, now, now + LIFETIME],
        )
        .await?;
        Ok(format!("{URN}{}", token.reveal()))
    }

    /// The request with a `request_uri`, if it belongs to this app, hasn't expired, and wasn't
    /// decided by anybody but `person`. Opening it for the first time extends it, so that the owner
    /// needn't hurry.
    pub async fn open(
        server: &Server,
        app: &AppId,
        request_uri: &str,
        person: Option<&AccountId>,
        now: Timestamp,
    ) -> Result<Option<Self>> {
        let token = request_uri
            .strip_prefix(URN)
            .and_then(|text| Token::parse_as(TokenKind::PushedRequest, text).ok());
        let Some(token) = token else { return Ok(None) };
        let request: Option<Self> = server
            .db
            .row(
                "SELECT request_hash, parameters, pushed_at, opened_at, decision FROM pushed_requests
             WHERE request_hash = ?1 AND app_id = ?2 AND expires_at > ?3 AND (used_at IS NULL OR decided_by = ?4)",
                params![token.hash(), app, now, person],
            )
            .await?;
        if let Some(request) = request.as_ref().filter(|request| request.opened_at.is_none()) {
            let open = "UPDATE pushed_requests SET opened_at = ?2, expires_at = ?3 WHERE request_hash = ?1 AND opened_at IS NULL";
            let mut tx = server.begin(request).await?;
            tx.execute(open, params![request.request_hash, now, now + OPENED_LIFETIME]).await?;
            tx.commit().await?;
        }
        Ok(request)
    }

    /// Records a decision, within the transaction that carries it out; false if somebody else
    /// decided, or this person decided otherwise.
    pub async fn decide(
        &self,
        tx: &mut Tx,
        person: &AccountId,
        decision: &Decision<'_>,
        now: Timestamp,
    ) -> Result<bool> {
        let decide = "UPDATE pushed_requests SET used_at = ?2, decided_by = ?3, decision = ?4
             WHERE request_hash = ?1 AND (used_at IS NULL OR (decided_by = ?3 AND decision = ?4))";
        let decision = decision.to_string();
        Ok(tx.execute(decide, params![self.request_hash, now, person, decision]).await? == 1)
    }

    /// The earlier decision, if any.
    pub fn decided(&self) -> Option<Decided> {
        let decision = self.decision.as_deref()?;
        Some(if decision == DENIED { Decided::Denied } else { Decided::Allowed })
    }

    /// Deletes expired requests.
    pub async fn clean_up(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
        let over = delete_batch!("pushed_requests", "request_hash", "expires_at <= ?2");
        cleaner.delete(over, params![now]).await?;
        Ok(())
    }
}

/// Opening requires no identity, only the `request_uri`: it grants nothing.
impl Authority for PushedRequest {
    async fn hold(&self, _: &mut Tx) -> Result<()> {
        Ok(())
    }
}
