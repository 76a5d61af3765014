//! Changing an app.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::form::{self, AppForm, LogoChange};
use super::trail;
use crate::audit::Action;
use crate::developers::DeveloperMember;
use crate::error::Result;
use crate::http::site::{FormWithFile, see_other};
use crate::http::{Caller, Fields, Path};
use crate::i18n::tr;
use crate::ids::AppId;
use crate::oauth::{App, AppProtection};
use crate::server::Server;
use crate::ui;

pub(super) async fn show(State(server): State<Server>, member: DeveloperMember, Path(id): Path<AppId>) -> Result<Markup> {
    let app = App::of_developer(&server.db, &member.developer.id, &id).await?;
    let protection = AppProtection::of(&server.db, &id).await?;
    Ok(page(&member, &app, &form::fields_of(&app, &protection)))
}

pub(super) async fn submit(
    State(server): State<Server>,
    member: DeveloperMember,
    Path(id): Path<AppId>,
    caller: Caller,
    FormWithFile(mut fields, file): FormWithFile,
) -> Result<Response> {
    let (db, developer) = (&server.db, &member.developer.id);
    let app = App::of_developer(db, developer, &id).await?;
    let Some(AppForm { details, protection, logo }) = form::read(&mut fields, file.as_ref()) else {
        return Ok(page(&member, &app, &fields).into_response());
    };
    let (now, before, mut changes) = (server.clock.now(), AppProtection::of(db, &id).await?, Vec::new());
    let mut tx = db.begin().await?;
    details.update(&mut tx, developer, &id).await?;
    protection.save_in(&mut tx, developer, &id).await?;
    match &logo {
        LogoChange::Keep => {}
        LogoChange::Remove => App::set_logo_in(&mut tx, developer, &id, None).await?,
        LogoChange::Replace(logo) => App::set_logo_in(&mut tx, developer, &id, Some(logo)).await?,
    }
    changes.extend(details.differs_from(&app).then_some(Action::AppChanged));
    changes.extend((protection != before).then_some(Action::AppProtectionChanged));
    changes.extend((!matches!(logo, LogoChange::Keep)).then_some(Action::AppLogoChanged));
    for action in changes {
        member.event(action, &details.name, &caller).record(&mut tx, now).await?;
    }
    tx.commit().await?;
    Ok(see_other(&format!("/developers/apps/{id}"), Some("flash.app_saved")))
}

fn page(member: &DeveloperMember, app: &App, fields: &Fields) -> Markup {
    let (lang, title) = (member.lang(), tr!(member.lang(), "developers.edit.title", app = app.name));
    let body = html! {
        (trail(lang, app, &tr!(lang, "developers.edit_app")))
        (ui::header(&title, None, html! {}))
        (form::form(member, fields, Some(app)))
    };
    member.chrome().page(&title, body)
}
