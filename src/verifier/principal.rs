//! The principal of a token.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::usage::Usage;
use super::{RateStatus, Subject};
use crate::auth::{AddressList, KeyThumbprint, ScopeSet};
use crate::clock::MonotonicTime;
use crate::ids::PortalId;
use crate::request_log::RequestNote;

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
