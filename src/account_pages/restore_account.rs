//! Restoring a deleted account, with a mailed link or after logging in.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use maud::html;

use super::verify::Link;
use crate::accounts::{Account, LinkPurpose, mail_link, open_link, peek_link, record_for};
use crate::audit::{Action, Actor};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::i18n::tr;
use crate::server::{Server, WritingServer};
use crate::time::{amsterdam, readable_day};
use crate::ui::{self, ButtonStyle};
use crate::web::{Form, Pages, Visit, page_again, plain_chrome, see_other};

pub(super) fn pages() -> Pages<WritingServer> {
    Pages::new().form("/restore-account", show, submit)
}

/// The response for an authenticated person whose account is deleted: no session, but the page to
/// restore it.
pub(super) async fn offer(
    server: &Server,
    visit: &Visit,
    mut tx: Tx,
    account: &Account,
) -> Result<Response> {
    let token =
        mail_link(&mut tx, &account.id, LinkPurpose::RestoreAccount, server.clock.now()).await?;
    tx.commit().await?;
    let path = format!("{}/restore-account?token={}", visit.site.path(), token.reveal());
    Ok(see_other(&path, None))
}

async fn show(
    visit: Visit,
    State(server): State<Server>,
    Query(Link { token }): Query<Link>,
) -> Result<Response> {
    let now = server.clock.now();
    let Some(id) = peek_link(&server.db, &token, LinkPurpose::RestoreAccount, now).await? else {
        return Ok(dead_link(&visit));
    };
    let account = Account::by_id(&server.db, &id).await?;
    let Some(end) = account.removed_from().filter(|end| *end > now) else {
        return Ok(dead_link(&visit));
    };
    let (lang, title) = (visit.lang, tr!(visit.lang, "account.restore.title"));
    let day = readable_day(end, &amsterdam(), lang);
    let text = tr!(lang, "account.restore.text", email = account.email, day = day);
    let body = html! {
        (ui::header(&title, Some(&text), html! {}))
        (ui::form(&format!("{}/restore-account", visit.site.path()), &visit.mark, html! {
            (ui::hidden("token", &token))
            (ui::actions(ui::submit(&tr!(lang, "account.restore.submit"), ButtonStyle::Primary)))
        }))
    };
    Ok(plain_chrome(&visit).narrow(&title, body).into_response())
}

async fn submit(
    visit: Visit,
    State(server): State<WritingServer>,
    caller: Caller,
    Form(fields): Form,
) -> Result<Response> {
    let (now, mut tx) = (server.clock.now(), server.db.begin().await?);
    let link = open_link(&mut tx, fields.sent("token"), LinkPurpose::RestoreAccount, now).await?;
    let Some(id) = link else { return Ok(page_again(&visit)) };
    let email = match Account::restore(&mut tx, &id, now).await {
        Ok(email) => email,
        Err(Error::NotFound) => return Ok(page_again(&visit)),
        Err(error) => return Err(error),
    };
    let actor = Actor::Person(&id, &email);
    record_for(&mut tx, &id, actor, Action::AccountRestored, &caller, now).await?;
    tx.commit().await?;
    Ok(see_other(&format!("{}/login", visit.site.path()), Some("flash.account_restored")))
}

fn dead_link(visit: &Visit) -> Response {
    let (lang, title) = (visit.lang, tr!(visit.lang, "account.link.dead_title"));
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "account.restore.dead")), html! {}))
        (ui::actions(ui::link_button(&tr!(lang, "account.forgot.back"), &format!("{}/login", visit.site.path()), ButtonStyle::Primary)))
    };
    plain_chrome(visit).narrow(&title, body).into_response()
}
