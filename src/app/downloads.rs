//! `/downloads/{link}`: the file of a link that the API gave. The link itself is the authority, so
//! there is no token and no cookie.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::error::Error;
use crate::http::Endpoints;
use crate::i18n::tr;
use crate::objects::DownloadLink;
use crate::resources::{files, tickets};
use crate::server::{Server, WritingServer};
use crate::tenant::Store;
use crate::web;

/// The endpoint; it belongs to no site.
pub(super) fn endpoints() -> Endpoints<WritingServer> {
    Endpoints::new().get(DownloadLink::PATH, download)
}

/// Its route.
pub(super) fn routes(server: &WritingServer) -> Router<Server> {
    endpoints().into_router().with_state(server.clone())
}

async fn download(
    State(server): State<WritingServer>,
    Path(link): Path<String>,
    request: HeaderMap,
) -> Response {
    let refuse = |status: StatusCode, key: &'static str| {
        let text = format!("{}\n", tr!(web::language(&request), key));
        (status, [(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
    };
    let Some(link) = DownloadLink::read(&link, &server.sealing_keys) else {
        return refuse(StatusCode::NOT_FOUND, "download.unknown");
    };
    if link.expires_at <= server.clock.now() {
        return refuse(StatusCode::GONE, "download.expired");
    }
    let store = Store::open(server.db.reading(), link.key.portal.clone());
    let linked = match files::linked_file(&store, &server.objects, &link.key, &request).await {
        Err(Error::NotFound) => {
            tickets::linked_attachment(&store, &server.objects, &link.key, &request).await
        }
        found => found,
    };
    match linked {
        Ok(response) => response,
        Err(Error::NotFound) => refuse(StatusCode::GONE, "download.deleted"),
        Err(Error::Conflict(_)) => refuse(StatusCode::GONE, "download.lost"),
        Err(error) => {
            let key = match &error {
                Error::Held(held) => held.key(),
                error => {
                    tracing::error!(%error, "a file could not be sent");
                    "download.failed"
                }
            };
            let mut response = refuse(error.status(), key);
            let retry = error.retry_after().map(|seconds| (RETRY_AFTER, seconds.into()));
            response.headers_mut().extend(retry);
            response
        }
    }
}
