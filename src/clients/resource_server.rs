//! Resource servers (RFC 6749 section 1.1): the operator's own services, which accept this server's
//! tokens and keys. Each has some scopes, and only sees those in a token.

use jiff::{SignedDuration, Timestamp};

use crate::audit::{Action, Actor, Event};
use crate::auth::{ScopeSet, Token, TokenHash, TokenKind};
use crate::db::{Db, Tx, WritingDb, from_row, params};
use crate::error::{Error, Result};
use crate::ids::ResourceServerId;
use crate::values::Name;

/// A resource server, without its secret.
#[derive(Debug, Clone)]
pub struct ResourceServer {
    /// Its id, with which it authenticates, together with its secret.
    pub id: ResourceServerId,
    /// The name that the operator gave it.
    pub name: String,
    /// The scopes that it can see in a token.
    pub scopes: ScopeSet,
    /// The first characters of its secret.
    pub secret_start: String,
    /// When it was created.
    pub created_at: Timestamp,
}

from_row!(ResourceServer { id, name, scopes, secret_start, created_at });

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, name, scopes, secret_start, created_at FROM resource_servers ", $rest)
    };
}

impl ResourceServer {
    /// Creates a resource server, for the operator; its secret is shown only this once.
    pub async fn create(
        db: &WritingDb,
        name: &Name,
        scopes: ScopeSet,
        now: Timestamp,
    ) -> Result<(ResourceServerId, Token)> {
        let (id, secret) =
            (ResourceServerId::random(), Token::random(TokenKind::ResourceServerSecret));
        let mut tx = db.begin().await?;
        tx.execute(
            "INSERT INTO resource_servers (id, name, scopes, secret_hash, secret_start, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![id, name, scopes, secret.hash(), secret.start(), now],
        )
        .await?;
        record(&mut tx, Action::ResourceServerCreated, name, now).await?;
        tx.commit().await?;
        Ok((id, secret))
    }

    /// All resource servers, oldest first, for the operator.
    pub async fn list(db: &Db) -> Result<Vec<Self>> {
        Ok(db.rows(select!("ORDER BY created_at, id"), params![]).await?)
    }

    /// Creates a new secret, for the operator. The previous one keeps working for `overlap`.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none with that id.
    pub async fn rotate(
        db: &WritingDb,
        id: &ResourceServerId,
        overlap: SignedDuration,
        now: Timestamp,
    ) -> Result<Token> {
        let secret = Token::random(TokenKind::ResourceServerSecret);
        let mut tx = db.begin().await?;
        let rotated: Option<Self> = tx
            .row(
                "UPDATE resource_servers SET previous_hash = secret_hash, previous_expires_at = ?2, secret_hash = ?3, secret_start = ?4
                 WHERE id = ?1 RETURNING id, name, scopes, secret_start, created_at",
                params![id, now + overlap, secret.hash(), secret.start()],
            )
            .await?;
        record(
            &mut tx,
            Action::ResourceServerSecretRotated,
            &rotated.ok_or(Error::NotFound)?.name,
            now,
        )
        .await?;
        tx.commit().await?;
        Ok(secret)
    }

    /// Revokes a resource server, for the operator: its next introspection is refused.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none with that id.
    pub async fn revoke(db: &WritingDb, id: &ResourceServerId, now: Timestamp) -> Result<()> {
        let mut tx = db.begin().await?;
        let revoked: Option<Self> =
            tx.row("DELETE FROM resource_servers WHERE id = ?1 RETURNING id, name, scopes, secret_start, created_at", params![id]).await?;
        record(&mut tx, Action::ResourceServerRevoked, &revoked.ok_or(Error::NotFound)?.name, now)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Revokes a leaked secret by its hash, within a transaction; returns its resource server, if
    /// it was active. The resource server remains, and is refused until the operator creates a new
    /// secret.
    pub async fn end_secret(
        tx: &mut Tx,
        secret: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<Self>> {
        // Nobody knows a secret with the new hash.
        let nobodys = Token::random(TokenKind::ResourceServerSecret).hash();
        let current = "UPDATE resource_servers SET secret_hash = ?2 WHERE secret_hash = ?1 RETURNING id, name, scopes, secret_start, created_at";
        let previous = "UPDATE resource_servers SET previous_expires_at = ?2 WHERE previous_hash = ?1 AND previous_expires_at > ?2
             RETURNING id, name, scopes, secret_start, created_at";
        match tx.row(current, params![secret, nobodys]).await? {
            Some(found) => Ok(Some(found)),
            None => Ok(tx.row(previous, params![secret, now]).await?),
        }
    }
}

async fn record(tx: &mut Tx, action: Action, name: &str, now: Timestamp) -> Result<()> {
    Event {
        action,
        actor: Actor::Operator,
        subject: name,
        portal: None,
        developer: None,
        caller: None,
    }
    .record(tx, now)
    .await
}
