//! The public addresses of the surfaces.

use std::net::SocketAddr;

use axum::http::Uri;

use crate::config::{Config, Origin};

/// A part of the product with a public address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// `/manage`, `/shares`, `/requests`, `/calendar`, `/oauth` and most of `/.well-known`.
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
    pub(crate) fn of(path: &str) -> Option<Self> {
        let mut parts = path.trim_start_matches('/').split('/');
        match parts.next().unwrap_or_default() {
            ".well-known" if parts.next() == Some("oauth-protected-resource") => Some(Self::Api),
            "manage" | "shares" | "requests" | "calendar" | "oauth" | ".well-known" => {
                Some(Self::Manage)
            }
            "v1" => Some(Self::Api),
            "developers" => Some(Self::Developers),
            "docs" => Some(Self::Docs),
            _ => None,
        }
    }

    /// The path of its start page.
    pub(crate) const fn start(self) -> &'static str {
        match self {
            Self::Manage => "/manage",
            Self::Api | Self::Docs => "/docs",
            Self::Developers => "/developers",
        }
    }
}

/// The public origins.
#[derive(Debug, Clone)]
pub struct PublicUrls {
    public: Origin,
    /// The origin of the address that the server listens on.
    listening: Origin,
    /// The configured origins, in the order of [`Surface::ALL`].
    own: [Option<Origin>; 4],
    /// Whether the operator configured a public address; if not, any `Host` is accepted.
    strict: bool,
    /// Whether [`PublicUrls::public`] was configured.
    has_public: bool,
}

impl PublicUrls {
    /// The origins in the settings; `bound` is the address that the server listens on.
    pub fn new(config: &Config, bound: SocketAddr) -> Self {
        let own = [&config.manage_url, &config.api_url, &config.developers_url, &config.docs_url]
            .map(Clone::clone);
        let strict = config.public_url.is_some() || own.iter().any(Option::is_some);
        let listening = listening_origin(bound);
        let public = config.public_url.clone().unwrap_or_else(|| listening.clone());
        let has_public = config.public_url.is_some();
        Self { public, listening, own, strict, has_public }
    }

    /// Whether the operator configured the surface's origin.
    pub fn is_configured(&self, surface: Surface) -> bool {
        self.has_public || self.own[surface as usize].is_some()
    }

    /// The origin of a surface.
    pub(crate) fn origin(&self, surface: Surface) -> &Origin {
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
    pub(crate) fn is_https_at(&self, path: &str) -> bool {
        Surface::of(path).map_or_else(|| self.public.is_https(), |surface| self.is_https(surface))
    }

    /// Whether the API is reached over TLS.
    pub fn are_https(&self) -> bool {
        self.is_https(Surface::Api)
    }

    /// Whether the server serves `host`.
    pub(crate) fn knows(&self, host: &str) -> bool {
        Surface::ALL.into_iter().any(|surface| self.origin(surface).is_at(host))
            || self.public.is_at(host)
    }

    /// Whether a host is the address that the server listens on.
    pub(crate) fn is_listening_address(&self, host: &str) -> bool {
        self.listening.is_at(host)
    }

    /// The surface whose start page a host shows.
    pub(crate) fn start(&self, host: &str) -> Surface {
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

impl PublicUrls {
    /// Whether the operator said where the server is reached. Then it answers nowhere else.
    pub const fn is_strict(&self) -> bool {
        self.strict
    }

    /// Whether a URL is on one of our own origins or is a path.
    pub fn is_own_path(path: &str) -> bool {
        path.starts_with('/')
            && !path.starts_with("//")
            && !path.contains(|c: char| c == '\\' || c.is_control())
            && path.parse::<Uri>().is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_our_own_is_followed_after_log_in() {
        for good in ["/manage", "/oauth/authorize?client_id=x&redirect_uri=https%3A%2F%2Fa"] {
            assert!(PublicUrls::is_own_path(good), "{good}");
        }
        for wrong in [
            "",
            "manage",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\nb",
            "/#\n",
        ] {
            assert!(!PublicUrls::is_own_path(wrong), "{wrong}");
        }
    }

    #[test]
    fn the_pages_of_public_links_belong_to_the_site_that_gives_them() {
        for path in ["/shares/kpf_a", "/requests/kpf_a", "/calendar/kpf_a", "/manage/appointments"]
        {
            assert_eq!(Surface::of(path), Some(Surface::Manage), "{path}");
        }
        assert_eq!(Surface::of("/assets/app.css"), None);
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
