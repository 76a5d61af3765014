//! `/developers/team`: the people of the developer. The pages are in `account_pages::team`.

use axum::Router;
use axum::routing::{get, post};

use super::DeveloperMember;
use crate::account_pages::team::{invitations, invite, leave, people, remove, role};
use crate::server::Server;

pub(super) fn routes() -> Router<Server> {
    Router::new()
        .route("/team", get(people::show::<DeveloperMember>))
        .route(
            "/team/invite",
            get(invite::show::<DeveloperMember>).post(invite::submit::<DeveloperMember>),
        )
        .route(
            "/team/leave",
            get(leave::show::<DeveloperMember>).post(leave::submit::<DeveloperMember>),
        )
        .route("/team/invitations/{id}/withdraw", post(invitations::withdraw::<DeveloperMember>))
        .route(
            "/team/{id}/role",
            get(role::show::<DeveloperMember>).post(role::submit::<DeveloperMember>),
        )
        .route(
            "/team/{id}/remove",
            get(remove::show::<DeveloperMember>).post(remove::submit::<DeveloperMember>),
        )
}
