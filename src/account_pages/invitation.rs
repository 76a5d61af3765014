//! A received invitation. The mailed link shows the invitation; a button accepts it, because mail
//! scanners open links.

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use maud::{Markup, html};
use url::form_urlencoded;

use super::register::chosen_password;
use super::verify::Link;
use crate::accounts::{
    Account, Guesser, NewAccount, NewSession, Organisation, Proof, ReceivedInvitation,
    Registration, Session, TeamMember, record_for,
};
use crate::audit::{Action, Actor, Event};
use crate::auth::Line;
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::i18n::tr;
use crate::ids::AccountId;
use crate::server::{Server, WritingServer};
use crate::ui::{self, ButtonStyle, Field, FlashKind};
use crate::values::{Name, Value};
use crate::web::next::{forget_next, kept_next, own_path};
use crate::web::{
    Form, Pages, Visit, known_browser, page_again, plain_chrome, see_other, set_known_browser,
    set_session,
};

/// For people without an account.
pub(super) fn pages() -> Pages<WritingServer> {
    Pages::new().post("/invitation/register", register)
}

/// Shows the invitation to everybody, and lets people with an account accept it.
pub(super) fn own_pages() -> Pages {
    Pages::new().form("/invitation", show, accept)
}

async fn show(
    visit: Visit,
    State(server): State<Server>,
    Query(Link { token }): Query<Link>,
) -> Result<Response> {
    let Some(invitation) =
        ReceivedInvitation::peek(&server.db, visit.site, &token, server.clock.now()).await?
    else {
        return Ok(dead_link(&visit));
    };
    page(&server, &visit, &invitation, &visit.fields(Vec::new).with("token", token)).await
}

/// What the visitor can do with the invitation: accept it, log in first, register, or switch
/// accounts.
async fn page(
    server: &Server,
    visit: &Visit,
    invitation: &ReceivedInvitation,
    fields: &Fields,
) -> Result<Response> {
    let lang = visit.lang;
    let title = tr!(lang, "invitation.title", organisation = invitation.organisation_name);
    let role = invitation.role.label(lang);
    let text = tr!(
        lang,
        "invitation.text",
        inviter = invitation
            .inviter
            .clone()
            .unwrap_or_else(|| tr!(lang, "invitation.operator").into_owned()),
        organisation = invitation.organisation_name,
        role = role
    );
    let next_step = match &visit.session {
        Some(session) if session.email == invitation.email => {
            accept_form(visit, fields.sent("token"))
        }
        Some(session) => someone_else(visit, session, invitation),
        // Whoever has the link can read the address's mail, so this reveals nothing to them.
        None if Account::by_email(&server.db, &invitation.email).await?.is_some() => {
            log_in_first(visit, invitation, fields.sent("token"))
        }
        None if may_register(server, visit, invitation) => register_form(visit, invitation, fields),
        None => html! { p { (tr!(lang, "invitation.closed")) } },
    };
    let labels = [("name", tr!(lang, "account.name")), ("password", tr!(lang, "account.password"))];
    let body = html! {
        (ui::header(&title, Some(&text), html! {}))
        (next_step)
    };
    Ok(plain_chrome(visit).with_labels(&labels).narrow(&title, body).into_response())
}

/// Whether the site allows new accounts through this invitation. The operator's own are always
/// allowed.
fn may_register(server: &Server, visit: &Visit, invitation: &ReceivedInvitation) -> bool {
    invitation.inviter.is_none()
        || Registration::of(&server.config.accounts, visit.site).takes_invited()
}

fn accept_form(visit: &Visit, token: &str) -> Markup {
    ui::form(
        &format!("{}/invitation", visit.site.path()),
        &visit.mark,
        html! {
            (ui::hidden("token", token))
            (ui::actions(ui::submit(&tr!(visit.lang, "invitation.accept"), ButtonStyle::Primary)))
        },
    )
}

fn someone_else(visit: &Visit, session: &Session, invitation: &ReceivedInvitation) -> Markup {
    let (lang, base) = (visit.lang, visit.site.path());
    html! {
        (ui::notice(FlashKind::Info, None, html! {
            p { (tr!(lang, "invitation.someone_else", invited = invitation.email, email = session.email)) }
        }))
        (ui::button_form(&format!("{base}/logout"), &visit.mark, &tr!(lang, "ui.log_out"), ButtonStyle::Secondary))
    }
}

fn log_in_first(visit: &Visit, invitation: &ReceivedInvitation, token: &str) -> Markup {
    let (lang, base) = (visit.lang, visit.site.path());
    let next: String =
        form_urlencoded::byte_serialize(format!("{base}/invitation?token={token}").as_bytes())
            .collect();
    html! {
        p { (tr!(lang, "invitation.log_in_first", email = invitation.email)) }
        (ui::actions(ui::link_button(&tr!(lang, "account.login.submit"), &format!("{base}/login?next={next}"), ButtonStyle::Primary)))
    }
}

fn register_form(visit: &Visit, invitation: &ReceivedInvitation, fields: &Fields) -> Markup {
    let lang = visit.lang;
    let errors = fields.errors().list(lang);
    html! {
        p { (tr!(lang, "invitation.register", email = invitation.email)) }
        (ui::form(&format!("{}/invitation/register", visit.site.path()), &visit.mark, html! {
            (ui::hidden("token", fields.sent("token")))
            (ui::hidden_username(&invitation.email))
            (Field::text(lang, "name", tr!(lang, "account.name")).value(fields.sent("name")).errors_from(&errors).required(true).autocomplete("name"))
            (Field::text(lang, "password", tr!(lang, "account.password")).kind("password").errors_from(&errors).required(true)
                .hint(tr!(lang, "account.password_hint")).autocomplete("new-password"))
            (ui::actions(ui::submit(&tr!(lang, "invitation.join"), ButtonStyle::Primary)))
        }))
    }
}

async fn accept(
    visit: Visit,
    State(server): State<Server>,
    caller: Caller,
    headers: HeaderMap,
    Form(fields): Form,
) -> Result<Response> {
    let (token, now) = (fields.sent("token"), server.clock.now());
    let Some(invitation) = ReceivedInvitation::peek(&server.db, visit.site, token, now).await?
    else {
        return Ok(page_again(&visit));
    };
    let Some(session) = visit.session.as_ref().filter(|session| session.email == invitation.email)
    else {
        return Ok(page_again(&visit));
    };
    let mut tx = server.begin(session).await?;
    let Some(invitation) =
        ReceivedInvitation::open(&mut tx, visit.site, token, &session.email, now).await?
    else {
        return Ok(page_again(&visit));
    };
    join(&mut tx, &invitation, &session.account_id, &caller, now).await?;
    match &invitation.organisation {
        Organisation::Portal(id) => session.open_portal(&mut tx, id).await?,
        Organisation::Developer(id) => session.open_developer(&mut tx, id).await?,
    }
    tx.commit().await?;
    Ok(joined(&server, &visit, &headers))
}

/// Continues to what the person was doing when they were invited, or else to the start page.
fn joined(server: &Server, visit: &Visit, headers: &HeaderMap) -> Response {
    let next = kept_next(headers, server, visit.site);
    let mut response = see_other(own_path(visit, &next), Some("flash.joined"));
    if !next.is_empty() {
        forget_next(&mut response, server, visit.site);
    }
    response
}

async fn register(
    visit: Visit,
    State(server): State<WritingServer>,
    caller: Caller,
    headers: HeaderMap,
    Form(mut fields): Form,
) -> Result<Response> {
    let (token, now) = (fields.sent("token").to_owned(), server.clock.now());
    let Some(invitation) = ReceivedInvitation::peek(&server.db, visit.site, &token, now).await?
    else {
        return Ok(page_again(&visit));
    };
    let is_known = Account::by_email(&server.db, &invitation.email).await?.is_some();
    if visit.session.is_some() || is_known || !may_register(&server, &visit, &invitation) {
        return Ok(page_again(&visit));
    }
    let guess = server
        .guesses
        .attempt(Guesser::with_link(&token), caller.address)
        .map_err(|retry_after| Error::TooManyRequests { retry_after })?;
    let name = Name::from_field(&mut fields, "name");
    let password = chosen_password(
        &mut fields,
        &[&name, &invitation.email, &invitation.organisation_name],
        Line::Known,
    )
    .await?;
    fields.expect_none_wrong()?;
    server.guesses.was_right(guess);
    // The link was mailed to the address, which verifies it.
    let account =
        NewAccount::new(name, invitation.email.clone(), password, true, Line::Known).await?;
    let mut tx = server.db.begin().await?;
    let Some(invitation) =
        ReceivedInvitation::open(&mut tx, visit.site, &token, &account.email, now).await?
    else {
        return Ok(page_again(&visit));
    };
    let Some(id) = account.insert(&mut tx, now).await? else {
        return Ok(page_again(&visit));
    };
    join(&mut tx, &invitation, &id, &caller, now).await?;
    Account::set_language(&mut tx, &id, visit.lang).await?;
    let new = NewSession {
        site: visit.site,
        account: &id,
        portal: invitation.organisation.portal(),
        developer: invitation.organisation.developer(),
        proof: Proof::Password,
        kept: false,
    };
    let limits = server.config.sessions.limits();
    let session = Session::begin(&mut tx, &new, limits, &caller, now).await?;
    let known = known_browser(&headers, &server, visit.site).remember(&mut tx, &id, now).await?;
    record_for(&mut tx, &id, Actor::Person(&id, &account.email), Action::LoggedIn, &caller, now)
        .await?;
    tx.commit().await?;
    let mut response = joined(&server, &visit, &headers);
    set_session(response.headers_mut(), &server, visit.site, &session, false);
    set_known_browser(response.headers_mut(), &server, visit.site, &known);
    Ok(response)
}

/// Adds the person, and records it in the log of the portal or developer.
async fn join(
    tx: &mut Tx,
    invitation: &ReceivedInvitation,
    account: &AccountId,
    caller: &Caller,
    now: Timestamp,
) -> Result<()> {
    let ReceivedInvitation { organisation, email, role, .. } = invitation;
    TeamMember::add(tx, organisation, account, *role, now).await?;
    let event = Event {
        action: Action::InvitationAccepted,
        actor: Actor::Person(account, email),
        subject: &format!("{email} ({})", role.name()),
        portal: organisation.portal(),
        developer: organisation.developer(),
        caller: Some(caller),
    };
    event.record(tx, now).await
}

fn dead_link(visit: &Visit) -> Response {
    let (lang, title) = (visit.lang, tr!(visit.lang, "account.link.dead_title"));
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "invitation.dead")), html! {}))
        (ui::actions(ui::link_button(&tr!(lang, "error.page.home"), visit.site.path(), ButtonStyle::Primary)))
    };
    plain_chrome(visit).narrow(&title, body).into_response()
}
