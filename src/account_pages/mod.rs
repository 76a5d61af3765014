//! The pages about accounts, the same on both sites: logging in and out, registration,
//! verification, password reset.

mod account;
mod check_mail;
mod disabled;
mod elsewhere;
mod email_mails;
mod email_undo;
mod invitation;
mod log_in;
mod mails;
mod not_open;
pub mod organisation;
mod passkey;
mod password;
mod portal_choice;
mod reauthenticate;
mod register;
pub mod restore;
mod restore_account;
mod second_factor;
pub mod team;
mod verify;

pub use elsewhere::within;
pub use not_open::registration_is_open;
pub use portal_choice::portal_choices;
pub use reauthenticate::{RecentSecondFactor, RecentlyAuthenticated, expect_recent_authentication};

use axum::Router;
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use url::form_urlencoded;

use crate::accounts::Session;
use crate::error::Error;
use crate::server::{Server, WritingServer};
use crate::web::{Visit, see_other};

/// The routes, to nest under the site's path.
pub fn routes(server: &WritingServer) -> Router<Server> {
    Router::new()
        .route("/logout", post(log_in::log_out))
        .merge(account::routes())
        .merge(reauthenticate::routes())
        .merge(passkey::own_routes())
        .merge(invitation::own_routes())
        .merge(visitor_routes().with_state(server.clone()))
}

/// The pages that don't need a session.
fn visitor_routes() -> Router<WritingServer> {
    Router::new()
        .route("/login", get(log_in::show).post(log_in::submit))
        .merge(second_factor::routes())
        .merge(passkey::routes())
        .route("/register", get(register::show).post(register::submit))
        .merge(check_mail::routes())
        .merge(invitation::routes())
        .merge(email_undo::routes())
        .merge(restore::routes())
        .merge(restore_account::routes())
        .route("/verify", get(verify::show).post(verify::submit))
        .route("/verify/again", get(verify::show_again).post(verify::send_again))
        .route("/forgot-password", get(password::show_forgot).post(password::submit_forgot))
        .route("/reset-password", get(password::show_reset).post(password::submit_reset))
}

/// The session, or a redirect to the log-in page, which leads back here.
///
/// # Errors
/// The redirect to the log-in page; for a form [`Error::LoggedOut`], by which what was typed is kept.
pub fn logged_in(visit: &Visit, method: &Method) -> Result<Session, Response> {
    visit.session.clone().ok_or_else(|| {
        if method.is_safe() { to_log_in(visit) } else { Error::LoggedOut.into_response() }
    })
}

/// The session of a person who can do more than manage their own account: one with a second factor,
/// if the operator requires one. The requirement of a portal or developer is checked by
/// [`Session::check_second_factor`] once it is known which one is open.
///
/// # Errors
/// The redirect to the log-in page, or to the page to set up a factor.
pub fn admitted(server: &Server, visit: &Visit, method: &Method) -> Result<Session, Response> {
    let session = logged_in(visit, method)?;
    session
        .check_second_factor(server.config.accounts.second_factor_is_required())
        .map_err(IntoResponse::into_response)?;
    Ok(session)
}

/// The way to the log-in page, which leads back here.
fn to_log_in(visit: &Visit) -> Response {
    let mut path = format!("{}/login", visit.site.path());
    if visit.path != visit.site.path() {
        path.push_str("?next=");
        path.extend(form_urlencoded::byte_serialize(visit.address.as_bytes()));
    }
    see_other(&path, None)
}
