//! Revisions of API resources: `ETag`, `If-None-Match` and `If-Match` (RFC 9110 sections 8.8.3 and
//! 13).

use aide::generate::GenContext;
use aide::openapi::{
    Header, HeaderStyle, Operation, Parameter, ParameterData, ParameterSchemaOrContent,
    ReferenceOr, Response as ResponseDescription, SchemaObject,
};
use aide::{OperationInput, OperationOutput};
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use schemars::{JsonSchema, Schema, json_schema};
use serde::Serialize;
use serde_json::{Value, json};

use super::Json;
use super::document::{error, error_response};
use crate::error::{Error, Message, Result};
use crate::server::Server;

/// A JSON response, with the revision of its row as `ETag`.
#[derive(Debug, Clone, Copy)]
pub struct Revised<T>(pub i64, pub T);

/// The expected revision of the row to change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Expected {
    /// Any revision.
    #[default]
    Any,
    /// One of these.
    OneOf(Vec<i64>),
}

impl Expected {
    /// Checks that the row has an expected revision.
    ///
    /// # Errors
    /// [`Error::Changed`] when it doesn't.
    pub fn check(&self, revision: i64) -> Result<()> {
        match self {
            Self::OneOf(revisions) if !revisions.contains(&revision) => Err(Error::Changed),
            _ => Ok(()),
        }
    }

    /// Checks the expectation of something that exists but has no revision: `*` matches it, and no
    /// `ETag` does.
    ///
    /// # Errors
    /// [`Error::Changed`] when a revision is expected.
    pub fn check_without_revision(&self) -> Result<()> {
        match self {
            Self::OneOf(_) => Err(Error::Changed),
            Self::Any => Ok(()),
        }
    }

    /// Parses an `If-Match` header. An unknown or weak tag matches nothing.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self> {
        let mut tags = headers.get_all(IF_MATCH).iter().peekable();
        if tags.peek().is_none() {
            return Ok(Self::Any);
        }
        let mut revisions = Vec::new();
        for list in tags {
            let list = list.to_str().map_err(|_| faulty())?;
            for tag in list.split(',').map(str::trim) {
                if tag == "*" {
                    return Ok(Self::Any);
                }
                if !is_tag(tag) {
                    return Err(faulty());
                }
                revisions.extend(revision_of(tag));
            }
        }
        Ok(Self::OneOf(revisions))
    }
}

/// Whether this is an entity tag (RFC 9110 section 8.8.3).
fn is_tag(text: &str) -> bool {
    let quoted = text.strip_prefix("W/").unwrap_or(text);
    let opaque = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    opaque.is_some_and(|opaque| !opaque.contains('"'))
}

fn faulty() -> Error {
    Error::BadRequest(Message::new("error.if_match"))
}

fn tag(revision: i64) -> String {
    format!("\"{revision}\"")
}

fn revision_of(tag: &str) -> Option<i64> {
    tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}

impl FromRequestParts<Server> for Expected {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Server) -> Result<Self> {
        Self::of(&parts.headers)
    }
}

impl<T: Serialize> IntoResponse for Revised<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.1).into_response();
        if let Ok(tag) = HeaderValue::try_from(tag(self.0)) {
            response.headers_mut().insert(ETAG, tag);
        }
        response
    }
}

/// The revisions that a client already has: the `If-None-Match` of a read request.
pub(crate) struct Known(Option<HeaderValue>);

impl Known {
    pub(crate) fn of(method: &Method, headers: &HeaderMap) -> Self {
        let reads = matches!(*method, Method::GET | Method::HEAD);
        Self(headers.get(IF_NONE_MATCH).filter(|_| reads).cloned())
    }

    /// The response, or 304 without a body if the client already has it.
    pub(crate) fn spare(&self, mut response: Response) -> Response {
        let known = self.0.as_ref().and_then(|known| known.to_str().ok());
        let (Some(known), Some(tag)) = (known, response.headers().get(ETAG)) else {
            return response;
        };
        if response.status() == StatusCode::OK && names_tag(known, tag.as_bytes()) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            *response.body_mut() = Body::empty();
            response.headers_mut().remove(CONTENT_TYPE);
            response.headers_mut().remove(CONTENT_LENGTH);
        }
        response
    }
}

/// Whether the client of a request has the content with this tag (RFC 9110 section 13.1.2).
pub fn is_known(request: &HeaderMap, tag: &str) -> bool {
    let mut known = request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.any(|known| names_tag(known, tag.as_bytes()))
}

/// Whether an `If-None-Match` names a tag (RFC 9110 section 13.1.2).
fn names_tag(known: &str, tag: &[u8]) -> bool {
    let is_it = |known: &str| known == "*" || known.trim_start_matches("W/").as_bytes() == tag;
    known.split(',').map(str::trim).any(is_it)
}

fn text_header(description: &str) -> ReferenceOr<Header> {
    ReferenceOr::Item(Header {
        description: Some(description.to_owned()),
        style: HeaderStyle::Simple,
        required: false,
        deprecated: None,
        format: schema(json_schema!({ "type": "string" })),
        example: None,
        examples: Default::default(),
        extensions: Default::default(),
    })
}

/// What `If-Match` contains: `*`, or one or more tags.
fn tags() -> Schema {
    json_schema!({ "type": "string", "pattern": r#"^(\*|(W/)?"[^",]*"(, *(W/)?"[^",]*")*)$"# })
}

fn schema(json_schema: Schema) -> ParameterSchemaOrContent {
    ParameterSchemaOrContent::Schema(SchemaObject {
        json_schema,
        external_docs: None,
        example: None,
    })
}

impl<T: JsonSchema> OperationOutput for Revised<T> {
    type Inner = T;

    fn operation_response(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Option<ResponseDescription> {
        let mut response = Json::<T>::operation_response(ctx, operation)?;
        let about = "The revision, for If-None-Match and If-Match";
        response.headers.insert("ETag".to_owned(), text_header(about));
        Some(response)
    }

    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, ResponseDescription)> {
        let answer = Self::operation_response(ctx, operation);
        answer.map(|answer| (Some(200), answer)).into_iter().collect()
    }
}

/// Adds `If-None-Match` and 304 to an operation that reads something with a revision.
pub(super) fn offer_not_modified(operation: &mut Value) {
    let Some(etag) = operation["responses"]["200"]["headers"].get("ETag").cloned() else { return };
    let about = "The ETags of the revisions that you have. If one of them is the current one, the \
                 answer is 304 without a body";
    add_parameter(operation, "If-None-Match", about, &json_schema!({ "type": "string" }));
    operation["responses"]["304"] = json!({
        "description": "It is still as in the revision in If-None-Match",
        "headers": { "ETag": etag },
    });
}

/// Adds `If-Match` and 412 to an operation that adds something: what it adds to has no revision.
pub(super) fn refuse_expectation(operation: &mut Value) {
    let about = "Only `*` matches, because what you add to has no ETag; with anything else the \
                 answer is 412 and nothing is added";
    add_parameter(operation, "If-Match", about, &tags());
    operation["responses"]["412"] = error("If-Match contains an ETag");
}

fn add_parameter(operation: &mut Value, name: &str, about: &str, schema: &Schema) {
    let parameter = json!({ "in": "header", "name": name, "description": about, "schema": schema });
    match operation["parameters"].as_array_mut() {
        Some(parameters) => parameters.push(parameter),
        None => operation["parameters"] = json!([parameter]),
    }
}

impl OperationInput for Expected {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        let about = "The ETag of the revision to change. When it was changed since, the answer is 412 and \
                     nothing is changed. Without it, whichever revision there is";
        operation.parameters.push(ReferenceOr::Item(Parameter::Header {
            parameter_data: ParameterData {
                name: "If-Match".to_owned(),
                description: Some(about.to_owned()),
                required: false,
                deprecated: None,
                format: schema(tags()),
                example: None,
                examples: Default::default(),
                explode: None,
                extensions: Default::default(),
            },
            style: HeaderStyle::Simple,
        }));
    }

    fn inferred_early_responses(
        ctx: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, ResponseDescription)> {
        vec![(Some(412), error_response(ctx, "It has changed since the revision in If-Match"))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: axum::http::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn only_the_expected_revisions_are_changed() {
        let expected = |value: &str| Expected::of(&headers(IF_MATCH, value)).ok();
        assert_eq!(Expected::of(&HeaderMap::new()).ok(), Some(Expected::Any));
        assert_eq!(expected("*"), Some(Expected::Any));
        assert_eq!(expected("\"3\" , \"x\", W/\"4\""), Some(Expected::OneOf(vec![3])));
        for faulty in ["3", "", "3\"", "\"3", "W/"] {
            assert_eq!(expected(faulty), None, "{faulty}");
        }
        assert!(Expected::OneOf(vec![3]).check(3).is_ok() && Expected::Any.check(9).is_ok());
        assert!(matches!(Expected::OneOf(vec![3]).check(4), Err(Error::Changed)));
        assert!(matches!(Expected::OneOf(vec![]).check_without_revision(), Err(Error::Changed)));
        assert!(Expected::Any.check_without_revision().is_ok());
    }

    #[test]
    fn who_has_it_already_is_spared_the_body() {
        let status = |method: Method, known: &str, status| {
            let mut response = Revised(7, "x").into_response();
            *response.status_mut() = status;
            Known::of(&method, &headers(IF_NONE_MATCH, known)).spare(response).status().as_u16()
        };
        for known in ["\"7\"", "W/\"7\"", "\"1\", \"7\"", "*"] {
            assert_eq!(status(Method::GET, known, StatusCode::OK), 304, "{known}");
        }
        assert_eq!(status(Method::GET, "\"8\"", StatusCode::OK), 200);
        assert_eq!(status(Method::PATCH, "\"7\"", StatusCode::OK), 200);
        assert_eq!(status(Method::GET, "\"7\"", StatusCode::NOT_FOUND), 404);
    }
}
