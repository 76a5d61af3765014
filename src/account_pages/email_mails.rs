//! The mails about changing the e-mail address.

use super::email_undo;
use super::mails::{link, send};
use crate::accounts::{Account, MailKind};
use crate::auth::Token;
use crate::error::Result;
use crate::i18n::tr;
use crate::server::Server;
use crate::web::Visit;

/// Asks to verify a new address, or notifies its account, if it has one. It runs in the background,
/// so that its duration doesn't reveal which. The address isn't verified yet, so the mail repeats
/// nothing that was entered.
pub(super) fn send_proof(server: &Server, visit: &Visit, email: &str, token: Token) {
    if !server.mail_limits.allow(MailKind::Verify, email) {
        return;
    }
    let (server, visit, email) = (server.clone(), visit.clone(), email.to_owned());
    server.clone().beside.spawn(async move {
        if let Err(error) = find_and_send(&server, &visit, &email, &token).await {
            tracing::error!(%error, "a mail could not be created");
        }
    });
}

async fn find_and_send(server: &Server, visit: &Visit, email: &str, token: &Token) -> Result<()> {
    let lang = visit.lang;
    if Account::by_email(&server.db, email).await?.is_some() {
        send(server, lang, email, "mail.email_taken.subject", &tr!(lang, "mail.email_taken.text"));
    } else {
        let link = link(server, visit.site, "account/email/confirm", token);
        let text = tr!(lang, "mail.new_email.text", link = link);
        send(server, lang, email, "mail.new_email.subject", &text);
    }
    Ok(())
}

/// Notifies the old address of the change, with a link to undo it.
pub(super) fn send_changed(
    server: &Server,
    visit: &Visit,
    (name, old): (&str, &str),
    new: &str,
    undo: &Token,
) {
    let link = link(server, visit.site, email_undo::PAGE, undo);
    let text = tr!(visit.lang, "mail.email_changed.text", name = name, email = new, link = link);
    send(server, visit.lang, old, "mail.email_changed.subject", &text);
}
