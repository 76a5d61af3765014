//! Deleting an app.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::trail::trail;
use crate::account_pages::RecentlyAuthenticated;
use crate::accounts::may;
use crate::audit::{Action, Actor, Event};
use crate::caller::Caller;
use crate::clients::{App, delete_app_in};
use crate::developers::DeveloperMember;
use crate::error::Result;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::AppId;
use crate::server::Server;
use crate::ui;
use crate::web::{Allowed, Form, see_other};

pub(super) async fn show(
    member: Allowed<DeveloperMember, may::ManageApps>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path(id): Path<AppId>,
) -> Result<Markup> {
    let lang = member.lang();
    let app = App::of_developer(&server.db, &member.developer.id, &id).await?;
    let title = tr!(lang, "developers.delete.title", app = app.name);
    let text = match App::connected_portals(&server.db, &id).await? {
        0 => tr!(lang, "developers.delete.text_none"),
        1 => tr!(lang, "developers.delete.text_one"),
        count => tr!(lang, "developers.delete.text_many", count = count),
    };
    let path = format!("/developers/apps/{id}");
    let body = html! {
        (trail(lang, &app, &tr!(lang, "developers.delete_app")))
        (ui::confirm(lang, &title, &text, &format!("{path}/delete"), &member.visit.mark, &tr!(lang, "developers.delete_app"), &path))
    };
    Ok(member.chrome().page(&title, body))
}

pub(super) async fn submit(
    member: Allowed<DeveloperMember, may::ManageApps>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path(id): Path<AppId>,
    caller: Caller,
    _: Form,
) -> Result<Response> {
    let (now, developer) = (server.clock.now(), &member.developer);
    let app = App::of_developer(&server.db, &developer.id, &id).await?;
    let mut tx = server.begin(&member).await?;
    let portals = delete_app_in(&mut tx, &developer.id, &id, now).await?;
    member.event(Action::AppDeleted, &app.name, &caller).record(&mut tx, now).await?;
    // Record the end of access in the logs of the portals.
    for portal in &portals {
        let (actor, portal) = (Actor::Developer(&developer.name), Some(portal));
        Event {
            action: Action::AppDeleted,
            actor,
            subject: &app.name,
            portal,
            developer: None,
            caller: None,
        }
        .record(&mut tx, now)
        .await?;
    }
    tx.commit().await?;
    Ok(see_other("/developers/apps", Some("flash.app_deleted")))
}
