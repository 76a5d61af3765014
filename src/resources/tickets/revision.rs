//! What a ticket's page asks by itself: whether somebody has written or changed something since.

use axum::http::header::ETAG;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::{Ticket, queries};
use crate::error::Result;
use crate::http::{Path, is_known};
use crate::ids::TicketId;
use crate::manage::Member;

/// The tag of what a ticket's page shows.
pub(super) fn tag(ticket: &Ticket) -> String {
    format!("\"{}\"", ticket.revision)
}

/// 304 while the ticket is as the page shows it, and 200 without a body afterwards.
pub(super) async fn show(
    member: Member,
    Path(id): Path<TicketId>,
    request: HeaderMap,
) -> Result<Response> {
    let tag = tag(&queries::find(&member.store, &id).await?);
    let status = if is_known(&request, &tag) { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    Ok((status, [(ETAG, tag)]).into_response())
}
