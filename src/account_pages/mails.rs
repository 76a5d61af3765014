//! The mails about accounts.

use crate::accounts::{Account, LinkPurpose, MailKind, NewInvitation, Site, mail_link, record_for};
use crate::audit::{Action, Actor};
use crate::auth::Token;
use crate::caller::{Caller, known_user_agent};
use crate::db::Tx;
use crate::error::Result;
use crate::i18n::{Lang, tr};
use crate::mail::{Mail, Speaker};
use crate::public_urls::Surface;
use crate::server::{Server, WritingServer};
use crate::time::{amsterdam, readable};
use crate::web::{Membership, Visit};

pub(super) fn link(server: &Server, site: Site, page: &str, token: &Token) -> String {
    let surface = if site == Site::Manage { Surface::Manage } else { Surface::Developers };
    server.public_urls.url(surface, &format!("{}/{page}?token={}", site.path(), token.reveal()))
}

/// Sends a mail that speaks for the product.
pub(super) fn send(server: &Server, lang: Lang, to: &str, subject: &'static str, text: &str) {
    let subject = tr!(lang, subject).into_owned();
    server.mailer.send(Mail::new(to, Speaker::Product, lang, subject, text));
}

/// Asks the person to verify the address. It isn't verified yet, so the mail repeats nothing that
/// was entered.
pub(super) fn send_verification(server: &Server, visit: &Visit, email: &str, token: &Token) {
    let link = link(server, visit.site, "verify", token);
    send(
        server,
        visit.lang,
        email,
        "mail.verify.subject",
        &tr!(visit.lang, "mail.verify.text", link = link),
    );
}

/// The same, some time after registering.
pub(super) fn send_verification_again(
    server: &WritingServer,
    visit: &Visit,
    caller: &Caller,
    email: &str,
) {
    send_beside_the_answer(server, visit, caller, email, MailKind::Verify);
}

/// Lets the person reset the password.
pub(super) fn send_reset(server: &WritingServer, visit: &Visit, caller: &Caller, email: &str) {
    send_beside_the_answer(server, visit, caller, email, MailKind::Reset);
}

/// Says that the address already has an account.
pub(super) fn send_known(server: &WritingServer, visit: &Visit, caller: &Caller, email: &str) {
    send_beside_the_answer(server, visit, caller, email, MailKind::Known);
}

/// Finds the account, creates the link and sends the mail, all in the background, so that the
/// duration doesn't reveal whether there is an account. Nothing is sent if there is none, or if it
/// has received too many mails.
fn send_beside_the_answer(
    server: &WritingServer,
    visit: &Visit,
    caller: &Caller,
    email: &str,
    kind: MailKind,
) {
    if !server.mail_limits.allow(kind, email) {
        return;
    }
    let (server, visit, caller, email) =
        (server.clone(), visit.clone(), caller.clone(), email.to_owned());
    server.clone().beside.spawn(async move {
        let sent = match kind {
            MailKind::Verify => make_and_send_verification(&server, &visit, &email).await,
            MailKind::Reset => make_and_send_reset(&server, &visit, &caller, &email).await,
            MailKind::Known => find_and_send_known(&server, &visit, &email).await,
        };
        if let Err(error) = sent {
            tracing::error!(%error, "a mail could not be created");
        }
    });
}

/// Invites a person to the member's portal or developer. The mail is in the portal's language or else
/// the member's, the most likely one, and is the same whether or not the address has an account.
pub(super) fn send_invitation(
    server: &Server,
    member: &impl Membership,
    new: &NewInvitation,
    token: &Token,
) {
    let (visit, lang) = (member.visit(), member.invitation_lang());
    let (link, role) = (link(server, visit.site, "invitation", token), new.role.label(lang));
    let (somebody, somewhere) = match visit.site {
        Site::Manage => ("mail.invitation.somebody", "mail.invitation.some_portal"),
        Site::Developers => ("mail.invitation.somebody", "mail.invitation.some_developer"),
    };
    let inviter = name_without_address(&member.session().name)
        .unwrap_or_else(|| tr!(lang, somebody).into_owned());
    let named = name_without_address(member.organisation_name());
    let speaker = named.as_deref().map_or(Speaker::Product, Speaker::Inviting);
    let organisation =
        named.as_deref().map_or_else(|| tr!(lang, somewhere), std::borrow::Cow::from);
    let text = tr!(
        lang,
        "mail.invitation.text",
        inviter = inviter,
        organisation = organisation,
        role = role,
        link = link
    );
    let subject = tr!(lang, "mail.invitation.subject").into_owned();
    server.mailer.send(Mail::new(&new.email, speaker, lang, subject, &text));
}

/// A name for a mail to a person who didn't ask for it: without newlines, so that it can't pose as
/// a paragraph of ours, and only if nothing in it looks like an address, which mail programs turn
/// into a link.
fn name_without_address(name: &str) -> Option<String> {
    let is_dot = |c: char| matches!(c, '.' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}');
    // A top-level domain starts with two letters; initials have one between their dots.
    let is_domain = |word: &str| {
        let labels: Vec<&str> = word.split(is_dot).collect();
        labels.windows(2).any(|two| {
            two[0].ends_with(char::is_alphanumeric)
                && two[1].chars().take_while(|c| c.is_alphabetic()).count() > 1
        })
    };
    let is_address = |word: &str| {
        word.contains("://")
            || word.contains('@')
            || word.to_lowercase().contains("www.")
            || is_domain(word)
    };
    let words: Vec<&str> = name.split_whitespace().collect();
    (!words.iter().any(|word| is_address(word))).then(|| words.join(" "))
}

/// The salutation of a mail. An account with an unverified address could have any name, entered by
/// anybody.
fn greeted(account: &Account) -> &str {
    if account.is_verified() { &account.name } else { &account.email }
}

async fn make_and_send_verification(
    server: &WritingServer,
    visit: &Visit,
    email: &str,
) -> Result<()> {
    let Some(account) =
        Account::by_email(&server.db, email).await?.filter(|account| !account.is_verified())
    else {
        return Ok(());
    };
    let mut tx = server.db.begin().await?;
    let token = mail_link(&mut tx, &account.id, LinkPurpose::Verify, server.clock.now()).await?;
    tx.commit().await?;
    send_verification(server, visit, &account.email, &token);
    Ok(())
}

async fn make_and_send_reset(
    server: &WritingServer,
    visit: &Visit,
    caller: &Caller,
    email: &str,
) -> Result<()> {
    let Some(account) = Account::by_email(&server.db, email).await? else { return Ok(()) };
    let now = server.clock.now();
    let mut tx = server.db.begin().await?;
    let token = mail_link(&mut tx, &account.id, LinkPurpose::Reset, now).await?;
    record_for(
        &mut tx,
        &account.id,
        Actor::Stranger(&account.email),
        Action::PasswordResetAsked,
        caller,
        now,
    )
    .await?;
    tx.commit().await?;
    send_reset_link(server, visit, &account, &token);
    Ok(())
}

async fn find_and_send_known(server: &Server, visit: &Visit, email: &str) -> Result<()> {
    let Some(account) = Account::by_email(&server.db, email).await? else { return Ok(()) };
    let surface = if visit.site == Site::Manage { Surface::Manage } else { Surface::Developers };
    let link = server.public_urls.url(surface, &format!("{}/login", visit.site.path()));
    let text = tr!(visit.lang, "mail.known.text", name = greeted(&account), link = link);
    send(server, visit.lang, &account.email, "mail.known.subject", &text);
    Ok(())
}

fn send_reset_link(server: &Server, visit: &Visit, account: &Account, token: &Token) {
    let link = link(server, visit.site, "reset-password", token);
    let text = tr!(visit.lang, "mail.reset.text", name = greeted(account), link = link);
    send(server, visit.lang, &account.email, "mail.reset.subject", &text);
}

/// Notifies the person that the password was changed.
pub(super) fn send_password_changed(server: &Server, visit: &Visit, account: &Account) {
    let text = tr!(visit.lang, "mail.password_changed.text", name = account.name);
    send(server, visit.lang, &account.email, "mail.password_changed.subject", &text);
}

/// Notifies the person, in their own language, of a log-in from an unknown browser, within the
/// transaction of the log-in. At most a few are sent per hour; the page with the account's activity
/// lists them all.
pub(super) async fn post_new_browser(
    server: &Server,
    tx: &mut Tx,
    site: Site,
    account: &Account,
    caller: &Caller,
) -> Result<()> {
    let now = server.clock.now();
    if !server.mail_limits.allow_new_browser(&account.email) {
        return Ok(());
    }
    let surface = if site == Site::Manage { Surface::Manage } else { Surface::Developers };
    let link = |page: &str| server.public_urls.url(surface, &format!("{}/{page}", site.path()));
    let subject = |lang: Lang| tr!(lang, "mail.new_browser.subject").into_owned();
    let text = |lang: Lang| {
        tr!(
            lang,
            "mail.new_browser.text",
            name = account.name,
            moment = readable(now, &amsterdam(), lang),
            browser = known_user_agent(lang, &caller.user_agent),
            address = caller.address,
            sessions = link("account/sessions"),
            password = link("forgot-password")
        )
        .into_owned()
    };
    let mail = match Account::language(tx, &account.id).await? {
        Some(lang) => Mail::new(&account.email, Speaker::Product, lang, subject(lang), &text(lang)),
        None => Mail::in_both_languages(&account.email, Speaker::Product, subject, text),
    };
    Ok(mail.post(tx, now).await?)
}

/// Notifies the person of a change of their factors; `news` names the mail in the locales.
pub(super) fn send_factor_news(server: &Server, lang: Lang, name: &str, email: &str, news: &str) {
    let text = tr!(lang, format!("mail.{news}.text"), name = name);
    let subject = lang.text(&format!("mail.{news}.subject")).into_owned();
    server.mailer.send(Mail::new(email, Speaker::Product, lang, subject, &text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_like_an_address_are_left_out() {
        for name in [
            "Bakkerij Jansen",
            "J.P. Jansen",
            "Jansen & Zn. B.V.",
            "Dr. A. de Vries",
            "Zaak 2.0",
            "Ö & Zn. 2/3 “x” 😀",
            "St. Jan",
            "a . b",
        ] {
            assert_eq!(name_without_address(name).as_deref(), Some(name));
        }
        assert_eq!(name_without_address("Jan\r\nJansen").as_deref(), Some("Jan Jansen"));
        for name in [
            "Win op https://evil.example/a",
            "ftp://1.2.3.4",
            "prijs (evil.example)",
            "EVIL.EXAMPLE",
            "WWW.x",
            "evil。example",
            "evil.xn--p1ai",
            "naam@evil",
            "bol.com",
            "a.b.co",
        ] {
            assert_eq!(name_without_address(name), None, "{name}");
        }
    }
}
