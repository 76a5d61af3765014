//! Mail: sent over SMTP if configured, otherwise stored as files in the data folder.

mod check;
mod folder;
mod imap;
mod incoming;
mod mail_error;
mod message;
mod outbox;
mod speaker;
mod template;
mod text;
mod threading;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

pub use check::{Concern, ServerFault, try_server};
pub use imap::{FetchedMail, ImapFault, ImapFolder, try_mailbox};
pub use incoming::{Automatic, Content, IncomingFile, IncomingMail, MOST_BYTES, MOST_FILES};
pub use mail_error::MailError;
pub use outbox::{PostedMail, enqueue_earlier, retry};
pub use speaker::Speaker;
pub use text::{CalendarFile, Mail, MailFile};
pub use threading::{MailAuthor, Threading};

use crate::config::Config;

/// Delays between delivery attempts, increasing.
const WAITS: [Duration; 4] =
    [Duration::ZERO, Duration::from_secs(5), Duration::from_secs(30), Duration::from_secs(300)];

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

    /// The domain of its `Message-ID`s.
    pub fn domain(&self) -> &str {
        self.0.from.email.domain()
    }

    /// The address that mail is sent from.
    pub fn address(&self) -> &str {
        self.0.from.email.as_ref()
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
