//! The log as a file: CSV (RFC 4180) for spreadsheets, JSON for programs. It is streamed while it
//! is read.

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{AuditQuery, actor_text, what};
use crate::audit_log::{AuditLog, Cursor, Filter, Recorded};
use crate::caller::readable_user_agent;
use crate::error::{Error, Message, Result};
use crate::i18n::Lang;
use crate::spreadsheet;
use crate::time::Atom;

/// How many events are read at once.
const BATCH: usize = 500;

/// The file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// CSV, in UTF-8 with a byte order mark, which spreadsheets need.
    Csv,
    /// A JSON array.
    Json,
}

impl Format {
    const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
        }
    }

    const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }
}

/// The state of an export.
struct Export {
    log: AuditLog,
    filter: Filter,
    format: Format,
    lang: Lang,
    zone: TimeZone,
    place: Place,
    /// Whether an event was written yet.
    has_events: bool,
}

enum Place {
    Start,
    After(Cursor),
    Over,
}

/// All events that match a query, as a file to save.
///
/// # Errors
/// [`Error::BadRequest`] when the query is for one of several pages.
pub fn export(
    log: AuditLog,
    query: &AuditQuery,
    format: Format,
    lang: Lang,
    zone: TimeZone,
) -> Result<Response> {
    if query.before.is_some() {
        return Err(Error::BadRequest(Message::new("audit.invalid")));
    }
    let filter = query.filter(&zone);
    let export = Export { log, filter, format, lang, zone, place: Place::Start, has_events: false };
    let body = Body::from_stream(stream::try_unfold(export, |mut export| async move {
        let part = export.next().await?;
        Ok::<_, Error>(part.map(|part| (Bytes::from(part), export)))
    }));
    let disposition = format!("attachment; filename=\"audit-log.{}\"", format.extension());
    Ok(([(CONTENT_TYPE, format.media_type()), (CONTENT_DISPOSITION, &disposition)], body)
        .into_response())
}

impl Export {
    /// The next part of the file, if there is one.
    async fn next(&mut self) -> Result<Option<String>> {
        let (cursor, is_first) = match std::mem::replace(&mut self.place, Place::Over) {
            Place::Start => (None, true),
            Place::After(cursor) => (Some(cursor), false),
            Place::Over => return Ok(None),
        };
        let found = self.log.search(&self.filter, cursor.as_ref(), BATCH).await?;
        let is_last = found.next.is_none();
        if let Some(next) = found.next {
            self.place = Place::After(next);
        }
        let part = match self.format {
            Format::Csv => self.csv(&found.events, is_first),
            Format::Json => self.json(&found.events, is_first, is_last),
        };
        self.has_events |= !found.events.is_empty();
        Ok(Some(part))
    }

    fn csv(&self, events: &[Recorded], is_first: bool) -> String {
        let (mut text, delimiter) = (String::new(), spreadsheet::delimiter(self.lang));
        if is_first {
            text.push('\u{feff}');
            let heads = ["when", "who", "what", "subject", "address", "browser", "action"];
            push_line(
                &mut text,
                delimiter,
                heads
                    .map(|head| self.lang.text(&format!("audit.column.{head}")).into_owned())
                    .iter()
                    .map(String::as_str),
            );
        }
        for event in events {
            let (when, who, what, browser) = (
                Atom::new(event.created_at, &self.zone),
                actor_text(self.lang, event),
                what(self.lang, event.action),
                browser(self.lang, event),
            );
            let cells = [
                when.as_str(),
                &who,
                &what,
                &event.subject,
                &event.address,
                &browser,
                event.action.name(),
            ];
            push_line(&mut text, delimiter, cells.into_iter());
        }
        text
    }

    fn json(&self, events: &[Recorded], is_first: bool, is_last: bool) -> String {
        let mut text = String::from(if is_first { "[" } else { "" });
        for (index, event) in events.iter().enumerate() {
            text.push_str(if index == 0 && !self.has_events { "\n" } else { ",\n" });
            text.push_str(&event.to_json(&self.zone).to_string());
        }
        text.push_str(if is_last { "\n]\n" } else { "" });
        text
    }
}

impl Recorded {
    /// The event as JSON, with its time in a time zone.
    pub fn to_json(&self, zone: &TimeZone) -> Value {
        json!({
            "id": self.id,
            "at": Atom::new(self.created_at, zone),
            "actorKind": self.actor_kind.name(),
            "actor": self.actor,
            "action": self.action.name(),
            "subject": self.subject,
            "address": self.address,
            "userAgent": self.user_agent,
        })
    }
}

/// The browser in short words; nothing when it did not say.
fn browser(lang: Lang, event: &Recorded) -> String {
    if event.user_agent.is_empty() {
        return String::new();
    }
    readable_user_agent(lang, &event.user_agent)
}

fn push_line<'a>(text: &mut String, delimiter: char, cells: impl Iterator<Item = &'a str>) {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            text.push(delimiter);
        }
        push_cell(text, cell);
    }
    text.push_str("\r\n");
}

/// Adds a cell that no spreadsheet reads as a formula.
fn push_cell(text: &mut String, cell: &str) {
    let cell = spreadsheet::defused(cell);
    if cell.contains(['"', ',', ';', '\n', '\r', '\t']) {
        text.push_str(&format!("\"{}\"", cell.replace('"', "\"\"")));
    } else {
        text.push_str(&cell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> String {
        let mut cell = String::new();
        push_cell(&mut cell, text);
        cell
    }

    #[test]
    fn no_cell_is_a_formula() {
        for (text, expected) in [
            ("jan@example.nl", "jan@example.nl"),
            ("", ""),
            ("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\""),
            ("+31", "'+31"),
            ("-1", "'-1"),
            ("@SUM(1)", "'@SUM(1)"),
            (" =1", "' =1"),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            ("\u{ff1d}1", "'\u{ff1d}1"),
        ] {
            assert_eq!(cell(text), expected);
        }
    }

    #[test]
    fn commas_quotes_and_line_ends_stay_within_their_cell() {
        assert_eq!(cell("a, \"b\"\nc"), "\"a, \"\"b\"\"\nc\"");
        let line = |lang: Lang, cells: [&str; 3]| {
            let mut line = String::new();
            push_line(&mut line, spreadsheet::delimiter(lang), cells.into_iter());
            line
        };
        assert_eq!(line(Lang::En, ["a", "b,c", ""]), "a,\"b,c\",\r\n");
        assert_eq!(line(Lang::Nl, ["a", "b;c", ""]), "a;\"b;c\";\r\n");
    }
}
