//! Changing an app.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::form::{self, AppForm};
use super::trail::trail;
use crate::account_pages::RecentlyAuthenticated;
use crate::accounts::may;
use crate::audit::Action;
use crate::caller::Caller;
use crate::clients::{App, AppDetails, AppProtection, RedirectUris};
use crate::developers::DeveloperMember;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::AppId;
use crate::server::Server;
use crate::values::LogoChange;
use crate::web::{Allowed, FormWithFile, Saved, see_other, verbatim};
use crate::{quotas, ui};

pub(super) async fn show(
    member: Allowed<DeveloperMember, may::ManageApps>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path(id): Path<AppId>,
) -> Result<Markup> {
    let app = App::of_developer(&server.db, &member.developer.id, &id).await?;
    let protection = AppProtection::of(&server.db, &id).await?;
    let saved = Saved::of(form::pairs_of(&app, &protection));
    let (lang, typed, path) =
        (member.lang(), member.visit.typed(), format!("/developers/apps/{id}"));
    let (notice, fields) =
        saved.form_or_unmerged(lang, typed, &form::labels(lang), verbatim, &path);
    Ok(page(&member, &app, &fields, notice.unwrap_or_default()))
}

pub(super) async fn submit(
    member: Allowed<DeveloperMember, may::ManageApps>,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path(id): Path<AppId>,
    caller: Caller,
    FormWithFile(mut fields, file): FormWithFile,
) -> Result<Response> {
    let developer = &member.developer.id;
    let has = App::of_developer(&server.db, developer, &id).await?.scopes;
    let AppForm { details, protection, logo } = form::read(&mut fields, file.as_ref(), has)?;
    let (now, mut tx) = (server.clock.now(), server.begin(&member).await?);
    quotas::LOGOS.lock(&mut tx, developer).await?;
    // Nobody else of the developer changes it from here on.
    let app = App::of_developer(&mut tx, developer, &id).await?;
    let before = AppProtection::of(&mut tx, &id).await?;
    let keeps_logo = match &logo {
        LogoChange::Keep => true,
        LogoChange::Remove => !app.has_logo,
        LogoChange::Replace(_) => false,
    };
    let path = format!("/developers/apps/{id}");
    if !details.differs_from(&app) && protection == before && keeps_logo {
        return Ok(see_other(&path, Some("flash.app_saved")));
    }
    if !Saved::of(form::pairs_of(&app, &before)).is_origin_of(&fields) {
        return Err(Error::Changed);
    }
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
        (!keeps_logo, Action::AppLogoChanged, details.name.as_str()),
    ] {
        if changed {
            member.event(action, subject, &caller).record(&mut tx, now).await?;
        }
    }
    tx.commit().await?;
    Ok(see_other(&path, Some("flash.app_saved")))
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

fn page(member: &DeveloperMember, app: &App, fields: &Fields, notice: Markup) -> Markup {
    let (lang, title) =
        (member.lang(), tr!(member.lang(), "developers.edit.title", app = app.name));
    let body = html! {
        (trail(lang, app, &tr!(lang, "developers.edit_app")))
        (ui::header(&title, None, html! {}))
        (notice)
        (form::form(member, fields, Some(app)))
    };
    member.chrome().with_labels(&form::labels(lang)).page(&title, body)
}
