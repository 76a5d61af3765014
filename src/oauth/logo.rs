//! `/oauth/apps/{id}/logo`: an app's logo, for the consent page and the list of connected apps.

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::App;
use crate::error::Result;
use crate::http::Path;
use crate::ids::AppId;
use crate::server::Server;

pub(super) async fn serve(State(server): State<Server>, Path(id): Path<AppId>) -> Result<Response> {
    let logo = App::logo(&server.db, &id).await?;
    Ok(([(CONTENT_TYPE, logo.logo_type), (CACHE_CONTROL, "private, max-age=300".to_owned())], logo.logo).into_response())
}

/// The logo of an app that has one. It says nothing that the app's name beside it does not say.
pub fn logo_image(app: &AppId) -> Markup {
    html! { img.app-logo src={ "/oauth/apps/" (app) "/logo" } alt="" width="48" height="48"; }
}
