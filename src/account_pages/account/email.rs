//! Changing the e-mail address: requested here, and confirmed with the link that is mailed to it.
//! The response is the same whether or not somebody else has the address.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use maud::html;

use super::layout::Section;
use crate::account_pages::person::Person;
use crate::account_pages::verify::Link;
use crate::account_pages::{RecentlyAuthenticated, email_mails};
use crate::accounts::{Confirmed, PendingEmail};
use crate::audit::Action;
use crate::caller::Caller;
use crate::error::{Error, Message, Result};
use crate::fields::Fields;
use crate::i18n::tr;
use crate::mailbox;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, Field, FlashKind};
use crate::values::{EmailAddress, Value as _};
use crate::web::{Form, see_other};

const PAGE: &str = "account/email";
const CONFIRM: &str = "account/email/confirm";

pub(super) async fn show(
    person: Person,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
) -> Result<Response> {
    page(&server, &person, &person.visit.fields(Vec::new)).await
}

pub(super) async fn submit(
    person: Person,
    State(server): State<Server>,
    _: RecentlyAuthenticated,
    caller: Caller,
    Form(mut fields): Form,
) -> Result<Response> {
    let now = server.clock.now();
    let email = EmailAddress::from_field(&mut fields, "email");
    let email = EmailAddress::comparable(email.as_str());
    if fields.errors().is_empty() && email == person.session.email {
        fields.fault("email", Message::new("account.email_change.same"));
    }
    fields.expect_none_wrong()?;
    server
        .mail_limits
        .request(caller.address)
        .map_err(|retry_after| Error::TooManyRequests { retry_after })?;
    let mut tx = person.begin(&server).await?;
    let token = PendingEmail::ask(&mut tx, &person.session.account_id, &email, now).await?;
    person.record(&mut tx, &caller, Action::EmailChangeAsked, &email, now).await?;
    tx.commit().await?;
    email_mails::send_proof(&server, &person.visit, &email, token);
    Ok(see_other(&person.path(PAGE), None))
}

async fn page(server: &Server, person: &Person, fields: &Fields) -> Result<Response> {
    let now = server.clock.now();
    let pending = PendingEmail::of(&server.db, &person.session.account_id, now).await?;
    let (lang, title) = (person.lang(), tr!(person.lang(), "account.email_change.title"));
    let errors = fields.errors().list(lang);
    let text = tr!(lang, "account.email_change.text", email = person.session.email);
    let body = html! {
        (ui::breadcrumbs(lang, &[(&tr!(lang, Section::Profile.label()), Some(&person.path(Section::Profile.page()))), (&title, None)]))
        (ui::header(&title, Some(&text), html! {}))
        @if let Some(pending) = &pending {
            (ui::notice(FlashKind::Info, Some(&tr!(lang, "account.register.check_mail_title")), html! {
                p { (tr!(lang, "account.email_change.check_mail", email = pending.email)) }
                @if let Some(mailbox) = mailbox::path(server) { p { a href=(mailbox) { (tr!(lang, "mailbox.open")) } } }
            }))
        }
        (ui::form(&person.path(PAGE), &person.visit.mark, html! {
            (Field::text(lang, "email", tr!(lang, "account.email_change.new")).kind("email").value(fields.sent("email")).errors_from(&errors)
                .required(true).autocomplete("email"))
            (ui::actions(html! {
                (ui::submit(&tr!(lang, "account.email_change.submit"), ButtonStyle::Primary))
                (ui::link_button(&tr!(lang, "ui.cancel"), &person.path(Section::Profile.page()), ButtonStyle::Secondary))
            }))
        }))
    };
    Ok(person.chrome(Section::Profile).page(&title, body).into_response())
}

/// The link in the mail. It shows a button, because mail scanners open links. Only the logged-in
/// person who asked can press it: the recipient at a mistyped address must not get the account.
pub(super) async fn ask_to_confirm(
    person: Person,
    State(server): State<Server>,
    Query(Link { token }): Query<Link>,
) -> Result<Response> {
    let pending = PendingEmail::peek(&server.db, &token, server.clock.now()).await?;
    let Some(pending) = pending.filter(|pending| pending.account_id == person.session.account_id)
    else {
        return Ok(dead_link(&person));
    };
    let (lang, title) = (person.lang(), tr!(person.lang(), "account.email_change.confirm_title"));
    let text = tr!(lang, "account.email_change.confirm_text", email = pending.email);
    let body = html! {
        (ui::header(&title, Some(&text), html! {}))
        (ui::form(&person.path(CONFIRM), &person.visit.mark, html! {
            (ui::hidden("token", &token))
            (ui::actions(ui::submit(&tr!(lang, "account.email_change.confirm"), ButtonStyle::Primary)))
        }))
    };
    Ok(person.chrome(Section::Profile).page(&title, body).into_response())
}

pub(super) async fn confirm(
    person: Person,
    State(server): State<Server>,
    caller: Caller,
    Form(fields): Form,
) -> Result<Response> {
    let (now, old) = (server.clock.now(), person.session.email.clone());
    let mut tx = person.begin(&server).await?;
    let account = &person.session.account_id;
    let Confirmed::Changed { email, undo } =
        PendingEmail::confirm(&mut tx, fields.sent("token"), account, now).await?
    else {
        return Err(Error::Conflict(Message::new("account.email_change.dead")));
    };
    person.session.end_others(&mut tx).await?;
    person.record(&mut tx, &caller, Action::EmailChanged, &format!("{old} → {email}"), now).await?;
    tx.commit().await?;
    email_mails::send_changed(&server, &person.visit, (&person.session.name, &old), &email, &undo);
    Ok(see_other(&person.path(Section::Profile.page()), Some("flash.email_changed")))
}

fn dead_link(person: &Person) -> Response {
    let (lang, title) = (person.lang(), tr!(person.lang(), "account.link.dead_title"));
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "account.email_change.dead")), html! {}))
        (ui::actions(ui::link_button(&tr!(lang, "account.email_change.title"), &person.path(PAGE), ButtonStyle::Primary)))
    };
    person.chrome(Section::Profile).page(&title, body).into_response()
}
