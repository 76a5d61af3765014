//! Each surface responds only on its own public address.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use crate::error::Error;
use crate::forward_auth;
use crate::http::api_error::program_error;
use crate::http::headers::secured;
use crate::http::hosts::host_of;
use crate::public_urls::{PublicUrls, Surface};
use crate::server::Server;
use crate::web::Anybody;

/// Paths for callers within the network, which can use any name or address of the server: health
/// checks and forward authentication.
const ANYWHERE: [&str; 2] = ["/healthz", forward_auth::PATH];

/// Refuses requests to a host that doesn't serve the surface. Only installed if the operator
/// configured an origin.
pub(super) async fn only_at_home(
    State(server): State<Server>,
    request: Request,
    next: Next,
) -> Response {
    let host = host_of(&request).unwrap_or_default();
    if ANYWHERE.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    if !server.public_urls.knows(host) {
        return secured(
            (StatusCode::MISDIRECTED_REQUEST, misdirected(&server.public_urls)).into_response(),
            false,
        );
    }
    match Surface::of(request.uri().path()) {
        Some(surface) if !server.public_urls.origin(surface).is_at(host) => {
            not_here(&server.public_urls, surface, request.headers())
        }
        _ => next.run(request).await,
    }
}

/// The response for an unknown host name.
fn misdirected(public_urls: &PublicUrls) -> String {
    let start = public_urls.url(Surface::Manage, Surface::Manage.start());
    format!("This server does not serve this host name. Look at {start}\n")
}

/// The response for a surface's path on another surface's host.
fn not_here(public_urls: &PublicUrls, surface: Surface, headers: &HeaderMap) -> Response {
    match surface {
        Surface::Api => program_error(Error::NotFound, headers),
        _ => {
            let elsewhere = format!(
                "Not found on this host. See {}\n",
                public_urls.url(surface, surface.start())
            );
            secured((StatusCode::NOT_FOUND, elsewhere).into_response(), false)
        }
    }
}

/// `/`: redirects to the start page of this host's surface.
pub(super) async fn start(_: Anybody, State(server): State<Server>, request: Request) -> Redirect {
    let surface = server.public_urls.start(host_of(&request).unwrap_or_default());
    let target = if surface == Surface::Api {
        server.public_urls.url(Surface::Docs, Surface::Docs.start())
    } else {
        surface.start().to_owned()
    };
    Redirect::to(&target)
}
