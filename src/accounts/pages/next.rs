//! Where somebody was going when pages about their account came in between. Links and forms carry it
//! from page to page; over a mail the browser itself keeps it, because the mail is no place for it:
//! whoever asks for a mail to somebody else's address would then choose where its link leads.

use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use url::form_urlencoded;

use crate::accounts::Site;
use crate::http::Sites;
use crate::http::site::{Visit, cookies_of_next, see_other};
use crate::server::Server;

/// The parameter that pages carry.
#[derive(Deserialize)]
pub struct Next {
    /// A path of our own, or anything else, which is not followed.
    #[serde(default)]
    pub next: String,
}

/// Only paths of our own are followed.
pub fn own_path<'a>(visit: &Visit, next: &'a str) -> &'a str {
    if Sites::is_own_path(next) { next } else { visit.site.path() }
}

/// Whether a path is that of a page on which an app's request is decided.
pub fn is_about_an_app(path: &str) -> bool {
    path.starts_with("/oauth/authorize") || path.starts_with("/manage/device")
}

/// A page that knows where to go on afterwards.
pub fn with_next(page: &str, next: &str) -> String {
    if !Sites::is_own_path(next) {
        return page.to_owned();
    }
    let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    format!("{page}?next={next}")
}

/// Lets the browser keep where to go on until somebody comes back by the link in a mail.
pub fn keep_next(response: &mut Response, server: &Server, site: Site, next: &str) {
    if Sites::is_own_path(next) {
        cookies_of_next::set(response.headers_mut(), server, site, next);
    }
}

/// Where to go on after the link in a mail; empty when nothing was kept.
pub(super) fn kept_next(headers: &HeaderMap, server: &Server, site: Site) -> String {
    cookies_of_next::get(headers, server, site)
        .filter(|next| Sites::is_own_path(next))
        .unwrap_or_default()
}

/// Forgets what was kept, if anything was.
pub fn forget_next(response: &mut Response, server: &Server, site: Site) {
    cookies_of_next::forget(response.headers_mut(), server, site);
}

/// The log-in page after the link in a mail, with what the browser kept.
pub(super) fn to_log_in(
    headers: &HeaderMap,
    server: &Server,
    visit: &Visit,
    flash: &'static str,
) -> Response {
    let next = kept_next(headers, server, visit.site);
    let log_in = with_next(&format!("{}/login", visit.site.path()), &next);
    let mut response = see_other(&log_in, Some(flash));
    if !next.is_empty() {
        forget_next(&mut response, server, visit.site);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_our_own_is_carried() {
        assert_eq!(with_next("/manage/login", "/a?b=c&d"), "/manage/login?next=%2Fa%3Fb%3Dc%26d");
        for foreign in ["", "https://evil.example/", "//evil.example", "/\\evil.example"] {
            assert_eq!(with_next("/manage/login", foreign), "/manage/login", "{foreign}");
        }
    }
}
