//! Who a token speaks for.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::usage::Usage;
use super::{AddressList, KeyThumbprint, RateStatus, ScopeSet};
use crate::clock::MonotonicTime;
use crate::ids::{ApiKeyId, AppId, GrantId, PortalId, TokenId};
use crate::request_log::{LogSubject, RequestNote};

/// The bearer of a valid token: one portal, some scopes.
#[derive(Debug, Clone)]
pub struct Principal {
    /// The portal whose data the token opens.
    pub portal: PortalId,
    /// Whether that is a developer's test portal.
    pub is_test_portal: bool,
    /// What the token may do there.
    pub scopes: ScopeSet,
    /// What the token is.
    pub subject: Subject,
    /// The portal's time zone, in which its times are shown.
    pub time_zone: TimeZone,
    /// From where it may be used.
    pub allowed_addresses: AddressList,
    /// When the token was created.
    pub issued_at: Timestamp,
    /// When it ends, if it does.
    pub expires_at: Option<Timestamp>,
    /// The key that the token is bound to (RFC 9449).
    pub(super) bound_to: Option<KeyThumbprint>,
    /// Requests a minute; `None` for no limit.
    pub(super) rate_limit: Option<u32>,
    pub(super) usage: Arc<Usage>,
}

/// What kind of token it is, and whose.
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
    /// Counts a request at this moment. `None` when there is no limit.
    pub fn count_request(&self, now: MonotonicTime) -> Option<RateStatus> {
        self.rate_limit.map(|limit| self.usage.take(now, limit))
    }

    /// Notes a request that was answered: for the request log, and as the token's last use.
    pub fn note_request(&self, request: &RequestNote<'_>) {
        self.usage.note(request);
    }
}

impl Subject {
    /// In whose part of the request log it is.
    pub fn log_subject(&self) -> LogSubject {
        match self {
            Self::ApiKey(id) => LogSubject::Key(id.clone()),
            Self::App { grant, .. } => LogSubject::Grant(grant.clone()),
        }
    }

    /// What kind it is, as other services are told: `api_key` or `app`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ApiKey(_) => "api_key",
            Self::App { .. } => "app",
        }
    }
}
