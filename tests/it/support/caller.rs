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
        let request = self.request(method, path);
        Answer::to(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
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
