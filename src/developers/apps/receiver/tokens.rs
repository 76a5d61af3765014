//! The only page that shows the tokens of a test authorization.

use maud::html;
use serde_json::Value;

use super::address::path_of;
use crate::accounts::Sandbox;
use crate::clients::App;
use crate::developers::DeveloperMember;
use crate::developers::apps::trail::trail;
use crate::developers::apps::try_it::Samples;
use crate::developers::own_endpoints::EndpointAnswer;
use crate::i18n::tr;
use crate::public_urls::Surface;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, ShownOnce};

/// The page, with what the token endpoint and the API answered.
pub(super) fn page(
    server: &Server,
    member: &DeveloperMember,
    app: &App,
    portal: &Sandbox,
    tokens: &EndpointAnswer,
    call: &EndpointAnswer,
) -> ShownOnce {
    let (lang, title) = (member.lang(), tr!(member.lang(), "developers.receiver.done"));
    let token = tokens.text("access_token");
    let curl = Samples::api_call(&server.public_urls.api("/v1/portal"))
        .curl
        .replace("$ACCESS_TOKEN", token);
    let intro = tr!(lang, "developers.receiver.done_text", portal = portal.name);
    let reference = server.public_urls.url(Surface::Docs, "/docs/reference");
    member.chrome().page_once(&title, |once| html! {
        (trail(lang, app, &title))
        (ui::header(&title, Some(&intro), html! {}))
        (ui::card(None, html! {
            (ui::secret_once(once, lang, "access_token", token, &tr!(lang, "developers.receiver.once")))
        }))
        (ui::section(&tr!(lang, "developers.receiver.answer"), Some(&tr!(lang, "developers.receiver.answer_text")), html! {},
            ui::secret_block(once, lang, "JSON", &pretty(&tokens.body))))
        (ui::section(&tr!(lang, "developers.receiver.call"), Some(&tr!(lang, "developers.receiver.call_text")), html! {}, html! {
            (ui::secret_block(once, lang, "curl", &curl))
            (ui::code_block(lang, &format!("HTTP {}", call.status.as_u16()), &pretty(&call.body)))
        }))
        (ui::actions(html! {
            (ui::link_button(&tr!(lang, "developers.receiver.reference"), &reference, ButtonStyle::Primary))
            (ui::link_button(&tr!(lang, "developers.receiver.again"), &path_of(&app.id), ButtonStyle::Secondary))
            (ui::link_button(&tr!(lang, "developers.to_app"), &format!("/developers/apps/{}", app.id), ButtonStyle::Secondary))
        }))
    })
}

/// JSON, as people read it.
pub(super) fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
