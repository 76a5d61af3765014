//! The principal of a token.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::RateStatus;
use super::usage::Usage;
use crate::auth::{AddressList, KeyThumbprint, ScopeSet};
use crate::clock::MonotonicTime;
use crate::ids::{ApiKeyId, AppId, GrantId, PortalId, TokenId};
use crate::request_log::{LogSubject, RequestNote};

/// The principal of a valid token: a portal and scopes.
#[derive(Debug, Clone)]
pub struct Principal {
    /// The portal that the token gives access to.
    pub portal: PortalId,
    /// Whether it is a developer's test portal.
    pub is_test_portal: bool,
    /// The token's scopes.
    pub scopes: ScopeSet,
    /// The kind of token.
    pub subject: Subject,
    /// The portal's time zone.
    pub time_zone: TimeZone,
    /// The addresses it can be used from.
    pub allowed_addresses: AddressList,
    /// When the token was created.
    pub issued_at: Timestamp,
    /// When it expires, if it does.
    pub expires_at: Option<Timestamp>,
    /// The key that the token is bound to (RFC 9449).
    pub(super) bound_to: Option<KeyThumbprint>,
    /// Requests per minute; `None` for no limit.
    pub(super) rate_limit: Option<u32>,
    pub(super) usage: Arc<Usage>,
}

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

impl Principal {
    /// Counts a request now. `None` if there is no limit.
    pub fn count_request(&self, now: MonotonicTime) -> Option<RateStatus> {
        self.rate_limit.map(|limit| self.usage.take(now, limit))
    }

    /// Notes an answered request, for the request log and as the token's last use.
    pub fn note_request(&self, request: &RequestNote<'_>) {
        self.usage.note(request);
    }
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
