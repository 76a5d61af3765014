//! `/developers`: the list of apps is the start page.

use axum::response::Response;

use super::DeveloperMember;
use crate::web::see_other;

pub(super) async fn show(_: DeveloperMember) -> Response {
    see_other("/developers/apps", None)
}
