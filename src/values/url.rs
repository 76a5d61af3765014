//! Addresses on the web.

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{Input, Value, text_value};
use crate::error::Message;

/// A complete `https` or `http` address, without a user name or password in it. It is kept in the
/// normal form of the URL Standard, so that what was checked is what is later opened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Url(String);

text_value!(Url);

impl Value for Url {
    const LONGEST: usize = 2000;

    fn stand_in() -> Self {
        Self::default()
    }

    fn read(text: &str) -> Result<Self, Message> {
        // The parser passes over these.
        let is_clean = !text.contains(char::is_whitespace) && !text.contains(char::is_control);
        let url = url::Url::parse(text).ok().filter(|url| {
            let is_public = matches!(url.scheme(), "https" | "http") && url.has_host();
            let is_anonymous = url.username().is_empty() && url.password().is_none();
            is_clean && is_public && is_anonymous && url.as_str().len() <= Self::LONGEST
        });
        url.map(|url| Self(url.into())).ok_or(Message::new("field.url"))
    }

    fn schema() -> Json {
        json!({ "type": "string", "format": "uri", "maxLength": Self::LONGEST })
    }

    fn input() -> Input {
        Input::Line { kind: "url", inputmode: Some("url") }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_is_kept_in_its_normal_form() {
        for (typed, kept) in [
            ("https://example.nl", "https://example.nl/"),
            ("HTTPS://Example.NL:443/Haken?a=b#c", "https://example.nl/Haken?a=b#c"),
            ("http://192.0.2.1:8080/a/../b", "http://192.0.2.1:8080/b"),
            ("http://0x7f.1/", "http://127.0.0.1/"),
            ("https://bäckerei.example/", "https://xn--bckerei-5wa.example/"),
            ("https:\\\\example.nl\\a", "https://example.nl/a"),
        ] {
            assert_eq!(Url::read(typed), Ok(Url(kept.to_owned())), "{typed}");
        }
        let long = format!("https://example.nl/{}", "é".repeat(500));
        for wrong in [
            "example.nl",
            "//example.nl",
            "ftp://example.nl/",
            "javascript:alert(1)",
            "data:,x",
            "https://",
            "https://jan@example.nl/",
            "https://jan:geheim@example.nl/",
            "https://exa mple.nl/",
            "https://example.nl/a b",
            "https://example.nl/\t",
            "https://exam\nple.nl",
            "https://example.nl:99999/",
            "https://[::1/",
            "file:///etc/passwd",
            &long,
        ] {
            assert!(Url::read(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn an_address_that_was_kept_is_kept_unchanged(rest in "\\PC{0,40}") {
            if let Ok(url) = Url::read(&format!("https://{rest}")) {
                prop_assert_eq!(Url::read(url.as_str()), Ok(url));
            }
        }
    }
}
