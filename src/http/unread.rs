//! Input that an operation doesn't read: the query of all but lists, and the body of all but those that
//! take one. It is ignored or refused like fields that don't exist.

use std::marker::PhantomData;
use std::pin::Pin;

use aide::OperationOutput;
use aide::operation::{OperationHandler, OperationInput};
use axum::body::Body;
use axum::extract::Request;
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use futures_util::future::Either;

use super::{
    Access, DownloadLinks, Expected, Input, Limits, ListRequest, Path, Query, Upload, query,
    read_body,
};
use crate::error::{Error, FieldErrors, Message, Result};
use crate::fields::ignored::{IgnoredFields, sends_body};
use crate::fields::{Fields, FromFields};
use crate::server::Server;

/// The name for a body of which no fields can be told.
const BODY: &str = "body";

/// What an argument of a handler reads.
pub trait Argument {
    /// Whether it reads the query.
    const QUERY: bool = false;
    /// Whether it reads the body.
    const BODY: bool = false;
}

impl<T> Argument for Path<T> {}
impl Argument for Expected {}
impl Argument for DownloadLinks {}
impl Argument for Limits {}
impl<L> Argument for ListRequest<L> {
    const QUERY: bool = true;
}
impl<T> Argument for Input<T> {
    const BODY: bool = true;
}
impl<T> Argument for Query<T> {
    const QUERY: bool = true;
}
impl<T> Argument for Upload<T> {
    const BODY: bool = true;
}

/// What the arguments of a handler read. A handler with other arguments doesn't implement this, so it
/// can't be registered.
pub trait ReadsInput {
    /// Whether one reads the query.
    const QUERY: bool;
    /// Whether one reads the body.
    const BODY: bool;
}

macro_rules! reads_input {
    ($($argument:ident)*) => {
        impl<S, $($argument: Argument),*> ReadsInput for (Access<S>, $($argument,)*) {
            const QUERY: bool = false $(|| $argument::QUERY)*;
            const BODY: bool = false $(|| $argument::BODY)*;
        }
    };
}

reads_input!();
reads_input!(A);
reads_input!(A B);
reads_input!(A B C);

/// A handler with the arguments `I`, preceded by a look at what they don't read.
pub(super) struct Looking<H, I>(H, PhantomData<fn() -> I>);

impl<H, I> Looking<H, I> {
    pub(super) const fn at(handler: H) -> Self {
        Self(handler, PhantomData)
    }
}

impl<H: Clone, I> Clone for Looking<H, I> {
    fn clone(&self) -> Self {
        Self::at(self.0.clone())
    }
}

impl<H, I, O> OperationHandler<I, O> for Looking<H, I>
where
    H: OperationHandler<I, O>,
    I: OperationInput,
    O: OperationOutput,
{
}

impl<H, I, T> Handler<T, Server> for Looking<H, I>
where
    H: Handler<T, Server>,
    I: ReadsInput + 'static,
    T: 'static,
{
    type Future = Either<H::Future, Pin<Box<dyn Future<Output = Response> + Send>>>;

    fn call(self, request: Request, server: Server) -> Self::Future {
        let reads_all = (I::QUERY || request.uri().query().is_none())
            && (I::BODY || !sends_body(request.headers()));
        if reads_all {
            return Either::Left(self.0.call(request, server));
        }
        Either::Right(Box::pin(async move {
            match look::<I>(request, &server).await {
                Ok(request) => self.0.call(request, server).await,
                Err(error) => error.into_response(),
            }
        }))
    }
}

/// Notes what isn't read. Its errors are those of the handler's first argument, because a token that
/// can't do this is told so first.
async fn look<I: ReadsInput>(mut request: Request, server: &Server) -> Result<Request> {
    let ignored = IgnoredFields::within(request.extensions());
    let mut errors = FieldErrors::default();
    if !I::QUERY {
        let query = request.uri().query().unwrap_or_default();
        query::note_unread(query, &[], &ignored, &mut errors);
    }
    if !I::BODY && sends_body(request.headers()) {
        let (parts, body) = request.into_parts();
        let body = read_body(&parts.headers, body, server.config.max_body_bytes as usize).await;
        note_body(body, &ignored, &mut errors)?;
        request = Request::from_parts(parts, Body::empty());
    }
    ignored.put_off(errors);
    Ok(request)
}

/// Reads no field.
struct Nothing;

impl FromFields for Nothing {
    fn from_fields(_: &mut Fields) -> Self {
        Self
    }
}

/// Notes the fields of a body.
///
/// # Errors
/// When it didn't arrive.
fn note_body(
    body: Result<bytes::Bytes>,
    ignored: &IgnoredFields,
    errors: &mut FieldErrors,
) -> Result<()> {
    let read = |body: bytes::Bytes| Fields::json(&body)?.read_noting::<Nothing>(ignored);
    match body.map(|body| if body.trim_ascii().is_empty() { Ok(Nothing) } else { read(body) }) {
        Ok(Ok(Nothing)) => {}
        Ok(Err(Error::Invalid(faults))) => errors.extend(faults),
        Ok(Err(_)) | Err(Error::TooLarge | Error::UnsupportedEncoding) => {
            ignored.take_value(BODY, Message::new("field.no_body"), errors);
        }
        Err(error) => return Err(error),
    }
    Ok(())
}
