//! Searching requests: unpacks segments, newest first, until a page is full.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

use jiff::Timestamp;

use super::entry::unpack;
use super::{LogSubject, Logged};
use crate::db::{Db, from_row, params};
use crate::error::Result;
use crate::ids::{AppId, SegmentId};
use crate::search::Words;
use crate::tenant::{Store, TenantSql};
use crate::unicode::fold;

/// Requests per page.
const PER_PAGE: usize = 50;

/// Segments per read.
const BATCH: i64 = 50;

/// The maximum number of segments read per page. A search that finds little then says how far it
/// got.
const MOST_SEGMENTS: usize = 2000;

/// Whose requests to search.
pub enum LogOf<'a> {
    /// Those of a portal's key or of an app's grant in it.
    Subject(&'a Store, LogSubject),
    /// Those of an app, in all portals.
    App(&'a Db, &'a AppId),
}

/// The filter for requests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Words in the path, folded like all searches, or a complete request id.
    pub text: Option<String>,
    /// The method.
    pub method: Option<String>,
    /// The kind of response.
    pub status: Option<StatusClass>,
}

/// A kind of response, by the first digit of its status (RFC 9110 section 15).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusClass {
    /// 200 to 299.
    Success,
    /// 400 to 499.
    ClientError,
    /// 500 to 599.
    ServerError,
}

/// A position in the log: requests before it come next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    at: i64,
    request_id: String,
}

/// A page of requests.
#[derive(Debug, Default)]
pub struct Found {
    /// The requests, newest first.
    pub requests: Vec<Logged>,
    /// The position of the next page, if there can be one.
    pub next: Option<Cursor>,
    /// How far the search got, if it stopped before the page was full and before the end of the
    /// log.
    pub searched_to: Option<Timestamp>,
    /// The number of requests at the same time that were too many to store.
    pub dropped: i64,
}

impl StatusClass {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Success, Self::ClientError, Self::ServerError];

    /// Its notation: `2xx`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "2xx",
            Self::ClientError => "4xx",
            Self::ServerError => "5xx",
        }
    }

    const fn has(self, status: u16) -> bool {
        let first = match self {
            Self::Success => 2,
            Self::ClientError => 4,
            Self::ServerError => 5,
        };
        status / 100 == first
    }
}

impl Filter {
    fn matches(&self, request: &Logged) -> bool {
        let has_text = |text: &String| {
            request.request_id == *text || Words::of(text).are_in(&fold(&request.path))
        };
        self.status.is_none_or(|class| class.has(request.status))
            && self.method.as_deref().is_none_or(|method| request.method == method)
            && self.text.as_ref().is_none_or(has_text)
    }
}

impl Cursor {
    /// Parses the output of [`Cursor::fmt`](std::fmt::Display).
    pub fn parse(text: &str) -> Option<Self> {
        let (at, request_id) = text.split_once('-')?;
        let valid =
            request_id.len() <= 24 && request_id.bytes().all(|byte| byte.is_ascii_hexdigit());
        Some(Self {
            at: at.parse().ok().filter(|at| *at >= 0 && valid)?,
            request_id: request_id.to_owned(),
        })
    }

    /// The newest end.
    const fn newest() -> Self {
        Self { at: i64::MAX, request_id: String::new() }
    }

    /// Whether the request comes after the cursor, in newest-first order.
    fn is_before(&self, request: &Logged) -> bool {
        (request.at.as_millisecond(), request.request_id.as_str())
            < (self.at, self.request_id.as_str())
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.at, self.request_id)
    }
}

struct Segment {
    id: SegmentId,
    newest: i64,
    dropped: i64,
    packed: Vec<u8>,
}

from_row!(Segment { id, newest, dropped, packed });

const OF_SUBJECT: TenantSql = TenantSql::new(
    "SELECT id, newest, dropped, packed FROM request_log_segments
     WHERE portal_id = ?1 AND subject = ?2 AND oldest <= ?3 AND (newest, id) < (?4, ?5) ORDER BY newest DESC, id DESC LIMIT ?6",
);

impl LogOf<'_> {
    /// Segments with requests at or before `from`, newest first, from the position (`newest`, `id`)
    /// on.
    async fn segments(&self, from: i64, newest: i64, id: &str) -> Result<Vec<Segment>> {
        Ok(match self {
            Self::Subject(store, subject) => store.rows(OF_SUBJECT, params![subject, from, newest, id, BATCH]).await?,
            Self::App(db, app) => {
                db.rows(
                    "SELECT id, newest, dropped, packed FROM request_log_segments
                     WHERE app_id = ?1 AND oldest <= ?2 AND (newest, id) < (?3, ?4) ORDER BY newest DESC, id DESC LIMIT ?5",
                    params![app, from, newest, id, BATCH],
                )
                .await?
            }
        })
    }

    /// A page of the requests that match the filter, from the cursor on.
    pub async fn search(&self, filter: &Filter, cursor: Option<Cursor>) -> Result<Found> {
        let text = filter.text.as_ref().map(|text| text.trim().to_lowercase());
        let filter = Filter { text, ..filter.clone() };
        let cursor = cursor.unwrap_or_else(Cursor::newest);
        let (mut found, mut waiting) = (Found::default(), BinaryHeap::new());
        let mut segments = Segments {
            log: self,
            from: cursor.at,
            place: (i64::MAX, String::new()),
            batch: VecDeque::new(),
            read: 0,
            ended: false,
        };
        loop {
            // Segments can overlap in time: a request is next when no unread segment is newer.
            while let Some(newest) = segments.next_newest().await? {
                if waiting
                    .peek()
                    .is_some_and(|ByTime(request): &ByTime| request.at.as_millisecond() > newest)
                {
                    break;
                }
                if segments.read == MOST_SEGMENTS {
                    found.searched_to = Timestamp::from_millisecond(newest).ok();
                    found.next = Some(Cursor { at: newest + 1, request_id: String::new() });
                    return Ok(found);
                }
                let Some(segment) = segments.take() else { break };
                found.dropped += segment.dropped;
                waiting.extend(
                    unpack(&segment.packed)
                        .filter(|request| cursor.is_before(request) && filter.matches(request))
                        .map(ByTime),
                );
            }
            let Some(ByTime(request)) = waiting.pop() else { return Ok(found) };
            if found.requests.len() == PER_PAGE {
                found.next = found.requests.last().map(|last| Cursor {
                    at: last.at.as_millisecond(),
                    request_id: last.request_id.clone(),
                });
                return Ok(found);
            }
            found.requests.push(request);
        }
    }
}

/// Segments one by one, read in batches.
struct Segments<'a> {
    log: &'a LogOf<'a>,
    from: i64,
    place: (i64, String),
    batch: VecDeque<Segment>,
    read: usize,
    ended: bool,
}

impl Segments<'_> {
    /// The time of the last request of the next segment, if any.
    async fn next_newest(&mut self) -> Result<Option<i64>> {
        if self.batch.is_empty() && !self.ended {
            self.batch = self.log.segments(self.from, self.place.0, &self.place.1).await?.into();
            self.ended = (self.batch.len() as i64) < BATCH;
            if let Some(last) = self.batch.back() {
                self.place = (last.newest, last.id.as_str().to_owned());
            }
        }
        Ok(self.batch.front().map(|segment| segment.newest))
    }

    fn take(&mut self) -> Option<Segment> {
        self.read += 1;
        self.batch.pop_front()
    }
}

/// Requests ordered by time.
struct ByTime(Logged);

impl ByTime {
    fn key(&self) -> (Timestamp, &str) {
        (self.0.at, &self.0.request_id)
    }
}

impl Ord for ByTime {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for ByTime {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ByTime {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for ByTime {}

#[cfg(test)]
mod tests {
    use super::super::entry::tests::logged;
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_other_texts_are_none() {
        let cursor = Cursor { at: 1_764_000_000_000, request_id: "ab".repeat(12) };
        assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
        assert!(Cursor::parse("5-").is_some());
        for wrong in [
            "",
            "-",
            "5",
            "x-ab",
            "-5-ab",
            "5-xyz",
            &format!("5-{}", "a".repeat(25)),
            "99999999999999999999-a",
        ] {
            assert_eq!(Cursor::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_filter_looks_at_path_id_method_and_status() {
        let request = logged("/v1/Customers/cst_1", 404);
        let matches = |text: Option<&str>, method: Option<&str>, status| {
            Filter { text: text.map(str::to_owned), method: method.map(str::to_owned), status }
                .matches(&request)
        };
        assert!(
            matches(None, None, None)
                && matches(Some("customers/cst"), Some("GET"), Some(StatusClass::ClientError))
        );
        assert!(matches(Some(&"ab".repeat(12)), None, None), "a whole request id");
        assert!(!matches(Some("abab"), None, None), "part of a request id");
        assert!(
            !matches(Some("groups"), None, None)
                && !matches(None, Some("POST"), None)
                && !matches(None, None, Some(StatusClass::Success))
        );
    }
}
