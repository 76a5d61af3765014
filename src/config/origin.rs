//! Where a surface is reached.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use url::Url;

/// Scheme, host and port, without a path: `https://manage.example.nl`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    text: String,
    authority: String,
}

impl Origin {
    /// The origin as text, without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a `Host` header matches this origin: in any case, with or without the scheme's
    /// default port, with or without the trailing dot of a full domain name (RFC 1034 section 3.1).
    /// `localhost` also matches a loopback address, because browsers support passkeys under that
    /// name.
    pub fn is_at(&self, host: &str) -> bool {
        let port = if self.is_https() { ":443" } else { ":80" };
        let host = host.strip_suffix(port).unwrap_or(host);
        let (name, port) = match host.rsplit_once(':') {
            // The last colon of an IPv6 address is followed by a bracket's end.
            Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
            _ => (host, None),
        };
        let name = name.strip_suffix('.').unwrap_or(name);
        let (own_name, own_port) = match self.authority.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
            _ => (self.authority.as_str(), None),
        };
        let is_alias = name.eq_ignore_ascii_case("localhost") && is_loopback_address(own_name);
        (name.eq_ignore_ascii_case(own_name) || is_alias) && port == own_port
    }

    /// Whether it is reached over TLS.
    pub fn is_https(&self) -> bool {
        self.text.starts_with("https:")
    }
}

/// Whether the host of an origin is a loopback address.
fn is_loopback_address(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some(url) =
            Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
        else {
            return Err(
                "an origin must start with https:// or http://, such as https://portal.example.nl"
                    .into(),
            );
        };
        if url.path() != "/"
            || url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
            || url.password().is_some()
        {
            return Err(
                "an origin consists of scheme, host and port only, such as https://portal.example.nl".into(),
            );
        }
        let text = url.origin().ascii_serialization();
        let authority =
            text.split_once("://").map(|(_, authority)| authority.to_owned()).unwrap_or_default();
        Ok(Self { text, authority })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port_only() {
        let origin: Origin = "https://Manage.Example.nl:443/".parse().unwrap();
        assert_eq!(
            (origin.as_str(), origin.authority.as_str()),
            ("https://manage.example.nl", "manage.example.nl")
        );
        for wrong in
            ["manage.example.nl", "ftp://x", "https://x/path", "https://x?q", "https://u:p@x"]
        {
            assert!(wrong.parse::<Origin>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_host_is_an_origins_in_any_case_and_with_the_port_that_goes_without_saying() {
        let at = |origin: &str, host: &str| origin.parse::<Origin>().unwrap().is_at(host);
        for (origin, host) in [
            ("https://a.nl", "a.nl"),
            ("https://a.nl", "A.NL:443"),
            ("http://a.nl", "a.nl:80"),
            ("http://a.nl:81", "a.nl:81"),
            ("http://127.0.0.1:81", "localhost:81"),
            ("http://[::1]:81", "LOCALHOST:81"),
        ] {
            assert!(at(origin, host), "{origin} {host}");
        }
        for (origin, host) in [
            ("https://a.nl", "a.nl:80"),
            ("http://a.nl", "a.nl:443"),
            ("http://a.nl:81", "a.nl"),
            ("http://127.0.0.1:81", "localhost:82"),
            ("http://192.168.1.5:81", "localhost:81"),
            ("http://a.nl:81", "localhost:81"),
            ("https://a.nl", "xa.nl"),
            ("https://a.nl", ""),
        ] {
            assert!(!at(origin, host), "{origin} {host}");
        }
    }
}
