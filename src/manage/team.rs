//! Settings → People: the people of the portal. The pages are in `account_pages::team`.

use axum::Router;
use axum::routing::{get, post};

use super::Member;
use crate::account_pages::team::{invitations, invite, leave, people, remove, role};
use crate::server::Server;

pub(super) fn routes() -> Router<Server> {
    Router::new()
        .route("/settings/team", get(people::show::<Member>))
        .route("/settings/team/invite", get(invite::show::<Member>).post(invite::submit::<Member>))
        .route("/settings/team/leave", get(leave::show::<Member>).post(leave::submit::<Member>))
        .route("/settings/team/invitations/{id}/withdraw", post(invitations::withdraw::<Member>))
        .route("/settings/team/{id}/role", get(role::show::<Member>).post(role::submit::<Member>))
        .route(
            "/settings/team/{id}/remove",
            get(remove::show::<Member>).post(remove::submit::<Member>),
        )
}
