//! Creating a webhook of an app.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::links::trail_of_list;
use super::manager::{Manager, subject};
use super::types;
use crate::account_pages::RecentlyAuthenticated;
use crate::audit::Action;
use crate::caller::Caller;
use crate::clients::{App, AppWebhook, AppWebhookDetails};
use crate::error::Result;
use crate::events::check_address;
use crate::fields::Fields;
use crate::http::Path;
use crate::i18n::{Lang, tr};
use crate::ids::AppId;
use crate::links::{app_webhook, app_webhooks};
use crate::public_urls::Surface;
use crate::quotas;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, Choice, ChoiceKind, Field};
use crate::values::{Url, Value};
use crate::web::{Form, see_other};

/// The field that says where to, and its value for a receiver.
const PLACE: &str = "to";
const RECEIVER: &str = "receiver";

pub(super) async fn show(
    member: Manager,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path(id): Path<AppId>,
) -> Result<Markup> {
    let app = App::of_developer(&server.db, &member.developer.id, &id).await?;
    let fields = member.visit.fields(Vec::new);
    let (lang, list) = (member.lang(), app_webhooks(&id));
    let errors = fields.errors().list(lang);
    let title = tr!(lang, "webhooks.new");
    let labels = [("url", tr!(lang, "webhooks.field.url")), types::field_label(lang)];
    let body = html! {
        (trail_of_list(lang, &app, Some(&title)))
        (ui::header(&title, Some(&tr!(lang, "developers.webhooks.new_intro")), html! {}))
        (ui::form(&format!("{list}/new"), &member.visit.mark, html! {
            (place(lang, &fields))
            (Field::text(lang, "url", &*labels[0].1).kind("url").inputmode("url").value(fields.sent("url"))
                .errors_from(&errors).hint(tr!(lang, "developers.webhooks.url_hint")).maxlength(Url::LONGEST)
                .autocomplete("off").placeholder("https://"))
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
    let is_receiver = fields.sent(PLACE) == RECEIVER;
    let url = (!is_receiver).then(|| Url::from_field(fields, "url"));
    let types = types::read(fields);
    fields.expect_none_wrong()?;
    let url = match url {
        Some(url) => {
            check_address(server.outgoing.guard(), url.as_str())?;
            url.as_str().to_owned()
        }
        None => server.sites.url(Surface::Developers, &app_webhooks(app)),
    };
    Ok(AppWebhookDetails { url, is_receiver, types })
}

/// The choice between an address and a receiver for tests.
fn place(lang: Lang, fields: &Fields) -> Markup {
    let is_receiver = fields.sent(PLACE) == RECEIVER;
    let choice = |value: &'static str, label, hint, checked| Choice {
        value: value.into(),
        label: tr!(lang, label),
        hint: Some(tr!(lang, hint)),
        checked,
    };
    let choices = [
        choice(
            "address",
            "developers.webhooks.to_address",
            "developers.webhooks.to_address_hint",
            !is_receiver,
        ),
        choice(
            RECEIVER,
            "developers.webhooks.to_receiver",
            "developers.webhooks.to_receiver_hint",
            is_receiver,
        ),
    ];
    let legend = tr!(lang, "developers.webhooks.place");
    ui::choice_group(ChoiceKind::One, PLACE, &legend, &choices, None)
}
