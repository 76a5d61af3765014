//! Mail: over SMTP when it is configured, else kept as files in the data folder.

mod outbox;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::ExposeSecret;
use tokio::sync::Notify;

use crate::config::Config;
use crate::i18n::Lang;

/// Tries to hand a mail to the mail server, a growing while apart.
const WAITS: [Duration; 4] =
    [Duration::ZERO, Duration::from_secs(5), Duration::from_secs(30), Duration::from_secs(300)];

/// A mail in plain text.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The receiver's address.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
}

impl Mail {
    /// A mail to somebody whose language is not known: in Dutch, and below it in English.
    pub fn in_both_languages(
        to: &str,
        subject: impl Fn(Lang) -> String,
        text: impl Fn(Lang) -> String,
    ) -> Self {
        Self {
            to: to.to_owned(),
            subject: Lang::ALL.map(subject).join(" / "),
            text: Lang::ALL.map(text).join("\n\n—\n\n"),
        }
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
            Some(url) => Transport::Smtp(Box::new(
                AsyncSmtpTransport::<Tokio1Executor>::from_url(url.0.expose_secret())?.build(),
            )),
            None => Transport::Folder(config.data_dir.join("mail")),
        };
        Ok(Self(Arc::new(Inner {
            from: config.mail_from.clone(),
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

    async fn deliver(&self, mail: &Mail) -> Result<(), MailError> {
        let message = Message::builder()
            .from(self.0.from.clone())
            .to(Mailbox::new(None, mail.to.parse()?))
            .subject(&mail.subject)
            .header(lettre::message::header::ContentType::TEXT_PLAIN)
            .body(mail.text.clone())?;
        match &self.0.transport {
            Transport::Smtp(smtp) => {
                smtp.send(message).await?;
            }
            Transport::Folder(folder) => {
                crate::private_folder::create(folder)?;
                let name =
                    format!("{}-{:08x}", Timestamp::now().as_millisecond(), rand::random::<u32>());
                let unfinished = folder.join(format!("{name}.part"));
                tokio::fs::write(&unfinished, message.formatted()).await?;
                tokio::fs::rename(&unfinished, folder.join(format!("{name}.eml"))).await?;
                // Beside it the text as it is, for the mailbox page.
                let readable = serde_json::json!({ "to": mail.to, "subject": mail.subject, "text": mail.text });
                tokio::fs::write(&unfinished, readable.to_string()).await?;
                tokio::fs::rename(&unfinished, folder.join(format!("{name}.json"))).await?;
            }
        }
        Ok(())
    }
}
