//! The settings of a developer itself. The pages are in `account_pages::organisation`.

use axum::Router;
use axum::routing::get;

use super::DeveloperMember;
use crate::account_pages::organisation::{delete, rename, second_factor, show};
use crate::server::Server;

pub(super) fn routes() -> Router<Server> {
    Router::new()
        .route("/settings", get(show::<DeveloperMember>).post(rename::<DeveloperMember>))
        .route(
            "/settings/second-factor",
            get(second_factor::show::<DeveloperMember>)
                .post(second_factor::submit::<DeveloperMember>),
        )
        .route(
            "/settings/delete",
            get(delete::show::<DeveloperMember>).post(delete::submit::<DeveloperMember>),
        )
}
