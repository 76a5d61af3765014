//! The parameter of an operation that isn't a list.

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde_json::json;
use url::form_urlencoded;

use super::document::{add_query_parameters, invalid_parameter};
use super::query;
use crate::error::{Error, FieldErrors, Message, Result};
use crate::fields::ignored::IgnoredFields;
use crate::server::Server;

/// A value that a query can have.
pub trait Parameter: Default {
    /// The name of the parameter.
    const NAME: &'static str;
    /// Its description in the API reference.
    const ABOUT: &'static str;

    /// Parses a text.
    ///
    /// # Errors
    /// What is wrong with it, for its sender.
    fn read(text: &str) -> Result<Self, Message>;
}

/// The only parameter of a query, which can be left out.
pub struct Query<T>(pub T);

impl<T: Parameter> FromRequestParts<Server> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Server) -> Result<Self> {
        let text = parts.uri.query().unwrap_or_default();
        let ignored = IgnoredFields::within(&parts.extensions);
        let mut errors = FieldErrors::default();
        query::note_unread(text, &[T::NAME], &ignored, &mut errors);
        let mut value = T::default();
        for (_, text) in form_urlencoded::parse(text.as_bytes()).filter(|(name, _)| name == T::NAME)
        {
            match T::read(&text) {
                Ok(read) => value = read,
                Err(fault) => errors.add(T::NAME, fault),
            }
        }
        if errors.is_empty() { Ok(Self(value)) } else { Err(Error::Invalid(errors)) }
    }
}

impl<T: Parameter> OperationInput for Query<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let parameter = json!({ "type": "string", "description": T::ABOUT });
        add_query_parameters(ctx, operation, &json!({ (T::NAME): parameter }));
    }

    fn inferred_early_responses(
        ctx: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, Response)> {
        vec![invalid_parameter(ctx)]
    }
}
