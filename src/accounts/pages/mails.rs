//! The mails about one's account.

use crate::accounts::{Account, LinkPurpose, Site, mail_link};
use crate::auth::Token;
use crate::error::Result;
use crate::http::Surface;
use crate::http::site::Visit;
use crate::i18n::{Lang, tr};
use crate::ids::AccountId;
use crate::mail::Mail;
use crate::server::Server;

fn link(server: &Server, site: Site, page: &str, token: &Token) -> String {
    let surface = if site == Site::Manage { Surface::Manage } else { Surface::Developers };
    server.sites.url(surface, &format!("{}/{page}?token={}", site.path(), token.reveal()))
}

fn send(server: &Server, lang: Lang, to: &str, subject: &'static str, text: String) {
    server.mailer.send(Mail { to: to.to_owned(), subject: tr!(lang, subject).into_owned(), text });
}

async fn token(server: &Server, account: &AccountId, purpose: LinkPurpose) -> Result<Token> {
    let mut tx = server.db.begin().await?;
    let token = mail_link(&mut tx, account, purpose, server.clock.now()).await?;
    tx.commit().await?;
    Ok(token)
}

/// Asks the person to prove the address. Whose it is nobody knows yet, so the mail repeats nothing of what was typed.
pub(super) fn send_verification(server: &Server, visit: &Visit, email: &str, token: &Token) {
    let link = link(server, visit.site, "verify", token);
    send(server, visit.lang, email, "mail.verify.subject", tr!(visit.lang, "mail.verify.text", link = link).into_owned());
}

/// The same, some time after registering.
pub(super) fn send_verification_again(server: &Server, visit: &Visit, account: Account) {
    send_link(server, visit, account, LinkPurpose::Verify);
}

/// Lets the person choose another password.
pub(super) fn send_reset(server: &Server, visit: &Visit, account: Account) {
    send_link(server, visit, account, LinkPurpose::Reset);
}

/// Makes the link and sends it, both beside the answer: how long the answer takes must not tell whether
/// there is an account.
fn send_link(server: &Server, visit: &Visit, account: Account, purpose: LinkPurpose) {
    let (server, visit) = (server.clone(), visit.clone());
    tokio::spawn(async move {
        match token(&server, &account.id, purpose).await {
            Ok(token) => match purpose {
                LinkPurpose::Verify => send_verification(&server, &visit, &account.email, &token),
                LinkPurpose::Reset => send_reset_link(&server, &visit, &account, &token),
            },
            Err(error) => tracing::error!(%error, "a link could not be made"),
        }
    });
}

/// Says that the address has an account already.
pub(super) fn send_known(server: &Server, visit: &Visit, account: &Account) {
    let surface = if visit.site == Site::Manage { Surface::Manage } else { Surface::Developers };
    let link = server.sites.url(surface, &format!("{}/login", visit.site.path()));
    let text = tr!(visit.lang, "mail.known.text", name = account.name, link = link).into_owned();
    send(server, visit.lang, &account.email, "mail.known.subject", text);
}

fn send_reset_link(server: &Server, visit: &Visit, account: &Account, token: &Token) {
    let link = link(server, visit.site, "reset-password", token);
    let text = tr!(visit.lang, "mail.reset.text", name = account.name, link = link).into_owned();
    send(server, visit.lang, &account.email, "mail.reset.subject", text);
}

/// Tells the person that the password was changed.
pub(super) fn send_password_changed(server: &Server, visit: &Visit, account: &Account) {
    let text = tr!(visit.lang, "mail.password_changed.text", name = account.name).into_owned();
    send(server, visit.lang, &account.email, "mail.password_changed.subject", text);
}

/// Tells the person that something changed in what proves who they are; `news` names the mail in the locales.
pub(super) fn send_factor_news(server: &Server, lang: Lang, name: &str, email: &str, news: &str) {
    let text = tr!(lang, format!("mail.{news}.text"), name = name).into_owned();
    server.mailer.send(Mail { to: email.to_owned(), subject: lang.text(&format!("mail.{news}.subject")).into_owned(), text });
}
