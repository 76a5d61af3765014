//! An app's logo, public, because the consent page shows it.

use axum::extract::State;
use axum::response::Response;

use crate::clients::App;
use crate::error::Result;
use crate::http::Path;
use crate::ids::AppId;
use crate::server::Server;

pub(super) async fn show(State(server): State<Server>, Path(id): Path<AppId>) -> Result<Response> {
    Ok(App::logo(&server.db, &id).await?.into_answer("public, max-age=300"))
}
