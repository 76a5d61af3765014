//! The page to continue to after pages about the account. Links and forms carry it from page to
//! page; across a mail, a cookie keeps it. It isn't in the mail, because anybody who requests a
//! mail to somebody else's address could then choose where its link leads.

use axum::http::{HeaderMap, Method};
use axum::response::Response;
use serde::Deserialize;
use url::form_urlencoded;

use super::{Visit, cookies_of_next, see_other};
use crate::accounts::Site;
use crate::public_urls::PublicUrls;
use crate::server::Server;

/// The parameter of links and forms.
#[derive(Deserialize)]
pub struct Next {
    /// One of our paths, or anything else, which is ignored.
    #[serde(default)]
    pub next: String,
}

/// The path, if it is one of ours.
pub fn own_path<'a>(visit: &Visit, next: &'a str) -> &'a str {
    if PublicUrls::is_own_path(next) { next } else { visit.site.path() }
}

/// Whether a path is that of a page where an app's request is decided.
pub fn is_about_an_app(path: &str) -> bool {
    path.starts_with("/oauth/authorize") || path.starts_with("/manage/device")
}

/// A page with a next page to continue to.
pub fn with_next(page: &str, next: &str) -> String {
    if !PublicUrls::is_own_path(next) {
        return page.to_owned();
    }
    let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    format!("{page}?next={next}")
}

/// Stores the next page in a cookie until the person returns through the link in a mail.
pub fn keep_next(response: &mut Response, server: &Server, site: Site, next: &str) {
    if PublicUrls::is_own_path(next) {
        cookies_of_next::set(response.headers_mut(), server, site, next);
    }
}

/// The next page after the link in a mail; empty if none was stored.
pub(crate) fn kept_next(headers: &HeaderMap, server: &Server, site: Site) -> String {
    cookies_of_next::get(headers, server, site)
        .filter(|next| PublicUrls::is_own_path(next))
        .unwrap_or_default()
}

/// Deletes the stored page, if any.
pub fn forget_next(response: &mut Response, server: &Server, site: Site) {
    cookies_of_next::forget(response.headers_mut(), server, site);
}

/// The log-in page after the link in a mail, with the stored next page.
pub(crate) fn to_log_in(
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

/// The path of the page to set up a second factor, below that of its site.
pub const REQUIRED_FACTOR: &str = "account/second-factor/required";

/// The redirect to the page to set up a second factor, which leads back to the requested page.
pub fn to_second_factor(visit: &Visit, method: &Method) -> Response {
    let page = format!("{}/{}", visit.site.path(), REQUIRED_FACTOR);
    // These pages have the same URL as their form.
    let is_opened_here = is_about_an_app(&visit.path)
        || matches!(&*visit.path, "/manage/portals" | "/developers/organisations");
    let next = if method.is_safe() || is_opened_here { &*visit.path } else { "" };
    let note = (!method.is_safe()).then_some("flash.note.second_factor_required");
    see_other(&with_next(&page, next), note)
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
