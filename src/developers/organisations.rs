//! `/developers/organisations`: switching between a person's developers.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::html;

use crate::account_pages::{self, Admitted};
use crate::accounts::{Organisation, OwnDeveloper, Registration, Standing};
use crate::audit::{Action, Actor, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::i18n::tr;
use crate::ids::DeveloperId;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, Choice, ChoiceKind};
use crate::web::{self, Form, Pages, own_path, see_other};

pub(super) fn pages() -> Pages {
    Pages::new().form("/organisations", show, open)
}

async fn show(
    Admitted { visit, session }: Admitted,
    State(server): State<Server>,
) -> Result<Response, Response> {
    let own = OwnDeveloper::list(&server.db, &session.account_id)
        .await
        .map_err(IntoResponse::into_response)?;
    let open = own
        .iter()
        .position(|own| Some(&own.developer.id) == session.developer_id.as_ref())
        .unwrap_or(0);
    let is_open = Registration::of(&server.config.accounts, visit.site).is_open();
    let hint = account_pages::restore::hint(&server, &visit, &session)
        .await
        .map_err(IntoResponse::into_response)?;
    let (lang, title) = (visit.lang, tr!(visit.lang, "developers.organisations.choose"));
    let choice = |(index, OwnDeveloper { developer, role }): (usize, &OwnDeveloper)| Choice {
        value: developer.id.to_string().into(),
        label: developer.name.clone().into(),
        hint: Some(role.label(lang)),
        checked: index == open,
    };
    let choices: Vec<Choice<'_>> = own.iter().enumerate().map(choice).collect();
    let body = html! {
        (ui::header(&title, None, html! {}))
        (ui::form("/developers/organisations", &visit.mark, html! {
            @if !choices.is_empty() {
                (ui::choice_group(ChoiceKind::One, "developer", &tr!(lang, "developers.nav.organisations"), &choices, None))
            }
            (ui::actions(html! {
                @if !choices.is_empty() { (ui::submit(&tr!(lang, "developers.organisations.open"), ButtonStyle::Primary)) }
                @if is_open { (ui::link_button(&tr!(lang, "developers.nav.another_organisation"), "/developers/welcome", ButtonStyle::Secondary)) }
            }))
        }))
        (hint)
    };
    Ok(web::plain_chrome(&visit).narrow(&title, body).into_response())
}

async fn open(
    Admitted { visit, session }: Admitted,
    State(server): State<Server>,
    caller: Caller,
    Form(fields): Form,
) -> Result<Response, Response> {
    let go = async || -> Result<()> {
        let id: DeveloperId = fields.sent("developer").parse().map_err(|_| Error::NotFound)?;
        let own = OwnDeveloper::list(&server.db, &session.account_id).await?;
        let OwnDeveloper { developer, .. } =
            own.iter().find(|own| own.developer.id == id).ok_or(Error::NotFound)?;
        let actor = Actor::Person(&session.account_id, &session.email);
        let (action, subject, caller) =
            (Action::DeveloperOpened, developer.name.as_str(), Some(&caller));
        let organisation = Organisation::Developer(id.clone());
        let standing = Standing { session: &session, organisation, permission: None };
        let mut tx = server.begin(&standing).await?;
        Event { action, actor, subject, portal: None, developer: Some(&id), caller }
            .record(&mut tx, server.clock.now())
            .await?;
        session.open_developer(&mut tx, &id).await?;
        Ok(tx.commit().await?)
    };
    go().await.map_err(IntoResponse::into_response)?;
    Ok(see_other(own_path(&visit, fields.sent("next")), None))
}
