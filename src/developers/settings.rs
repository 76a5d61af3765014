//! The settings of a developer itself. What the pages do is in `accounts::pages::organisation`.

use axum::Router;
use axum::routing::get;

use super::DeveloperMember;
use crate::accounts::pages::organisation::{delete, rename, show};
use crate::server::Server;

pub(super) fn routes() -> Router<Server> {
    Router::new()
        .route("/settings", get(show::<DeveloperMember>).post(rename::<DeveloperMember>))
        .route(
            "/settings/delete",
            get(delete::show::<DeveloperMember>).post(delete::submit::<DeveloperMember>),
        )
}
