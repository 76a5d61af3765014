//! The page for a person without a required second factor: says who requires it, and offers two
//! ways to set one up. Afterwards it continues to the requested page.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::account_pages::passkey_form::relying_party;
use crate::account_pages::person::Person;
use crate::accounts::{OwnDeveloper, OwnPortal, Site};
use crate::error::Result;
use crate::i18n::tr;
use crate::server::Server;
use crate::ui::{self, ButtonStyle};
use crate::web::next::{Next, own_path, with_next};
use crate::web::{plain_chrome, see_other};

pub(super) async fn show(
    person: Person,
    State(server): State<Server>,
    Query(Next { next }): Query<Next>,
) -> Result<Response> {
    let Person { visit, session } = &person;
    if session.has_second_factor {
        return Ok(see_other(own_path(visit, &next), None));
    }
    let required = person.required_factor(&server).await?;
    let (lang, title) = (visit.lang, tr!(visit.lang, "account.required.title"));
    let text = match &required.organisations[..] {
        _ if required.by_operator => tr!(lang, "account.required.by_operator"),
        [] => tr!(lang, "account.required.by_oneself"),
        names => tr!(lang, "account.required.by_organisation", names = names.join(", ")),
    };
    let is_elsewhere = !required.organisations.is_empty() && !required.by_operator;
    let elsewhere = if is_elsewhere { elsewhere(&server, &person).await? } else { None };
    let body = html! {
        (ui::header(&title, Some(&text), html! {}))
        (way(&person, "app", "account/second-factor/app", &next))
        @if relying_party(&server, visit.site).is_some() {
            (way(&person, "passkey", "account/passkeys/new", &next))
        }
        p.muted { (tr!(lang, "account.required.afterwards")) }
        @if let Some(path) = elsewhere { p { a href=(path) { (tr!(lang, "account.required.elsewhere")) } } }
    };
    Ok(plain_chrome(visit).narrow(&title, body).into_response())
}

/// One of the two options.
fn way(person: &Person, name: &str, page: &str, next: &str) -> Markup {
    let text =
        |what: &str| person.lang().text(&format!("account.required.{name}{what}")).into_owned();
    let style = if name == "app" { ButtonStyle::Primary } else { ButtonStyle::Secondary };
    ui::card(
        Some(&text("")),
        html! {
            p { (text("_text")) }
            (ui::actions(ui::link_button(&text("_add"), &with_next(&person.path(page), next), style)))
        },
    )
}

/// The link to choose another portal or developer, if one doesn't require it.
async fn elsewhere(server: &Server, person: &Person) -> Result<Option<&'static str>> {
    let account = &person.session.account_id;
    let (is_free, path) = match person.visit.site {
        Site::Manage => {
            let own = OwnPortal::list(&server.db, account).await?;
            (own.iter().any(|own| !own.portal.requires_second_factor), "/manage/portals")
        }
        Site::Developers => {
            let own = OwnDeveloper::list(&server.db, account).await?;
            let is_free = own.iter().any(|own| !own.developer.requires_second_factor);
            (is_free, "/developers/organisations")
        }
    };
    Ok(is_free.then_some(path))
}
