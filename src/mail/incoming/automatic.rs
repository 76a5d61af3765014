//! Mails of programs, which nobody answers and which answer nothing: otherwise two programs would write to
//! each other for ever.

use mail_parser::Message;

use super::header;

/// Why a mail is that of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Automatic {
    /// It says so (`Auto-Submitted`, RFC 3834).
    AutoSubmitted,
    /// It is one to many: a list or a mailing (`Precedence`).
    Precedence,
    /// It asks for no automatic replies, as programs do (`X-Auto-Response-Suppress`, MS-OXCMAIL).
    ResponseSuppressed,
    /// It is a bounce: it has no address that bounces go to (RFC 5321 section 4.5.5).
    Bounce,
}

impl Automatic {
    pub(super) fn of(message: &Message<'_>, return_path: Option<&str>) -> Option<Self> {
        let any = |name, is: fn(&str) -> bool| {
            let mut values = header(message, name);
            values.any(|value| is(value.split(';').next().unwrap_or_default().trim()))
        };
        if any("Auto-Submitted", |value| !value.eq_ignore_ascii_case("no")) {
            Some(Self::AutoSubmitted)
        } else if any("Precedence", |value| {
            ["bulk", "junk", "list"].iter().any(|known| value.eq_ignore_ascii_case(known))
        }) {
            Some(Self::Precedence)
        } else if any("X-Auto-Response-Suppress", |value| !value.eq_ignore_ascii_case("none")) {
            Some(Self::ResponseSuppressed)
        } else {
            return_path.filter(|path| path.is_empty()).map(|_| Self::Bounce)
        }
    }

    /// What it is called in answers to the operator.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AutoSubmitted => "auto-submitted",
            Self::Precedence => "precedence",
            Self::ResponseSuppressed => "auto-response-suppress",
            Self::Bounce => "bounce",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::IncomingMail;

    #[test]
    fn mails_of_programs_are_told_from_those_of_people() {
        for (head, expected) in [
            ("Auto-Submitted: auto-replied", Some(Automatic::AutoSubmitted)),
            ("auto-submitted: auto-generated; x=y", Some(Automatic::AutoSubmitted)),
            ("Auto-Submitted: No", None),
            ("Auto-Submitted: no; x=y", None),
            ("Precedence: bulk", Some(Automatic::Precedence)),
            ("Precedence: LIST", Some(Automatic::Precedence)),
            ("Precedence: junk", Some(Automatic::Precedence)),
            ("Precedence: first-class", None),
            ("X-Auto-Response-Suppress: All", Some(Automatic::ResponseSuppressed)),
            ("X-Auto-Response-Suppress: DR, OOF", Some(Automatic::ResponseSuppressed)),
            ("X-Auto-Response-Suppress: None", None),
            ("Return-Path: <>", Some(Automatic::Bounce)),
            ("Return-Path: <a@b.nl>", None),
            ("Subject: x", None),
        ] {
            let text = format!("{head}\r\nFrom: a@b.nl\r\n\r\nHallo\r\n");
            let mail = IncomingMail::parse(text.as_bytes()).unwrap();
            assert_eq!(mail.automatic, expected, "{head}");
        }
    }
}
