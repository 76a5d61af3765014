//! The query of a page of the log.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use url::form_urlencoded;

use crate::audit::Action;
use crate::audit_log::{Cursor, Filter};
use crate::error::{Error, Message};
use crate::network::parse_address;
use crate::server::Server;
use crate::time::{end_of_day, parse_day, start_of_day};

/// The maximum length of a search text, in characters.
pub(super) const LONGEST_TEXT: usize = 200;

/// `search`, `action`, `from`, `to` and, for further pages, `before`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Text in actor, subject or address.
    pub text: Option<String>,
    /// The action.
    pub action: Option<Action>,
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub to: Option<Date>,
    /// The position from which to continue.
    pub before: Option<Cursor>,
}

impl AuditQuery {
    /// Parses a query; `None` if it has a value that the page doesn't offer.
    fn read(query: &str) -> Option<Self> {
        let mut read = Self::default();
        for (name, value) in
            form_urlencoded::parse(query.as_bytes()).filter(|(_, value)| !value.trim().is_empty())
        {
            match name.as_ref() {
                "search" if value.chars().count() > LONGEST_TEXT || value.contains('\0') => {
                    return None;
                }
                "search" => read.text = Some(value.trim().to_owned()),
                "action" => {
                    read.action =
                        Some(Action::ALL.iter().copied().find(|action| action.name() == value)?)
                }
                "from" => read.from = Some(parse_day(&value)?),
                "to" => read.to = Some(parse_day(&value)?),
                "before" => read.before = Some(Cursor::parse(&value)?),
                _ => {}
            }
        }
        Some(read)
    }

    /// The filter, with days in `zone`.
    pub fn filter(&self, zone: &TimeZone) -> Filter {
        // The events of the day's last second too.
        let end = |day: Date| {
            end_of_day(day, zone).map_or(Timestamp::MAX, |end| end + SignedDuration::from_secs(1))
        };
        Filter {
            // Events have addresses in one notation.
            text: self.text.as_deref().map(|text| {
                parse_address(text).map_or_else(|| text.to_owned(), |address| address.to_string())
            }),
            action: self.action,
            from: self.from.and_then(|day| start_of_day(day, zone)),
            until: self.to.map(end),
        }
    }

    /// Whether the query filters anything.
    pub fn is_filtered(&self) -> bool {
        *self != Self { before: self.before.clone(), ..Self::default() }
    }

    /// The URL with this filter, from a position.
    pub(super) fn link(&self, path: &str, before: Option<&Cursor>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let (from, to) = (self.from.map(|day| day.to_string()), self.to.map(|day| day.to_string()));
        let pairs = [
            ("search", self.text.as_deref()),
            ("action", self.action.map(Action::name)),
            ("from", from.as_deref()),
            ("to", to.as_deref()),
        ];
        for (name, value) in pairs {
            query.extend_pairs(value.map(|value| (name, value)));
        }
        query.extend_pairs(before.map(|before| ("before", before.to_string())));
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

impl FromRequestParts<Server> for AuditQuery {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Server) -> Result<Self, Error> {
        Self::read(parts.uri.query().unwrap_or_default())
            .ok_or(Error::BadRequest(Message::new("audit.invalid")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_page_offers_is_read() {
        let query = AuditQuery::read("search=+jan%40x+&action=api_key_created&from=2026-10-25&to=2026-10-26&before=5-evt_a&other=x").unwrap();
        let link = query.link("/p", query.before.as_ref());
        assert_eq!(
            link,
            "/p?search=jan%40x&action=api_key_created&from=2026-10-25&to=2026-10-26&before=5-evt_a"
        );
        assert_eq!(AuditQuery::read(link.split_once('?').unwrap().1), Some(query));
        assert!(
            !AuditQuery::read("search=&action=&from=&to=&before=5-evt_a").unwrap().is_filtered()
        );
        for wrong in [
            "action=x",
            "from=24-11-2026",
            "to=2026-02-30",
            "from=-9999-01-01",
            "before=x",
            "search=%00",
            &format!("search={}", "a".repeat(201)),
        ] {
            assert_eq!(AuditQuery::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_address_is_found_in_every_notation() {
        for (text, found) in [
            ("203.0.113.9:51008", "203.0.113.9"),
            ("[2001:DB8::7]:443", "2001:db8::7"),
            ("203.0.113", "203.0.113"),
            ("jan@bakker.example", "jan@bakker.example"),
        ] {
            let query = AuditQuery { text: Some(text.to_owned()), ..AuditQuery::default() };
            assert_eq!(query.filter(&TimeZone::UTC).text.as_deref(), Some(found));
        }
    }

    #[test]
    fn days_are_whole_days_of_the_zone() {
        let query = AuditQuery::read("from=2026-10-25&to=2026-10-25").unwrap();
        let filter = query.filter(&TimeZone::get("Europe/Amsterdam").unwrap());
        let texts = [filter.from, filter.until].map(|moment| moment.unwrap().to_string());
        assert_eq!(
            texts,
            ["2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"],
            "the day on which summer time ends has 25 hours"
        );
        let last = AuditQuery::read("to=9999-12-31").unwrap().filter(&TimeZone::UTC);
        assert_eq!(last.until, Some(Timestamp::MAX));
    }
}
