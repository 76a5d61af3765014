//! Redirect URIs: which ones an app can register, and how a request's is matched (RFC 6749 section
//! 3.1.2, RFC 9700 section 2.1, RFC 8252 section 7.3).

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

use crate::db::{Column, FromColumn, Param, ToParam};
use crate::error::Message;

/// The maximum length of a URI, in bytes.
const LONGEST: usize = 1000;

/// A registered redirect URI, stored as entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectUri(String);

/// Why a redirect URI is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriFault {
    /// Not an absolute URL.
    #[error("not an absolute URL")]
    NotAbsolute,
    /// Longer than 1000 bytes.
    #[error("longer than {LONGEST} bytes")]
    TooLong,
    /// Neither https nor a loopback address.
    #[error("must begin with https:// (http:// only for 127.0.0.1, [::1] and localhost)")]
    NotHttps,
    /// A custom scheme (RFC 8252 section 7.1), or another that isn't for the web.
    #[error(
        "must begin with https://, because any app may claim another scheme; let an https address open the app, or use http://127.0.0.1"
    )]
    OtherScheme,
    /// It has a `#`.
    #[error("must not have a fragment (#)")]
    Fragment,
    /// It has a user name or password.
    #[error("must not have a user name or password")]
    UserInfo,
    /// It has a wildcard.
    #[error("must not have a wildcard (*)")]
    Wildcard,
    /// It isn't in the form that browsers send.
    #[error("must be written as {0}")]
    NotCanonical(String),
}

impl RedirectUriFault {
    /// The text for the form.
    pub fn message(&self) -> Message {
        match self {
            Self::NotAbsolute => Message::new("field.redirect_uri.not_absolute"),
            Self::TooLong => Message::with("field.too_long", LONGEST),
            Self::NotHttps => Message::new("field.redirect_uri.not_https"),
            Self::OtherScheme => Message::new("field.redirect_uri.other_scheme"),
            Self::Fragment => Message::new("field.redirect_uri.fragment"),
            Self::UserInfo => Message::new("field.redirect_uri.user_info"),
            Self::Wildcard => Message::new("field.redirect_uri.wildcard"),
            Self::NotCanonical(uri) => Message::with("field.redirect_uri.not_canonical", uri),
        }
    }
}

impl FromStr for RedirectUri {
    type Err = RedirectUriFault;

    fn from_str(text: &str) -> Result<Self, RedirectUriFault> {
        if text.len() > LONGEST {
            return Err(RedirectUriFault::TooLong);
        }
        let url = Url::parse(text).map_err(|_| RedirectUriFault::NotAbsolute)?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => return Err(RedirectUriFault::NotHttps),
            _ => return Err(RedirectUriFault::OtherScheme),
        }
        if url.fragment().is_some() {
            return Err(RedirectUriFault::Fragment);
        }
        if !url.username().is_empty()
            || url.password().is_some()
            || text.split('/').nth(2).is_some_and(|authority| authority.contains('@'))
        {
            return Err(RedirectUriFault::UserInfo);
        }
        if text.contains('*') {
            return Err(RedirectUriFault::Wildcard);
        }
        let canonical = url.as_str();
        if canonical != text && canonical.strip_suffix('/') != Some(text) {
            return Err(RedirectUriFault::NotCanonical(canonical.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.octets() == [127, 0, 0, 1],
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// A loopback URI's text without its port; `None` for others. `localhost` is a name, not an
/// address, so its port must be the registered one.
fn without_loopback_port(text: &str) -> Option<(&str, &str)> {
    for address in ["http://127.0.0.1", "http://[::1]"] {
        let Some(rest) = text.strip_prefix(address) else { continue };
        let Some(port) = rest.strip_prefix(':') else {
            return (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((address, rest));
        };
        let digits = port.len() - port.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        port[..digits].parse::<u16>().ok()?;
        return Some((address, &port[digits..]));
    }
    None
}

impl RedirectUri {
    /// The URI, as registered.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a request's `redirect_uri` matches: character by character, except the port of a
    /// loopback address.
    pub fn matches(&self, requested: &str) -> bool {
        self.0 == requested
            || without_loopback_port(&self.0)
                .is_some_and(|own| Some(own) == without_loopback_port(requested))
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// All redirect URIs of an app. In the database: a JSON list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RedirectUris(pub Vec<RedirectUri>);

impl RedirectUris {
    /// Whether one of them matches the request's.
    pub fn allow(&self, requested: &str) -> bool {
        self.0.iter().any(|uri| uri.matches(requested))
    }
}

impl ToParam for RedirectUris {
    fn to_param(&self) -> Param<'_> {
        let texts: Vec<&str> = self.0.iter().map(RedirectUri::as_str).collect();
        Param::Text(serde_json::json!(texts).to_string().into())
    }
}

impl FromColumn for RedirectUris {
    fn from_column(column: Column<'_>) -> Option<Self> {
        let Column::Text(text) = column else { return None };
        Some(Self(
            serde_json::from_str::<Vec<String>>(text).ok()?.into_iter().map(RedirectUri).collect(),
        ))
    }
}

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> RedirectUri {
        text.parse().unwrap()
    }

    #[test]
    fn what_may_be_registered() {
        for good in [
            "https://app.example",
            "https://app.example/",
            "https://app.example:8443/cb?tenant=1",
            "http://127.0.0.1/cb",
            "http://127.0.0.1:4000/cb",
            "http://[::1]:4000/",
            "http://localhost:3000/cb",
        ] {
            assert_eq!(good.parse::<RedirectUri>().map(|uri| uri.0), Ok(good.to_owned()));
        }
    }

    #[test]
    fn what_is_refused_and_why() {
        use RedirectUriFault::{
            Fragment, NotAbsolute, NotHttps, OtherScheme, TooLong, UserInfo, Wildcard,
        };
        for (text, fault) in [
            ("", NotAbsolute),
            ("/cb", NotAbsolute),
            ("app.example/cb", NotAbsolute),
            ("http://app.example/cb", NotHttps),
            ("http://127.0.0.1.evil.example/", NotHttps),
            ("http://10.0.0.1/", NotHttps),
            ("javascript:alert(1)", OtherScheme),
            ("com.example.app:/cb", OtherScheme),
            ("com.example.app://cb", OtherScheme),
            ("mijnapp://cb", OtherScheme),
            ("https://app.example/cb#", Fragment),
            ("https://app.example/cb#x", Fragment),
            ("https://user@app.example/", UserInfo),
            ("https://@app.example/", UserInfo),
            ("https://*.app.example/", Wildcard),
            ("https://app.example/*", Wildcard),
        ] {
            assert_eq!(text.parse::<RedirectUri>(), Err(fault), "{text}");
        }
        assert_eq!(
            format!("https://a.example/{}", "x".repeat(1000)).parse::<RedirectUri>(),
            Err(TooLong)
        );
        for text in [
            "https://App.example/",
            "https://app.example:443/",
            "https://app.example/a/../b",
            "https://bücher.example/",
            " https://a.example/",
            "HTTPS://a.example/",
        ] {
            assert!(
                matches!(text.parse::<RedirectUri>(), Err(RedirectUriFault::NotCanonical(_))),
                "{text}"
            );
        }
    }

    #[test]
    fn a_request_must_name_it_character_by_character() {
        let registered = uri("https://app.example/cb");
        assert!(registered.matches("https://app.example/cb"));
        for other in [
            "https://app.example/cb/",
            "https://app.example/cb?x=1",
            "https://app.example/CB",
            "https://app.example/cb/../cb",
            "https://app.example/c%62",
            "https://app.example:443/cb",
            "https://app.example.evil.example/cb",
            "https://app.example@evil.example/cb",
            "https://app.example/cb#x",
            "http://app.example/cb",
            "",
        ] {
            assert!(!registered.matches(other), "{other}");
        }
    }

    #[test]
    fn only_a_loopback_address_may_have_another_port() {
        assert!(uri("http://127.0.0.1/cb").matches("http://127.0.0.1:51234/cb"));
        assert!(uri("http://[::1]:1/cb").matches("http://[::1]:2/cb"));
        assert!(!uri("http://127.0.0.1/cb").matches("http://127.0.0.1:51234/other"));
        assert!(!uri("http://127.0.0.1/cb").matches("http://[::1]/cb"));
        assert!(!uri("http://127.0.0.1/cb").matches("http://127.0.0.1:99999/cb"));
        assert!(!uri("http://127.0.0.1/cb").matches("http://127.0.0.1:80@evil.example/cb"));
        assert!(!uri("http://127.0.0.1/").matches("http://127.0.0.1.evil.example/"));
        assert!(!uri("http://localhost:3000/cb").matches("http://localhost:3001/cb"));
        assert!(!uri("https://app.example/cb").matches("https://app.example:8443/cb"));
    }
}
