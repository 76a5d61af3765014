//! A message that is shown once, after a redirect. The cookie holds only the key of its text.

use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::cookies;
use crate::i18n::Lang;
use crate::ui::{Flash, FlashKind};

/// All texts that a flash may show begin with this.
const PREFIX: &str = "flash.";

/// Those that ask for something rather than report success begin with this.
const NOTE: &str = "flash.note.";

/// Redirects with `303 See Other`, with a message to show there: a key that begins with `flash.`.
pub fn see_other(path: &str, flash: Option<&'static str>) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    response
        .headers_mut()
        .insert(LOCATION, HeaderValue::try_from(path).unwrap_or(HeaderValue::from_static("/")));
    if let Some(key) = flash {
        response
            .headers_mut()
            .append(SET_COOKIE, cookies::set_cookie(cookies::FLASH.into(), key, false, None));
    }
    response
}

/// The message that the request carries.
pub(super) fn read(headers: &HeaderMap, lang: Lang) -> Option<Flash> {
    let key = cookies::plain(headers, cookies::FLASH)?;
    let known = key.starts_with(PREFIX)
        && key.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'_'));
    let text =
        known.then(|| lang.text(&key).into_owned()).filter(|text| !text.starts_with(PREFIX))?;
    let kind = if key.starts_with(NOTE) { FlashKind::Info } else { FlashKind::Success };
    Some(Flash { kind, text })
}

/// Forgets the message once a page has shown it.
pub(super) fn forget(headers: &mut HeaderMap) {
    headers.append(SET_COOKIE, cookies::set_cookie(cookies::FLASH.into(), "", false, Some(0)));
}
