//! A short description of a user agent: `Firefox`, `Windows`. It only helps people recognise their
//! own browser, because anybody can send any name.

use crate::i18n::{Lang, tr};

/// Names in a `User-Agent` header and their meaning. The first match applies, because browsers also
/// name others that they imitate.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];

/// Like [`BROWSERS`], for the operating system.
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
];

/// A browser and its operating system, as far as they are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserAgent {
    /// The browser, such as `Firefox`.
    pub browser: Option<&'static str>,
    /// The system, such as `Windows`.
    pub system: Option<&'static str>,
}

impl UserAgent {
    /// Parses a `User-Agent` header (RFC 9110 section 10.1.5).
    pub fn read(header: &str) -> Self {
        let find = |names: &[(&str, &'static str)]| {
            names.iter().find(|(part, _)| header.contains(part)).map(|(_, name)| *name)
        };
        Self { browser: find(&BROWSERS), system: find(&SYSTEMS) }
    }
}

/// The browser and system for a mail. An unknown user agent isn't repeated there, because its
/// sender could write anything.
pub fn known_user_agent(lang: Lang, header: &str) -> String {
    let UserAgent { browser, system } = UserAgent::read(header);
    let known = browser.is_some() || system.is_some();
    readable_user_agent(lang, if known { header } else { "" })
}

/// A short description of a browser, such as `Firefox op Windows`; the raw user agent if it is
/// unknown.
pub fn readable_user_agent(lang: Lang, header: &str) -> String {
    match UserAgent::read(header) {
        UserAgent { browser: Some(browser), system: Some(system) } => {
            tr!(lang, "account.sessions.device", browser = browser, system = system).into_owned()
        }
        UserAgent { browser: Some(name), system: None }
        | UserAgent { browser: None, system: Some(name) } => name.to_owned(),
        UserAgent { browser: None, system: None } if header.is_empty() => {
            tr!(lang, "account.sessions.unknown_device").into_owned()
        }
        UserAgent { browser: None, system: None } => header.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_by_the_names_that_only_they_have() {
        let seen = |header: &str| {
            let UserAgent { browser, system } = UserAgent::read(header);
            (browser.unwrap_or("?"), system.unwrap_or("?"))
        };
        assert_eq!(
            seen(
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
            ),
            ("Firefox", "Windows")
        );
        assert_eq!(
            seen(
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36 Edg/128.0"
            ),
            ("Edge", "Windows")
        );
        assert_eq!(
            seen(
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile Safari/604.1"
            ),
            ("Safari", "iPhone")
        );
        assert_eq!(
            seen(
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Mobile Safari/537.36"
            ),
            ("Chrome", "Android")
        );
        assert_eq!(seen("curl/8.5.0"), ("curl", "?"));
        assert_eq!(seen(""), ("?", "?"));
    }
}
