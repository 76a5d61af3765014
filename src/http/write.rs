//! Changes by API requests, and their answers, which are committed together.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as ResponseDescription};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use super::idempotency::{Keyed, recorded, replayed};
use crate::db::{DbError, Tx};
use crate::error::Error;
use crate::idempotency::KeyUse;
use crate::ids::PortalId;
use crate::server::Server;
use crate::tenant::StoreTx;

/// The result of a handler that changes something: its answer, which was committed with the change.
pub type Written<T> = Result<Committed<T>, Unwritten>;

/// An answer `T` whose change was committed. Only [`WriteTx::commit`] makes one.
pub struct Committed<T> {
    response: Response,
    answer: PhantomData<fn() -> T>,
}

/// Why a handler changes nothing.
pub enum Unwritten {
    /// The request fails.
    Failed(Error),
    /// A request with the same key was carried out before; this is its answer.
    Replayed(Response),
}

/// The output of a handler that changes something. A POST handler can only be registered with this
/// output, so it can't commit without recording its answer for a repeated request.
pub trait CommittedOutput: OperationOutput {}

impl<T: OperationOutput> CommittedOutput for Written<T> {}

/// A transaction on the token's portal, which commits its change with the answer to the request.
/// Dropping it rolls it back.
pub struct WriteTx {
    tx: StoreTx,
    /// The use of the request's `Idempotency-Key`, if it has one.
    keyed: Option<Recorder>,
}

/// Records the answer to a request with a key.
struct Recorder {
    key_use: KeyUse,
    server: Server,
    now: Timestamp,
}

impl WriteTx {
    /// Continues a transaction that has just begun, unless a request with the same key was carried
    /// out before.
    ///
    /// # Errors
    /// [`Unwritten::Replayed`] then; as [`KeyUse::lock`] and [`KeyUse::earlier_answer`].
    pub(super) async fn begin(
        mut tx: Tx,
        portal: &PortalId,
        keyed: Option<&Keyed>,
        server: &Server,
        now: Timestamp,
    ) -> Result<Self, Unwritten> {
        let Some(keyed) = keyed else {
            return Ok(Self { tx: StoreTx::within(tx, portal.clone()), keyed: None });
        };
        let key_use = keyed.key_use();
        key_use.lock(&mut tx).await?;
        let mut tx = StoreTx::within(tx, portal.clone());
        if let Some(answer) = key_use.earlier_answer(&mut tx, &server.sealing_keys, now).await? {
            // So that nobody who sees the answer finds the key still locked.
            tx.commit().await?;
            return Err(Unwritten::Replayed(replayed(answer)?));
        }
        Ok(Self { tx, keyed: Some(Recorder { key_use, server: server.clone(), now }) })
    }

    /// Commits the change, and for a request with a key its answer, which a repeated request gets
    /// again.
    ///
    /// # Errors
    /// As [`KeyUse::store`]; when the commit fails. Nothing is written then.
    pub async fn commit<T: IntoResponse>(self, answer: T) -> Written<T> {
        let Self { mut tx, keyed } = self;
        let Some(Recorder { key_use, server, now }) = keyed else {
            tx.commit().await?;
            return Ok(Committed { response: answer.into_response(), answer: PhantomData });
        };
        let response = answer.into_response();
        if !response.status().is_success() {
            return Err(Error::from_status(response.status()).into());
        }
        let (response, stored) = recorded(response).await?;
        let quotas = &server.config.quotas;
        key_use.store(&mut tx, stored.as_ref(), &server.sealing_keys, quotas, now).await?;
        tx.commit().await?;
        Ok(Committed { response, answer: PhantomData })
    }
}

impl Deref for WriteTx {
    type Target = StoreTx;

    fn deref(&self) -> &StoreTx {
        &self.tx
    }
}

impl DerefMut for WriteTx {
    fn deref_mut(&mut self) -> &mut StoreTx {
        &mut self.tx
    }
}

impl From<Error> for Unwritten {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<DbError> for Unwritten {
    fn from(error: DbError) -> Self {
        Self::Failed(error.into())
    }
}

impl<T> IntoResponse for Committed<T> {
    fn into_response(self) -> Response {
        self.response
    }
}

impl IntoResponse for Unwritten {
    fn into_response(self) -> Response {
        match self {
            Self::Failed(error) => error.into_response(),
            Self::Replayed(response) => response,
        }
    }
}

impl<T: OperationOutput> OperationOutput for Committed<T> {
    type Inner = T::Inner;

    fn operation_response(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Option<ResponseDescription> {
        T::operation_response(ctx, operation)
    }

    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, ResponseDescription)> {
        T::inferred_responses(ctx, operation)
    }
}

impl OperationOutput for Unwritten {
    type Inner = Self;

    fn inferred_responses(
        _: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, ResponseDescription)> {
        Vec::new()
    }
}
