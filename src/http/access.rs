//! The scope of a route, stated in its handler's signature.

use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response};
use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Expected;
use super::caller::address;
use super::document::error_response;
use super::idempotency::Keyed;
use super::routes::API;
use super::write::{Unwritten, WriteTx};
use crate::accounts::Authority;
use crate::auth::{RequiredScope, TokenFault};
use crate::caller::Caller;
use crate::changes::{Author, Change};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::fields::ignored::IgnoredFields;
use crate::objects::{DownloadLink, Objects};
use crate::outgoing::Guard;
use crate::public_urls::Surface;
use crate::quotas::Quotas;
use crate::sealed::SealingKeys;
use crate::server::Server;
use crate::tenant::Store;
use crate::verifier::Principal;

/// A verified token with the scope `S`, and read access to its portal's rows; to write, see
/// [`Access::begin`].
pub struct Access<S> {
    /// The token's principal.
    pub principal: Arc<Principal>,
    store: Store,
    server: Server,
    /// The caller, for the audit events of changes.
    caller: Caller,
    /// The time of the request.
    now: Timestamp,
    /// The `If-Match` of a POST: what it adds to has no revision. Other changes take it as an
    /// argument.
    expected: Expected,
    /// The request's `Idempotency-Key`.
    keyed: Option<Keyed>,
    scope: PhantomData<fn() -> S>,
}

/// The store of the token's portal.
impl<S> Deref for Access<S> {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl<S> Access<S> {
    /// The portal's time zone.
    pub fn time_zone(&self) -> &TimeZone {
        &self.principal.time_zone
    }

    /// The time of the request.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The keys that encrypt secrets that must be readable.
    pub fn sealing_keys(&self) -> &SealingKeys {
        &self.server.sealing_keys
    }

    /// Where requests to addresses that others have chosen may go.
    pub fn guard(&self) -> &Guard {
        self.server.outgoing.guard()
    }

    /// The contents of stored files.
    pub fn objects(&self) -> &Objects {
        &self.server.objects
    }

    /// The URL of a link to download a file.
    pub fn url_of(&self, link: &DownloadLink) -> String {
        self.server.public_urls.api(&link.path(&self.server.sealing_keys))
    }

    /// The URL of a resource, given its path below `/v1`.
    pub fn resource_url(&self, path: &str) -> String {
        self.server.public_urls.api(&format!("{API}{path}"))
    }

    /// The URL of a page that people without an account open.
    pub fn page_url(&self, path: &str) -> String {
        self.server.public_urls.url(Surface::Manage, path)
    }

    /// A change by the token's principal.
    pub fn change(&self) -> Change<'_> {
        let author = Author::Token(&self.principal);
        Change { author, caller: Some(&self.caller), now: self.now, zone: self.time_zone() }
    }
}

/// The token was checked when the request came in: a revoked one stops working on the next request.
impl<S> Authority for Access<S> {
    async fn hold(&self, _: &mut Tx) -> Result<()> {
        Ok(())
    }
}

impl<S: RequiredScope> Access<S> {
    /// Begins a transaction on the token's portal. Call this before anything that can fail because
    /// of an earlier change: a repeated request with an `Idempotency-Key` ends here.
    ///
    /// # Errors
    /// [`Unwritten::Replayed`] when a request with the same key was carried out before;
    /// [`Unwritten::Failed`] when the key is in use by, or was used for, another request.
    pub async fn begin(&self) -> Result<WriteTx, Unwritten> {
        self.expected.check_without_revision()?;
        let tx = self.server.begin(self).await?;
        WriteTx::begin(tx, self.portal(), self.keyed.as_ref(), &self.server, self.now).await
    }

    /// The same, with a lock on the portal: see
    /// [`StoreTx::hold_portal`](crate::tenant::StoreTx::hold_portal).
    ///
    /// # Errors
    /// As [`Access::begin`].
    pub async fn begin_alone(&self) -> Result<WriteTx, Unwritten> {
        let mut tx = self.begin().await?;
        tx.hold_portal().await?;
        Ok(tx)
    }
}

impl<S: RequiredScope> FromRequestParts<Server> for Access<S> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self> {
        let principal: Arc<Principal> =
            parts.extensions.get().cloned().ok_or(Error::Unauthenticated(TokenFault::Missing))?;
        if let Some(scope) = S::SCOPE.filter(|scope| !principal.scopes.contains(*scope)) {
            return Err(Error::MissingScope([scope].into_iter().collect()));
        }
        IgnoredFields::expect_none(&parts.extensions)?;
        let store = Store::open(server.db.clone(), principal.portal.clone());
        // Reads aren't recorded, so they don't need a copy of the user agent.
        let (caller, keyed) = if parts.method.is_safe() {
            let address = address(server, &parts.headers, &parts.extensions);
            (Caller { address, user_agent: String::new() }, None)
        } else {
            let caller = Caller::of(server, &parts.headers, &parts.extensions);
            (caller, parts.extensions.get().cloned())
        };
        let expected = match parts.method {
            Method::POST => Expected::of(&parts.headers)?,
            _ => Expected::Any,
        };
        let now = server.clock.now();
        let server = server.clone();
        Ok(Self { principal, store, server, caller, now, expected, keyed, scope: PhantomData })
    }
}

/// The quotas, as the argument of a handler that stores something: it can be refused with 409.
pub struct Limits(Server);

impl Deref for Limits {
    type Target = Quotas;

    fn deref(&self) -> &Quotas {
        &self.0.config.quotas
    }
}

impl FromRequestParts<Server> for Limits {
    type Rejection = Error;

    async fn from_request_parts(_: &mut Parts, server: &Server) -> Result<Self> {
        Ok(Self(server.clone()))
    }
}

impl OperationInput for Limits {
    fn inferred_early_responses(
        ctx: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, Response)> {
        vec![(
            Some(409),
            error_response(ctx, "A limit of the portal is reached; `message` names it"),
        )]
    }
}

impl<S: RequiredScope> OperationInput for Access<S> {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        // Either is allowed.
        for scheme in ["bearer", "oauth2"] {
            let scopes = S::SCOPE.iter().map(|scope| scope.name().to_owned()).collect();
            operation.security.push([(scheme.to_owned(), scopes)].into_iter().collect());
        }
    }

    fn inferred_early_responses(
        ctx: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, Response)> {
        vec![
            (Some(401), error_response(ctx, "Missing or invalid token")),
            (
                Some(403),
                error_response(
                    ctx,
                    "The token lacks the scope, or can't be used from this IP address",
                ),
            ),
        ]
    }
}
