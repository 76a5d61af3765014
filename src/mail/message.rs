//! Mails in their wire format, with everything that submission (RFC 6409) and the sender rules of
//! large providers require.

use lettre::address::Envelope;
use lettre::message::header::{
    ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue,
};
use lettre::message::{Attachment, Body, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, Message, Tokio1Executor};
use secrecy::ExposeSecret;
use url::Url;

use super::{CalendarFile, Mail, MailAuthor, MailError, MailFile};
use crate::config::{Config, SmtpUrl};
use crate::values::EmailAddress;

/// Marks the mail as automatic, so that no autoresponder replies (RFC 3834 section 5).
#[derive(Clone)]
struct AutoSubmitted(&'static str);

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self("auto-generated"))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.to_owned())
    }
}

/// The mail with its headers. Its `Message-ID`, at the sender's domain, is the same for all
/// delivery attempts.
pub(super) fn compose(from: &Mailbox, mail: &Mail) -> Result<Message, MailError> {
    let to = address(&mail.to)?;
    let threading = mail.threading.as_ref();
    let id = threading.and_then(|threading| threading.id.as_deref()).unwrap_or(mail.id.as_str());
    let mut message = Message::builder()
        // Otherwise it would be parsed from the headers, which loses quotes.
        .envelope(Envelope::new(Some(from.email.clone()), vec![to.clone()])?)
        .from(Mailbox::new(mail.sender.clone().or_else(|| from.name.clone()), from.email.clone()))
        .to(Mailbox::new(None, to))
        .subject(&mail.subject)
        .message_id(Some(format!("<{id}@{}>", from.email.domain())));
    message = match threading.map(|threading| threading.author) {
        None => message.header(AutoSubmitted("auto-generated")),
        Some(MailAuthor::Answering) => message.header(AutoSubmitted("auto-replied")),
        Some(MailAuthor::Person) => message,
    };
    if let Some(threading) = threading {
        if let Some(references) = threading.references() {
            message = message.references(references);
        }
        if let Some(earlier) = threading.in_reply_to() {
            message = message.in_reply_to(earlier);
        }
        if let Some(reply_to) = &threading.reply_to {
            message = message.reply_to(Mailbox::new(None, address(reply_to)?));
        }
    }
    let text = SinglePart::plain(mail.text.clone());
    let Some(html) = &mail.html else { return Ok(message.singlepart(text)?) };
    let parts =
        MultiPart::alternative().singlepart(text).singlepart(SinglePart::html(html.clone()));
    Ok(match &mail.calendar {
        None if mail.files.is_empty() => message.multipart(parts)?,
        None => message.multipart(with_files(parts, &mail.files)?)?,
        Some(file) => message.multipart(with_calendar(parts, file)?)?,
    })
}

/// The parts, and files beside them, whose bytes arrive as they are.
fn with_files(parts: MultiPart, files: &[MailFile]) -> Result<MultiPart, MailError> {
    let mut all = MultiPart::mixed().multipart(parts);
    for MailFile { name, mime, content } in files {
        let body = Body::new_with_encoding(content.clone(), ContentTransferEncoding::Base64)
            .unwrap_or_else(Body::new);
        all = all.singlepart(Attachment::new(name.clone()).body(body, ContentType::parse(mime)?));
    }
    Ok(all)
}

/// The parts with a calendar's file: as one of the alternatives, which calendar programs look for, and as a file that
/// people can open where theirs doesn't (RFC 6047 section 2.4).
fn with_calendar(parts: MultiPart, file: &CalendarFile) -> Result<MultiPart, MailError> {
    let CalendarFile { name, method, content } = file;
    let kind = ContentType::parse(&format!("text/calendar; charset=utf-8; method={method}"))?;
    let told = SinglePart::builder().header(kind).body(content.clone());
    let attached =
        Attachment::new(name.clone()).body(content.clone(), ContentType::parse("application/ics")?);
    Ok(MultiPart::mixed().multipart(parts.singlepart(told)).singlepart(attached))
}

/// The sender, with its domain in ASCII form.
pub(super) fn sender(sender: &Mailbox) -> Result<Mailbox, MailError> {
    Ok(Mailbox::new(sender.name.clone(), address(sender.email.as_ref())?))
}

/// An address in the ASCII form of mail servers (RFC 5890 section 2.3.2.1).
fn address(text: &str) -> Result<Address, MailError> {
    Ok(EmailAddress::for_mail_servers(text).parse()?)
}

/// The SMTP transport. It greets with this server's public name, if it has one, because mail
/// servers can reject the short host name of a container (RFC 5321 section 4.1.1.1).
pub(super) fn transport(
    SmtpUrl(url): &SmtpUrl,
    config: &Config,
) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailError> {
    let url = url.expose_secret();
    let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?;
    let names_itself = Url::parse(url).is_ok_and(|url| url.path().len() > 1);
    let origin = config.public_url.as_ref().or(config.manage_url.as_ref());
    let host = origin.and_then(|origin| Url::parse(origin.as_str()).ok());
    let host = host.as_ref().and_then(Url::domain).filter(|host| host.contains('.'));
    Ok(match host {
        Some(host) if !names_itself => {
            transport.hello_name(ClientId::Domain(host.to_owned())).build()
        }
        _ => transport.build(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;
    use crate::mail::Speaker;

    #[test]
    fn a_calendars_file_is_an_alternative_and_an_attachment() {
        let from: Mailbox = "Klantportaal <post@portal.example>".parse().unwrap();
        let file = CalendarFile {
            name: "afspraak.ics".to_owned(),
            method: "REQUEST".to_owned(),
            content: "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n".to_owned(),
        };
        let mail =
            Mail::new("a@b.example", Speaker::Product, Lang::En, "Hello".to_owned(), "Hello");
        let id = mail.id.clone();
        let mail = mail.with_calendar(file);
        let message = compose(&from, &mail.clone().with_id(id.clone())).unwrap().formatted();
        let text = String::from_utf8(message).unwrap();
        let place = |part: &str| text.find(part).unwrap_or_else(|| panic!("no {part} in {text}"));
        let order = [
            "Content-Type: multipart/mixed",
            "Content-Type: multipart/alternative",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Type: text/html; charset=utf-8",
            "Content-Type: text/calendar; charset=utf-8; method=REQUEST",
            "Content-Disposition: attachment; filename=\"afspraak.ics\"",
            "Content-Type: application/ics",
        ]
        .map(place);
        assert!(order.is_sorted(), "{text}");
        assert_eq!(text.matches("BEGIN:VCALENDAR\r\nEND:VCALENDAR").count(), 2, "{text}");
        assert!(text.contains(&format!("Message-ID: <{id}@portal.example>")), "{text}");
    }

    #[test]
    fn a_mail_can_be_sent_in_another_name_but_not_from_another_address() {
        let from: Mailbox = "Klantportaal <post@portal.example>".parse().unwrap();
        let mail =
            Mail::new("a@b.example", Speaker::Product, Lang::En, "Hello".to_owned(), "Hello");
        let sent_by = |sender: Option<&str>| {
            let message = compose(&from, &mail.clone().sent_as(sender)).unwrap();
            let text = String::from_utf8(message.formatted()).unwrap();
            text.lines().find(|line| line.starts_with("From: ")).unwrap().to_owned()
        };
        assert_eq!(sent_by(None), "From: Klantportaal <post@portal.example>");
        assert_eq!(sent_by(Some("De Korenaar")), "From: \"De Korenaar\" <post@portal.example>");
        let evil = sent_by(Some("Bank\" <geld@bank.example>, \"x"));
        assert!(evil.ends_with(" <post@portal.example>") && !evil.contains("\" <geld"), "{evil}");
    }
}
