//! The page for a person with an account who wants to create a developer, the first or another one.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::html;

use super::member::not_disabled;
use crate::account_pages::Admitted;
use crate::accounts::{OwnDeveloper, create_developer};
use crate::audit::{Action, Actor, Event};
use crate::caller::Caller;
use crate::error::Result;
use crate::fields::Fields;
use crate::i18n::tr;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, Field};
use crate::values::{Name, Value};
use crate::web::{self, Form, Pages, Visit, see_other};
use crate::{account_pages, quotas};

pub(super) fn pages() -> Pages {
    Pages::new().form("/welcome", show, submit)
}

async fn show(
    Admitted { visit, session }: Admitted,
    State(server): State<Server>,
) -> Result<Response, Response> {
    not_disabled(&server, &session).await.map_err(IntoResponse::into_response)?;
    account_pages::registration_is_open(&server, &visit)?;
    let own = OwnDeveloper::list(&server.db, &session.account_id).await;
    let is_first = own.map_err(IntoResponse::into_response)?.is_empty();
    Ok(page(&visit, &visit.fields(Vec::new), is_first))
}

async fn submit(
    Admitted { visit, session }: Admitted,
    State(server): State<Server>,
    caller: Caller,
    Form(mut fields): Form,
) -> Result<Response, Response> {
    not_disabled(&server, &session).await.map_err(IntoResponse::into_response)?;
    account_pages::registration_is_open(&server, &visit)?;
    let name = Name::from_field(&mut fields, "organisation");
    fields.expect_none_wrong().map_err(IntoResponse::into_response)?;
    let add = async || -> Result<()> {
        server.count_creation(&session.account_id)?;
        let (now, mut tx) = (server.clock.now(), server.begin(&session).await?);
        quotas::DEVELOPERS.lock(&mut tx, &session.account_id).await?;
        let id = create_developer(&mut tx, &name, &session.account_id, now).await?;
        let most = server.config.quotas.max_developers_per_account;
        quotas::DEVELOPERS.check(&mut tx, &session.account_id, most).await?;
        let (actor, developer) = (Actor::Person(&session.account_id, &session.email), Some(&id));
        let event = Event {
            action: Action::DeveloperCreated,
            actor,
            subject: &name,
            portal: None,
            developer,
            caller: Some(&caller),
        };
        event.record(&mut tx, now).await?;
        session.open_developer(&mut tx, &id).await?;
        Ok(tx.commit().await?)
    };
    add().await.map_err(IntoResponse::into_response)?;
    Ok(see_other("/developers", None))
}

/// The page; `is_first` says whether the person has no developer yet.
fn page(visit: &Visit, fields: &Fields, is_first: bool) -> Response {
    let lang = visit.lang;
    let (title, intro, submit) = if is_first {
        (
            tr!(lang, "account.register.title_developers"),
            tr!(lang, "account.register.intro_developers"),
            tr!(lang, "account.register.submit"),
        )
    } else {
        (
            tr!(lang, "developers.welcome.title"),
            tr!(lang, "developers.welcome.intro"),
            tr!(lang, "developers.welcome.create"),
        )
    };
    let errors = fields.errors().list(lang);
    let body = html! {
        (ui::header(&title, Some(&intro), html! {}))
        (ui::form("/developers/welcome", &visit.mark, html! {
            (Field::text(lang, "organisation", tr!(lang, "account.developer_name")).value(fields.sent("organisation")).errors_from(&errors)
                .hint(tr!(lang, "account.developer_name_hint")).required(true).autocomplete("organization"))
            (ui::actions(html! {
                (ui::submit(&submit, ButtonStyle::Primary))
                @if !is_first { (ui::link_button(&tr!(lang, "ui.cancel"), "/developers", ButtonStyle::Secondary)) }
            }))
        }))
    };
    web::plain_chrome(visit).narrow(&title, body).into_response()
}
