//! Mail: sent over SMTP if configured, otherwise stored as files in the data folder.

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
use serde::{Deserialize, Serialize};

pub use check::{Concern, ServerFault, try_server};
pub use outbox::{PostedMail, enqueue_earlier};

use crate::config::Config;
use crate::i18n::Lang;
use crate::ids::MailId;

/// Delays between delivery attempts, increasing.
const WAITS: [Duration; 4] =
    [Duration::ZERO, Duration::from_secs(5), Duration::from_secs(30), Duration::from_secs(300)];

/// A mail, as text and HTML.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Mail {
    id: MailId,
    to: String,
    subject: String,
    text: String,
    /// `None` in mail posted by an earlier version.
    #[serde(default)]
    html: Option<String>,
}

/// The name a mail is sent in. Anybody can register an organisation with any name, so only a mail to
/// its own people is sent on its behalf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker<'a> {
    /// The product.
    Product,
    /// A portal or developer with this name, to its own people.
    Organisation(&'a str),
    /// The product, to somebody whom a portal or developer with this name invites: the name is the
    /// heading, and the mail doesn't claim to be written on its behalf.
    Inviting(&'a str),
}

impl Mail {
    /// A mail in one language.
    pub fn new(to: &str, speaker: Speaker<'_>, lang: Lang, subject: String, text: &str) -> Self {
        Self::of_parts(to, speaker, subject, &[(lang, text)])
    }

    /// A mail to a person whose language isn't known: in Dutch, and below it in English.
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
}

enum Transport {
    Smtp(Box<AsyncSmtpTransport<Tokio1Executor>>),
    Folder(PathBuf),
}

/// Why a mail can't be delivered.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// An address is invalid.
    #[error("address: {0}")]
    Address(#[from] lettre::address::AddressError),
    /// The mail can't be composed.
    #[error("composing: {0}")]
    Compose(#[from] lettre::error::Error),
    /// The mail server refused it or can't be reached.
    #[error("mail server: {0}")]
    Smtp(#[from] lettre::transport::smtp::Error),
    /// The folder can't be written.
    #[error("mail folder: {0}")]
    Folder(#[from] std::io::Error),
}

impl MailError {
    /// Whether the mail can't be delivered later either: it can't be composed, or the mail server
    /// refused it for good (RFC 5321 section 4.2.1). Not if it refused our log-in, which the operator
    /// can correct.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Address(_) | Self::Compose(_) => true,
            Self::Smtp(error) => {
                let code = error.status().map(u16::from);
                error.is_permanent() && !matches!(code, Some(530 | 534 | 535 | 538))
            }
            Self::Folder(_) => false,
        }
    }
}

impl Mailer {
    /// The mailer of the settings.
    ///
    /// # Errors
    /// When the mail server's URL is invalid.
    pub fn new(config: &Config) -> Result<Self, MailError> {
        let transport = match &config.smtp_url {
            Some(url) => Transport::Smtp(Box::new(message::transport(url, config)?)),
            None => Transport::Folder(config.data_dir.join("mail")),
        };
        Ok(Self(Arc::new(Inner { from: message::sender(&config.mail_from)?, transport })))
    }

    /// The folder in which mail is stored, if there is no mail server.
    pub fn folder(&self) -> Option<&std::path::Path> {
        match &self.0.transport {
            Transport::Folder(folder) => Some(folder),
            Transport::Smtp(_) => None,
        }
    }

    /// Sends a mail in the background; failures are logged. It is lost if the server stops before
    /// the mail server accepts it, so use this for mail that its reader can request again; other
    /// mail is [posted](Mail::post).
    pub fn send(&self, mail: Mail) {
        let mailer = self.clone();
        tokio::spawn(async move {
            for wait in WAITS {
                tokio::time::sleep(wait).await;
                match mailer.deliver(&mail).await {
                    Ok(()) => return,
                    Err(error) => {
                        tracing::error!(%error, "a mail could not be delivered");
                        if error.is_permanent() {
                            return;
                        }
                    }
                }
            }
        });
    }

    /// Makes one delivery attempt, and waits for it.
    ///
    /// # Errors
    /// When it isn't accepted.
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
