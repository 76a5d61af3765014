//! `/healthz`: whether the process responds. `/readyz`: whether its database can be read and
//! written, too.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::db::{DbError, Outage, waiting};
use crate::server::Server;

/// The timeout of a check.
const LIMIT: Duration = Duration::from_secs(2);

/// How long a result is cached, which limits how often checks write to the database.
const HOLDS: Duration = Duration::from_secs(1);

type Look = Arc<Mutex<Option<(Instant, Result<(), &'static str>)>>>;

/// Both routes.
pub(crate) fn routes() -> Router<Server> {
    let look = Look::default();
    Router::new().route("/healthz", get(async || "ok\n")).route(
        "/readyz",
        get(async move |State(server): State<Server>| readyz(&server, &look).await),
    )
}

async fn readyz(server: &Server, look: &Look) -> Response {
    let outcome = match tokio::time::timeout(2 * LIMIT, outcome(server, look)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Outage::Busy.name()),
    };
    let mut response = match outcome {
        Ok(()) => Json(json!({ "status": "ready" })).into_response(),
        Err(reason) => {
            let body = Json(json!({ "status": "not ready", "reason": reason }));
            (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
        }
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn outcome(server: &Server, look: &Look) -> Result<(), &'static str> {
    let mut last = look.lock().await;
    if let Some((at, outcome)) = *last
        && at.elapsed() < HOLDS
    {
        return outcome;
    }
    let probed = waiting::at_most(LIMIT, server.db.probe(server.clock.now())).await;
    let probed = probed.and_then(|probed| probed);
    let outcome = probed.as_ref().copied().map_err(reason);
    if let Err(error) = &probed
        && last.is_none_or(|(_, before)| before != outcome)
    {
        tracing::warn!(cause = %error, "not ready");
    }
    *last = Some((Instant::now(), outcome));
    outcome
}

fn reason(error: &DbError) -> &'static str {
    error.outage().map_or("database fault", Outage::name)
}
