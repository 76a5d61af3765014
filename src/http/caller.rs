//! The caller of a request: for the audit log, throttles, and address lists of keys.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;

use crate::caller::Caller;
use crate::network::parse_address;
use crate::server::Server;

/// The header in which a proxy reports where a request comes from.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// The standard's header for the same (RFC 7239).
const FORWARDED: HeaderName = HeaderName::from_static("forwarded");

/// The maximum length of a stored user agent, in bytes.
const LONGEST_USER_AGENT: usize = 200;

impl Caller {
    /// The caller of a request with these headers and extensions.
    pub fn of(server: &Server, headers: &HeaderMap, extensions: &Extensions) -> Self {
        let user_agent = headers.get(USER_AGENT).map(user_agent).unwrap_or_default();
        Self { address: address(server, headers, extensions), user_agent: user_agent.to_owned() }
    }
}

/// The user agent, truncated to 200 bytes.
pub(super) fn user_agent(header: &HeaderValue) -> &str {
    let text = header.to_str().unwrap_or_default();
    // `to_str` only succeeds for ASCII.
    &text[..text.len().min(LONGEST_USER_AGENT)]
}

/// The IP address that a request comes from. Only additions by a trusted proxy to `X-Forwarded-For`
/// are trusted: from the right, the first address that isn't itself a trusted proxy's. `Forwarded`
/// (RFC 7239) is read only if the other is absent, because a proxy that sets one passes the other
/// on as its client sent it.
pub fn address(server: &Server, headers: &HeaderMap, extensions: &Extensions) -> IpAddr {
    let peer = peer(extensions);
    let trusted = &server.config.trusted_proxies;
    if trusted.is_empty() {
        return peer;
    }
    behind_proxies(peer, &forwarded_for(headers), trusted)
}

/// The chain of addresses that a request was forwarded along, according to its headers: the client
/// first, then each proxy. Unreadable ones are `None`.
fn forwarded_for(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let elements = |name: &HeaderName| {
        headers
            .get_all(name)
            .iter()
            .flat_map(|value| outside_quotes(value.as_bytes(), b','))
            .filter(|element| !element.trim_ascii().is_empty())
    };
    let read = |text: &[u8]| std::str::from_utf8(text).ok().and_then(parse_address);
    if headers.contains_key(&FORWARDED_FOR) {
        return elements(&FORWARDED_FOR).map(read).collect();
    }
    elements(&FORWARDED).map(|element| forwarded_node(element).and_then(read)).collect()
}

/// The node in the parameter `for` of an element of `Forwarded` (RFC 7239 section 4).
fn forwarded_node(element: &[u8]) -> Option<&[u8]> {
    // A client that opens a quotation mark would hide what a proxy adds after it.
    if element.iter().filter(|byte| **byte == b'"').count() % 2 == 1 {
        return None;
    }
    outside_quotes(element, b';').find_map(|pair| {
        let (name, value) = pair.split_at_checked(pair.iter().position(|byte| *byte == b'=')?)?;
        name.trim_ascii().eq_ignore_ascii_case(b"for").then_some(&value[1..])
    })
}

/// Splits a text at separators outside quotation marks.
fn outside_quotes(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut quoted = false;
    text.split(move |byte| {
        quoted ^= *byte == b'"';
        *byte == separator && !quoted
    })
}

/// Whether a request comes directly from a trusted proxy.
pub(super) fn is_trusted_proxy(server: &Server, extensions: &Extensions) -> bool {
    is_among(peer(extensions), &server.config.trusted_proxies)
}

/// The peer address of the connection.
fn peer(extensions: &Extensions) -> IpAddr {
    extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip().to_canonical())
}

fn is_among(address: IpAddr, networks: &[IpNet]) -> bool {
    networks.iter().any(|network| network.contains(&address))
}

fn behind_proxies(peer: IpAddr, told: &[Option<IpAddr>], trusted: &[IpNet]) -> IpAddr {
    let mut address = peer;
    for before in told.iter().rev() {
        // Unreadable values weren't added by a trusted proxy.
        let (true, Some(before)) = (is_among(address, trusted), before) else { break };
        address = *before;
    }
    address
}

impl<S: Send + Sync> FromRequestParts<S> for Caller
where
    Server: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&Server::from_ref(state), &parts.headers, &parts.extensions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen_in(headers: &[(HeaderName, &[u8])], peer: &str, trusted: &[&str]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, HeaderValue::from_bytes(value).unwrap());
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        behind_proxies(peer.parse().unwrap(), &forwarded_for(&map), &trusted).to_string()
    }

    fn seen(peer: &str, told: &[&str], trusted: &[&str]) -> String {
        let headers: Vec<_> = told.iter().map(|told| (FORWARDED_FOR, told.as_bytes())).collect();
        let joined = seen_in(&[(FORWARDED_FOR, told.join(",").as_bytes())], peer, trusted);
        assert_eq!(seen_in(&headers, peer, trusted), joined, "lines are the same as one line");
        joined
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let local = &["127.0.0.0/8"];
        assert_eq!(seen("203.0.113.9", &["1.1.1.1"], local), "203.0.113.9");
        assert_eq!(seen("127.0.0.1", &["203.0.113.9"], local), "203.0.113.9");
        assert_eq!(
            seen("127.0.0.1", &["6.6.6.6", " 203.0.113.9"], local),
            "203.0.113.9",
            "what the client sent comes first"
        );
        assert_eq!(
            seen("127.0.0.1", &["203.0.113.9", "10.0.0.2"], &["127.0.0.0/8", "10.0.0.0/8"]),
            "203.0.113.9"
        );
        assert_eq!(seen("::1", &["2001:db8::7"], &["::1/128"]), "2001:db8::7");
        assert_eq!(seen("127.0.0.1", &["nonsense"], local), "127.0.0.1");
        assert_eq!(seen("127.0.0.1", &[], local), "127.0.0.1");
    }

    #[test]
    fn proxies_write_addresses_with_ports_and_brackets() {
        let local = &["127.0.0.0/8"];
        for (told, address) in [
            ("203.0.113.9:51008", "203.0.113.9"),
            ("[2001:db8::7]:51008", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("6.6.6.6:1, 203.0.113.9:51008", "203.0.113.9"),
            ("203.0.113.9,", "203.0.113.9"),
            ("6.6.6.6, unknown", "127.0.0.1"),
        ] {
            assert_eq!(seen("127.0.0.1", &[told], local), address, "{told}");
        }
        // Bytes from a client that aren't even text don't hide what a proxy added.
        let odd = [(FORWARDED_FOR, &b"\xff, 203.0.113.9:80"[..])];
        assert_eq!(seen_in(&odd, "127.0.0.1", local), "203.0.113.9");
    }

    #[test]
    fn the_standards_header_is_read_where_the_other_is_absent() {
        let local = &["127.0.0.0/8"];
        let forwarded = |value: &str| seen_in(&[(FORWARDED, value.as_bytes())], "127.0.0.1", local);
        for (value, address) in [
            ("for=203.0.113.9", "203.0.113.9"),
            ("For=\"203.0.113.9:51008\";proto=https;by=10.0.0.1", "203.0.113.9"),
            ("proto=https; for=\"[2001:db8::7]:51008\"", "2001:db8::7"),
            ("for=6.6.6.6, for=203.0.113.9", "203.0.113.9"),
            ("for=6.6.6.6;host=\"a,for=7.7.7.7\"", "6.6.6.6"),
            ("for=6.6.6.6, for=_hidden", "127.0.0.1"),
            ("for=6.6.6.6, proto=https", "127.0.0.1"),
            ("for", "127.0.0.1"),
            ("for=6.6.6.6;x=\", for=203.0.113.9", "127.0.0.1"),
        ] {
            assert_eq!(forwarded(value), address, "{value}");
        }
        let both = [(FORWARDED_FOR, &b"203.0.113.9"[..]), (FORWARDED, &b"for=6.6.6.6"[..])];
        assert_eq!(seen_in(&both, "127.0.0.1", local), "203.0.113.9");
    }
}
