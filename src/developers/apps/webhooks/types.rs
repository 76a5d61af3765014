//! What a webhook is told of: the choice in forms, and changing it.

use std::borrow::Cow;

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::links::trail;
use super::manager::{Manager, Opened};
use crate::account_pages::RecentlyAuthenticated;
use crate::audit::Action;
use crate::auth::Scope;
use crate::caller::Caller;
use crate::clients::AppWebhook;
use crate::error::{Error, Message, Result};
use crate::events::EventInfo;
use crate::fields::Fields;
use crate::http::Path;
use crate::i18n::{Lang, tr};
use crate::ids::{AppId, WebhookId};
use crate::links::app_webhook;
use crate::resources;
use crate::server::Server;
use crate::ui::{self, Choice, ChoiceKind};
use crate::web::{Form, Saved, filled_from_field, see_other};

/// The field.
pub(super) const NAME: &str = "types";

/// The choice. Each type says what the portal must let the app read for it.
pub(super) fn choice(lang: Lang, fields: &Fields) -> Markup {
    let chosen = fields.all(NAME);
    let choice = |EventInfo { name, scope, .. }: EventInfo| Choice {
        value: name.into(),
        label: label(lang, name).into(),
        hint: Some(tr!(lang, "developers.webhooks.needs", scope = scope)),
        checked: chosen.contains(&name),
    };
    let choices: Vec<Choice<'_>> = resources::events().map(choice).collect();
    let error = fields.errors().first(NAME, lang);
    let legend = tr!(lang, "developers.webhooks.types");
    ui::choice_group(ChoiceKind::Any, NAME, &legend, &choices, error.as_deref())
}

/// What a type is called.
pub(super) fn label(lang: Lang, name: &str) -> String {
    lang.text(&format!("webhooks.type.{name}")).into_owned()
}

/// The label of the field, for messages.
pub(super) fn field_label(lang: Lang) -> (&'static str, Cow<'static, str>) {
    (NAME, tr!(lang, "developers.webhooks.types"))
}

/// The types that were ticked, in the order of the choice; nothing else is an error of the field.
pub(super) fn read(fields: &mut Fields) -> Vec<String> {
    let ticked = fields.all(NAME);
    let names = resources::events().map(|event| event.name.to_owned());
    let types: Vec<String> = names.filter(|name| ticked.contains(&name.as_str())).collect();
    if types.is_empty() {
        fields.fault(NAME, Message::new("developers.webhooks.choose"));
    }
    types
}

/// What is needed to read what an event of a type is about.
pub(super) fn scope_of(name: &str) -> Option<Scope> {
    resources::events().find(|event| event.name == name).map(|event| event.scope)
}

/// The form as it is saved.
fn saved(webhook: &AppWebhook) -> Saved {
    Saved::of(webhook.types().map(|name| (NAME.to_owned(), name.to_owned())).collect())
}

pub(super) async fn show(
    member: Manager,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    Path((app, id)): Path<(AppId, WebhookId)>,
) -> Result<Markup> {
    let opened = Opened::find(&server, &member, (&app, &id)).await?;
    let (lang, path) = (member.lang(), app_webhook(&app, &id));
    let (saved, labels) = (saved(&opened.webhook), [field_label(lang)]);
    let shown = |_: &str, value: &str| Some(label(lang, value));
    let typed = member.visit.typed();
    let (notice, fields) = saved.form_or_unmerged(lang, typed, &labels, shown, &path);
    let title = tr!(lang, "developers.webhooks.change_types");
    let body = html! {
        (trail(lang, &opened, Some(&title)))
        (ui::header(&title, Some(&tr!(lang, "developers.webhooks.types_intro")), html! {}))
        (notice.unwrap_or_default())
        (ui::form(&format!("{path}/types"), &member.visit.mark, html! {
            (filled_from_field(&fields))
            (choice(lang, &fields))
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
    let types = read(&mut fields);
    fields.expect_none_wrong()?;
    let mut tx = server.begin(&member).await?;
    // Nobody else changes it from here on.
    let before = AppWebhook::hold(&mut tx, &app, &id).await?;
    let path = app_webhook(&app, &id);
    if !before.types().eq(types.iter().map(String::as_str)) {
        if !saved(&before).is_origin_of(&fields) {
            return Err(Error::Changed);
        }
        before.set_types(&mut tx, &types).await?;
        opened.commit(tx, &server, (&member, &caller), Action::WebhookChanged).await?;
    }
    Ok(see_other(&path, Some("flash.webhook_saved")))
}
