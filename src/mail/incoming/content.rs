//! What was written in a mail, made safe, and apart from it what it quotes.

use mail_parser::{Message, MessageParser, MessagePart, PartType};

use super::{IncomingFile, MOST_BYTES, files, html, quotation};
use crate::values::{Html, Value};

/// The most characters of a quotation that are kept.
const LONGEST_QUOTATION: usize = 10_000;

/// How often a mail may say where its parts are divided: for each of them all of it can be searched.
const MOST_BOUNDARIES: usize = 100;

/// The parameter that says where parts are divided (RFC 2046 section 5.1.1).
const BOUNDARY: &[u8] = b"boundary";

/// What was written in a mail.
#[derive(Debug)]
pub enum Content {
    /// Something.
    Written {
        /// What is new.
        new: Html,
        /// The mail below it that it answers to.
        quoted: Option<Html>,
    },
    /// Nothing that can be seen.
    Nothing,
    /// More than is taken.
    TooLong,
    /// It wasn't read: the mail is too large, is divided too often, or only its head was read.
    Unread,
}

impl Content {
    /// What was written in a mail, and the files that were sent along; none if there are too many.
    pub(super) fn read(raw: &[u8]) -> (Self, Option<Vec<IncomingFile>>) {
        if raw.len() > MOST_BYTES || has_many_boundaries(raw) {
            return (Self::Unread, Some(Vec::new()));
        }
        match MessageParser::default().parse(raw) {
            Some(message) => (Self::of(&message), files::of(&message)),
            None => (Self::Nothing, Some(Vec::new())),
        }
    }

    /// That of the part of a mail that is text, or else of the one that is HTML.
    fn of(message: &Message<'_>) -> Self {
        let is_text = |part: &MessagePart<'_>| matches!(part.body, PartType::Text(_));
        // A picture between the parts is one of them for the parser, and a file for us.
        let is_written =
            |part: &&MessagePart<'_>| is_text(part) || matches!(part.body, PartType::Html(_));
        if message.text_bodies().filter(is_written).all(is_text) {
            let parts = message.text_bodies().filter(is_written);
            let texts: Vec<&str> = parts.filter_map(MessagePart::text_contents).collect();
            Self::of_text(&texts.join("\n\n"))
        } else {
            let parts = message.html_bodies().filter(is_written);
            Self::of_html(&parts.filter_map(MessagePart::text_contents).collect::<String>())
        }
    }

    fn of_text(text: &str) -> Self {
        let text = without_control_characters(text);
        let (new, quoted) = quotation::split_text(&text);
        let quoted = quoted.and_then(|quoted| html::read_text(&beginning(quoted)));
        Self::made_of(new, quoted, html::read_text)
    }

    fn of_html(text: &str) -> Self {
        let text = without_control_characters(text);
        let (new, quoted) = quotation::split_html(&text);
        let is_short = |safe: &Html| safe.text().chars().count() <= LONGEST_QUOTATION;
        let quoted = quoted.and_then(|quoted| {
            let safe = html::read(quoted).filter(is_short);
            safe.or_else(|| html::read_beginning(quoted, LONGEST_QUOTATION))
        });
        Self::made_of(new, quoted, html::read)
    }

    fn made_of(new: &str, quoted: Option<Html>, read: impl Fn(&str) -> Option<Html>) -> Self {
        match read(new) {
            Some(safe) if safe.text().chars().count() <= Html::LONGEST => {
                Self::Written { new: safe, quoted }
            }
            None if new.chars().count() <= Html::LONGEST => Self::Nothing,
            _ => Self::TooLong,
        }
    }
}

/// PostgreSQL takes no NUL, and nobody sees the others.
fn without_control_characters(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// Whether a mail says more often than it may where its parts are divided. What mail parsers skip between
/// the name and its value is skipped.
fn has_many_boundaries(raw: &[u8]) -> bool {
    let names = raw.windows(BOUNDARY.len()).enumerate();
    let found = names.filter(|(at, name)| {
        let mut after = raw[at + BOUNDARY.len()..].iter();
        name.eq_ignore_ascii_case(BOUNDARY)
            && after
                .find(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\\'))
                .is_some_and(|byte| matches!(byte, b'=' | b'*'))
    });
    found.take(MOST_BOUNDARIES + 1).count() > MOST_BOUNDARIES
}

fn beginning(text: &str) -> String {
    text.chars().take(LONGEST_QUOTATION).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::IncomingMail;

    fn content(head: &str, body: &str) -> Content {
        let text = format!("From: a@b.nl\r\nMIME-Version: 1.0\r\n{head}\r\n\r\n{body}\r\n");
        IncomingMail::parse(text.as_bytes()).unwrap().content
    }

    #[track_caller]
    fn written(head: &str, body: &str) -> (String, Option<String>) {
        match content(head, body) {
            Content::Written { new, quoted } => {
                (new.to_string(), quoted.map(|html| html.to_string()))
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_text_is_taken_in_whichever_encoding_it_comes() {
        let text = "Content-Type: text/plain; charset=";
        for (head, body) in [
            ("utf-8\r\nContent-Transfer-Encoding: quoted-printable", "Caf=C3=A9 =\r\n<b>"),
            ("utf-8\r\nContent-Transfer-Encoding: base64", "Q2Fmw6kgPGI+"),
            ("iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable", "Caf=E9 <b>"),
            ("windows-1252\r\nContent-Transfer-Encoding: quoted-printable", "Caf=E9 <b>"),
        ] {
            let (new, quoted) = written(&format!("{text}{head}"), body);
            assert_eq!((new.as_str(), quoted), ("<p>Café &lt;b&gt;</p>", None), "{head}");
        }
        let both = "--x\r\nContent-Type: text/plain\r\n\r\nTekst\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>Html</p>\r\n--x--";
        let alternative = "Content-Type: multipart/alternative; boundary=x";
        assert_eq!(written(alternative, both).0, "<p>Tekst</p>");
    }

    #[test]
    fn a_picture_beside_the_text_is_no_text() {
        let picture = "--x\r\nContent-Type: image/gif; name=a.gif\r\n\r\nGIF89a\r\n";
        let mixed = "Content-Type: multipart/mixed; boundary=x";
        for (kind, text) in [("text/plain", "Hierbij."), ("text/html", "<p>Hierbij.</p>")] {
            let body = format!("--x\r\nContent-Type: {kind}\r\n\r\n{text}\r\n{picture}--x--");
            assert_eq!(written(mixed, &body).0, "<p>Hierbij.</p>", "{kind}");
        }
    }

    #[test]
    fn html_is_made_safe_and_what_it_quotes_is_apart() {
        let (new, quoted) = written(
            "Content-Type: text/html; charset=utf-8",
            "<html><head><title>x</title></head><body><p onclick=x>Ja <img src=y><b>graag</b></p><script>z</script>\
             <div class=\"gmail_quote\">Op 3 maart schreef ik:<blockquote>Morgen?</blockquote></div></body></html>",
        );
        assert_eq!(new, "<p>Ja <b>graag</b></p>");
        assert_eq!(
            quoted.as_deref(),
            Some("<div>Op 3 maart schreef ik:<blockquote>Morgen?</blockquote></div>")
        );
    }

    #[test]
    fn control_characters_are_left_out() {
        assert_eq!(written("Content-Type: text/plain", "J\0a\x1b\tgraag").0, "<p>Ja\tgraag</p>");
        assert_eq!(written("Content-Type: text/html", "<p>J\0a</p>").0, "<p>Ja</p>");
    }

    #[test]
    fn nothing_and_too_much_are_told() {
        let text = "Content-Type: text/plain";
        assert!(matches!(content(text, " \r\n"), Content::Nothing));
        assert!(matches!(
            content("Content-Type: text/html", "<p><img src=a></p>"),
            Content::Nothing
        ));
        assert!(matches!(content(text, &"lang ".repeat(5000)), Content::TooLong));
        let quoted = format!("Ja\r\n\r\n{}", "> lang\r\n".repeat(5000));
        assert!(matches!(content(text, &quoted), Content::Written { quoted: Some(_), .. }));
        let html = "Content-Type: text/html";
        let quoted = format!("Ja<blockquote>{}</blockquote>", "<p>lang</p>".repeat(8000));
        assert!(matches!(content(html, &quoted), Content::Written { quoted: Some(_), .. }));
    }

    #[test]
    fn quotations_are_shortened_in_text_and_html_alike() {
        let words = "lang ".repeat(3000);
        for (head, body) in [
            ("text/plain", format!("Ja\r\n\r\n> {words}")),
            ("text/html", format!("Ja<blockquote>{words}</blockquote>")),
        ] {
            match content(&format!("Content-Type: {head}"), &body) {
                Content::Written { quoted: Some(quoted), .. } => {
                    let length = quoted.text().chars().count();
                    assert!((9_990..=LONGEST_QUOTATION).contains(&length), "{head} {length}");
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn of_deep_html_the_text_is_taken() {
        let deep = "<div>".repeat(500_000);
        let body = format!("Ja{deep}<blockquote>{deep}Morgen?</blockquote>");
        let (new, quoted) = written("Content-Type: text/html", &body);
        assert_eq!((new.as_str(), quoted.as_deref()), ("<p>Ja</p>", Some("<p>Morgen?</p>")));
    }

    #[test]
    fn a_mail_that_is_divided_too_often_is_not_read() {
        for (boundary, is_read) in [
            ("boundary=", false),
            ("BOUNDARY*0=", false),
            ("boundary\"\t =", false),
            ("boundary ", true),
        ] {
            let part = format!("--x\r\nContent-Type: multipart/x; {boundary}y\r\n\r\n");
            let content = content(
                "Content-Type: multipart/mixed; boundary=x",
                &format!("--x\r\n\r\nJa\r\n{}--x--", part.repeat(200)),
            );
            assert_eq!(!matches!(content, Content::Unread), is_read, "{boundary} {content:?}");
        }
    }
}
