//! An app's page: its details, its secrets, and trying it out.

use axum::extract::{RawQuery, State};
use maud::{Markup, html};

use super::{client, keys, logo, recommended, try_it};
use crate::accounts::Permission;
use crate::clients::{App, AppSecret, ClientKeys};
use crate::developers::DeveloperMember;
use crate::developers::moments::{day, moment};
use crate::error::Result;
use crate::fields::Fields;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::AppId;
use crate::oauth::Recommendation;
use crate::request_log::AppDay;
use crate::server::Server;
use crate::ui::{self, BadgeKind, ButtonStyle};

pub(super) async fn show(
    member: DeveloperMember,
    State(server): State<Server>,
    Path(id): Path<AppId>,
    RawQuery(query): RawQuery,
) -> Result<Markup> {
    let lang = member.lang();
    let app = App::of_developer(&server.db, &member.developer.id, &id).await?;
    let secrets = AppSecret::list(&server.db, &app.id, server.clock.now()).await?;
    let open = Recommendation::open_for(&app, &server.config);
    server.write_down_usage().await;
    let days = AppDay::list(&server.db, &id, server.clock.now()).await?;
    let keys = ClientKeys::of(&server.db, &app.id).await?;
    let choices = Fields::form(query.unwrap_or_default().as_bytes());
    let description = Some(app.description.as_str()).filter(|text| !text.is_empty());
    let button = |label: &'static str, page: &str| {
        ui::link_button(
            &tr!(lang, label),
            &format!("/developers/apps/{id}/{page}"),
            ButtonStyle::Secondary,
        )
    };
    let may_manage = member.may(Permission::ManageApps);
    let buttons = html! { (button("developers.usage.title", "usage")) @if may_manage { (button("webhooks.title", "webhooks")) (button("developers.edit_app", "edit")) } };
    let to_receiver = button("developers.receiver.title", "receiver");
    let body = html! {
        (ui::breadcrumbs(lang, &[(&tr!(lang, "developers.nav.apps"), Some("/developers/apps")), (&app.name, None)]))
        (ui::header(&app.name, description, buttons))
        (details(&member, &app))
        (recommended::section(&member, &app, &open, &days))
        @if let Some(keys) = &keys { (keys::section(&member, &app, keys)) }
        @if !app.is_public() && (keys.is_none() || !secrets.is_empty()) { (secrets_section(&member, &app, &secrets)) }
        (try_it::section(&server, lang, &app, &choices, html! { @if may_manage { (to_receiver) } }))
        @if may_manage {
            (ui::danger_zone(&tr!(lang, "developers.delete.zone"), html! {
                p { (tr!(lang, "developers.delete.zone_text")) }
                (ui::actions(ui::link_button(&tr!(lang, "developers.delete_app"), &format!("/developers/apps/{id}/delete"), ButtonStyle::Danger)))
            }))
        }
    };
    Ok(member.chrome().page(&app.name, body))
}

fn details(member: &DeveloperMember, app: &App) -> Markup {
    let lang = member.lang();
    let texts = [
        "app_id",
        "logo",
        "website",
        "client.kind",
        "client.safety",
        "client.device_flow_legend",
        "redirect_uris",
        "scopes",
        "created",
    ]
    .map(|key| lang.text(&format!("developers.{key}")).into_owned());
    let [app_id, logo, website, kind, safety, device_flow, redirect_uris, scopes, created] = &texts;
    let mut items = vec![(app_id.as_str(), ui::copyable(lang, app_id, app.id.as_str()))];
    if app.has_logo {
        items.push((logo, logo::mark(app)));
    }
    if let Some(address) = &app.website {
        items.push((website, html! { a href=(address) rel="noopener noreferrer" { (address) } }));
    }
    items.push((kind, html! { (client::label(lang, app.client_type)) }));
    let required = client::requirements(lang, app);
    if !required.is_empty() {
        items.push((safety, html! { ul.plain-list { @for text in required { li { (text) } } } }));
    }
    if app.device_flow {
        items.push((device_flow, html! { (tr!(lang, "developers.client.device_flow_on")) }));
    }
    let one_each = |texts: Vec<&str>| html! { ul.plain-list { @for text in texts { li { (ui::mono(text)) } } } };
    items.push((
        redirect_uris,
        one_each(app.redirect_uris.0.iter().map(crate::clients::RedirectUri::as_str).collect()),
    ));
    items.push((scopes, one_each(app.scopes.names())));
    items.push((created, html! { (day(lang, app.created_at)) }));
    ui::facts(items)
}

fn secrets_section(member: &DeveloperMember, app: &App, secrets: &[AppSecret]) -> Markup {
    let lang = member.lang();
    let (secret, created, state) = (
        tr!(lang, "developers.app_secret"),
        tr!(lang, "developers.created"),
        tr!(lang, "developers.secrets.state"),
    );
    let rows = secrets.iter().map(|secret| {
        let state = match secret.expires_at {
            None => ui::badge(&tr!(lang, "developers.secrets.active"), BadgeKind::Success),
            // A badge would truncate it.
            Some(end) => html! { (tr!(lang, "developers.secrets.until", end = moment(lang, end))) },
        };
        vec![
            html! { (ui::mono(&format!("{}…", secret.secret_start))) },
            html! { (day(lang, secret.created_at)) },
            state,
        ]
    });
    let button = |label: &'static str, page: &str| {
        ui::link_button(
            &tr!(lang, label),
            &format!("/developers/apps/{}/{page}", app.id),
            ButtonStyle::Secondary,
        )
    };
    let buttons = html! { @if !app.has_keys && member.may(Permission::ManageApps) { (button("developers.keys.instead", "keys")) (button("developers.rotate.title", "rotate")) } };
    let title = tr!(lang, "developers.secrets.title");
    let table = ui::table(&title, &[&secret, &created, &state], rows.collect());
    ui::section(&title, Some(&tr!(lang, "developers.secrets.intro")), buttons, table)
}
