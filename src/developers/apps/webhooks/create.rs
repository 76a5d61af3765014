//! Creating a webhook of an app.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::links::trail_of_list;
use super::manager::{Manager, subject};
use super::place::{self, Place};
use super::types;
use crate::account_pages::RecentlyAuthenticated;
use crate::audit::Action;
use crate::caller::Caller;
use crate::clients::{App, AppWebhook, AppWebhookDetails};
use crate::error::Result;
use crate::fields::Fields;
use crate::http::Path;
use crate::i18n::tr;
use crate::ids::AppId;
use crate::links::{app_webhook, app_webhooks};
use crate::quotas;
use crate::server::Server;
use crate::ui::{self, ButtonStyle};
use crate::web::{Form, see_other};

pub(super) async fn show(
    member: Manager,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path(id): Path<AppId>,
) -> Result<Markup> {
    let app = App::of_developer(&server.db, &member.developer.id, &id).await?;
    let fields = member.visit.fields(Vec::new);
    let (lang, list) = (member.lang(), app_webhooks(&id));
    let title = tr!(lang, "webhooks.new");
    let labels = [place::field_label(lang), types::field_label(lang)];
    let body = html! {
        (trail_of_list(lang, &app, Some(&title)))
        (ui::header(&title, Some(&tr!(lang, "developers.webhooks.new_intro")), html! {}))
        (ui::form(&format!("{list}/new"), &member.visit.mark, html! {
            (place::inputs(lang, &fields))
            (types::choice(lang, &fields))
            (ui::actions(html! {
                (ui::submit(&title, ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), &list, ButtonStyle::Secondary))
            }))
        }))
    };
    Ok(member.chrome().with_labels(&labels).page(&title, body))
}

pub(super) async fn submit(
    member: Manager,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path(id): Path<AppId>,
    caller: Caller,
    Form(mut fields): Form,
) -> Result<Response> {
    let new = read(&server, &id, &mut fields)?;
    let (now, mut tx) = (server.clock.now(), server.begin(&member).await?);
    quotas::APP_WEBHOOKS.lock(&mut tx, &id).await?;
    let app = App::of_developer(&mut tx, &member.developer.id, &id).await?;
    // A form that is sent twice adds one.
    if let Some(same) = AppWebhook::same(&mut tx, &id, &new).await? {
        let path = app_webhook(&id, &same.id);
        return Ok(see_other(&path, Some("flash.note.webhook_exists")));
    }
    let most = server.config.quotas.max_webhooks_per_app;
    let webhook = AppWebhook::create(&mut tx, &server.sealing_keys, &id, &new, (most, now)).await?;
    let subject = subject(&app, &new.url);
    member.event(Action::WebhookCreated, &subject, &caller).record(&mut tx, now).await?;
    tx.commit().await?;
    Ok(see_other(&app_webhook(&id, &webhook), Some("flash.webhook_added")))
}

/// Reads the form.
///
/// # Errors
/// [`crate::error::Error::Invalid`].
fn read(server: &Server, app: &AppId, fields: &mut Fields) -> Result<AppWebhookDetails> {
    let place = Place::read(fields);
    let types = types::read(fields);
    fields.expect_none_wrong()?;
    let (url, is_receiver) = place.checked(server, app)?;
    Ok(AppWebhookDetails { url, is_receiver, types })
}
