//! `/calendar/{link}`: the portal's appointments, for the calendar program of a member.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use sha2::{Digest, Sha256};

use super::{feed, icalendar, queries};
use crate::error::{Error, Result};
use crate::guests::{Guest, dead_link};
use crate::hexadecimal::hexadecimal;
use crate::http::is_known;
use crate::ids::CalendarFeedId;
use crate::web::Pages;

/// How far back the feed goes.
const PAST: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How far ahead the feed goes.
const AHEAD: SignedDuration = SignedDuration::from_hours(365 * 24);

/// The most appointments in a file, which is about a megabyte then.
const MOST: i64 = 2500;

/// The route.
pub fn pages() -> Pages {
    Pages::new().get("/calendar/{link}", show)
}

async fn show(guest: Guest<CalendarFeedId>, headers: HeaderMap) -> Result<Response> {
    let requires_second_factor = guest.members_need_second_factor();
    if !feed::is_readable(&guest.store, &guest.id, requires_second_factor).await? {
        return Ok(dead_link(&guest.visit));
    }
    let range = (guest.now() - PAST, guest.now() + AHEAD);
    let rows = queries::between(&guest.store, range, MOST).await?;
    let file = icalendar::feed(&guest.portal.name, &rows);
    let tag = tag(&file);
    let is_known = is_known(&headers, &tag);
    let headers = [(ETAG, tag), (CACHE_CONTROL, "private, no-cache".to_owned())];
    if is_known {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    let response = Response::builder().header(CONTENT_TYPE, "text/calendar; charset=utf-8");
    let file = response.body(Body::from(file)).map_err(Error::internal)?;
    Ok((headers, file).into_response())
}

/// Differs for each other file.
fn tag(file: &str) -> String {
    format!("\"{}\"", hexadecimal(&Sha256::digest(file.as_bytes())[..16]))
}
