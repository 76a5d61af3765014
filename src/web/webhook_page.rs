//! What the pages of a portal's webhooks and those of an app's have in common: the state, and the log of
//! what was sent.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use url::form_urlencoded;

use crate::error::{Error, Message};
use crate::events::Logged;
use crate::i18n::{Lang, tr};
use crate::ids::DeliveryId;
use crate::server::Server;
use crate::time::{readable, readable_with_seconds};
use crate::ui::{self, BadgeKind, ButtonStyle, FlashKind};

/// How many attempts the webhook's page shows.
pub const NEWEST: i64 = 10;

/// The longest text that is searched, in characters.
const LONGEST_SEARCH: usize = 200;

/// How many attempts a page of the log shows.
const PER_PAGE: usize = 50;

/// How many attempts to read for a page of the log: one more than it shows tells whether there are more.
pub const READ_PER_PAGE: i64 = PER_PAGE as i64 + 1;

/// Where a page of the log begins, and what is searched.
#[derive(Debug, Default)]
pub struct LogQuery {
    /// The text to find.
    pub search: String,
    /// The attempt before which the page begins.
    pub before: Option<DeliveryId>,
}

impl LogQuery {
    fn read(query: &str) -> Option<Self> {
        let mut read = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "search" => value.trim().clone_into(&mut read.search),
                "before" => read.before = Some(value.parse().ok()?),
                _ => {}
            }
        }
        let is_fine = read.search.chars().count() <= LONGEST_SEARCH && !read.search.contains('\0');
        is_fine.then_some(read)
    }
}

impl FromRequestParts<Server> for LogQuery {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Server) -> Result<Self, Error> {
        Self::read(parts.uri.query().unwrap_or_default())
            .ok_or(Error::BadRequest(Message::new("manage.list.invalid")))
    }
}

/// Whether a webhook works, from when it was switched off and since when it has failed: in a word.
pub fn state(
    lang: Lang,
    switched_off_at: Option<Timestamp>,
    failing_since: Option<Timestamp>,
) -> Markup {
    let (key, kind) = match (switched_off_at, failing_since) {
        (Some(_), _) => ("webhooks.state.off", BadgeKind::Danger),
        (None, Some(_)) => ("webhooks.state.failing", BadgeKind::Warning),
        (None, None) => ("webhooks.state.on", BadgeKind::Success),
    };
    ui::badge(&tr!(lang, key), kind)
}

/// A log, for its pages.
#[derive(Clone, Copy)]
pub struct Log<'a> {
    /// The language.
    pub lang: Lang,
    /// The time zone.
    pub zone: &'a TimeZone,
    /// The path of the log.
    pub path: &'a str,
    /// Whether attempts differ by portal and by type.
    pub is_of_app: bool,
}

impl Log<'_> {
    /// What is wrong with a webhook, and what to do about it; `on` is the page that switches it on.
    pub fn notice(
        &self,
        switched_off_at: Option<Timestamp>,
        failing_since: Option<Timestamp>,
        on: &str,
    ) -> Markup {
        let lang = self.lang;
        match (switched_off_at, failing_since) {
            (Some(at), since) => {
                let why =
                    if since.is_some() { "webhooks.off_text" } else { "webhooks.off_by_hand" };
                ui::notice(
                    FlashKind::Error,
                    Some(&tr!(lang, "webhooks.off_title")),
                    html! {
                        p { (tr!(lang, why)) " " (tr!(lang, "webhooks.off_since")) " " (self.moment(at)) "." }
                        (ui::link_button(&tr!(lang, "webhooks.switch_on"), on, ButtonStyle::Primary))
                    },
                )
            }
            (None, Some(since)) => ui::notice(
                FlashKind::Info,
                Some(&tr!(lang, "webhooks.failing_title")),
                html! {
                    p { (tr!(lang, "webhooks.failing_since")) " " (self.moment(since)) ". " (tr!(lang, "webhooks.failing_text")) }
                },
            ),
            (None, None) => html! {},
        }
    }

    /// The part of the webhook's page with the newest attempts.
    pub fn newest(&self, log: &[Logged]) -> Markup {
        let lang = self.lang;
        let all =
            ui::link_button(&tr!(lang, "webhooks.log.all"), self.path, ButtonStyle::Secondary);
        let body = html! {
            @if log.is_empty() { p.muted { (tr!(lang, "webhooks.log.empty")) } }
            @else { (self.attempts(log)) }
        };
        let intro = tr!(lang, "webhooks.log.intro");
        ui::section(&tr!(lang, "webhooks.log.title"), Some(&intro), all, body)
    }

    /// A page of the log with the attempts that were [read](READ_PER_PAGE) for it: a search, and links to
    /// other pages.
    pub fn page(&self, query: &LogQuery, log: &[Logged]) -> Markup {
        let (lang, search) = (self.lang, query.search.as_str());
        let has_more = log.len() > PER_PAGE;
        let log = &log[..log.len().min(PER_PAGE)];
        let older = log.last().filter(|_| has_more).map(|last| self.link(query, Some(&last.id)));
        let empty =
            if search.is_empty() { "webhooks.log.empty" } else { "webhooks.log.none_found" };
        html! {
            (ui::search(lang, self.path, search, &tr!(lang, "webhooks.log.search")))
            @if log.is_empty() { p.muted { (tr!(lang, empty)) } }
            @else { (self.attempts(log)) }
            (ui::actions(html! {
                @if query.before.is_some() {
                    (ui::link_button(&tr!(lang, "webhooks.log.newest"), &self.link(query, None), ButtonStyle::Secondary))
                }
                @if let Some(older) = older {
                    (ui::link_button(&tr!(lang, "webhooks.log.older"), &older, ButtonStyle::Secondary))
                }
            }))
        }
    }

    fn link(&self, query: &LogQuery, before: Option<&DeliveryId>) -> String {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        pairs.extend_pairs(Some(("search", &query.search)).filter(|(_, text)| !text.is_empty()));
        pairs.extend_pairs(before.map(|before| ("before", before.as_str())));
        format!("{}?{}", self.path, pairs.finish())
    }

    fn attempts(&self, log: &[Logged]) -> Markup {
        let lang = self.lang;
        let rows = log.iter().map(|logged| {
            let about = if self.is_of_app {
                vec![ui::mono(logged.name.as_deref().unwrap_or("–")), self.portal(logged)]
            } else {
                vec![ui::mono(logged.resource_id.as_deref().unwrap_or("–"))]
            };
            let time = html! { a href={ (self.path) "/" (logged.id) } { (self.time(logged)) } };
            let rest =
                [self.result(logged), html! { (logged.attempt) }, self.next(logged)].into_iter();
            std::iter::once(time).chain(about).chain(rest).collect()
        });
        let about: &[&str] = if self.is_of_app { &["type", "portal"] } else { &["about"] };
        let heads = std::iter::once(&"sent_at").chain(about).chain(&["result", "attempt", "next"]);
        let heads: Vec<_> =
            heads.map(|head| lang.text(&format!("webhooks.log.{head}")).into_owned()).collect();
        let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
        ui::table(&tr!(lang, "webhooks.log.title"), &heads, rows.collect())
    }

    fn portal(&self, logged: &Logged) -> Markup {
        match &logged.portal_id {
            Some(portal) => ui::mono(portal.as_str()),
            None => ui::muted(&tr!(self.lang, "webhooks.log.is_test")),
        }
    }

    fn time(&self, logged: &Logged) -> Markup {
        let at = readable_with_seconds(logged.sent_at, self.zone, self.lang);
        html! { time datetime=(logged.sent_at) { (at) } }
    }

    fn moment(&self, moment: Timestamp) -> Markup {
        html! { time datetime=(moment) { (readable(moment, self.zone, self.lang)) } }
    }

    /// What came of an attempt.
    fn result(&self, logged: &Logged) -> Markup {
        let kind = if logged.has_arrived() { BadgeKind::Success } else { BadgeKind::Danger };
        match (logged.status, logged.fault) {
            (Some(status), _) => ui::badge(&status.to_string(), kind),
            (None, Some(fault)) => ui::badge(&fault.label(self.lang), kind),
            (None, None) => html! {},
        }
    }

    /// When it is tried again.
    fn next(&self, logged: &Logged) -> Markup {
        match logged.next_at {
            Some(at) => self.moment(at),
            None if logged.has_arrived() => ui::muted(&tr!(self.lang, "webhooks.log.arrived")),
            None => ui::muted(&tr!(self.lang, "webhooks.log.no_next")),
        }
    }

    /// The link that leads to sending an attempt again.
    pub fn again(&self, logged: &Logged) -> Markup {
        let again = format!("{}/{}/again", self.path, logged.id);
        ui::link_button(&tr!(self.lang, "webhooks.again"), &again, ButtonStyle::Primary)
    }

    /// An attempt at an address: what was sent, as JSON, and what came back.
    pub fn attempt(&self, url: &str, logged: &Logged, body: Option<&str>) -> Markup {
        let lang = self.lang;
        html! {
            (self.facts(url, logged))
            @if !logged.is_covered {
                (ui::notice(FlashKind::Info, None, html! { p { (tr!(lang, "webhooks.log.not_covered")) } }))
            } @else {
                (ui::section(&tr!(lang, "webhooks.log.request"), None, html! {}, html! {
                    @match body {
                        Some(body) => { (ui::code_block(lang, "JSON", body)) }
                        None => { p.muted { (tr!(lang, "webhooks.log.event_gone")) } }
                    }
                }))
                (ui::section(&tr!(lang, "webhooks.log.answer"), None, html! {}, html! {
                    @match logged.answer.as_deref() {
                        None => { p.muted { (tr!(lang, "webhooks.log.no_answer")) } }
                        Some("") => { p.muted { (tr!(lang, "webhooks.log.empty_answer")) } }
                        Some(answer) => { (ui::code_block(lang, &tr!(lang, "webhooks.log.answer"), answer)) }
                    }
                }))
            }
        }
    }

    fn facts(&self, url: &str, logged: &Logged) -> Markup {
        let lang = self.lang;
        let mut facts = vec![
            ("result", self.result(logged)),
            ("sent_at", self.time(logged)),
            ("took", html! { (lang.number(logged.took_ms)) " ms" }),
            ("attempt", html! { (logged.attempt) }),
            ("next", self.next(logged)),
            ("url", ui::mono(url)),
            ("webhook_id", ui::copyable(lang, "webhook-id", logged.event_id.as_str())),
        ];
        if self.is_of_app {
            facts.push(("type", ui::mono(logged.name.as_deref().unwrap_or("–"))));
            facts.push(("portal", self.portal(logged)));
        }
        let facts: Vec<_> = facts
            .into_iter()
            .map(|(label, value)| (lang.text(&format!("webhooks.log.{label}")).into_owned(), value))
            .collect();
        let items = facts.iter().map(|(label, value)| (label.as_str(), value.clone()));
        ui::facts(items.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_has_a_text_of_some_length_and_the_id_of_an_attempt() {
        let read = LogQuery::read("search=+jan&before=dlv_abc&x=y").unwrap();
        assert_eq!((read.search.as_str(), read.before.unwrap().as_str()), ("jan", "dlv_abc"));
        assert!(LogQuery::read(&format!("search={}", "x".repeat(LONGEST_SEARCH))).is_some());
        let long = format!("search={}", "x".repeat(LONGEST_SEARCH + 1));
        for refused in ["before=wbh_abc", "before=", "search=a%00b", &long] {
            assert!(LogQuery::read(refused).is_none(), "{refused}");
        }
    }
}
