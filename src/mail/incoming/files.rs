//! The files that were sent along with a mail.

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Encoding, Message, MessagePart, MimeHeaders, PartType};

/// The most files of a mail that are taken.
pub const MOST_FILES: usize = 20;

/// What a mail within the mail is called, which has no name.
const MAIL: &str = "mail.eml";

/// A file that was sent along with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingFile {
    /// The name that its sender gave it, of which nothing is certain; empty if it has none.
    pub name: String,
    /// Its content.
    pub content: Vec<u8>,
}

/// The files of a mail; none if they are more than [`MOST_FILES`]. They don't overlap, so together they are no
/// larger than the mail.
pub(super) fn of(message: &Message<'_>) -> Option<Vec<IncomingFile>> {
    if message.attachment_count() > MOST_FILES {
        return None;
    }
    let raw = message.raw_message();
    let file = |part: &MessagePart<'_>| {
        let other = if matches!(part.body, PartType::Message(_)) { MAIL } else { "" };
        let name = part.attachment_name().unwrap_or(other).to_owned();
        IncomingFile { name, content: content(part, raw) }
    };
    Some(message.attachments().map(file).collect())
}

/// The bytes of a part, as they were before they were encoded. The parser has changed texts to Unicode.
fn content(part: &MessagePart<'_>, raw: &[u8]) -> Vec<u8> {
    if matches!(part.body, PartType::Binary(_) | PartType::InlineBinary(_)) {
        return part.contents().to_vec();
    }
    let sent = raw.get(part.offset_body as usize..part.offset_end as usize).unwrap_or_default();
    let decoded = match part.encoding {
        Encoding::None => Some(sent.to_vec()),
        Encoding::Base64 => base64_decode(sent),
        Encoding::QuotedPrintable => quoted_printable_decode(sent),
    };
    decoded.unwrap_or_else(|| sent.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::IncomingMail;

    fn files(parts: &str) -> Option<Vec<(String, Vec<u8>)>> {
        let mail = format!(
            "From: a@b.nl\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n\
             --x\nContent-Type: text/plain\n\nZie bijlage.\n{parts}--x--\n"
        );
        let mail = IncomingMail::parse(mail.replace('\n', "\r\n").as_bytes()).unwrap();
        let files = mail.files?.into_iter();
        Some(files.map(|file| (file.name, file.content)).collect())
    }

    fn part(head: &str, body: &str) -> String {
        format!("--x\n{head}\n\n{body}\n")
    }

    #[test]
    fn a_file_is_what_it_was_before_it_was_encoded() {
        for (head, body, name, content) in [
            (
                "Content-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64",
                "iVBORw0KGgo=",
                "a.png",
                &b"\x89PNG\r\n\x1a\n"[..],
            ),
            (
                "Content-Disposition: attachment; filename=\"b.csv\"\nContent-Type: text/csv\nContent-Transfer-Encoding: base64",
                "Y2Fm6Q0K",
                "b.csv",
                b"caf\xe9\r\n",
            ),
            (
                "Content-Disposition: attachment; filename=c.txt\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable",
                "caf=E9",
                "c.txt",
                b"caf\xe9",
            ),
            (
                "Content-Disposition: attachment; filename*=utf-8''%C3%A9.html\nContent-Type: text/html",
                "<b>x</b>",
                "é.html",
                b"<b>x</b>",
            ),
            (
                "Content-Type: message/rfc822",
                "From: c@d.nl\nContent-Type: image/gif; name=e.gif\n\nGIF89a",
                "mail.eml",
                b"From: c@d.nl\r\nContent-Type: image/gif; name=e.gif\r\n\r\nGIF89a",
            ),
            ("Content-Type: application/pdf", "%PDF", "", b"%PDF"),
        ] {
            let expected = vec![(name.to_owned(), content.to_vec())];
            assert_eq!(files(&part(head, body)), Some(expected), "{head}");
        }
        assert_eq!(files(""), Some(Vec::new()));
    }

    #[test]
    fn of_too_many_files_none_is_read() {
        let one = part("Content-Type: image/gif; name=a.gif", "GIF89a");
        assert_eq!(files(&one.repeat(MOST_FILES)).map(|files| files.len()), Some(MOST_FILES));
        assert_eq!(files(&one.repeat(MOST_FILES + 1)), None);
    }
}
