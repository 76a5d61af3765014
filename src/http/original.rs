//! The original request that a proxy asks about, from its headers.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, Method, Uri};

use super::{caller, hosts};
use crate::error::{Error, Message, Result};
use crate::server::Server;

/// The headers with the method: that of Caddy and Traefik, and the customary one for nginx.
const METHOD: [HeaderName; 2] =
    [HeaderName::from_static("x-forwarded-method"), HeaderName::from_static("x-original-method")];
/// The headers with the path and query.
const ADDRESS: [HeaderName; 2] =
    [HeaderName::from_static("x-forwarded-uri"), HeaderName::from_static("x-original-uri")];
const PROTOCOL: [HeaderName; 1] = [HeaderName::from_static("x-forwarded-proto")];
const HOST: [HeaderName; 1] = [HeaderName::from_static("x-forwarded-host")];

/// A request to a service behind a proxy, which the proxy asks about before letting it through.
#[derive(Debug)]
pub struct Original {
    pub(super) method: Method,
    pub(super) uri: Uri,
    /// Scheme and host, such as `https://planning.example.nl`; empty if the proxy doesn't send it.
    pub(super) origin: String,
}

impl Original {
    /// The original request, if this one came from a trusted proxy that describes it.
    ///
    /// These headers are ignored on the public addresses, whose proxy passes on whatever its client
    /// sends.
    ///
    /// # Errors
    /// [`Error::BadRequest`] when the headers contradict each other, for example because a client
    /// also sends them, or are malformed.
    pub fn told(server: &Server, request: &Request) -> Result<Option<Self>> {
        if !caller::is_trusted_proxy(server, request.extensions())
            || hosts::is_to_public_address(server, request)
        {
            return Ok(None);
        }
        Self::read(request.headers())
    }

    fn read(headers: &HeaderMap) -> Result<Option<Self>> {
        let (Some(method), Some(address)) = (only(headers, &METHOD)?, only(headers, &ADDRESS)?)
        else {
            return Ok(None);
        };
        let method = Method::from_bytes(method).map_err(|_| unreadable())?;
        let uri = if address.starts_with(b"/") { Uri::try_from(address).ok() } else { None };
        let origin = match (only(headers, &PROTOCOL)?, only(headers, &HOST)?) {
            (_, Some(host)) if !hosts::is_host(host) => return Err(unreadable()),
            (Some(protocol), Some(host)) => [protocol, b"://", host].concat(),
            _ => Vec::new(),
        };
        Ok(Some(Self {
            method,
            uri: uri.ok_or_else(unreadable)?,
            origin: String::from_utf8(origin).unwrap_or_default(),
        }))
    }
}

/// The single value of the headers with these names.
fn only<'a>(headers: &'a HeaderMap, names: &[HeaderName]) -> Result<Option<&'a [u8]>> {
    let mut found = None;
    for value in names.iter().flat_map(|name| headers.get_all(name)) {
        if found.replace(value.as_bytes()).is_some_and(|other| other != value.as_bytes()) {
            return Err(Error::BadRequest(Message::new("error.verify.two_originals")));
        }
    }
    Ok(found)
}

const fn unreadable() -> Error {
    Error::BadRequest(Message::new("error.verify.unreadable_original"))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(pairs: &[(&'static str, &str)]) -> Result<Option<(String, String, String)>> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::try_from(*value).unwrap());
        }
        let original = Original::read(&headers)?;
        Ok(original.map(|original| {
            (original.method.to_string(), original.uri.to_string(), original.origin)
        }))
    }

    #[test]
    fn either_pair_of_headers_tells() {
        let told = |method: &str, uri: &str, origin: &str| {
            Some((method.to_owned(), uri.to_owned(), origin.to_owned()))
        };
        assert_eq!(
            read(&[("x-forwarded-method", "POST"), ("x-forwarded-uri", "/a?b=c")]).unwrap(),
            told("POST", "/a?b=c", "")
        );
        assert_eq!(
            read(&[("x-original-method", "PUT"), ("x-original-uri", "/a")]).unwrap(),
            told("PUT", "/a", "")
        );
        let full = [
            ("x-forwarded-method", "GET"),
            ("x-forwarded-uri", "/"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "a.example:8443"),
        ];
        assert_eq!(read(&full).unwrap(), told("GET", "/", "https://a.example:8443"));
        assert_eq!(read(&full[..3]).unwrap(), told("GET", "/", ""));
    }

    #[test]
    fn half_a_pair_tells_nothing() {
        assert_eq!(read(&[]).unwrap(), None);
        assert_eq!(read(&[("x-forwarded-uri", "/a")]).unwrap(), None);
        assert_eq!(
            read(&[("x-original-method", "GET"), ("x-forwarded-host", "a.example")]).unwrap(),
            None
        );
    }

    #[test]
    fn what_a_client_adds_to_the_proxys_words_is_refused() {
        let proxy = [
            ("x-forwarded-method", "GET"),
            ("x-forwarded-uri", "/a"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "a.example"),
        ];
        let with = |name, value| read(&[&proxy[..], &[(name, value)]].concat());
        assert!(with("x-original-uri", "/a").is_ok());
        for (name, value) in [
            ("x-original-uri", "/b"),
            ("x-original-method", "POST"),
            ("x-forwarded-uri", "/b"),
            ("x-forwarded-method", "get"),
            ("x-forwarded-host", "b.example"),
            ("x-forwarded-proto", "http"),
        ] {
            assert!(matches!(with(name, value), Err(Error::BadRequest(_))), "{name}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for address in ["", "a", "https://a.example/", "*", "/a b", "/<"] {
            assert!(
                matches!(
                    read(&[("x-original-method", "GET"), ("x-original-uri", address)]),
                    Err(Error::BadRequest(_))
                ),
                "{address}"
            );
        }
        assert!(matches!(
            read(&[("x-original-method", "G T"), ("x-original-uri", "/")]),
            Err(Error::BadRequest(_))
        ));
    }
}
