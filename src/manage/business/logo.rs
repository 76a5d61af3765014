//! A portal's logo, for the people who work there.

use axum::extract::{RawQuery, State};
use axum::response::Response;

use crate::account_pages::Admitted;
use crate::accounts::PortalLogo;
use crate::error::Result;
use crate::http::Path;
use crate::ids::PortalId;
use crate::server::Server;

/// The image. Pages ask for a version, which never changes.
pub(super) async fn show(
    Admitted { session, .. }: Admitted,
    State(server): State<Server>,
    Path(id): Path<PortalId>,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let is_versioned = query.is_some_and(|query| query.starts_with("v="));
    let caching = if is_versioned { "private, max-age=86400" } else { "private, no-cache" };
    Ok(PortalLogo::find(&server.db, &id, &session.account_id).await?.into_answer(caching))
}
