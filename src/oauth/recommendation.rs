//! Protection that is recommended to apps but not required, because some clients don't support it.

use crate::clients::App;
use crate::config::Config;
use crate::db::{Tx, params, text_enum};
use crate::error::{Error, Result};
use crate::ids::{AppId, DeveloperId};

text_enum! {
    /// A setting of [`AppProtection`](crate::clients::AppProtection) that apps should turn on. They are listed with the
    /// easiest for a developer first.
    pub Recommendation {
        /// Require PKCE (RFC 9700 section 2.1.1).
        Pkce = "pkce",
        /// Require proofs of possession (RFC 9700 section 2.2.1).
        Dpop = "dpop",
        /// Let refresh tokens expire, even if they are used (ASVS 5.0, 10.4.8).
        RefreshTokenEnd = "refresh_token_end",
    }
}

impl Recommendation {
    /// The recommendations that an app doesn't follow and that neither the standard nor the
    /// operator requires.
    pub fn open_for(app: &App, config: &Config) -> Vec<Self> {
        let is_open = |recommendation: &Self| match recommendation {
            Self::Pkce => !app.requires_pkce(),
            Self::Dpop => !app.require_dpop,
            Self::RefreshTokenEnd => !app.end_refresh_tokens && config.refresh_token_days == 0,
        };
        Self::ALL.into_iter().filter(is_open).collect()
    }

    /// Turns on this setting of a developer's app, within a transaction; the others don't change.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the developer has no app with that id.
    pub async fn follow(self, tx: &mut Tx, developer: &DeveloperId, app: &AppId) -> Result<()> {
        let sql = match self {
            Self::Pkce => {
                "UPDATE apps SET require_pkce = TRUE WHERE id = ?1 AND developer_id = ?2 AND deleted_at IS NULL"
            }
            Self::Dpop => {
                "UPDATE apps SET require_dpop = TRUE WHERE id = ?1 AND developer_id = ?2 AND deleted_at IS NULL"
            }
            Self::RefreshTokenEnd => {
                "UPDATE apps SET end_refresh_tokens = TRUE WHERE id = ?1 AND developer_id = ?2 AND deleted_at IS NULL"
            }
        };
        match tx.execute(sql, params![app, developer]).await? {
            0 => Err(Error::NotFound),
            _ => Ok(()),
        }
    }
}
