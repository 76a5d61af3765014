//! Settings → Portal. The pages are in `account_pages::organisation`.

use axum::Router;
use axum::routing::get;

use super::Member;
use crate::account_pages::organisation::{delete, rename, second_factor, show};
use crate::server::Server;

pub(super) fn routes() -> Router<Server> {
    Router::new()
        .route("/settings/portal", get(show::<Member>).post(rename::<Member>))
        .route(
            "/settings/portal/second-factor",
            get(second_factor::show::<Member>).post(second_factor::submit::<Member>),
        )
        .route(
            "/settings/portal/delete",
            get(delete::show::<Member>).post(delete::submit::<Member>),
        )
}
