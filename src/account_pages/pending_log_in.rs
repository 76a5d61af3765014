//! A log-in that waits for the second step.

use axum::http::HeaderMap;
use axum::response::Response;
use url::form_urlencoded;

use crate::accounts::factors::LogInStep;
use crate::accounts::{Account, Site};
use crate::db::Tx;
use crate::error::Result;
use crate::server::Server;
use crate::web::{Visit, forget_log_in_step, log_in_step, see_other, set_log_in_step};

/// Continues to the page of the second step after a correct password. The transaction still locks the password.
pub(super) async fn ask(
    server: &Server,
    visit: &Visit,
    mut tx: Tx,
    account: &Account,
    kept: bool,
    next: &str,
) -> Result<Response> {
    let now = server.clock.now();
    let token = LogInStep::begin(&mut tx, visit.site, &account.id, kept, now).await?;
    tx.commit().await?;
    let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    let mut response =
        see_other(&format!("{}/login/second-factor?next={next}", visit.site.path()), None);
    set_log_in_step(response.headers_mut(), server, visit.site, &token);
    Ok(response)
}

/// This browser's log-in that waits for the second step.
pub(super) async fn waiting(
    server: &Server,
    site: Site,
    headers: &HeaderMap,
) -> Result<Option<LogInStep>> {
    let Some(token) = log_in_step(headers, server, site) else { return Ok(None) };
    LogInStep::find(&server.db, site, &token, server.clock.now()).await
}

/// Too late or too many attempts: starts again with the password.
pub(super) fn start_again(server: &Server, visit: &Visit, next: &str) -> Response {
    let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    let mut response = see_other(
        &format!("{}/login?next={next}", visit.site.path()),
        Some("flash.note.log_in_again"),
    );
    forget_log_in_step(response.headers_mut(), server, visit.site);
    response
}
