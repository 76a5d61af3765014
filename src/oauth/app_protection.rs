//! What a developer asks of an app beyond the standard, so that stolen links, secrets and tokens are worth nothing.

use crate::db::{Db, from_row, params};
use crate::error::{Error, Result};
use crate::ids::{AppId, DeveloperId};

/// The switches of an app. All are off unless its developer turned them on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppProtection {
    /// Whether authorization requests must be pushed (RFC 9126 section 6).
    pub require_pushed_requests: bool,
    /// Whether tokens are given out bound to a key only (RFC 9449 section 5.2).
    pub require_dpop: bool,
}

from_row!(AppProtection { require_pushed_requests, require_dpop });

impl AppProtection {
    /// The switches of an app; all off for one that does not exist.
    ///
    /// # Errors
    /// The database's.
    pub async fn of(db: &Db, app: &AppId) -> Result<Self> {
        let sql = "SELECT require_pushed_requests, require_dpop FROM apps WHERE id = ?1";
        Ok(db.row(sql, params![app]).await?.unwrap_or_default())
    }

    /// Sets the switches of a developer's app.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the developer has none of that id.
    pub async fn save(&self, db: &Db, developer: &DeveloperId, app: &AppId) -> Result<()> {
        let sql = "UPDATE apps SET require_pushed_requests = ?3, require_dpop = ?4 WHERE id = ?1 AND developer_id = ?2";
        match db.execute(sql, params![app, developer, self.require_pushed_requests, self.require_dpop]).await? {
            0 => Err(Error::NotFound),
            _ => Ok(()),
        }
    }
}
