//! The mailbox in which answers to tickets arrive.

use std::str::FromStr;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::Url;

use crate::network::is_this_machine;

const EXPECTED: &str = "expected imaps://user:password@host/INBOX";

/// A folder of a mailbox on an IMAP server. `Debug` doesn't reveal the password.
#[derive(Debug, Clone)]
pub struct ImapUrl {
    /// The name or address of the server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub encryption: ImapEncryption,
    /// Who logs in.
    pub user: String,
    /// With which password.
    pub password: SecretString,
    /// The folder that is read, such as `INBOX`.
    pub folder: String,
}

/// How a connection to an IMAP server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImapEncryption {
    /// From the start (RFC 8314).
    Tls,
    /// By STARTTLS, without which nothing is sent.
    StartTls,
    /// It isn't: the server is this machine.
    None,
}

impl FromStr for ImapUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::read(text).ok_or_else(|| EXPECTED.to_owned())
    }
}

impl ImapUrl {
    fn read(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let host = decoded(url.host_str()?)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let (encryption, port) = match url.scheme() {
            "imaps" => (ImapEncryption::Tls, 993),
            "imap" if is_this_machine(&host) => (ImapEncryption::None, 143),
            "imap" => (ImapEncryption::StartTls, 143),
            _ => return None,
        };
        let (user, password) = (decoded(url.username())?, decoded(url.password()?)?);
        // A NUL divides them in the log-in (RFC 4616).
        let is_usable = |text: &str| !text.is_empty() && !text.contains('\0');
        let folder = decoded(url.path().trim_matches('/'))?;
        let is_known = url.query().is_none() && url.fragment().is_none();
        if !is_usable(&user) || !is_usable(&password) || host.is_empty() || !is_known {
            return None;
        }
        // Names in other letters are in a modified UTF-7 (RFC 3501 section 5.1.3), which can be given.
        if !folder.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return None;
        }
        Some(Self {
            host,
            port: url.port().unwrap_or(port),
            encryption,
            user,
            password: password.into(),
            folder: if folder.is_empty() { "INBOX".to_owned() } else { folder },
        })
    }
}

fn decoded(text: &str) -> Option<String> {
    Some(percent_decode_str(text).decode_utf8().ok()?.into_owned())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn read(text: &str) -> ImapUrl {
        text.parse().unwrap()
    }

    #[test]
    fn the_url_says_where_the_folder_is_and_who_reads_it() {
        let url =
            read("imaps://support%40example.nl:a%2Fb%3A@mail.example.nl/Archief/Support%20NL");
        assert_eq!((url.host.as_str(), url.port), ("mail.example.nl", 993));
        assert_eq!(
            (url.user.as_str(), url.folder.as_str()),
            ("support@example.nl", "Archief/Support NL")
        );
        assert_eq!(url.password.expose_secret(), "a/b:");
        assert!(!format!("{url:?}").contains("a/b:"));
        assert_eq!(read("imaps://a:b@example.nl").folder, "INBOX");
        assert_eq!(read("imaps://a:b@example.nl/Support/").folder, "Support");
        assert_eq!(read("imaps://a:b@[::1]:1993/").host, "::1");
    }

    #[test]
    fn only_what_stays_on_the_machine_is_not_encrypted() {
        for (url, expected) in [
            ("imaps://a:b@127.0.0.1", ImapEncryption::Tls),
            ("imap://a:b@mail.example.nl", ImapEncryption::StartTls),
            ("imap://a:b@10.0.0.1", ImapEncryption::StartTls),
            ("imap://a:b@localhost", ImapEncryption::None),
            ("imap://a:b@127.0.0.1:1143", ImapEncryption::None),
            ("imap://a:b@[::1]", ImapEncryption::None),
        ] {
            assert_eq!(read(url).encryption, expected, "{url}");
        }
    }

    #[test]
    fn what_is_no_mailbox_is_refused() {
        for wrong in [
            "https://a:b@example.nl",
            "imaps://example.nl",
            "imaps://a@example.nl",
            "imaps://:b@example.nl",
            "imaps://a:b%00@example.nl",
            "imaps://a:b@example.nl/in%0d%0abox",
            "imaps://a:b@example.nl/INBOX?tls=no",
        ] {
            assert!(wrong.parse::<ImapUrl>().is_err(), "{wrong}");
        }
    }
}
