//! The mails about another e-mail address.

use super::email_undo;
use super::mails::{link, send};
use crate::accounts::{Account, MailKind};
use crate::auth::Token;
use crate::error::Result;
use crate::http::site::Visit;
use crate::i18n::tr;
use crate::server::Server;

/// Asks for the proof of a new address, or tells whoever has an account with it: beside the
/// answer, so that how long that takes does not tell which. Whose the address is nobody knows yet,
/// so the mail repeats nothing of what was typed.
pub(super) fn send_proof(server: &Server, visit: &Visit, email: &str, token: Token) {
    if !server.mail_limits.allow(MailKind::Verify, email) {
        return;
    }
    let (server, visit, email) = (server.clone(), visit.clone(), email.to_owned());
    server.clone().beside.spawn(async move {
        if let Err(error) = find_and_send(&server, &visit, &email, &token).await {
            tracing::error!(%error, "a mail could not be made");
        }
    });
}

async fn find_and_send(server: &Server, visit: &Visit, email: &str, token: &Token) -> Result<()> {
    let lang = visit.lang;
    if Account::by_email(&server.db, email).await?.is_some() {
        let text = tr!(lang, "mail.email_taken.text").into_owned();
        send(server, lang, email, "mail.email_taken.subject", text);
    } else {
        let link = link(server, visit.site, "account/email/confirm", token);
        let text = tr!(lang, "mail.new_email.text", link = link).into_owned();
        send(server, lang, email, "mail.new_email.subject", text);
    }
    Ok(())
}

/// Tells the old address that it is one no longer, with a link to undo that.
pub(super) fn send_changed(
    server: &Server,
    visit: &Visit,
    (name, old): (&str, &str),
    new: &str,
    undo: &Token,
) {
    let link = link(server, visit.site, email_undo::PAGE, undo);
    let text = tr!(visit.lang, "mail.email_changed.text", name = name, email = new, link = link);
    send(server, visit.lang, old, "mail.email_changed.subject", text.into_owned());
}
