//! Where a webhook sends to, an address or a receiver for tests: the choice in forms, and changing it.

use std::borrow::Cow;

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::links::trail;
use super::manager::{Manager, Opened};
use crate::account_pages::RecentlyAuthenticated;
use crate::audit::Action;
use crate::caller::Caller;
use crate::clients::AppWebhook;
use crate::error::{Error, Result};
use crate::events::check_address;
use crate::fields::Fields;
use crate::http::Path;
use crate::i18n::{Lang, tr};
use crate::ids::{AppId, WebhookId};
use crate::links::{app_webhook, app_webhooks};
use crate::public_urls::Surface;
use crate::server::Server;
use crate::ui::{self, Choice, ChoiceKind, Field};
use crate::values::{Url, Value};
use crate::web::{Form, Saved, filled_from_field, see_other};

/// The field that says where to, and its values.
const PLACE: &str = "to";
const ADDRESS: &str = "address";
const RECEIVER: &str = "receiver";

/// The field with the address.
const URL: &str = "url";

/// The choice, with the input of the address.
pub(super) fn inputs(lang: Lang, fields: &Fields) -> Markup {
    let is_receiver = fields.sent(PLACE) == RECEIVER;
    let choice = |value: &'static str, label, hint, checked| Choice {
        value: value.into(),
        label: tr!(lang, label),
        hint: Some(tr!(lang, hint)),
        checked,
    };
    let choices = [
        choice(
            ADDRESS,
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
    let (errors, (name, label)) = (fields.errors().list(lang), field_label(lang));
    html! {
        (ui::choice_group(ChoiceKind::One, PLACE, &legend, &choices, None))
        (Field::text(lang, name, &*label).kind("url").inputmode("url").value(fields.sent(name))
            .errors_from(&errors).hint(tr!(lang, "developers.webhooks.url_hint")).maxlength(Url::LONGEST)
            .autocomplete("off").placeholder("https://"))
    }
}

/// The label of the address, for messages.
pub(super) fn field_label(lang: Lang) -> (&'static str, Cow<'static, str>) {
    (URL, tr!(lang, "webhooks.field.url"))
}

/// What was chosen: an address, or none for a receiver.
pub(super) struct Place(Option<Url>);

impl Place {
    /// Reads the choice. A missing or wrong address is an error of its field.
    pub(super) fn read(fields: &mut Fields) -> Self {
        let is_receiver = fields.sent(PLACE) == RECEIVER;
        Self((!is_receiver).then(|| Url::from_field(fields, URL)))
    }

    /// The address, and whether it is that of a receiver.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an address in a network that is closed to webhooks.
    pub(super) fn checked(self, server: &Server, app: &AppId) -> Result<(String, bool)> {
        let Some(url) = self.0 else {
            return Ok((server.public_urls.url(Surface::Developers, &app_webhooks(app)), true));
        };
        check_address(server.outgoing.guard(), url.as_str())?;
        Ok((url.as_str().to_owned(), false))
    }
}

/// The form as it is saved.
fn saved(webhook: &AppWebhook) -> Saved {
    let (place, url) =
        if webhook.is_receiver { (RECEIVER, "") } else { (ADDRESS, webhook.url.as_str()) };
    Saved::of([(PLACE, place), (URL, url)].map(|(name, text)| (name.into(), text.into())).into())
}

/// What people read of a field's value.
fn shown(lang: Lang, name: &str, text: &str) -> String {
    match (name, text) {
        (PLACE, RECEIVER) => tr!(lang, "developers.webhooks.to_receiver").into_owned(),
        (PLACE, _) => tr!(lang, "developers.webhooks.to_address").into_owned(),
        (_, text) => text.to_owned(),
    }
}

pub(super) async fn show(
    member: Manager,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path((app, id)): Path<(AppId, WebhookId)>,
) -> Result<Markup> {
    let opened = Opened::find(&server, &member, (&app, &id)).await?;
    let (lang, path) = (member.lang(), app_webhook(&app, &id));
    let saved = saved(&opened.webhook);
    let labels = [(PLACE, tr!(lang, "developers.webhooks.place")), field_label(lang)];
    let shown = |name: &str, text: &str| Some(shown(lang, name, text));
    let typed = member.visit.typed();
    let (notice, fields) = saved.form_or_unmerged(lang, typed, &labels, shown, &path);
    let title = tr!(lang, "developers.webhooks.change_place");
    let body = html! {
        (trail(lang, &opened, Some(&title)))
        (ui::header(&title, Some(&tr!(lang, "developers.webhooks.place_intro")), html! {}))
        (notice.unwrap_or_default())
        (ui::form(&format!("{path}/place"), &member.visit.mark, html! {
            (filled_from_field(&fields))
            (inputs(lang, &fields))
            (ui::save_or_cancel(lang, &path))
        }))
    };
    Ok(member.chrome().with_labels(&labels).page(&title, body))
}

pub(super) async fn submit(
    member: Manager,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path((app, id)): Path<(AppId, WebhookId)>,
    caller: Caller,
    Form(mut fields): Form,
) -> Result<Response> {
    let opened = Opened::find(&server, &member, (&app, &id)).await?;
    let place = Place::read(&mut fields);
    fields.expect_none_wrong()?;
    let (url, is_receiver) = place.checked(&server, &app)?;
    let mut tx = server.begin(&member).await?;
    // Nobody else changes it from here on.
    let before = AppWebhook::hold(&mut tx, &app, &id).await?;
    if (before.url.as_str(), before.is_receiver) != (url.as_str(), is_receiver) {
        if !saved(&before).is_origin_of(&fields) {
            return Err(Error::Changed);
        }
        before.set_place(&mut tx, &url, is_receiver).await?;
        opened.commit(tx, &server, (&member, &caller), Action::WebhookChanged).await?;
    }
    Ok(see_other(&app_webhook(&app, &id), Some("flash.webhook_saved")))
}
