//! People who are logged in, as visitors of pages that need no portal or developer.

use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use url::form_urlencoded;

use crate::accounts::Session;
use crate::error::Error;
use crate::server::Server;
use crate::web::{Admission, Visit, Visitor, see_other};

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

/// A logged-in person with the second factor that the operator requires, on a page about their portals
/// or developers. See [`admitted`].
pub struct Admitted {
    /// The visit.
    pub visit: Visit,
    /// The person.
    pub session: Session,
}

impl Visitor for Admitted {
    const ADMISSION: Admission = Admission::LoggedIn;
}

impl FromRequestParts<Server> for Admitted {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Response> {
        let Ok(visit) = Visit::from_request_parts(parts, server).await;
        let session = admitted(server, &visit, &parts.method)?;
        Ok(Self { visit, session })
    }
}
