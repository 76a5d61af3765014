//! The token of a request, and how it is presented.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderName};

use crate::auth::TokenFault;
use crate::error::{Error, Message, Result};

/// This product's own header for the token.
const AUTHENTICATION: HeaderName = HeaderName::from_static("authentication");

/// How a request presents its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// As a bearer token (RFC 6750).
    Bearer,
    /// With a proof of possession of its key (RFC 9449).
    Dpop,
}

/// The token of `Authentication` or `Authorization`: `Bearer …` (RFC 6750 section 2.1) or `DPoP …`
/// (RFC 9449 section 7.1).
pub(super) fn credentials(headers: &HeaderMap) -> Result<(Scheme, &str)> {
    let mut found = None;
    for value in headers.get_all(AUTHENTICATION).iter().chain(headers.get_all(AUTHORIZATION)) {
        let text = value.to_str().map_err(|_| Error::Unauthenticated(TokenFault::Malformed))?;
        let token = scheme_and_token(text).map_err(Error::Unauthenticated)?;
        if found.replace(token).is_some_and(|other| other != token) {
            return Err(Error::BadRequest(Message::new("error.token.two_headers")));
        }
    }
    found.ok_or(Error::Unauthenticated(TokenFault::Missing))
}

fn scheme_and_token(value: &str) -> Result<(Scheme, &str), TokenFault> {
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    let scheme = if scheme.eq_ignore_ascii_case("bearer") {
        Scheme::Bearer
    } else if scheme.eq_ignore_ascii_case("dpop") {
        Scheme::Dpop
    } else {
        return Err(TokenFault::Scheme);
    };
    match token.trim() {
        "" => Err(TokenFault::Malformed),
        token => Ok((scheme, token)),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn token_of(pairs: &[(&'static str, &str)]) -> Result<String> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::try_from(*value).unwrap());
        }
        credentials(&headers).map(|(scheme, token)| {
            assert_eq!(scheme, Scheme::Bearer);
            token.to_owned()
        })
    }

    #[test]
    fn either_header_carries_the_token() {
        assert_eq!(token_of(&[("authentication", "Bearer a")]).unwrap(), "a");
        assert_eq!(token_of(&[("authorization", "bearer a")]).unwrap(), "a");
        assert_eq!(
            token_of(&[("authentication", "Bearer a"), ("authorization", "Bearer a")]).unwrap(),
            "a"
        );
    }

    #[test]
    fn two_different_tokens_are_refused_wherever_they_stand() {
        for names in [
            ["authentication", "authorization"],
            ["authentication", "authentication"],
            ["authorization", "authorization"],
        ] {
            let error = token_of(&[(names[0], "Bearer a"), (names[1], "Bearer b")]).unwrap_err();
            assert!(matches!(error, Error::BadRequest(_)), "{names:?}");
        }
    }

    #[test]
    fn a_scheme_is_told_and_two_are_refused() {
        let dpop = HeaderMap::from_iter([(AUTHENTICATION, HeaderValue::from_static("dpop a"))]);
        assert_eq!(credentials(&dpop).unwrap(), (Scheme::Dpop, "a"));
        assert!(matches!(
            token_of(&[("authentication", "DPoP a"), ("authorization", "Bearer a")]),
            Err(Error::BadRequest(_))
        ));
    }

    #[test]
    fn other_schemes_are_told_and_none_is_missing() {
        for other in ["Basic abc", "Token abc", "kpa_abc", "Token token=\"abc\""] {
            assert!(matches!(
                token_of(&[("authorization", other)]),
                Err(Error::Unauthenticated(TokenFault::Scheme))
            ));
        }
        assert!(matches!(
            token_of(&[("authorization", "Bearer")]),
            Err(Error::Unauthenticated(TokenFault::Malformed))
        ));
        assert!(matches!(token_of(&[]), Err(Error::Unauthenticated(TokenFault::Missing))));
    }
}
