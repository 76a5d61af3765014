//! Changing an app.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::form::{self, AppForm, LogoChange};
use super::trail;
use crate::accounts::may;
use crate::accounts::pages::RecentlyAuthenticated;
use crate::audit::Action;
use crate::developers::DeveloperMember;
use crate::error::Result;
use crate::http::site::{Allowed, FormWithFile, see_other};
use crate::http::{Caller, Fields, Path};
use crate::i18n::tr;
use crate::ids::AppId;
use crate::oauth::{App, AppDetails, AppProtection, RedirectUris};
use crate::quotas;
use crate::server::Server;
use crate::ui;

pub(super) async fn show(
    State(server): State<Server>,
    member: Allowed<DeveloperMember, may::ManageApps>,
    _: RecentlyAuthenticated,
    Path(id): Path<AppId>,
) -> Result<Markup> {
    let app = App::of_developer(&server.db, &member.developer.id, &id).await?;
    let protection = AppProtection::of(&server.db, &id).await?;
    let fields = member.visit.typed().unwrap_or_else(|| form::fields_of(&app, &protection));
    Ok(page(&member, &app, &fields))
}

pub(super) async fn submit(
    State(server): State<Server>,
    member: Allowed<DeveloperMember, may::ManageApps>,
    _: RecentlyAuthenticated,
    Path(id): Path<AppId>,
    caller: Caller,
    FormWithFile(mut fields, file): FormWithFile,
) -> Result<Response> {
    let (db, developer) = (&server.db, &member.developer.id);
    let app = App::of_developer(db, developer, &id).await?;
    let AppForm { details, protection, logo } = form::read(&mut fields, file.as_ref())?;
    let (now, before) = (server.clock.now(), AppProtection::of(db, &id).await?);
    let mut tx = server.begin(&member).await?;
    quotas::LOGOS.lock(&mut tx, developer).await?;
    details.update(&mut tx, developer, &id).await?;
    protection.save_in(&mut tx, developer, &id).await?;
    match &logo {
        LogoChange::Keep => {}
        LogoChange::Remove => App::set_logo_in(&mut tx, developer, &id, None).await?,
        LogoChange::Replace(logo) => {
            App::set_logo_in(&mut tx, developer, &id, Some(logo)).await?;
            let most = server.config.quotas.max_logo_kilobytes_per_developer;
            quotas::LOGOS.check(&mut tx, developer, most).await?;
        }
    }
    for (changed, action, subject) in [
        (
            details.differs_from(&app),
            Action::AppChanged,
            with_changed_uris(&details, &app).as_str(),
        ),
        (protection != before, Action::AppProtectionChanged, details.name.as_str()),
        (!matches!(logo, LogoChange::Keep), Action::AppLogoChanged, details.name.as_str()),
    ] {
        if changed {
            member.event(action, subject, &caller).record(&mut tx, now).await?;
        }
    }
    tx.commit().await?;
    Ok(see_other(&format!("/developers/apps/{id}"), Some("flash.app_saved")))
}

/// The app's name, and which redirect URIs were added and removed: a person who adds one could
/// receive what owners allow.
fn with_changed_uris(details: &AppDetails, app: &App) -> String {
    let missing = |of: &RedirectUris, from: &RedirectUris| {
        of.0.iter().filter(|uri| !from.0.contains(uri)).cloned().collect::<Vec<_>>()
    };
    let added = missing(&details.redirect_uris, &app.redirect_uris)
        .into_iter()
        .map(|uri| format!(" +{uri}"));
    let removed = missing(&app.redirect_uris, &details.redirect_uris)
        .into_iter()
        .map(|uri| format!(" −{uri}"));
    std::iter::once(details.name.to_string()).chain(added).chain(removed).collect()
}

fn page(member: &DeveloperMember, app: &App, fields: &Fields) -> Markup {
    let (lang, title) =
        (member.lang(), tr!(member.lang(), "developers.edit.title", app = app.name));
    let body = html! {
        (trail(lang, app, &tr!(lang, "developers.edit_app")))
        (ui::header(&title, None, html! {}))
        (form::form(member, fields, Some(app)))
    };
    member.chrome().with_labels(&form::labels(lang)).page(&title, body)
}
