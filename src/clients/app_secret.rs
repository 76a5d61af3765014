//! The secrets of apps. A rotated secret keeps working beside the new one for a while.

use jiff::{SignedDuration, Timestamp};

use crate::auth::{Token, TokenKind};
use crate::db::{Db, Tx, WritingDb, from_row, params};
use crate::error::Result;
use crate::ids::{AppId, AppSecretId};

/// One of an app's secrets, without the secret itself.
#[derive(Debug, Clone)]
pub struct AppSecret {
    /// Its id.
    pub id: AppSecretId,
    /// The first characters of the secret.
    pub secret_start: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it stops working, if it was rotated.
    pub expires_at: Option<Timestamp>,
}

/// Secrets that an app may have at a time, the replaced ones that still work included; of more, the
/// oldest end.
const MOST: i64 = 10;

from_row!(AppSecret { id, secret_start, created_at, expires_at });

impl AppSecret {
    pub(super) async fn add(tx: &mut Tx, app: &AppId, now: Timestamp) -> Result<Token> {
        let secret = Token::random(TokenKind::AppSecret);
        tx.execute(
            "INSERT INTO app_secrets (id, app_id, secret_hash, secret_start, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![AppSecretId::random(), app, secret.hash(), secret.start(), now],
        )
        .await?;
        Ok(secret)
    }

    /// The app's active secrets, newest first.
    pub async fn list(db: &Db, app: &AppId, now: Timestamp) -> Result<Vec<Self>> {
        Ok(db
            .rows(
                "SELECT id, secret_start, created_at, expires_at FROM app_secrets
             WHERE app_id = ?1 AND (expires_at IS NULL OR expires_at > ?2) ORDER BY created_at DESC, id",
                params![app, now],
            )
            .await?)
    }

    /// Creates a new secret. The previous ones keep working for `overlap`.
    pub async fn rotate(
        db: &WritingDb,
        app: &AppId,
        overlap: SignedDuration,
        now: Timestamp,
    ) -> Result<Token> {
        let mut tx = db.begin().await?;
        let secret = Self::rotate_in(&mut tx, app, overlap, now).await?;
        tx.commit().await?;
        Ok(secret)
    }

    /// As [`AppSecret::rotate`], within a transaction.
    ///
    /// # Errors
    /// As [`AppSecret::rotate`].
    pub async fn rotate_in(
        tx: &mut Tx,
        app: &AppId,
        overlap: SignedDuration,
        now: Timestamp,
    ) -> Result<Token> {
        Self::end(tx, app, overlap, now).await?;
        let secret = Self::add(tx, app, now).await?;
        let surplus = "DELETE FROM app_secrets WHERE id IN (
                 SELECT id FROM app_secrets WHERE app_id = ?1 AND expires_at IS NOT NULL ORDER BY created_at DESC, id LIMIT 1000 OFFSET ?2
             )";
        tx.execute(surplus, params![app, MOST - 1]).await?;
        Ok(secret)
    }

    /// Expires the app's secrets after `overlap`.
    pub(super) async fn end(
        tx: &mut Tx,
        app: &AppId,
        overlap: SignedDuration,
        now: Timestamp,
    ) -> Result<()> {
        tx.execute(
            "DELETE FROM app_secrets WHERE app_id = ?1 AND expires_at <= ?2",
            params![app, now],
        )
        .await?;
        tx.execute(
            "UPDATE app_secrets SET expires_at = ?2 WHERE app_id = ?1 AND (expires_at IS NULL OR expires_at > ?2)",
            params![app, now + overlap],
        )
        .await?;
        Ok(())
    }
}
