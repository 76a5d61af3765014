//! A person's portals: creating one, and switching.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::account_pages::Admitted;
use crate::accounts::{Organisation, Registration, Session, Standing, add_portal, portals_of};
use crate::audit::{Action, Actor, Event};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::i18n::tr;
use crate::ids::PortalId;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, ChoiceKind, Field};
use crate::values::{Name, Value};
use crate::web::{self, Form, Next, Pages, Visit, own_path, see_other};
use crate::{account_pages, quotas};

pub(super) fn pages() -> Pages {
    Pages::new().form("/portals/new", show_new, create).form("/portals", show, open)
}

async fn show_new(
    Admitted { visit, session }: Admitted,
    State(server): State<Server>,
    Query(Next { next }): Query<Next>,
) -> Result<Response, Response> {
    account_pages::registration_is_open(&server, &visit)?;
    let hint = account_pages::restore::hint(&server, &visit, &session)
        .await
        .map_err(IntoResponse::into_response)?;
    let portals =
        portals_of(&server.db, &session.account_id).await.map_err(IntoResponse::into_response)?;
    let fields = visit.fields(|| vec![("next".into(), next)]);
    Ok(new_page(&visit, &fields, hint, !portals.is_empty()))
}

async fn create(
    Admitted { visit, session }: Admitted,
    State(server): State<Server>,
    caller: Caller,
    Form(mut fields): Form,
) -> Result<Response, Response> {
    account_pages::registration_is_open(&server, &visit)?;
    let name = Name::from_field(&mut fields, "organisation");
    fields.expect_none_wrong().map_err(IntoResponse::into_response)?;
    let add = async || -> Result<()> {
        server.count_creation(&session.account_id)?;
        let (now, mut tx) = (server.clock.now(), server.begin(&session).await?);
        quotas::PORTALS.lock(&mut tx, &session.account_id).await?;
        let portal = add_portal(&mut tx, &name, &session.account_id, now).await?;
        let most = server.config.quotas.max_portals_per_account;
        quotas::PORTALS.check(&mut tx, &session.account_id, most).await?;
        event(Action::PortalCreated, &session, &portal, &name, &caller)
            .record(&mut tx, now)
            .await?;
        session.open_portal(&mut tx, &portal).await?;
        Ok(tx.commit().await?)
    };
    add().await.map_err(IntoResponse::into_response)?;
    let next = web::own_path(&visit, fields.sent("next"));
    Ok(see_other(next, Some("flash.portal_created")))
}

/// The page; a person who `has_portals` can turn back.
fn new_page(visit: &Visit, fields: &Fields, hint: Markup, has_portals: bool) -> Response {
    let (lang, title) = (visit.lang, tr!(visit.lang, "manage.portals.new"));
    let errors = fields.errors().list(lang);
    let body = html! {
        (ui::header(&title, None, html! {}))
        (ui::form("/manage/portals/new", &visit.mark, html! {
            @if !fields.sent("next").is_empty() { (ui::hidden("next", fields.sent("next"))) }
            (Field::text(lang, "organisation", tr!(lang, "account.portal_name")).value(fields.sent("organisation")).errors_from(&errors)
                .hint(tr!(lang, "account.portal_name_hint")).required(true).autocomplete("organization"))
            (ui::actions(html! {
                (ui::submit(&tr!(lang, "manage.portals.create"), ButtonStyle::Primary))
                @if has_portals { (ui::link_button(&tr!(lang, "ui.cancel"), own_path(visit, fields.sent("next")), ButtonStyle::Secondary)) }
            }))
        }))
        (hint)
    };
    web::plain_chrome(visit).narrow(&title, body).into_response()
}

async fn show(
    Admitted { visit, session }: Admitted,
    State(server): State<Server>,
) -> Result<Response, Response> {
    let portals =
        portals_of(&server.db, &session.account_id).await.map_err(IntoResponse::into_response)?;
    let (lang, title) = (visit.lang, tr!(visit.lang, "manage.portals.choose"));
    let choices = account_pages::portal_choices(lang, &session, &portals);
    let is_open = Registration::of(&server.config.accounts, visit.site).is_open();
    let hint = account_pages::restore::hint(&server, &visit, &session)
        .await
        .map_err(IntoResponse::into_response)?;
    let body = html! {
        (ui::header(&title, None, html! {}))
        (ui::form("/manage/portals", &visit.mark, html! {
            (ui::choice_group(ChoiceKind::One, "portal", &tr!(lang, "manage.nav.portals"), &choices, None))
            (ui::actions(html! {
                (ui::submit(&tr!(lang, "manage.portals.open"), ButtonStyle::Primary))
                @if is_open { (ui::link_button(&tr!(lang, "manage.portals.new"), "/manage/portals/new", ButtonStyle::Secondary)) }
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
        let id: PortalId = fields.sent("portal").parse().map_err(|_| Error::NotFound)?;
        let own = portals_of(&server.db, &session.account_id).await?;
        let portal = own.iter().find(|portal| portal.id == id).ok_or(Error::NotFound)?;
        let organisation = Organisation::Portal(id.clone());
        let standing = Standing { session: &session, organisation, permission: None };
        let mut tx = server.begin(&standing).await?;
        event(Action::PortalOpened, &session, &id, &portal.name, &caller)
            .record(&mut tx, server.clock.now())
            .await?;
        session.open_portal(&mut tx, &id).await?;
        Ok(tx.commit().await?)
    };
    go().await.map_err(IntoResponse::into_response)?;
    Ok(see_other(own_path(&visit, fields.sent("next")), None))
}

fn event<'a>(
    action: Action,
    session: &'a Session,
    portal: &'a PortalId,
    name: &'a str,
    caller: &'a Caller,
) -> Event<'a> {
    let actor = Actor::Person(&session.account_id, &session.email);
    Event {
        action,
        actor,
        subject: name,
        portal: Some(portal),
        developer: None,
        caller: Some(caller),
    }
}
