//! Why a mailbox can't be read.

use std::io;

use async_imap::error::Error;

use super::bounded::TooMuch;

/// How much of what a server says about a refusal is passed on, in characters.
const LONGEST_REASON: usize = 200;

/// Why a mailbox can't be read. None tells the password, or what is in a mail.
#[derive(Debug, thiserror::Error)]
pub enum ImapFault {
    /// It doesn't answer in time.
    #[error("the IMAP server doesn't answer in time")]
    Silent,
    /// It can't be reached, or closes the connection.
    #[error("the IMAP server can't be reached: {0}")]
    Unreachable(io::Error),
    /// TLS fails, or STARTTLS is refused.
    #[error("no encrypted connection to the IMAP server: {}", shown(.0))]
    NotEncrypted(String),
    /// It refuses the user name or password.
    #[error("the IMAP server refuses the user name or password: {}", shown(.0))]
    LogIn(String),
    /// It refuses to open the folder, or to mark mails in it.
    #[error("the IMAP server doesn't open the folder: {}", shown(.0))]
    Folder(String),
    /// The folder has too many mails to look through, so many.
    #[error("the folder has {0} mails")]
    Full(u32),
    /// It refuses another command.
    #[error("the IMAP server refuses: {}", shown(.0))]
    Refused(String),
    /// It sends more than a mail can have.
    #[error("the IMAP server sends more than it was asked for")]
    TooMuch,
    /// What it sends isn't IMAP.
    #[error("the server's answer is not IMAP")]
    Unintelligible,
}

impl ImapFault {
    /// What the operator can do about it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Silent | Self::Unreachable(_) => {
                "check the host and port in imap-url, and that a firewall allows this server to connect to them"
            }
            Self::NotEncrypted(_) => {
                "check that the host in imap-url is the name in the IMAP server's certificate, and use imaps:// for port 993 or imap:// for port 143"
            }
            Self::LogIn(_) => {
                "check the user name and password in imap-url; write special characters in them as in a URL, such as %40 for @"
            }
            Self::Folder(_) => {
                "check the folder in imap-url, such as /INBOX, and that the user can write in it"
            }
            Self::Full(_) => {
                "move earlier mails to another folder, so that at most a million are left"
            }
            Self::Refused(_) | Self::TooMuch => "see what the IMAP server says, and its own log",
            Self::Unintelligible => "check the port in imap-url: 993 for imaps://, 143 for imap://",
        }
    }

    /// Whether the connection can be used for other mails.
    pub(crate) const fn leaves_connection(&self) -> bool {
        matches!(self, Self::Refused(_))
    }

    /// The same without texts that are secret, should a server repeat them.
    pub(super) fn without(self, secrets: &[&str]) -> Self {
        match self {
            Self::Refused(said) => {
                Self::Refused(secrets.iter().fold(said, |said, secret| said.replace(secret, "…")))
            }
            other => other,
        }
    }
}

impl From<io::Error> for ImapFault {
    fn from(error: io::Error) -> Self {
        match error.get_ref() {
            Some(cause) if cause.is::<TooMuch>() => Self::TooMuch,
            // What async-imap says of what it can't parse quotes it.
            Some(_) if error.kind() == io::ErrorKind::Other => Self::Unintelligible,
            _ => Self::Unreachable(error),
        }
    }
}

impl From<Error> for ImapFault {
    fn from(error: Error) -> Self {
        match error {
            Error::Io(error) => error.into(),
            Error::ConnectionLost => {
                Self::Unreachable(io::Error::from(io::ErrorKind::UnexpectedEof))
            }
            Error::No(said) | Error::Bad(said) => Self::Refused(information(&said)),
            _ => Self::Unintelligible,
        }
    }
}

/// What a server said, of a text of async-imap such as `code: None, info: Some("Not now")`.
fn information(text: &str) -> String {
    let begins = ["info: Some(\"", "information: Some(\""];
    let said =
        begins.iter().find_map(|begin| Some(text.split_once(begin)?.1.rsplit_once("\")")?.0));
    said.map_or_else(|| text.to_owned(), |said| said.replace("\\\"", "\"").replace("\\\\", "\\"))
}

/// What a server said, for a log: without what can't be printed, and shortened.
fn shown(said: &str) -> String {
    said.chars().filter(|letter| !letter.is_control()).take(LONGEST_REASON).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(said: &str) -> ImapFault {
        Error::No(format!("code: {:?}, info: {:?}", None::<()>, Some(said))).into()
    }

    #[test]
    fn refusals_tell_what_the_server_says_in_one_short_line() {
        let told = |said: &str| refused(said).to_string();
        assert_eq!(told("Not \"now\""), "the IMAP server refuses: Not \"now\"");
        assert!(told(&"x".repeat(500)).len() < 300);
        assert_eq!(ImapFault::Folder("\x1b[31mno\x07\n".to_owned()).to_string().lines().count(), 1);
    }

    #[test]
    fn secrets_that_a_server_repeats_are_left_out_of_refusals() {
        let long = "x".repeat(LONGEST_REASON - 3);
        for (said, expected) in [
            ("no a\"b\\c here", "the IMAP server refuses: no … here"),
            (&format!("{long}a\"b\\c"), &format!("the IMAP server refuses: {long}…")),
        ] {
            assert_eq!(refused(said).without(&["a\"b\\c"]).to_string(), expected);
        }
    }

    #[test]
    fn what_cannot_be_parsed_is_not_quoted() {
        let error = io::Error::other("Error during parsing of \"a mail\"");
        assert_eq!(ImapFault::from(error).to_string(), "the server's answer is not IMAP");
    }
}
