//! Where a request comes from: for the audit log, throttles, and keys' lists of addresses.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;

use crate::server::Server;

/// What a proxy in front of the server says of where requests come from.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// How much is kept of what a program calls itself, in bytes.
const LONGEST_USER_AGENT: usize = 200;

/// Who sends a request: address and program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The address, as seen by this server or told by a trusted proxy.
    pub address: IpAddr,
    /// What the program calls itself (the `User-Agent` header), cut to 200 bytes; empty when it
    /// does not say.
    pub user_agent: String,
}

impl Caller {
    /// Who sends the request of these headers and extensions.
    pub fn of(server: &Server, headers: &HeaderMap, extensions: &Extensions) -> Self {
        let user_agent = headers.get(USER_AGENT).map(user_agent).unwrap_or_default();
        Self { address: address(server, headers, extensions), user_agent: user_agent.to_owned() }
    }
}

/// What a program calls itself, cut to 200 bytes.
pub(super) fn user_agent(header: &HeaderValue) -> &str {
    let text = header.to_str().unwrap_or_default();
    // Such a text is ASCII.
    &text[..text.len().min(LONGEST_USER_AGENT)]
}

/// The address that a request comes from. Only what a trusted proxy adds to `X-Forwarded-For` is
/// believed: from the right, the first address that is not itself a trusted proxy's.
pub fn address(server: &Server, headers: &HeaderMap, extensions: &Extensions) -> IpAddr {
    let peer = peer(extensions);
    let trusted = &server.config.trusted_proxies;
    if trusted.is_empty() {
        return peer;
    }
    let told = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .rev()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.rsplit(','));
    behind_proxies(peer, told, trusted)
}

/// Whether a request comes straight from a proxy whose word is believed.
pub(super) fn is_trusted_proxy(server: &Server, extensions: &Extensions) -> bool {
    is_among(peer(extensions), &server.config.trusted_proxies)
}

/// The address at the other end of the connection.
fn peer(extensions: &Extensions) -> IpAddr {
    extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip().to_canonical())
}

fn is_among(address: IpAddr, networks: &[IpNet]) -> bool {
    networks.iter().any(|network| network.contains(&address))
}

/// `told` comes from the right.
fn behind_proxies<'a>(
    peer: IpAddr,
    told: impl Iterator<Item = &'a str>,
    trusted: &[IpNet],
) -> IpAddr {
    let mut address = peer;
    for text in told {
        if !is_among(address, trusted) {
            break;
        }
        // What cannot be read was not added by a proxy of ours.
        let Ok(before) = text.trim().parse::<IpAddr>() else { break };
        address = before.to_canonical();
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

    fn seen(peer: &str, told: &[&str], trusted: &[&str]) -> String {
        let trusted: Vec<IpNet> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        behind_proxies(peer.parse().unwrap(), told.iter().rev().copied(), &trusted).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(seen("203.0.113.9", &["1.1.1.1"], &["127.0.0.0/8"]), "203.0.113.9");
        assert_eq!(seen("127.0.0.1", &["203.0.113.9"], &["127.0.0.0/8"]), "203.0.113.9");
        assert_eq!(
            seen("127.0.0.1", &["6.6.6.6", " 203.0.113.9"], &["127.0.0.0/8"]),
            "203.0.113.9",
            "what the client sent comes first"
        );
        assert_eq!(
            seen("127.0.0.1", &["203.0.113.9", "10.0.0.2"], &["127.0.0.0/8", "10.0.0.0/8"]),
            "203.0.113.9"
        );
        assert_eq!(seen("::1", &["2001:db8::7"], &["::1/128"]), "2001:db8::7");
        assert_eq!(seen("127.0.0.1", &["nonsense"], &["127.0.0.0/8"]), "127.0.0.1");
        assert_eq!(seen("127.0.0.1", &[], &["127.0.0.0/8"]), "127.0.0.1");
    }
}
