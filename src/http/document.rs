//! The OpenAPI document of the routes: derived from their types, completed with what all operations
//! share (errors, headers, authentication).

use std::collections::BTreeMap;

use aide::generate::GenContext;
use aide::openapi::{Header, MediaType, Operation, ReferenceOr, Response, SchemaObject};
use aide::operation::{ParamLocation, add_parameters, parameters_from_schema};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::idempotency;
use super::revision;
use super::schema::null_is_refused;
use crate::fields::ignored;

/// How the description of a field or parameter ends that the contract doesn't have.
pub const OUR_ADDITION: &str = "An addition to the contract";

/// The mark of such a field or parameter in the document.
pub const EXTENSION: &str = "x-extension";

/// Marks what is described as an addition to the contract.
fn mark_extensions(value: &mut Value) {
    match value {
        Value::Object(members) => {
            let about = members.get("description").and_then(Value::as_str);
            if about.is_some_and(|about| about.ends_with(OUR_ADDITION)) {
                members.insert(EXTENSION.to_owned(), true.into());
            }
            members.values_mut().for_each(mark_extensions);
        }
        Value::Array(values) => values.iter_mut().for_each(mark_extensions),
        _ => {}
    }
}

/// The body of every error. There is one for all statuses, because client generators support one
/// error type per operation.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Error", transform = null_is_refused)]
#[allow(dead_code)]
struct ErrorSchema {
    /// The HTTP status
    #[schemars(range(min = 400, max = 599))]
    code: u16,
    /// A description of the error in English, for people to read
    message: String,
    /// Only with 422: what is wrong with each invalid field or parameter
    errors: Option<BTreeMap<String, Vec<String>>>,
    /// The request's id, as in the header `X-Request-Id`
    #[serde(rename = "requestId")]
    request_id: String,
}

/// A reference to one of the [`headers`] that all responses describe alike.
pub(super) fn reference_to_header(name: &str) -> ReferenceOr<Header> {
    ReferenceOr::Reference {
        reference: format!("#/components/headers/{name}"),
        summary: None,
        description: None,
    }
}

/// An error response, for handler arguments that can cause it.
pub(super) fn error_response(ctx: &mut GenContext, description: &str) -> Response {
    let schema = SchemaObject {
        json_schema: ctx.schema.subschema_for::<ErrorSchema>(),
        external_docs: None,
        example: None,
    };
    let content = [(
        "application/json".to_owned(),
        MediaType { schema: Some(schema), ..MediaType::default() },
    )];
    Response {
        description: description.to_owned(),
        content: content.into_iter().collect(),
        ..Response::default()
    }
}

/// Adds parameters of the query to an operation: schemas by name.
pub(super) fn add_query_parameters(
    ctx: &mut GenContext,
    operation: &mut Operation,
    parameters: &Value,
) {
    let schema = json!({ "type": "object", "properties": parameters });
    let schema = schema.try_into().unwrap_or_else(|_| unreachable!("an object is a schema"));
    let parameters = parameters_from_schema(ctx, schema, ParamLocation::Query);
    add_parameters(ctx, operation, parameters);
}

/// The response to parameters that can't be read.
pub(super) fn invalid_parameter(ctx: &mut GenContext) -> (Option<u16>, Response) {
    (Some(422), error_response(ctx, "A parameter is invalid; `errors` says which and why"))
}

/// The response headers: name, description, and the schema of their value.
fn headers() -> [(&'static str, &'static str, Value); 8] {
    let count = || json!({ "type": "integer", "minimum": 0 });
    [
        (
            "X-Request-Id",
            "The id of this request; mention it when you ask for help",
            json!({ "type": "string" }),
        ),
        (
            "X-RateLimit-Limit",
            "The number of requests per minute that this key or token can make; absent without a limit",
            count(),
        ),
        (
            "X-RateLimit-Remaining",
            "The number of requests left now; absent without a limit",
            count(),
        ),
        (
            "X-RateLimit-Reset",
            "When the next request is accepted, in seconds since 1 January 1970",
            count(),
        ),
        ("Retry-After", "How many seconds to wait before the next request", count()),
        (
            "X-Ignored-Fields",
            "The names of fields and parameters that were sent and ignored, separated by commas; \
             absent when there are none",
            json!({ "type": "string" }),
        ),
        (
            "Idempotent-Replayed",
            "`true` when a request with the same `Idempotency-Key` was carried out before, and this is its response",
            json!({ "type": "string", "enum": ["true"] }),
        ),
        (
            "WWW-Authenticate",
            "Why the token was refused, and where to get one (RFC 6750, RFC 9728)",
            json!({ "type": "string" }),
        ),
    ]
}

/// Errors of every operation.
const OF_ALL: [(&str, &str); 8] = [
    ("400", "The request is malformed"),
    (
        "405",
        "The path does not support this method; the header `Allow` lists the methods it supports",
    ),
    ("408", "The request took too long to arrive"),
    (
        "422",
        "A parameter or field is sent twice, or in a test portal is unknown; `errors` says which and why",
    ),
    ("429", "Too many requests; wait as long as `Retry-After` says"),
    ("500", "Something went wrong on our side"),
    ("503", "The server is too busy; wait as long as `Retry-After` says"),
    ("507", "The server has no room left to store anything"),
];

/// Errors of every operation with a body.
const OF_BODIES: [(&str, &str); 2] =
    [("413", "The body is too large"), ("415", "The body is not JSON, or is compressed")];

/// Errors of every operation that takes an `Idempotency-Key`.
const OF_KEYS: [(&str, &str); 2] = [
    (
        "409",
        "another request with this `Idempotency-Key` is in progress: wait as long as `Retry-After` says",
    ),
    ("422", "the `Idempotency-Key` was used for another request"),
];

/// Adds what all operations share to the document of the routes.
pub(super) fn complete(document: &mut Value) {
    mark_extensions(document);
    let all = document["paths"].as_object_mut().into_iter().flatten();
    for (method, operation) in all.flat_map(|(_, item)| item.as_object_mut().into_iter().flatten())
    {
        describe(operation);
        let takes_body = operation.get("requestBody").is_some();
        let takes_key = method == "post";
        match method.as_str() {
            "get" => revision::offer_not_modified(operation),
            "post" => {
                revision::refuse_expectation(operation);
                add_key(operation);
            }
            _ => {}
        }
        let Some(responses) = operation["responses"].as_object_mut() else { continue };
        for (status, about) in OF_ALL.iter().chain(OF_BODIES.iter().filter(|_| takes_body)) {
            responses.entry(*status).or_insert_with(|| error(about));
        }
        responses.sort_keys();
        for (status, response) in responses {
            let own = response["headers"].take();
            response["headers"] = headers_of(status, takes_key);
            if let (Some(headers), Value::Object(own)) = (response["headers"].as_object_mut(), own)
            {
                headers.extend(own);
            }
        }
    }
    document["components"]["headers"] = headers()
        .into_iter()
        .map(|(name, about, schema)| {
            (name.to_owned(), json!({ "description": about, "schema": schema }))
        })
        .collect::<Map<_, _>>()
        .into();
}

/// Adds the parameter `Idempotency-Key` and its errors to an operation.
fn add_key(operation: &mut Value) {
    match operation["parameters"].as_array_mut() {
        Some(parameters) => parameters.push(idempotency::parameter()),
        None => operation["parameters"] = json!([idempotency::parameter()]),
    }
    for (status, about) in OF_KEYS {
        let response = &mut operation["responses"][status];
        match response["description"].as_str() {
            Some(other) => response["description"] = format!("{other}, or {about}").into(),
            None => *response = error(&capitalised(about)),
        }
    }
}

/// Splits the summary into a title and a description, and adds the scope to the latter.
fn describe(operation: &mut Value) {
    let scope = match operation["security"][0]["bearer"][0].as_str() {
        Some(scope) => format!("Requires the scope `{scope}`."),
        None => "Works with every valid key or token, whatever its scopes.".to_owned(),
    };
    let summary = operation["summary"].as_str().unwrap_or_default();
    let (title, rest) = summary.split_once([',', ';']).unwrap_or((summary, ""));
    let description = match capitalised(rest.trim()) {
        rest if rest.is_empty() => scope,
        rest => format!("{rest}. {scope}"),
    };
    (operation["summary"], operation["description"]) = (title.into(), description.into());
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

pub(super) fn error(about: &str) -> Value {
    json!({
        "description": about,
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } },
    })
}

fn headers_of(status: &str, takes_key: bool) -> Value {
    let is_good = status.starts_with('2');
    let is_here = |name: &str| match name {
        "X-Request-Id" => true,
        "X-RateLimit-Limit" | "X-RateLimit-Remaining" => !matches!(status, "401"),
        "X-RateLimit-Reset" => status == "429",
        "Retry-After" => matches!(status, "429" | "503" | "507") || (takes_key && status == "409"),
        "Idempotent-Replayed" => is_good && takes_key,
        "WWW-Authenticate" => matches!(status, "401" | "403"),
        name => is_good && ignored::HEADER.as_str().eq_ignore_ascii_case(name),
    };
    headers()
        .into_iter()
        .filter(|(name, ..)| is_here(name))
        .map(|(name, ..)| {
            (name.to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }))
        })
        .collect::<Map<_, _>>()
        .into()
}
