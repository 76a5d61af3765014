//! The request log on a page: a search form, and a table of requests.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use url::form_urlencoded;

use crate::error::{Error, Message};
use crate::i18n::{Lang, tr};
use crate::request_log::{Cursor, Filter, Found, Logged, METHODS_IN_USE, StatusClass};
use crate::server::Server;
use crate::time::{readable, readable_with_seconds};
use crate::ui::{self, BadgeKind, FlashKind};

/// The maximum length of a search text.
const LONGEST_TEXT: usize = 200;

/// The query of a page of the log: `search`, `method`, `status` and, for further pages, `before`.
#[derive(Debug, Default)]
pub struct LogQuery {
    /// The filter.
    pub filter: Filter,
    /// The position from which to continue.
    pub before: Option<Cursor>,
}

impl LogQuery {
    /// Parses a query; `None` if it has a value that the page doesn't offer.
    fn read(query: &str) -> Option<Self> {
        let mut read = Self::default();
        for (name, value) in
            form_urlencoded::parse(query.as_bytes()).filter(|(_, value)| !value.trim().is_empty())
        {
            match name.as_ref() {
                "search" if value.chars().count() > LONGEST_TEXT => return None,
                "search" => read.filter.text = Some(value.trim().to_owned()),
                "method" => {
                    read.filter.method =
                        Some((*METHODS_IN_USE.iter().find(|method| **method == value)?).to_owned())
                }
                "status" => {
                    read.filter.status =
                        Some(StatusClass::ALL.into_iter().find(|class| class.name() == value)?)
                }
                "before" => read.before = Some(Cursor::parse(&value)?),
                _ => {}
            }
        }
        Some(read)
    }

    /// The URL of the page with this filter, from a position.
    fn link(&self, path: &str, before: Option<&Cursor>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let status = self.filter.status.map(StatusClass::name);
        for (name, value) in [
            ("search", self.filter.text.as_deref()),
            ("method", self.filter.method.as_deref()),
            ("status", status),
        ] {
            query.extend_pairs(value.map(|value| (name, value)));
        }
        query.extend_pairs(before.map(|before| ("before", before.to_string())));
        let query = query.finish();
        if query.is_empty() {
            format!("{path}#requests")
        } else {
            format!("{path}?{query}#requests")
        }
    }

    fn is_filtered(&self) -> bool {
        self.filter != Filter::default()
    }
}

impl FromRequestParts<Server> for LogQuery {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Server) -> Result<Self, Error> {
        Self::read(parts.uri.query().unwrap_or_default())
            .ok_or(Error::BadRequest(Message::new("request_log.invalid")))
    }
}

/// The section of the page at `path` with the requests. Times are in `zone`.
pub fn section(lang: Lang, path: &str, query: &LogQuery, found: &Found, zone: &TimeZone) -> Markup {
    let title = tr!(lang, "request_log.title");
    let body = html! {
        @if found.requests.is_empty() && !query.is_filtered() && query.before.is_none() {
            p.muted { (tr!(lang, "request_log.empty")) }
        } @else {
            (filters(lang, path, query))
            @if found.dropped > 0 {
                (ui::notice(FlashKind::Info, None, html! { p { (tr!(lang, "request_log.dropped", count = found.dropped)) } }))
            }
            @if found.requests.is_empty() && found.searched_to.is_none() { p.muted { (tr!(lang, "request_log.nothing_found")) } }
            @if !found.requests.is_empty() { (table(lang, &title, &found.requests, zone)) }
            @if let Some(moment) = found.searched_to {
                p.muted { (tr!(lang, "request_log.searched_to", moment = readable(moment, zone, lang))) }
            }
            (further(lang, path, query, found))
        }
    };
    html! { div id="requests" { (ui::section(&title, Some(&tr!(lang, "request_log.intro")), html! {}, body)) } }
}

fn filters(lang: Lang, path: &str, query: &LogQuery) -> Markup {
    let text = query.filter.text.as_deref().unwrap_or_default();
    let methods = METHODS_IN_USE.iter().map(|method| (*method, (*method).into())).collect();
    let status_label = |class: StatusClass| match class {
        StatusClass::Success => tr!(lang, "request_log.status.success"),
        StatusClass::ClientError => tr!(lang, "request_log.status.client_error"),
        StatusClass::ServerError => tr!(lang, "request_log.status.server_error"),
    };
    let classes =
        StatusClass::ALL.iter().map(|class| (class.name(), status_label(*class))).collect();
    let (method, status) = (
        query.filter.method.as_deref().unwrap_or_default(),
        query.filter.status.map(StatusClass::name).unwrap_or_default(),
    );
    let fields = html! {
        (ui::filter_text("search", text, &tr!(lang, "request_log.search"), LONGEST_TEXT))
        (ui::filter_choice("method", &tr!(lang, "request_log.method"), &tr!(lang, "request_log.all_methods"), methods, method))
        (ui::filter_choice("status", &tr!(lang, "request_log.status"), &tr!(lang, "request_log.all_statuses"), classes, status))
    };
    ui::filters(lang, &format!("{path}#requests"), query.is_filtered(), fields)
}

fn table(lang: Lang, title: &str, requests: &[Logged], zone: &TimeZone) -> Markup {
    let rows = requests.iter().map(|request| {
        let kind = match request.status {
            500.. => BadgeKind::Danger,
            400..=499 => BadgeKind::Warning,
            _ => BadgeKind::Success,
        };
        vec![
            html! { time datetime=(request.at) { (readable_with_seconds(request.at, zone, lang)) } },
            html! {
                (ui::mono(request.method)) " " code.path { (request.path) }
                @if !request.ignored.is_empty() {
                    p.muted { (tr!(lang, "request_log.ignored")) " " code.path { (request.ignored) } }
                }
            },
            ui::badge(&request.status.to_string(), kind),
            html! { (taken(lang, request)) },
            html! { code.path { (request.request_id) } },
        ]
    });
    let heads = ["time", "request", "status", "taken", "request_id"]
        .map(|head| lang.text(&format!("request_log.{head}")).into_owned());
    ui::table(title, &heads.each_ref().map(String::as_str), rows.collect())
}

/// The duration in milliseconds, with one decimal below 10.
fn taken(lang: Lang, request: &Logged) -> String {
    let tenths = request.taken.as_micros().div_ceil(100);
    let comma = if lang == Lang::Nl { ',' } else { '.' };
    if tenths < 100 {
        format!("{}{comma}{} ms", tenths / 10, tenths % 10)
    } else {
        format!("{} ms", tenths / 10)
    }
}

/// Links to older requests, and back to the newest.
fn further(lang: Lang, path: &str, query: &LogQuery, found: &Found) -> Markup {
    let older = if found.searched_to.is_some() {
        tr!(lang, "request_log.search_further")
    } else {
        tr!(lang, "request_log.older")
    };
    let newest =
        query.before.is_some().then(|| (tr!(lang, "request_log.newest"), query.link(path, None)));
    ui::older_and_newest(
        lang,
        newest,
        found.next.as_ref().map(|next| (older, query.link(path, Some(next)))),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_page_offers_is_read() {
        let query =
            LogQuery::read("search=+cst_1+&method=GET&status=4xx&before=5-ab&other=x").unwrap();
        assert_eq!(query.filter.text.as_deref(), Some("cst_1"));
        assert_eq!(
            query.link("/p", query.before.as_ref()),
            "/p?search=cst_1&method=GET&status=4xx&before=5-ab#requests"
        );
        assert!(!LogQuery::read("search=&method=&status=&before=").unwrap().is_filtered());
        for wrong in
            ["method=get", "status=404", "before=x", &format!("search={}", "a".repeat(201))]
        {
            assert!(LogQuery::read(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_path_is_shown_as_text() {
        let mut request = crate::request_log::logged("/v1/x", 404);
        request.path = "/v1/<b>".into();
        let found = Found { requests: vec![request], ..Found::default() };
        let html =
            section(Lang::En, "/p", &LogQuery::default(), &found, &TimeZone::UTC).into_string();
        assert!(html.contains("/v1/&lt;b&gt;") && !html.contains("<b>"));
        assert!(html.contains("1.3 ms") && html.contains("1 Jan 1970 00:00:01"));
    }
}
