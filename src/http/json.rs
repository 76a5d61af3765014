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

/// Room for a customer's JSON; a longer body grows.
const BODY_BYTES: usize = 512;
/// Room for the headers that every answer gets on its way out.
const HEADERS: usize = 12;

/// A value as a JSON answer: as [`axum::Json`], but with room from the start, so that neither body
/// nor headers move while the answer is written.
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
