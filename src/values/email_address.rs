//! E-mail addresses.

use std::borrow::Cow;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::{Input, Value, text_value};
use crate::error::Message;

/// The longest part before the `@`, in octets (RFC 5321 section 4.5.3.1.1).
const LONGEST_LOCAL_PART: usize = 64;

/// An e-mail address: words with dots between, of ASCII letters, digits and ``!#$%&'*+-/=?^_`{|}~``
/// (the `Dot-string` of RFC 5321 section 4.1.2), an `@`, and a domain name of several labels, which
/// may be an internationalised one. Such a domain is kept in its own letters (U-labels, RFC 5890),
/// in whichever notation it came: browsers disagree about which they send.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EmailAddress(pub String);

text_value!(EmailAddress);

impl EmailAddress {
    /// Reads an address.
    ///
    /// # Errors
    /// When it is none, in words.
    pub fn parse(text: &str) -> Result<Self, Message> {
        let fault = || Message::new("field.email");
        let (local_part, domain) = text.trim().rsplit_once('@').ok_or_else(fault)?;
        let network_form = Uts46::new()
            .to_ascii(
                domain.as_bytes(),
                AsciiDenyList::STD3,
                Hyphens::CheckFirstLast,
                DnsLength::Verify,
            )
            .map_err(|_| fault())?;
        let is_short = local_part.len() + 1 + network_form.len() <= Self::LONGEST;
        if !(is_dot_string(local_part) && is_public_name(&network_form) && is_short) {
            return Err(fault());
        }
        let own = own_letters(domain);
        let is_plain = domain.is_ascii() && own.is_ascii();
        Ok(Self(format!("{local_part}@{}", if is_plain { domain } else { &own })))
    }

    /// The form in which addresses are compared, and by which accounts are found: in lower case, with
    /// the domain in its own letters. Of any text, as people may log in with an address that
    /// [`Self::parse`] would refuse today.
    pub fn comparable(text: &str) -> String {
        let text = text.trim();
        match text.rsplit_once('@') {
            Some((local_part, domain)) => {
                format!("{}@{}", local_part.to_lowercase(), own_letters(domain))
            }
            None => text.to_lowercase(),
        }
    }

    /// An address as it goes over the network: with the domain in A-labels (RFC 5890 section
    /// 2.3.2.1).
    pub fn for_mail_servers(text: &str) -> String {
        match text.rsplit_once('@') {
            Some((local_part, domain)) if !domain.is_ascii() => {
                let network_form = idna::domain_to_ascii(domain);
                format!("{local_part}@{}", network_form.as_deref().unwrap_or(domain))
            }
            _ => text.to_owned(),
        }
    }
}

/// Whether this is the part before the `@` as mail servers take it without quotes.
fn is_dot_string(text: &str) -> bool {
    let is_word = |word: &str| {
        let is_atext =
            |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
        !word.is_empty() && word.bytes().all(is_atext)
    };
    text.len() <= LONGEST_LOCAL_PART && text.split('.').all(is_word)
}

/// Whether a domain name can be one of the public network, to judge by its form: several labels, of
/// which the last is no number.
fn is_public_name(domain: &str) -> bool {
    domain
        .rsplit_once('.')
        .is_some_and(|(_, last)| last.len() > 1 && !last.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A domain in lower case and in its own letters (UTS 46); what is none, such as an IP address in
/// brackets, in lower case.
fn own_letters(domain: &str) -> Cow<'_, str> {
    match Uts46::new().to_unicode(domain.as_bytes(), AsciiDenyList::EMPTY, Hyphens::Allow) {
        (own, Ok(())) => own,
        _ => domain.to_lowercase().into(),
    }
}

impl Value for EmailAddress {
    const LONGEST: usize = 254;

    fn stand_in() -> Self {
        Self::default()
    }

    fn read(text: &str) -> Result<Self, Message> {
        Self::parse(text)
    }

    fn schema() -> Json {
        json!({ "type": "string", "format": "email", "maxLength": Self::LONGEST })
    }

    fn input() -> Input {
        Input::Line { kind: "email", inputmode: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        EmailAddress::parse(text).ok().map(|address| address.0)
    }

    #[test]
    fn an_address_is_kept_as_it_was_typed_with_its_domain_in_its_own_letters() {
        for (typed, kept) in [
            ("jan@example.nl", "jan@example.nl"),
            ("Jan.de.Vries+klant@Sub.Example.NL", "Jan.de.Vries+klant@Sub.Example.NL"),
            ("o'neill@example.ie", "o'neill@example.ie"),
            ("info@bäckerei.example", "info@bäckerei.example"),
            ("info@BÄCKEREI.Example", "info@bäckerei.example"),
            ("info@ba\u{308}ckerei.example", "info@bäckerei.example"),
            ("info@xn--bckerei-5wa.example", "info@bäckerei.example"),
            ("info@straße.example", "info@straße.example"),
            ("info@例え.テスト", "info@例え.テスト"),
            ("info@例え。テスト", "info@例え.テスト"),
            ("info@ｅｘａｍｐｌｅ.nl", "info@example.nl"),
            ("info@münchen.xn--p1ai", "info@münchen.рф"),
        ] {
            assert_eq!(read(typed).as_deref(), Some(kept), "{typed}");
        }
    }

    #[test]
    fn what_no_mail_server_takes_is_refused() {
        let long = format!("{}@example.nl", "a".repeat(65));
        let longer = format!("a@{}nl", "abcdefghi.".repeat(26));
        for text in [
            "",
            "a",
            "a@",
            "@b.nl",
            "a@b",
            "a@localhost",
            "a@127.0.0.1",
            "a@[127.0.0.1]",
            "a@b.1",
            "a@b.n",
            "\"a b\"@b.nl",
            "\"a\"@b.nl",
            "a b@c.nl",
            "a@b c.nl",
            ".a@b.nl",
            "a.@b.nl",
            "a..b@c.nl",
            "a@b..nl",
            "a@.b.nl",
            "a@b.nl.",
            "a@-b.nl",
            "a@b-.nl",
            "a@b_c.nl",
            "ä@b.nl",
            "a@b@c.nl",
            "a@b.nl\r\nBcc: x@y.nl",
            "Jan <a@b.nl>",
            "a,b@c.nl",
            "a@b\u{202e}c.nl",
            "a@xn--a.nl",
            "a@b／c.nl",
            &long,
            &longer,
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn both_notations_of_a_domain_are_one_address() {
        for (one, other) in [
            ("Info@Bäckerei.Example", "info@xn--bckerei-5wa.example"),
            ("Info@BÄCKEREI.example ", "info@ba\u{308}ckerei.example"),
            ("a@straße.example", "A@XN--STRAE-OQA.EXAMPLE"),
            ("Jan@EXAMPLE.nl", "jan@example.nl"),
        ] {
            assert_eq!(EmailAddress::comparable(one), EmailAddress::comparable(other), "{one}");
        }
        // ß is no ss in today's domains.
        assert_ne!(
            EmailAddress::comparable("a@straße.nl"),
            EmailAddress::comparable("a@strasse.nl")
        );
    }

    #[test]
    fn what_was_taken_before_is_compared_as_before() {
        for text in [
            "jan@example.nl",
            "a@localhost",
            "\"A b\"@b.nl",
            "a@[127.0.0.1]",
            "a@b_c.nl",
            "a@r3---x.nl",
            "geen adres",
            "@",
            "",
            "a@xn--a.nl",
        ] {
            let comparable = EmailAddress::comparable(text);
            assert_eq!(comparable, text.to_lowercase(), "{text}");
            assert_eq!(EmailAddress::comparable(&comparable), comparable, "{text}");
        }
    }

    #[test]
    fn mail_servers_get_the_letters_of_the_network() {
        for (address, expected) in [
            ("info@bäckerei.example", "info@xn--bckerei-5wa.example"),
            ("Jan@Example.nl", "Jan@Example.nl"),
            ("a@localhost", "a@localhost"),
        ] {
            assert_eq!(EmailAddress::for_mail_servers(address), expected);
            assert!(EmailAddress::for_mail_servers(address).parse::<lettre::Address>().is_ok());
        }
    }
}
