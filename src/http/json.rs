//! JSON answers of the API.

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as ResponseDescription};
use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::Error;

/// Initial capacity for a customer's JSON; a longer body grows.
const BODY_BYTES: usize = 512;
/// Capacity for the headers that the layers add to every response.
const HEADERS: usize = 12;

/// A JSON response: like [`axum::Json`], but with enough capacity from the start, so that neither
/// body nor headers are reallocated.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        let mut body = Vec::with_capacity(BODY_BYTES);
        if let Err(error) = serde_json::to_writer(&mut body, &self.0) {
            return Error::internal(error).into_response();
        }
        let mut response = Response::new(Body::from(body));
        response.headers_mut().reserve(HEADERS);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}

impl<T: JsonSchema> OperationOutput for Json<T> {
    type Inner = T;

    fn operation_response(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Option<ResponseDescription> {
        axum::Json::<T>::operation_response(ctx, operation)
    }

    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, ResponseDescription)> {
        axum::Json::<T>::inferred_responses(ctx, operation)
    }
}
