//! The public addresses of the surfaces, each of which responds only on its own.

use std::net::SocketAddr;

use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::api_error::program_error;
use super::headers::secured;
use crate::config::{Config, Origin};
use crate::error::Error;
use crate::forward_auth;
use crate::server::Server;

/// A part of the product with a public address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// `/manage`, `/oauth` and most of `/.well-known`.
    Manage,
    /// `/v1`, and its metadata under `/.well-known`.
    Api,
    /// `/developers`.
    Developers,
    /// `/docs`.
    Docs,
}

impl Surface {
    const ALL: [Self; 4] = [Self::Manage, Self::Api, Self::Developers, Self::Docs];

    /// The surface that a path belongs to; `None` for paths that all of them share (such as
    /// `/assets`).
    fn of(path: &str) -> Option<Self> {
        let mut parts = path.trim_start_matches('/').split('/');
        match parts.next().unwrap_or_default() {
            ".well-known" if parts.next() == Some("oauth-protected-resource") => Some(Self::Api),
            "manage" | "oauth" | ".well-known" => Some(Self::Manage),
            "v1" => Some(Self::Api),
            "developers" => Some(Self::Developers),
            "docs" => Some(Self::Docs),
            _ => None,
        }
    }

    /// The path of its start page.
    const fn start(self) -> &'static str {
        match self {
            Self::Manage => "/manage",
            Self::Api | Self::Docs => "/docs",
            Self::Developers => "/developers",
        }
    }
}

/// The public origins.
#[derive(Debug, Clone)]
pub struct Sites {
    public: Origin,
    /// The origin of the address that the server listens on.
    listening: Origin,
    /// The configured origins, in the order of [`Surface::ALL`].
    own: [Option<Origin>; 4],
    /// Whether the operator configured a public address; if not, any `Host` is accepted.
    strict: bool,
}

impl Sites {
    /// The origins in the settings; `bound` is the address that the server listens on.
    pub fn new(config: &Config, bound: SocketAddr) -> Self {
        let own = [&config.manage_url, &config.api_url, &config.developers_url, &config.docs_url]
            .map(Clone::clone);
        let strict = config.public_url.is_some() || own.iter().any(Option::is_some);
        let listening = listening_origin(bound);
        let public = config.public_url.clone().unwrap_or_else(|| listening.clone());
        Self { public, listening, own, strict }
    }

    fn origin(&self, surface: Surface) -> &Origin {
        self.own[surface as usize].as_ref().unwrap_or(&self.public)
    }

    /// An absolute URL on the surface's origin; `path` begins with a slash.
    pub fn url(&self, surface: Surface, path: &str) -> String {
        format!("{}{path}", self.origin(surface))
    }

    /// An absolute URL of the API.
    pub fn api(&self, path: &str) -> String {
        self.url(Surface::Api, path)
    }

    /// The authorization server's issuer (RFC 8414 section 2).
    pub fn issuer(&self) -> &str {
        self.origin(Surface::Manage).as_str()
    }

    /// Whether the surface is reached over TLS.
    pub fn is_https(&self, surface: Surface) -> bool {
        self.origin(surface).is_https()
    }

    /// Whether the surface of a path is reached over TLS.
    pub(super) fn is_https_at(&self, path: &str) -> bool {
        Surface::of(path).map_or_else(|| self.public.is_https(), |surface| self.is_https(surface))
    }

    /// Whether the API is reached over TLS.
    pub fn are_https(&self) -> bool {
        self.is_https(Surface::Api)
    }

    /// Whether the server serves `host`.
    fn knows(&self, host: &str) -> bool {
        Surface::ALL.into_iter().any(|surface| self.origin(surface).is_at(host))
            || self.public.is_at(host)
    }

    /// The surface whose start page a host shows.
    fn start(&self, host: &str) -> Surface {
        Surface::ALL
            .into_iter()
            .find(|surface| {
                self.own[*surface as usize].as_ref().is_some_and(|origin| origin.is_at(host))
            })
            .unwrap_or(Surface::Manage)
    }
}

/// The origin of the address that the server listens on, without any proxy.
pub fn listening_origin(bound: SocketAddr) -> Origin {
    let host =
        if bound.ip().is_unspecified() { "localhost".to_owned() } else { bound.ip().to_string() };
    let host =
        if bound.is_ipv6() && !bound.ip().is_unspecified() { format!("[{host}]") } else { host };
    let text = format!("http://{host}:{}", bound.port());
    text.parse().unwrap_or_else(|error| unreachable!("{text} is an origin: {error}"))
}

/// Paths for callers within the network, which can use any name or address of the server: health
/// checks and forward authentication.
const ANYWHERE: [&str; 2] = ["/healthz", forward_auth::PATH];

/// Whether a request was sent to a configured public address other than the one that the server
/// listens on.
pub(super) fn is_to_public_address(server: &Server, request: &Request) -> bool {
    let (sites, host) = (&server.sites, host_of(request).unwrap_or_default());
    sites.strict && sites.knows(host) && !sites.listening.is_at(host)
}

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
    if !server.sites.knows(host) {
        return secured(
            (StatusCode::MISDIRECTED_REQUEST, misdirected(&server.sites)).into_response(),
            false,
        );
    }
    match Surface::of(request.uri().path()) {
        Some(surface) if !server.sites.origin(surface).is_at(host) => {
            not_here(&server.sites, surface, request.headers())
        }
        _ => next.run(request).await,
    }
}

/// The response for an unknown host name.
fn misdirected(sites: &Sites) -> String {
    let start = sites.url(Surface::Manage, Surface::Manage.start());
    format!("This server does not serve this host name. Look at {start}\n")
}

/// The response for a surface's path on another surface's host.
fn not_here(sites: &Sites, surface: Surface, headers: &HeaderMap) -> Response {
    match surface {
        Surface::Api => program_error(Error::NotFound, headers),
        _ => {
            let elsewhere =
                format!("Not found on this host. See {}\n", sites.url(surface, surface.start()));
            secured((StatusCode::NOT_FOUND, elsewhere).into_response(), false)
        }
    }
}

/// The host of a request: that of an absolute URL, or else its `Host` header (RFC 9112 section
/// 3.2).
fn host_of(request: &Request) -> Option<&str> {
    if let Some(authority) = request.uri().authority() {
        return Some(authority.as_str());
    }
    request.headers().get(HOST)?.to_str().ok()
}

/// `/`: redirects to the start page of this host's surface.
pub(super) async fn start(State(server): State<Server>, request: Request) -> Redirect {
    let surface = server.sites.start(host_of(&request).unwrap_or_default());
    let target = if surface == Surface::Api {
        server.sites.url(Surface::Docs, Surface::Docs.start())
    } else {
        surface.start().to_owned()
    };
    Redirect::to(&target)
}

impl Sites {
    /// Whether the operator said where the server is reached. Then it answers nowhere else.
    pub const fn is_strict(&self) -> bool {
        self.strict
    }

    /// Whether a URL is on one of our own origins or is a path.
    pub fn is_own_path(path: &str) -> bool {
        path.starts_with('/')
            && !path.starts_with("//")
            && !path.contains('\\')
            && path.parse::<Uri>().is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_our_own_is_followed_after_log_in() {
        for good in ["/manage", "/oauth/authorize?client_id=x&redirect_uri=https%3A%2F%2Fa"] {
            assert!(Sites::is_own_path(good), "{good}");
        }
        for wrong in
            ["", "manage", "//evil.example", "/\\evil.example", "https://evil.example", "/a\nb"]
        {
            assert!(!Sites::is_own_path(wrong), "{wrong}");
        }
    }

    #[test]
    fn without_a_setting_the_origin_is_the_listening_address() {
        assert_eq!(
            listening_origin("127.0.0.1:81".parse().unwrap()).as_str(),
            "http://127.0.0.1:81"
        );
        assert_eq!(listening_origin("0.0.0.0:81".parse().unwrap()).as_str(), "http://localhost:81");
        assert_eq!(listening_origin("[::1]:81".parse().unwrap()).as_str(), "http://[::1]:81");
    }
}
