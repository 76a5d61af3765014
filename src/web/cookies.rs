//! The sites' cookies. All are `HttpOnly` and `SameSite=Lax`; over TLS also `Secure` with the
//! `__Host-` prefix, so that no other host can set them.

use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use crate::accounts::{KnownBrowser, Site};
use crate::auth::{Token, TokenKind};
use crate::i18n::Lang;
use crate::public_urls::Surface;
use crate::server::Server;

/// The cookie that remembers the chosen language.
pub(super) const LANGUAGE: &str = "language";
/// The cookie that holds a log-in between the password and the second factor.
const LOG_IN_STEP: &str = "log-in-step";
/// The cookie of a browser that logged in before.
const KNOWN_BROWSER: &str = "known-browser";
/// The cookie with a form that was not taken, of somebody who is not logged in.
const DRAFT: &str = "draft";
/// The cookie that forms are bound to before somebody logs in.
const VISITOR: &str = "visitor";
/// The cookie of a browser that entered a public link's password.
const GUEST: &str = "guest";
/// The cookie with the page to continue to after the link in a mail.
const NEXT: &str = "next";
/// How long it is kept, in seconds: as long as an app's request can wait for its owner.
const NEXT_SECONDS: i64 = 3600;
/// The maximum length of that path, in bytes when percent-encoded: browsers drop cookies of more
/// than 4 kB.
const LONGEST_NEXT: usize = 3 * 1024;

/// The public address of a site.
pub(super) const fn surface(site: Site) -> Surface {
    match site {
        Site::Manage => Surface::Manage,
        Site::Developers => Surface::Developers,
    }
}

const fn session_name(site: Site) -> &'static str {
    match site {
        Site::Manage => "manage",
        Site::Developers => "developers",
    }
}

/// The cookie that carries a message over a redirect, to the next page of the same site.
const fn flash_name(site: Site) -> &'static str {
    match site {
        Site::Manage => "flash-manage",
        Site::Developers => "flash-developers",
    }
}

fn full_name(server: &Server, site: Site, name: &str) -> String {
    if server.public_urls.is_https(surface(site)) {
        format!("__Host-{name}")
    } else {
        name.to_owned()
    }
}

fn value(headers: &HeaderMap, name: &str) -> Option<String> {
    CookieJar::from_headers(headers).get(name).map(|cookie| cookie.value().to_owned())
}

pub(super) fn session(server: &Server, site: Site, headers: &HeaderMap) -> Option<String> {
    value(headers, &full_name(server, site, session_name(site)))
}

pub(super) fn visitor(server: &Server, site: Site, headers: &HeaderMap) -> Option<String> {
    value(headers, &full_name(server, site, VISITOR))
}

pub(super) fn plain(headers: &HeaderMap, name: &str) -> Option<String> {
    value(headers, name)
}

/// A cookie for the whole site. With `days` as `None` it ends when the browser closes, with
/// `Some(0)` at once.
pub(super) fn set_cookie(
    name: String,
    value: &str,
    secure: bool,
    days: Option<i64>,
) -> HeaderValue {
    cookie_for(name, value, secure, days.map(time::Duration::days))
}

/// Stores the language that the visitor chose.
pub(super) fn set_language(headers: &mut HeaderMap, server: &Server, lang: Lang) {
    let cookie = set_cookie(LANGUAGE.into(), lang.tag(), server.public_urls.are_https(), Some(365));
    headers.append(SET_COOKIE, cookie);
}

fn cookie_for(
    name: String,
    value: &str,
    secure: bool,
    max_age: Option<time::Duration>,
) -> HeaderValue {
    let mut cookie = Cookie::build((name, value.to_owned()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(secure);
    if let Some(max_age) = max_age {
        cookie = cookie.max_age(max_age);
    }
    HeaderValue::try_from(cookie.build().to_string()).unwrap_or(HeaderValue::from_static(""))
}

fn set(
    headers: &mut HeaderMap,
    server: &Server,
    site: Site,
    name: &str,
    value: &str,
    days: Option<i64>,
) {
    let cookie = set_cookie(
        full_name(server, site, name),
        value,
        server.public_urls.is_https(surface(site)),
        days,
    );
    headers.append(SET_COOKIE, cookie);
}

/// Logs the browser in, until it closes unless the person stays logged in.
pub fn set_session(
    headers: &mut HeaderMap,
    server: &Server,
    site: Site,
    token: &Token,
    kept: bool,
) {
    let days = kept.then(|| i64::from(server.config.sessions.session_days));
    set(headers, server, site, session_name(site), token.reveal(), days);
}

/// Logs the browser out.
pub fn forget_session(headers: &mut HeaderMap, server: &Server, site: Site) {
    set(headers, server, site, session_name(site), "", Some(0));
}

/// The secret of the log-in that waits for its second factor, if any.
pub fn log_in_step(headers: &HeaderMap, server: &Server, site: Site) -> Option<Token> {
    Token::parse_as(TokenKind::LogInStep, &value(headers, &full_name(server, site, LOG_IN_STEP))?)
        .ok()
}

/// Remembers a log-in that waits for its second factor.
pub fn set_log_in_step(headers: &mut HeaderMap, server: &Server, site: Site, token: &Token) {
    set(headers, server, site, LOG_IN_STEP, token.reveal(), None);
}

/// Deletes such a log-in.
pub fn forget_log_in_step(headers: &mut HeaderMap, server: &Server, site: Site) {
    set(headers, server, site, LOG_IN_STEP, "", Some(0));
}

/// The secrets of accounts that the browser logged in to before.
pub fn known_browser(headers: &HeaderMap, server: &Server, site: Site) -> KnownBrowser {
    value(headers, &full_name(server, site, KNOWN_BROWSER))
        .map(|cookie| KnownBrowser::parse(&cookie))
        .unwrap_or_default()
}

/// Remembers that the browser is known.
pub fn set_known_browser(
    headers: &mut HeaderMap,
    server: &Server,
    site: Site,
    known: &KnownBrowser,
) {
    set(headers, server, site, KNOWN_BROWSER, &known.reveal(), Some(365));
}

pub(super) fn set_visitor(headers: &mut HeaderMap, server: &Server, site: Site, token: &Token) {
    set(headers, server, site, VISITOR, token.reveal(), None);
}

/// The key of the request's flash message.
pub(super) fn flash(server: &Server, site: Site, headers: &HeaderMap) -> Option<String> {
    value(headers, &full_name(server, site, flash_name(site)))
}

pub(super) fn set_flash(headers: &mut HeaderMap, server: &Server, site: Site, key: &str) {
    set(headers, server, site, flash_name(site), key, None);
}

pub(super) fn forget_flash(headers: &mut HeaderMap, server: &Server, site: Site) {
    set(headers, server, site, flash_name(site), "", Some(0));
}

/// The form that the browser keeps, sealed.
pub(super) fn draft(server: &Server, site: Site, headers: &HeaderMap) -> Option<String> {
    value(headers, &full_name(server, site, DRAFT))
}

pub(super) fn set_draft(headers: &mut HeaderMap, server: &Server, site: Site, sealed: &str) {
    let seconds = time::Duration::seconds(super::draft::IN_BROWSER.as_secs());
    let (name, secure) =
        (full_name(server, site, DRAFT), server.public_urls.is_https(surface(site)));
    headers.append(SET_COOKIE, cookie_for(name, sealed, secure, Some(seconds)));
}

pub(super) fn forget_draft(headers: &mut HeaderMap, server: &Server, site: Site) {
    set(headers, server, site, DRAFT, "", Some(0));
}

/// What shows that a browser entered a public link's password.
pub mod guests {
    use jiff::SignedDuration;

    use super::{
        GUEST, HeaderMap, SET_COOKIE, Server, Site, cookie_for, full_name, surface, value,
    };

    /// The stored value.
    pub fn get(headers: &HeaderMap, server: &Server, site: Site) -> Option<String> {
        value(headers, &full_name(server, site, GUEST))
    }

    /// Stores a value for a time.
    pub fn set(
        headers: &mut HeaderMap,
        server: &Server,
        site: Site,
        sealed: &str,
        lifetime: SignedDuration,
    ) {
        let seconds = time::Duration::seconds(lifetime.as_secs());
        let (name, secure) =
            (full_name(server, site, GUEST), server.public_urls.is_https(surface(site)));
        headers.append(SET_COOKIE, cookie_for(name, sealed, secure, Some(seconds)));
    }
}

/// Where a browser goes on after the link in a mail.
pub mod next {
    use super::{
        HeaderMap, LONGEST_NEXT, NEXT, NEXT_SECONDS, SET_COOKIE, Server, Site, cookie_for,
        full_name, surface, value,
    };
    use url::form_urlencoded::byte_serialize;

    /// The stored path.
    pub fn get(headers: &HeaderMap, server: &Server, site: Site) -> Option<String> {
        value(headers, &full_name(server, site, NEXT))
    }

    /// Stores a path, unless it is too long.
    pub fn set(headers: &mut HeaderMap, server: &Server, site: Site, path: &str) {
        let encoded: String = byte_serialize(path.as_bytes()).collect();
        if encoded.len() <= LONGEST_NEXT {
            write(headers, server, site, &encoded, NEXT_SECONDS);
        }
    }

    /// Deletes it.
    pub fn forget(headers: &mut HeaderMap, server: &Server, site: Site) {
        write(headers, server, site, "", 0);
    }

    fn write(headers: &mut HeaderMap, server: &Server, site: Site, path: &str, seconds: i64) {
        let (name, secure) =
            (full_name(server, site, NEXT), server.public_urls.is_https(surface(site)));
        headers.append(
            SET_COOKIE,
            cookie_for(name, path, secure, Some(time::Duration::seconds(seconds))),
        );
    }
}
