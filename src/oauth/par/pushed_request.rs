//! A pushed request, as it is kept: for a minute and a half until an owner opens it, then for as
//! long as it may take to log in and decide.

use jiff::{SignedDuration, Timestamp};

use crate::auth::{Authority, Token, TokenHash, TokenKind};
use crate::db::{Cleaner, Tx, WritingDb, delete_batch, from_row, params};
use crate::error::Result;
use crate::ids::AppId;
use crate::server::Server;

/// How long a request waits to be opened.
pub(super) const LIFETIME: SignedDuration = SignedDuration::from_secs(90);

/// How long an owner who opened it has to log in and decide.
const OPENED_LIFETIME: SignedDuration = SignedDuration::from_mins(30);

/// How every `request_uri` of ours begins (RFC 9126 section 2.2).
const URN: &str = "urn:ietf:params:oauth:request_uri:";

/// A request that was pushed and not decided yet.
pub struct PushedRequest {
    request_hash: TokenHash,
    /// The request, as a query.
    pub parameters: String,
    /// Since when it exists.
    pub pushed_at: Timestamp,
    opened_at: Option<Timestamp>,
}

from_row!(PushedRequest { request_hash, parameters, pushed_at, opened_at });

impl PushedRequest {
    /// Whether a `request_uri` refers to a pushed request.
    pub fn is_reference(request_uri: &str) -> bool {
        request_uri.starts_with(URN)
    }

    /// Keeps a request of an app; returns its `request_uri`.
    pub async fn add(db: &WritingDb, app: &AppId, query: &str, now: Timestamp) -> Result<String> {
        let token = Token::random(TokenKind::PushedRequest);
        db.execute(
            "INSERT INTO pushed_requests (request_hash, app_id, parameters, pushed_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![token.hash(), app, query, now, now + LIFETIME],
        )
        .await?;
        Ok(format!("{URN}{}", token.reveal()))
    }

    /// The request of a `request_uri`, if it is this app's, not over, and not decided. The first
    /// time it is opened its time is lengthened, so that the owner need not hurry.
    pub async fn open(
        server: &Server,
        app: &AppId,
        request_uri: &str,
        now: Timestamp,
    ) -> Result<Option<Self>> {
        let token = request_uri
            .strip_prefix(URN)
            .and_then(|text| Token::parse_as(TokenKind::PushedRequest, text).ok());
        let Some(token) = token else { return Ok(None) };
        let request: Option<Self> = server
            .db
            .row(
                "SELECT request_hash, parameters, pushed_at, opened_at FROM pushed_requests
             WHERE request_hash = ?1 AND app_id = ?2 AND used_at IS NULL AND expires_at > ?3",
                params![token.hash(), app, now],
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

    /// Uses the request up, within the transaction of the decision; false when another decision was
    /// faster.
    pub async fn use_up(&self, tx: &mut Tx, now: Timestamp) -> Result<bool> {
        let use_up =
            "UPDATE pushed_requests SET used_at = ?2 WHERE request_hash = ?1 AND used_at IS NULL";
        Ok(tx.execute(use_up, params![self.request_hash, now]).await? == 1)
    }

    /// Forgets requests that are over.
    pub async fn clean_up(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
        let over = delete_batch!("pushed_requests", "request_hash", "expires_at <= ?2");
        cleaner.delete(over, params![now]).await?;
        Ok(())
    }
}

/// To open it, whoever it is that knows its `request_uri`: nothing is given by that.
impl Authority for PushedRequest {
    async fn hold(&self, _: &mut Tx) -> Result<()> {
        Ok(())
    }
}
