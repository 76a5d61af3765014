//! Decides who must log in before the consent page: people who aren't logged in, and with
//! `prompt=login` everybody.
//!
//! With `prompt=login`, the redirect carries the time of the request, and the consent page is only
//! shown if the password was given after it; a pushed request has its own time. The session isn't
//! ended: opening a URL must not log anybody out.

use axum::http::Method;
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use url::form_urlencoded;

use super::authorization_request::{AuthorizationRequest, Prompt};
use crate::account_pages;
use crate::accounts::Session;
use crate::server::Server;
use crate::web::{Visit, see_other};

/// Our own parameter with that time, in milliseconds since 1970.
const ASKED_AT: &str = "asked_at";

/// How long logging in can take. A password given longer ago is never enough for `prompt=login`.
const LONGEST: SignedDuration = SignedDuration::from_mins(10);

/// The session in which the owner can decide, or the redirect to the log-in page or to the required
/// second factor, which lead back here.
///
/// # Errors
/// The redirect.
pub(super) fn session(
    server: &Server,
    visit: &Visit,
    request: &AuthorizationRequest,
    query: &str,
) -> Result<Session, Response> {
    let (now, again) = (server.clock.now(), request.prompt == Some(Prompt::Login));
    let moment = (again && request.pushed_at().is_none()).then_some(now);
    let since = request.pushed_at().or_else(|| asked_at(query, now));
    match &visit.session {
        Some(session) if !again || since.is_some_and(|since| session.authenticated_at >= since) => {
            account_pages::admitted(server, visit, &Method::GET)
        }
        Some(_) => Err(to("/manage/reauthenticate", query, moment)),
        None => Err(to("/manage/login", query, moment)),
    }
}

/// When the request was made, if that is not too long ago.
fn asked_at(query: &str, now: Timestamp) -> Option<Timestamp> {
    let text = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == ASKED_AT)?.1;
    let asked_at = Timestamp::from_millisecond(text.parse().ok()?).ok()?;
    (asked_at <= now && now.duration_since(asked_at) <= LONGEST).then_some(asked_at)
}

/// The redirect to a page that leads back to the request, with its time if needed.
fn to(page: &str, query: &str, now: Option<Timestamp>) -> Response {
    let mut query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != ASKED_AT))
        .finish();
    if let Some(now) = now {
        query.push_str(&format!("&{ASKED_AT}={}", now.as_millisecond()));
    }
    let next: String =
        form_urlencoded::byte_serialize(format!("/oauth/authorize?{query}").as_bytes()).collect();
    see_other(&format!("{page}?next={next}"), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moment_counts_for_ten_minutes() {
        let now = Timestamp::from_millisecond(1_800_000_000_000).unwrap();
        let at = |query: &str| asked_at(query, now).map(Timestamp::as_millisecond);
        assert_eq!(at("a=b&asked_at=1799999999000"), Some(1_799_999_999_000));
        assert_eq!(at("asked_at=1799999400000"), Some(1_799_999_400_000));
        for wrong in [
            "",
            "asked_at=",
            "asked_at=x",
            "asked_at=0",
            "asked_at=-1",
            "asked_at=1799999399999",
            "asked_at=1800000000001",
            "asked_at=9999999999999999999",
        ] {
            assert_eq!(at(wrong), None, "{wrong}");
        }
    }
}
