//! Mails that arrive, read as far as the product uses them.

mod automatic;
mod content;
mod files;
#[cfg(test)]
mod fuzz;
mod html;
mod quotation;

use mail_parser::{Addr, Message, MessageParser};
use sha2::{Digest, Sha256};

pub use automatic::Automatic;
pub use content::Content;
pub use files::{IncomingFile, MOST_FILES};

use crate::hexadecimal::hexadecimal;
use crate::values::{EmailAddress, Name};

/// The largest mail that is taken, in bytes.
pub const MOST_BYTES: usize = 32 * 1024 * 1024;

/// How much of a mail is looked at for its head, in bytes.
pub(super) const HEAD_BYTES: usize = 256 * 1024;

/// The longest `Message-ID` that is kept as it is, in bytes.
const LONGEST_ID: usize = 250;

/// The most addresses that are looked at.
const MOST_RECIPIENTS: usize = 200;

/// A mail that arrived.
#[derive(Debug)]
pub struct IncomingMail {
    /// Its `Message-ID` without brackets; of a mail without a usable one, the hash of all of it.
    pub id: String,
    /// The address that it comes from, in the form in which addresses are compared.
    pub sender: String,
    /// The name of the sender, or else the address.
    pub name: Name,
    /// The addresses that it was sent to: those that mail servers noted, and then those in its head.
    pub recipients: Vec<String>,
    /// The address that bounces go to, if a mail server noted it; empty for a mail that is one.
    pub return_path: Option<String>,
    /// Why it is the mail of a program, if it is one.
    pub automatic: Option<Automatic>,
    /// What was written.
    pub content: Content,
    /// The files that were sent along; none if there are more than [`MOST_FILES`].
    pub files: Option<Vec<IncomingFile>>,
}

impl IncomingMail {
    /// Reads a mail (RFC 5322); none if it isn't one, or nobody is its sender.
    pub fn parse(raw: &[u8]) -> Option<Self> {
        let (content, files) = Content::read(raw);
        Some(Self { content, files, ..Self::parse_head(raw)? })
    }

    /// Reads what is below the head of the same mail.
    pub fn read_content(raw: &[u8]) -> (Content, Option<Vec<IncomingFile>>) {
        Content::read(raw)
    }

    /// Reads the head of a mail alone: whoever wants none of its content reads none.
    pub fn parse_head(raw: &[u8]) -> Option<Self> {
        let head = &raw[..raw.len().min(HEAD_BYTES)];
        let message = MessageParser::default().parse_headers(head)?;
        let from = message.from()?.first()?;
        let sender = EmailAddress::parse(from.address()?).ok()?;
        let name = from.name().map_or_else(|| Name::nearest(sender.as_str()), Name::nearest);
        let return_path = header(&message, "Return-Path").next().map(without_brackets);
        Some(Self {
            id: id_of(&message, raw),
            sender: EmailAddress::comparable(sender.as_str()),
            name,
            recipients: recipients(&message),
            automatic: Automatic::of(&message, return_path.as_deref()),
            return_path,
            content: Content::Unread,
            files: Some(Vec::new()),
        })
    }
}

/// The values of a header, as they were sent.
fn header<'a>(message: &'a Message<'_>, name: &'a str) -> impl Iterator<Item = &'a str> {
    let all = message.headers_raw();
    all.filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

fn without_brackets(text: &str) -> String {
    text.trim_start_matches('<').trim_end_matches('>').trim().to_owned()
}

fn id_of(message: &Message<'_>, raw: &[u8]) -> String {
    let id = message.message_id().filter(|id| {
        id.contains('@') && id.len() <= LONGEST_ID && id.bytes().all(|byte| byte.is_ascii_graphic())
    });
    id.map_or_else(|| format!("sha256:{}", hexadecimal(&Sha256::digest(raw))), without_brackets)
}

fn recipients(message: &Message<'_>) -> Vec<String> {
    let noted = ["Delivered-To", "X-Original-To", "Envelope-To"]
        .into_iter()
        .flat_map(|name| header(message, name).map(without_brackets));
    let lists = message.all_to().chain(message.all_cc());
    let named = lists.flat_map(|list| list.iter().filter_map(Addr::address).map(str::to_owned));
    noted.chain(named).take(MOST_RECIPIENTS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> IncomingMail {
        IncomingMail::parse(text.replace('\n', "\r\n").as_bytes()).unwrap()
    }

    #[test]
    fn sender_recipients_and_id_are_found() {
        let mail = parsed(
            "Return-Path: <Jan@Example.nl>\nDelivered-To: support+a@b.nl\nX-Original-To: c@b.nl\n\
             From: =?utf-8?Q?Jan_P=C3=ADeterse?= <Jan@Example.nl>\nTo: \"Wij, allen\" <d@b.nl>, e@b.nl\nCc: f@b.nl\n\
             Message-ID: <1.2@Example.nl>\nSubject: x\n\nHallo\n",
        );
        assert_eq!((mail.id.as_str(), mail.sender.as_str()), ("1.2@Example.nl", "jan@example.nl"));
        assert_eq!(
            (&*mail.name, mail.return_path.as_deref()),
            ("Jan Píeterse", Some("Jan@Example.nl"))
        );
        assert_eq!(mail.recipients, ["support+a@b.nl", "c@b.nl", "d@b.nl", "e@b.nl", "f@b.nl"]);
        assert!(mail.automatic.is_none());
    }

    #[test]
    fn a_mail_without_a_usable_id_is_known_by_its_content() {
        let (one, other) = ("From: a@b.nl\n\nHallo\n", "From: a@b.nl\n\nDag\n");
        let id = |text: &str| parsed(text).id;
        assert_eq!((id(one), id(one).len()), (id(one), 71));
        assert_ne!(id(one), id(other));
        let long = format!("Message-ID: <{}@b.nl>\n{one}", "a".repeat(300));
        assert!(id(&long).starts_with("sha256:") && id(one).starts_with("sha256:"));
    }

    #[test]
    fn the_head_alone_says_everything_but_the_content() {
        let raw = b"From: a@b.nl\r\nTo: c@b.nl\r\nPrecedence: bulk\r\n\r\nTo: d@b.nl\r\n\r\nJa\r\n";
        let (head, whole) =
            (IncomingMail::parse_head(raw).unwrap(), IncomingMail::parse(raw).unwrap());
        assert!(matches!(head.content, Content::Unread));
        assert!(matches!(whole.content, Content::Written { .. }));
        for mail in [&head, &whole] {
            assert_eq!((mail.sender.as_str(), mail.id.as_str()), ("a@b.nl", head.id.as_str()));
            assert_eq!(mail.recipients, ["c@b.nl"]);
            assert_eq!(mail.automatic, Some(Automatic::Precedence));
        }
    }

    #[test]
    fn of_a_head_that_is_too_long_the_beginning_is_read() {
        let text = format!("From: a@b.nl\nX-A: {}\nTo: c@b.nl\n\nJa\n", "a".repeat(HEAD_BYTES));
        assert!(parsed(&text).recipients.is_empty());
    }

    #[test]
    fn what_has_no_sender_is_no_mail() {
        for text in ["", "\r\n", "Hallo", "To: a@b.nl\r\n\r\nHallo", "From: niemand\r\n\r\nHallo"] {
            assert!(IncomingMail::parse(text.as_bytes()).is_none(), "{text}");
        }
    }
}
