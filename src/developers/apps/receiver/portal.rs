//! Creates the first test portal, without leaving the receiver's page.

use axum::extract::State;
use axum::response::Response;

use super::address::path_of;
use crate::accounts::may;
use crate::caller::Caller;
use crate::clients::App;
use crate::developers::DeveloperMember;
use crate::developers::sandboxes;
use crate::error::Result;
use crate::http::Path;
use crate::ids::AppId;
use crate::server::Server;
use crate::web::{Allowed, Form, see_other};

pub(super) async fn submit(
    member: Allowed<DeveloperMember, may::ManageSandboxes>,
    State(server): State<Server>,
    Path(id): Path<AppId>,
    caller: Caller,
    _: Form,
) -> Result<Response> {
    let app = App::of_developer(&server.db, &member.developer.id, &id).await?;
    sandboxes::add(&server, &member, &caller).await?;
    Ok(see_other(&path_of(&app.id), Some("flash.sandbox_created")))
}
