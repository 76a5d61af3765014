//! A response of the server, and the invariants of all API responses.

use std::sync::LazyLock;

use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::operations::{Operation, documented_statuses};

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    /// The request, for messages.
    pub request: String,
}

impl Answer {
    /// Sends a request, of the API if its path is; then the answer must be as all of the API's are.
    pub async fn to(request: RequestBuilder) -> Self {
        let (answer, is_api) = Self::send(request).await;
        if is_api && !answer.request.starts_with("OPTIONS") {
            answer.check_api();
            answer.check_documented();
        }
        answer
    }

    /// Sends a request that may be answered by something before the API.
    pub async fn unchecked(request: RequestBuilder) -> Self {
        Self::send(request).await.0
    }

    async fn send(request: RequestBuilder) -> (Self, bool) {
        let (client, request) = request.build_split();
        let request = request.unwrap();
        let (what, is_api) = (
            format!("{} {}", request.method(), request.url()),
            ["/v1/", "/auth/verify"].iter().any(|start| request.url().path().starts_with(start)),
        );
        let response =
            client.execute(request).await.unwrap_or_else(|error| panic!("{what}: {error:?}"));
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        (
            Self {
                status,
                headers,
                bytes: response.bytes().await.unwrap().to_vec(),
                request: what,
            },
            is_api,
        )
    }

    /// Whatever the API answers, it has these.
    fn check_api(&self) {
        assert_ne!(self.status, 500, "{self}");
        assert_eq!(self.header("x-request-id").map(str::len), Some(24), "{self}");
        assert_eq!(self.header("cache-control"), Some("no-store"), "{self}");
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"), "{self}");
        if self.status >= 400 {
            self.check_error();
        }
    }

    /// The OpenAPI document names the status of an error of one of its operations; but not that the
    /// whole server is elsewhere (421).
    fn check_documented(&self) {
        if self.status < 400 || self.status == 421 {
            return;
        }
        static STATUSES: LazyLock<Vec<(Operation, Vec<u16>)>> = LazyLock::new(documented_statuses);
        let (method, url) = self.request.split_once(' ').unwrap();
        let url: url::Url = url.parse().unwrap();
        let method = if method == "HEAD" { "GET" } else { method };
        let operation = STATUSES
            .iter()
            .find(|(operation, _)| operation.method == method && operation.has_path(url.path()));
        if let Some((operation, statuses)) = operation {
            assert!(statuses.contains(&self.status), "{operation} does not tell of {self}");
        }
    }

    /// The contract's error body, with what ours adds to it.
    fn check_error(&self) {
        assert_eq!(self.header("content-type"), Some("application/json"), "{self}");
        let body = self.json();
        assert_eq!(body["code"], self.status, "{self}");
        assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "{self}");
        assert_eq!(body["requestId"].as_str(), self.header("x-request-id"), "{self}");
        let mut fields: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
        fields.retain(|field| !["code", "message", "requestId"].contains(field));
        assert_eq!(fields, if self.status == 422 { vec!["errors"] } else { vec![] }, "{self}");
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The challenge of a refused token, without where the API's metadata is, which it must name
    /// (RFC 9728 section 5.1).
    #[track_caller]
    pub fn challenge(&self) -> String {
        let url: url::Url = self.request.split_once(' ').unwrap().1.parse().unwrap();
        let metadata = format!(
            r#", resource_metadata="{}/.well-known/oauth-protected-resource/v1""#,
            url.origin().ascii_serialization()
        );
        let challenge =
            self.header("www-authenticate").unwrap_or_else(|| panic!("no challenge: {self}"));
        challenge
            .strip_suffix(&metadata)
            .unwrap_or_else(|| panic!("without its metadata: {self}"))
            .to_owned()
    }

    pub fn number(&self, header: &str) -> i64 {
        self.header(header).unwrap_or_else(|| panic!("no {header}: {self}")).parse().unwrap()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The JSON of an answer with this status.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self}");
        self.json()
    }

    /// An answer without a body.
    #[track_caller]
    pub fn expect_nothing(&self) {
        assert_eq!((self.status, self.bytes.len()), (204, 0), "{self}");
    }

    /// The faulty fields of a 422, in order.
    #[track_caller]
    pub fn faulty_fields(&self) -> Vec<String> {
        let body = self.expect(422);
        let errors = body["errors"].as_object().unwrap();
        for messages in errors.values() {
            assert!(
                messages
                    .as_array()
                    .is_some_and(|all| !all.is_empty() && all.iter().all(Value::is_string)),
                "{self}"
            );
        }
        let mut fields: Vec<String> = errors.keys().cloned().collect();
        fields.sort();
        fields
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} → {} {:?} {}", self.request, self.status, self.headers, self.text())
    }
}

/// An answer's status, headers and body without what differs from request to request.
pub fn without_request_id(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let id = answer.header("x-request-id").unwrap_or("-");
    let mut headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    (answer.status, headers, answer.text().replace(id, "…"))
}
