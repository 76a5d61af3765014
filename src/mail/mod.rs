//! Mail: over SMTP when it is configured, else kept as files in the data folder.

mod check;
mod folder;
mod message;
mod outbox;
mod template;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use tokio::sync::Notify;

pub use check::{Concern, ServerFault, try_server};

use crate::config::Config;
use crate::i18n::Lang;
use crate::ids::MailId;

/// Tries to hand a mail to the mail server, a growing while apart.
const WAITS: [Duration; 4] =
    [Duration::ZERO, Duration::from_secs(5), Duration::from_secs(30), Duration::from_secs(300)];

/// A mail: its text, and beside it the same as HTML.
#[derive(Debug, Clone)]
pub struct Mail {
    id: MailId,
    to: String,
    subject: String,
    text: String,
    /// None in mail that an earlier version posted.
    html: Option<String>,
}

/// For whom a mail speaks. Whoever registers gives an organisation any name: so a mail speaks for
/// one only to those who belong to it, and to others for the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker<'a> {
    /// The product.
    Product,
    /// A portal or developer of this name.
    Organisation(&'a str),
}

impl Mail {
    /// A mail in one language.
    pub fn new(to: &str, speaker: Speaker<'_>, lang: Lang, subject: String, text: &str) -> Self {
        Self::of_parts(to, speaker, subject, &[(lang, text)])
    }

    /// A mail to somebody whose language is not known: in Dutch, and below it in English.
    pub fn in_both_languages(
        to: &str,
        speaker: Speaker<'_>,
        subject: impl Fn(Lang) -> String,
        text: impl Fn(Lang) -> String,
    ) -> Self {
        let texts = Lang::ALL.map(|lang| (lang, text(lang)));
        let parts: Vec<(Lang, &str)> =
            texts.iter().map(|(lang, text)| (*lang, text.as_str())).collect();
        Self::of_parts(to, speaker, Lang::ALL.map(subject).join(" / "), &parts)
    }

    fn of_parts(to: &str, speaker: Speaker<'_>, subject: String, parts: &[(Lang, &str)]) -> Self {
        let html = template::html(speaker, &subject, parts);
        let text = template::text(speaker, parts);
        Self { id: MailId::random(), to: to.to_owned(), subject, text, html: Some(html) }
    }
}

/// Sends mail; clones share the connection.
#[derive(Clone)]
pub struct Mailer(Arc<Inner>);

struct Inner {
    from: Mailbox,
    transport: Transport,
    /// Told when something lies in the outbox.
    posted: Notify,
}

enum Transport {
    Smtp(Box<AsyncSmtpTransport<Tokio1Executor>>),
    Folder(PathBuf),
}

/// Why a mail cannot be handed over.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// An address cannot be used.
    #[error("address: {0}")]
    Address(#[from] lettre::address::AddressError),
    /// The mail cannot be composed.
    #[error("composing: {0}")]
    Compose(#[from] lettre::error::Error),
    /// The mail server refused or is not reached.
    #[error("mail server: {0}")]
    Smtp(#[from] lettre::transport::smtp::Error),
    /// The folder cannot be written.
    #[error("mail folder: {0}")]
    Folder(#[from] std::io::Error),
}

impl Mailer {
    /// The mailer of the settings.
    ///
    /// # Errors
    /// When the mail server's URL cannot be used.
    pub fn new(config: &Config) -> Result<Self, MailError> {
        let transport = match &config.smtp_url {
            Some(url) => Transport::Smtp(Box::new(message::transport(url, config)?)),
            None => Transport::Folder(config.data_dir.join("mail")),
        };
        Ok(Self(Arc::new(Inner {
            from: message::sender(&config.mail_from)?,
            transport,
            posted: Notify::new(),
        })))
    }

    /// The folder that mail is kept in, when there is no mail server.
    pub fn folder(&self) -> Option<&std::path::Path> {
        match &self.0.transport {
            Transport::Folder(folder) => Some(folder),
            Transport::Smtp(_) => None,
        }
    }

    /// Sends a mail without keeping the caller waiting; failures go to the log. It is lost when the
    /// server stops before the mail server took it, so this is for mail that its reader can ask for
    /// again; other mail is [posted](Mail::post).
    pub fn send(&self, mail: Mail) {
        let mailer = self.clone();
        tokio::spawn(async move {
            for wait in WAITS {
                tokio::time::sleep(wait).await;
                match mailer.deliver(&mail).await {
                    Ok(()) => return,
                    Err(error) => tracing::error!(%error, "a mail could not be delivered"),
                }
            }
        });
    }

    /// Hands a mail over, once, and waits for that.
    ///
    /// # Errors
    /// When it is not taken.
    pub async fn deliver(&self, mail: &Mail) -> Result<(), MailError> {
        let message = message::compose(&self.0.from, mail)?;
        match &self.0.transport {
            Transport::Smtp(smtp) => {
                smtp.send(message).await?;
            }
            Transport::Folder(folder) => folder::keep(folder, mail, &message).await?,
        }
        Ok(())
    }
}
