//! An app's logo, public, because the consent page shows it.

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::clients::{App, Logo};
use crate::error::Result;
use crate::http::Path;
use crate::ids::AppId;
use crate::server::Server;

impl Logo {
    /// The response with the image.
    pub fn into_answer(self, cache_control: &'static str) -> Response {
        let headers = [(CONTENT_TYPE, self.logo_type), (CACHE_CONTROL, cache_control.to_owned())];
        (headers, self.logo).into_response()
    }
}

pub(super) async fn show(State(server): State<Server>, Path(id): Path<AppId>) -> Result<Response> {
    Ok(App::logo(&server.db, &id).await?.into_answer("public, max-age=300"))
}
