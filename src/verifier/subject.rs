//! The kinds of tokens.

use crate::ids::{ApiKeyId, AppId, GrantId, TokenId};
use crate::request_log::LogSubject;

/// The kind of token, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The portal's own key.
    ApiKey(ApiKeyId),
    /// A third-party app with the portal's consent.
    App {
        /// The app.
        app: AppId,
        /// The portal's consent.
        grant: GrantId,
        /// The access token.
        token: TokenId,
    },
}

impl Subject {
    /// The owner of its entries in the request log.
    pub fn log_subject(&self) -> LogSubject {
        match self {
            Self::ApiKey(id) => LogSubject::Key(id.clone()),
            Self::App { grant, .. } => LogSubject::Grant(grant.clone()),
        }
    }

    /// The id of the key, or of the consent that all tokens of an app in a portal belong to.
    pub fn id(&self) -> &str {
        match self {
            Self::ApiKey(id) => id.as_str(),
            Self::App { grant, .. } => grant.as_str(),
        }
    }

    /// The kind, as reported to other services: `api_key` or `app`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ApiKey(_) => "api_key",
            Self::App { .. } => "app",
        }
    }
}
