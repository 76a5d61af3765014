//! Registers the receiver's address at an app.

use axum::extract::State;
use axum::response::Response;

use super::address::{path_of, redirect_uri};
use crate::account_pages::RecentlyAuthenticated;
use crate::accounts::may;
use crate::audit::Action;
use crate::caller::Caller;
use crate::clients::App;
use crate::developers::DeveloperMember;
use crate::developers::apps::redirect_uris::ListFault;
use crate::error::{Error, Message, Result};
use crate::http::Path;
use crate::ids::AppId;
use crate::quotas;
use crate::server::Server;
use crate::web::{Allowed, Form, see_other};

/// The URL is opened with GET after an intermediate log-in.
pub(super) async fn back(
    member: Allowed<DeveloperMember, may::ManageApps>,
    State(server): State<Server>,
    Path(id): Path<AppId>,
) -> Result<Response> {
    let app = App::of_developer(&server.db, &member.developer.id, &id).await?;
    Ok(see_other(&path_of(&app.id), None))
}

pub(super) async fn submit(
    member: Allowed<DeveloperMember, may::ManageApps>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path(id): Path<AppId>,
    caller: Caller,
    _: Form,
) -> Result<Response> {
    let developer = &member.developer.id;
    let uri = redirect_uri(&server)
        .ok_or_else(|| Error::Conflict(Message::new("developers.receiver.no_address")))?;
    let (now, mut tx) = (server.clock.now(), server.begin(&member).await?);
    // Nobody else of the developer changes it from here on.
    quotas::LOGOS.lock(&mut tx, developer).await?;
    let app = App::of_developer(&mut tx, developer, &id).await?;
    if !app.redirect_uris.0.contains(&uri) {
        let mut uris = app.redirect_uris.clone();
        uris.0.push(uri.clone());
        ListFault::check_number(&uris).map_err(|fault| Error::Conflict(fault.message()))?;
        App::set_redirect_uris_in(&mut tx, developer, &id, &uris).await?;
        let subject = format!("{} +{uri}", app.name);
        member.event(Action::AppChanged, &subject, &caller).record(&mut tx, now).await?;
        tx.commit().await?;
    }
    Ok(see_other(&path_of(&app.id), Some("flash.app_saved")))
}
