//! Links to write to somebody, or to call them.

use maud::{Markup, html};
use url::form_urlencoded::byte_serialize;

/// The fewest digits of a number that can be called.
const FEWEST_DIGITS: usize = 6;

/// A link that opens a new mail to an address (RFC 6068). It can break before the `@`.
pub fn mail_link(address: &str) -> Markup {
    let Some((mailbox, domain)) = address.rsplit_once('@') else { return html! { (address) } };
    let [to, at]: [String; 2] =
        [mailbox, domain].map(|part| byte_serialize(part.as_bytes()).collect());
    html! { a href={ "mailto:" (to) "@" (at) } { (mailbox) wbr; "@" (domain) } }
}

/// A link that calls a number (RFC 3966); just the text if it isn't one.
pub fn phone_link(number: &str) -> Markup {
    match dialled(number) {
        Some(dialled) => html! { a href={ "tel:" (dialled) } { (number) } },
        None => html! { (number) },
    }
}

/// The digits that are dialled, after a plus if the number begins with a country code. The `(0)` of
/// `+31 (0)73` is only dialled within the country.
fn dialled(number: &str) -> Option<String> {
    let is_international = number.trim_start_matches('(').starts_with('+');
    let number = if is_international || number.starts_with("00") {
        number.replace("(0)", "")
    } else {
        number.to_owned()
    };
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let is_number = digits.len() >= FEWEST_DIGITS && !number.chars().any(char::is_alphabetic);
    let plus = if is_international { "+" } else { "" };
    is_number.then(|| format!("{plus}{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_dialled_without_its_notation() {
        for (number, expected) in [
            ("073 123 45 67", Some("0731234567")),
            ("+31 (0)73-123.45.67", Some("+31731234567")),
            ("(+32) 9 123 45 67", Some("+3291234567")),
            ("0032 (0)9 123 45 67", Some("003291234567")),
            ("(0)73 1234567", Some("0731234567")),
            ("bel mij", None),
            ("0612345678 na vijven", None),
            ("12345", None),
        ] {
            assert_eq!(dialled(number).as_deref(), expected, "{number}");
        }
    }

    #[test]
    fn an_address_is_no_more_than_an_address_in_a_link() {
        let html = mail_link("a?bcc=x&y+z@korenaar.example").into_string();
        assert!(html.contains(r#"href="mailto:a%3Fbcc%3Dx%26y%2Bz@korenaar.example""#), "{html}");
        assert!(html.contains("<wbr>@korenaar.example"), "{html}");
        assert_eq!(mail_link("geen <adres>").into_string(), "geen &lt;adres&gt;");
        let html = mail_link("info@bücher.example").into_string();
        assert!(html.contains(r#""mailto:info@b%C3%BCcher.example""#), "{html}");
    }
}
