//! What a browser gets that entered a link's password: a sealed cookie.

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};

use crate::accounts::Site;
use crate::server::Server;
use crate::web::cookies_of_guests as cookies;

/// How long the password isn't asked again.
const LIFETIME: SignedDuration = SignedDuration::from_hours(8);

/// The longest cookie that is looked at.
const LONGEST: usize = 200;

fn place(row: &str) -> String {
    format!("guests/{row}")
}

/// Whether the browser entered the password of this row.
pub(super) fn has(headers: &HeaderMap, server: &Server, row: &str, now: Timestamp) -> bool {
    let ends_at = || {
        let cookie = cookies::get(headers, server, Site::Manage)?;
        let sealed = URL_SAFE_NO_PAD.decode(cookie.get(..cookie.len().min(LONGEST))?).ok()?;
        let plain = server.sealing_keys.open(&sealed, &place(row)).ok()?;
        Timestamp::from_millisecond(std::str::from_utf8(&plain).ok()?.parse().ok()?).ok()
    };
    ends_at().is_some_and(|end| end > now)
}

/// Remembers that it did.
pub(super) fn give(headers: &mut HeaderMap, server: &Server, row: &str, now: Timestamp) {
    let plain = (now + LIFETIME).as_millisecond().to_string();
    let sealed = server.sealing_keys.seal(plain.as_bytes(), &place(row));
    let value = URL_SAFE_NO_PAD.encode(sealed);
    cookies::set(headers, server, Site::Manage, &value, LIFETIME);
}
