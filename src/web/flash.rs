//! A message that is shown once, after a redirect. The cookie only contains the key of its text.

use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::cookies;
use crate::accounts::Site;
use crate::i18n::Lang;
use crate::server::Server;
use crate::ui::{Flash, FlashKind};

/// The prefix of the keys of all flash messages.
const PREFIX: &str = "flash.";

/// The prefix of those that ask for something instead of reporting success.
const NOTE: &str = "flash.note.";

/// The key of the text to show after a redirect, on its way from the handler to the site's layer,
/// which knows the attributes of the site's cookies.
#[derive(Clone)]
struct Next(&'static str);

/// Redirects with `303 See Other`, with a message to show there: a key that begins with `flash.`.
pub fn see_other(path: &str, flash: Option<&'static str>) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    response
        .headers_mut()
        .insert(LOCATION, HeaderValue::try_from(path).unwrap_or(HeaderValue::from_static("/")));
    if let Some(key) = flash {
        response.extensions_mut().insert(Next(key));
    }
    response
}

/// Sets the cookie with the message of a handler's response.
pub(super) fn send(response: &mut Response, server: &Server, site: Site) {
    if let Some(Next(key)) = response.extensions_mut().remove::<Next>() {
        cookies::set_flash(response.headers_mut(), server, site, key);
    }
}

/// The request's message.
pub(super) fn read(headers: &HeaderMap, server: &Server, site: Site, lang: Lang) -> Option<Flash> {
    let key = cookies::flash(server, site, headers)?;
    let known = key.starts_with(PREFIX)
        && key.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'_'));
    let text =
        known.then(|| lang.text(&key).into_owned()).filter(|text| !text.starts_with(PREFIX))?;
    let kind = if key.starts_with(NOTE) { FlashKind::Info } else { FlashKind::Success };
    Some(Flash { kind, text })
}

/// Deletes the message once a page has shown it.
pub(super) fn forget(headers: &mut HeaderMap, server: &Server, site: Site) {
    cookies::forget_flash(headers, server, site);
}
