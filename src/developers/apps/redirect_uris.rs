//! The redirect URIs as entered: one per line.

use crate::clients::{RedirectUri, RedirectUriFault, RedirectUris};
use crate::error::Message;
use crate::i18n::{Lang, tr};

/// The maximum number of redirect URIs of an app.
const MOST: usize = 20;

/// How much of an invalid line is shown with its message.
const SHOWN: usize = 60;

/// The errors of the list.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ListFault {
    /// It is empty.
    Empty,
    /// It has too many lines.
    TooMany,
    /// Some of the lines can't be registered.
    Lines(Vec<FaultyLine>),
}

/// A line that can't be registered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FaultyLine {
    /// Its number, from 1, including empty lines.
    pub(super) number: usize,
    text: String,
    reason: Reason,
}

#[derive(Debug, PartialEq, Eq)]
enum Reason {
    Uri(RedirectUriFault),
    Doubled,
}

/// Reads the list. Empty lines and surrounding spaces are ignored.
pub(super) fn parse(text: &str) -> Result<RedirectUris, ListFault> {
    let (mut uris, mut faulty) = (Vec::<RedirectUri>::new(), Vec::new());
    let lines = text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty());
    for (index, line) in lines {
        let reason = match line.parse::<RedirectUri>() {
            Ok(uri) if uris.contains(&uri) => Reason::Doubled,
            Ok(uri) => {
                uris.push(uri);
                continue;
            }
            Err(fault) => Reason::Uri(fault),
        };
        faulty.push(FaultyLine {
            number: index + 1,
            text: line.chars().take(SHOWN).collect(),
            reason,
        });
    }
    if uris.len() + faulty.len() > MOST {
        Err(ListFault::TooMany)
    } else if !faulty.is_empty() {
        Err(ListFault::Lines(faulty))
    } else if uris.is_empty() {
        Err(ListFault::Empty)
    } else {
        Ok(RedirectUris(uris))
    }
}

impl ListFault {
    /// Checks the number of redirect URIs of a list.
    ///
    /// # Errors
    /// [`ListFault::TooMany`].
    pub(super) const fn check_number(uris: &RedirectUris) -> Result<(), Self> {
        if uris.0.len() > MOST { Err(Self::TooMany) } else { Ok(()) }
    }

    /// The error of the list as a whole, for the error summary.
    pub(super) fn message(&self) -> Message {
        match self {
            Self::Empty => Message::new("developers.form.redirect_uris_empty"),
            Self::TooMany => Message::with("developers.form.redirect_uris_too_many", MOST),
            Self::Lines(lines) if lines.len() == 1 => {
                Message::new("developers.form.redirect_uris_faulty_one")
            }
            Self::Lines(lines) => {
                Message::with("developers.form.redirect_uris_faulty", lines.len())
            }
        }
    }

    /// The errors per line, beside the field.
    pub(super) fn details(&self, lang: Lang) -> Vec<String> {
        match self {
            Self::Lines(lines) => lines.iter().map(|line| line.message(lang)).collect(),
            _ => vec![self.message().text(lang)],
        }
    }
}

impl FaultyLine {
    fn message(&self, lang: Lang) -> String {
        let reason = match &self.reason {
            Reason::Uri(fault) => fault.message().text(lang),
            Reason::Doubled => tr!(lang, "developers.form.redirect_uri_doubled").into_owned(),
        };
        tr!(
            lang,
            "developers.form.redirect_uri_line",
            line = self.number,
            text = self.text,
            reason = reason
        )
        .into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_uri() {
        let uris = parse(" https://a.example/cb \r\n\r\nhttp://127.0.0.1:4000/cb\n").unwrap();
        assert_eq!(
            uris.0.iter().map(RedirectUri::as_str).collect::<Vec<_>>(),
            ["https://a.example/cb", "http://127.0.0.1:4000/cb"]
        );
    }

    #[test]
    fn every_faulty_line_is_named_with_its_reason() {
        let fault = parse(
            "https://a.example\n\nhttp://b.example/\nhttps://a.example\nhttps://c.example/#x",
        )
        .unwrap_err();
        assert_eq!(
            fault.details(Lang::En),
            [
                "Line 3 (http://b.example/): Start with https://. Only 127.0.0.1, [::1] and localhost can use http://.",
                "Line 4 (https://a.example): This address is already in the list.",
                "Line 5 (https://c.example/#x): A redirect URI must not have a fragment (#).",
            ]
        );
        assert!(fault.message().text(Lang::En).contains('3'));
    }

    #[test]
    fn there_is_at_least_one_and_there_are_at_most_twenty() {
        assert_eq!(parse(" \r\n \n"), Err(ListFault::Empty));
        let lines = |count: usize| {
            (0..count).map(|n| format!("https://a.example/{n}\n")).collect::<String>()
        };
        assert_eq!(parse(&lines(20)).unwrap().0.len(), 20);
        assert_eq!(parse(&lines(21)), Err(ListFault::TooMany));
    }

    #[test]
    fn a_very_long_line_is_shown_in_part() {
        let fault = parse(&"x".repeat(5000)).unwrap_err();
        assert!(fault.details(Lang::Nl)[0].len() < 300);
    }
}
