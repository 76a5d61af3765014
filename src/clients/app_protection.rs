//! Extra protection that a developer can turn on for an app, so that stolen links, secrets and
//! tokens are useless.

use crate::db::{Queryable, Tx, WritingDb, from_row, params};
use crate::error::{Error, Result};
use crate::ids::{AppId, DeveloperId};

/// The protection settings of an app. All are off unless its developer turned them on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppProtection {
    /// Whether PKCE is required (RFC 7636). For a public app it always is.
    pub require_pkce: bool,
    /// Whether each refresh replaces its refresh token (RFC 9700 section 2.2.2). A public app's
    /// always does.
    pub rotate_refresh_tokens: bool,
    /// Whether authorization requests must be pushed (RFC 9126 section 6).
    pub require_pushed_requests: bool,
    /// Whether only tokens bound to a key are issued (RFC 9449 section 5.2).
    pub require_dpop: bool,
    /// Whether refresh tokens expire a year after the consent, even if they are used (ASVS 5.0,
    /// 10.4.8).
    pub end_refresh_tokens: bool,
}

from_row!(AppProtection {
    require_pkce,
    rotate_refresh_tokens,
    require_pushed_requests,
    require_dpop,
    end_refresh_tokens
});

impl AppProtection {
    /// The settings of an app; all off for one that does not exist.
    pub async fn of(db: impl Queryable, app: &AppId) -> Result<Self> {
        let sql = "SELECT require_pkce, rotate_refresh_tokens, require_pushed_requests, require_dpop, end_refresh_tokens FROM apps
             WHERE id = ?1 AND deleted_at IS NULL";
        Ok(db.row(sql, params![app]).await?.unwrap_or_default())
    }

    /// Saves the settings of a developer's app.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the developer has none with that id.
    pub async fn save(&self, db: &WritingDb, developer: &DeveloperId, app: &AppId) -> Result<()> {
        let mut tx = db.begin().await?;
        self.save_in(&mut tx, developer, app).await?;
        Ok(tx.commit().await?)
    }

    /// As [`AppProtection::save`], within a transaction.
    ///
    /// # Errors
    /// As [`AppProtection::save`].
    pub async fn save_in(&self, tx: &mut Tx, developer: &DeveloperId, app: &AppId) -> Result<()> {
        let Self {
            require_pkce,
            rotate_refresh_tokens,
            require_pushed_requests,
            require_dpop,
            end_refresh_tokens,
        } = self;
        let sql = "UPDATE apps SET require_pkce = ?3, rotate_refresh_tokens = ?4, require_pushed_requests = ?5, require_dpop = ?6,
                 end_refresh_tokens = ?7
             WHERE id = ?1 AND developer_id = ?2 AND deleted_at IS NULL";
        match tx
            .execute(
                sql,
                params![
                    app,
                    developer,
                    require_pkce,
                    rotate_refresh_tokens,
                    require_pushed_requests,
                    require_dpop,
                    end_refresh_tokens
                ],
            )
            .await?
        {
            0 => Err(Error::NotFound),
            _ => Ok(()),
        }
    }
}
