//! Calls of the API with one token.

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use super::Answer;

/// Calls with a token, or with none.
#[derive(Clone)]
pub struct Caller {
    url: String,
    http: Client,
    token: Option<String>,
}

impl Caller {
    pub fn new(url: &str, http: &Client, token: Option<&str>) -> Self {
        Self { url: url.to_owned(), http: http.clone(), token: token.map(str::to_owned) }
    }

    /// A request of `path` (such as `/v1/customers`, or an absolute URL of the API's own).
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url =
            if path.starts_with('/') { format!("{}{path}", self.url) } else { path.to_owned() };
        let request = self.http.request(method, url);
        match &self.token {
            Some(token) => request.header("Authentication", format!("Bearer {token}")),
            None => request,
        }
    }

    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let request = self.request(method.clone(), path);
        Answer::to(match body {
            Some(body) => filled(request, &method, path, body),
            None => request,
        })
        .await
    }

    /// Uploads a file with these other fields.
    pub async fn upload(
        &self,
        path: &str,
        name: &str,
        content: impl AsRef<[u8]>,
        fields: &[(&str, &str)],
    ) -> Answer {
        let (kind, body) = upload_of(name, content.as_ref(), fields);
        self.post_raw(path, Some(&kind), body).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(&body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PATCH, path, Some(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None).await
    }

    /// A body exactly as it is.
    pub async fn post_raw(
        &self,
        path: &str,
        kind: Option<&str>,
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        let request = self.request(Method::POST, path).body(body.into());
        Answer::to(match kind {
            Some(kind) => request.header(CONTENT_TYPE, kind),
            None => request,
        })
        .await
    }
}

/// The boundary of uploads.
const BOUNDARY: &str = "grens";

/// The media type and the body of an upload with these texts.
fn parts(fields: &[(&str, &str)]) -> (String, String) {
    let part = |(name, value): &(&str, &str)| {
        format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )
    };
    (format!("multipart/form-data; boundary={BOUNDARY}"), fields.iter().map(part).collect())
}

/// The same with a file in the field `file`.
pub fn upload_of(name: &str, content: &[u8], fields: &[(&str, &str)]) -> (String, Vec<u8>) {
    let (kind, texts) = parts(fields);
    let name = name.replace('"', "%22");
    let head = format!(
        "{texts}--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
    );
    (kind, [head.as_bytes(), content, format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat())
}

/// A request with a body in the media type of its operation.
pub fn filled(
    request: RequestBuilder,
    method: &Method,
    path: &str,
    body: &Value,
) -> RequestBuilder {
    let Some(fields) = body.as_object().filter(|_| is_upload(method, path)) else {
        return request.json(body);
    };
    let texts: Vec<(&str, String)> = fields
        .iter()
        .map(|(name, value)| {
            (name.as_str(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        })
        .collect();
    let texts: Vec<(&str, &str)> =
        texts.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (kind, body) = parts(&texts);
    request.header(CONTENT_TYPE, kind).body(format!("{body}--{BOUNDARY}--\r\n"))
}

/// Whether the body of an operation is `multipart/form-data`.
fn is_upload(method: &Method, path: &str) -> bool {
    method == Method::POST && path.split('?').next() == Some("/v1/files")
}
