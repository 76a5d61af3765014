//! The body of a request of the API, read into a type.

use std::sync::Arc;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response};
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use schemars::JsonSchema;

use super::document::error_response;
use super::read_body;
use crate::error::{Error, Message, Result};
use crate::fields::ignored::IgnoredFields;
use crate::fields::{Fields, FromFields};
use crate::server::Server;
use crate::verifier::Principal;

/// A JSON body, read into `T`.
pub struct Input<T>(pub T);

impl<T: FromFields> FromRequest<Server> for Input<T> {
    type Rejection = Error;

    async fn from_request(request: Request, server: &Server) -> Result<Self> {
        if !is_json(request.headers()) {
            return Err(Error::UnsupportedMediaType(Message::new("error.expected_json")));
        }
        let (parts, body) = request.into_parts();
        let body = read_body(&parts.headers, body, server.config.max_body_bytes as usize).await?;
        let fields = Fields::json(&body)?;
        let mut fields = match parts.extensions.get::<Arc<Principal>>() {
            Some(principal) => fields.in_zone(&principal.time_zone),
            None => fields,
        };
        fields.read_noting(&IgnoredFields::within(&parts.extensions)).map(Self)
    }
}

/// The media type of a body, without its parameters.
pub fn media_type(headers: &HeaderMap) -> Option<&str> {
    Some(headers.get(CONTENT_TYPE)?.to_str().ok()?.split(';').next()?.trim())
}

/// A body without a media type is read as JSON.
fn is_json(headers: &HeaderMap) -> bool {
    !headers.contains_key(CONTENT_TYPE)
        || media_type(headers).is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"))
}

impl<T: JsonSchema> OperationInput for Input<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        axum::Json::<T>::operation_input(ctx, operation);
    }

    fn inferred_early_responses(
        ctx: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, Response)> {
        vec![
            (Some(400), error_response(ctx, "The body is not a JSON object")),
            (
                Some(422),
                error_response(ctx, "One or more fields are invalid; `errors` says which and why"),
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::{EmailAddress, Value as _};

    struct Two;

    impl FromFields for Two {
        fn from_fields(fields: &mut Fields) -> Self {
            fields.text("name", 5);
            EmailAddress::from_field(fields, "email");
            Self
        }
    }

    fn faulty(body: &str) -> Vec<String> {
        match Fields::json(body.as_bytes()).unwrap().read::<Two>() {
            Ok(Two) => Vec::new(),
            Err(Error::Invalid(errors)) => {
                errors.to_json().keys().map(|key| (*key).to_owned()).collect()
            }
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn every_faulty_field_is_named_at_once() {
        assert_eq!(faulty("{}"), ["email", "name"]);
        assert_eq!(faulty(r#"{"name": 3, "email": null}"#), ["email", "name"]);
        assert_eq!(faulty(r#"{"name": "too long", "email": "x"}"#), ["email", "name"]);
        assert_eq!(faulty(r#"{"name": "a\u0000b", "email": "a@b.nl"}"#), ["name"]);
        assert!(faulty(r#"{"name": " ok ", "email": "a@b.nl"}"#).is_empty());
    }

    #[test]
    fn a_missing_field_names_the_one_that_was_sent_instead() {
        let body = br#"{"Name": "a", "e_mail": "a@b.nl", "other": 1}"#;
        let Err(Error::Invalid(errors)) = Fields::json(body).unwrap().read::<Two>() else {
            panic!("both are missing");
        };
        let errors = errors.to_json();
        assert_eq!(errors["name"][1], "You sent `Name`: did you mean `name`?");
        assert_eq!(errors["email"][1], "You sent `e_mail`: did you mean `email`?");
        assert_eq!(errors.len(), 2);
        assert!(faulty(r#"{"name": "ok", "email": "a@b.nl", "Name": 1}"#).is_empty());
    }

    #[test]
    fn a_body_that_is_no_object_is_refused() {
        for body in ["", "[]", "3", "{", "{\"a\":1"] {
            assert!(Fields::json(body.as_bytes()).is_err(), "{body}");
        }
    }
}
