//! The host that a request names.

use std::net::Ipv6Addr;

use axum::extract::Request;
use axum::http::header::HOST;

use crate::server::Server;

/// Whether a request was sent to a configured public address other than the one that the server
/// listens on.
pub(crate) fn is_to_public_address(server: &Server, request: &Request) -> bool {
    let (public_urls, host) = (&server.public_urls, host_of(request).unwrap_or_default());
    public_urls.is_strict() && public_urls.knows(host) && !public_urls.is_listening_address(host)
}

/// The host of a request: that of an absolute URL, or else its `Host` header (RFC 9112 section
/// 3.2).
pub(crate) fn host_of(request: &Request) -> Option<&str> {
    if let Some(authority) = request.uri().authority() {
        return Some(authority.as_str());
    }
    request.headers().get(HOST)?.to_str().ok()
}

/// Whether a text is a host with an optional port, as in `Host` (RFC 9112 section 3.2, RFC 3986
/// section 3.2.2). An empty one says that the URL has no host.
pub(crate) fn is_host(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) if address.parse::<Ipv6Addr>().is_ok() => ("", port),
            _ => return false,
        },
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let is_port = |port: &str| {
        port.bytes().all(|byte| byte.is_ascii_digit())
            && (port.is_empty() || port.parse::<u16>().is_ok())
    };
    is_name(host) && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

/// Whether a text is a registered name or an IPv4 address.
fn is_name(text: &str) -> bool {
    let mut parts = text.split('%');
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte);
    let is_encoded = |part: &str| {
        part.len() >= 2
            && part.bytes().take(2).all(|byte| byte.is_ascii_hexdigit())
            && part.bytes().all(is_allowed)
    };
    parts.next().is_some_and(|first| first.bytes().all(is_allowed)) && parts.all(is_encoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_with_at_most_a_port() {
        for good in [
            "",
            "a.example",
            "A.example.:8080",
            "127.0.0.1",
            "127.0.0.1:81",
            "[::1]",
            "[2001:db8::7]:443",
            "a_b.example",
            "b%C3%A4r.example",
            "localhost:",
        ] {
            assert!(is_host(good.as_bytes()), "{good}");
        }
        for wrong in [
            "a b",
            "a/b",
            "x:y:z",
            "a:b",
            "user@host",
            "127.0.0.1:18931, evil.example",
            "a.example:99999",
            "[::1",
            "[::1]x",
            "[fe80::1%25eth0]",
            "[127.0.0.1]",
            "::1",
            "a%2",
            "a%zz",
            "a\\b",
            "a?b",
            "a#b",
            "a\"b",
            "bär.example",
        ] {
            assert!(!is_host(wrong.as_bytes()), "{wrong}");
        }
        assert!(!is_host(b"a\xff"));
    }
}
