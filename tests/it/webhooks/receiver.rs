//! A receiver of webhooks, which notes what it gets.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use klantportaal::db::Single;
use serde_json::Value;
use tokio::net::TcpListener;
use url::Url;

use crate::support::{Instance, until};

/// The flag that lets requests through to a receiver.
pub const ALLOW: &str = "--webhook-allow=127.0.0.0/8";

/// What came in.
#[derive(Debug, Clone)]
pub struct Got {
    /// The path, which says what to answer.
    pub path: String,
    pub headers: HeaderMap,
    pub text: String,
    pub body: Value,
}

impl Got {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

#[derive(Default)]
struct Inner {
    got: Mutex<Vec<Got>>,
    /// Paths that answer 500 for now.
    failing: Mutex<Vec<String>>,
    connections: AtomicUsize,
}

pub struct Receiver {
    pub url: Url,
    inner: Arc<Inner>,
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let inner = Arc::new(Inner::default());
        let router = Router::new().route("/{what}", post(receive)).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, inner }
    }

    /// The address of a path: `ok`, `hangs` and `moved` do what they say.
    pub fn at(&self, path: &str) -> String {
        self.url.join(path).unwrap().to_string()
    }

    pub fn fail(&self, path: &str) {
        self.inner.failing.lock().unwrap().push(path.to_owned());
    }

    pub fn mend(&self) {
        self.inner.failing.lock().unwrap().clear();
    }

    /// What came in at a path, in the order of its coming.
    pub fn got(&self, path: &str) -> Vec<Got> {
        let all = self.inner.got.lock().unwrap();
        all.iter().filter(|got| got.path == path).cloned().collect()
    }

    pub fn connections(&self) -> usize {
        self.inner.connections.load(Ordering::Relaxed)
    }

    /// Waits until this many came in at a path.
    pub async fn wait_for(&self, path: &str, count: usize) -> Vec<Got> {
        until(path, async || self.got(path).len() >= count).await;
        self.got(path)
    }

    pub async fn count(&self, server: &Instance, sql: &'static str) -> i64 {
        server.db.row::<Single<i64>>(sql, &[]).await.unwrap().unwrap().0
    }
}

async fn receive(
    State(inner): State<Arc<Inner>>,
    Path(path): Path<String>,
    headers: HeaderMap,
    text: String,
) -> Response {
    inner.connections.fetch_add(1, Ordering::Relaxed);
    let body = serde_json::from_str(&text).unwrap();
    inner.got.lock().unwrap().push(Got { path: path.clone(), headers, text, body });
    if inner.failing.lock().unwrap().contains(&path) {
        return (StatusCode::INTERNAL_SERVER_ERROR, "er ging iets mis").into_response();
    }
    match path.as_str() {
        "hangs" => std::future::pending().await,
        "moved" => (StatusCode::FOUND, [("location", "/ok")]).into_response(),
        _ => StatusCode::NO_CONTENT.into_response(),
    }
}
