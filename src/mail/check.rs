//! Checks the mail settings without sending mail.

use std::error::Error as _;
use std::fmt;
use std::time::Duration;

use lettre::transport::smtp;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::ExposeSecret;
use url::Url;

use crate::config::{Config, SmtpUrl};
use crate::network::is_this_machine;

/// The timeout for checking the mail server.
const PATIENCE: Duration = Duration::from_secs(10);

/// A problem in the settings that keeps mail from its readers, or exposes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concern {
    /// There is no mail server: mail is stored as files.
    NoServer,
    /// Mail and the password for the mail server cross the network unencrypted.
    NotEncrypted,
    /// The sender's address has a domain that can't receive mail.
    UnknownSender,
}

/// Why the mail server can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ServerFault {
    /// It can't be reached, or doesn't respond.
    #[error("the mail server doesn't answer within {} seconds", PATIENCE.as_secs())]
    Silent,
    /// It can't be reached, or closes the connection.
    #[error("the mail server can't be reached: {0}")]
    Unreachable(smtp::Error),
    /// TLS fails.
    #[error("no encrypted connection to the mail server: {0}")]
    NotEncrypted(smtp::Error),
    /// It rejects the user name and password (RFC 4954 section 6).
    #[error("the mail server refuses the user name or password: {0}")]
    LogIn(smtp::Error),
    /// Another error.
    #[error("the mail server can't be used: {0}")]
    Other(smtp::Error),
}

impl Concern {
    /// All that there is in the settings.
    pub fn of(config: &Config) -> Vec<Self> {
        let Some(SmtpUrl(url)) = &config.smtp_url else { return vec![Self::NoServer] };
        let mut concerns = Vec::new();
        if !is_encrypted(url.expose_secret()) {
            concerns.push(Self::NotEncrypted);
        }
        if !config.mail_from.email.domain().contains('.') {
            concerns.push(Self::UnknownSender);
        }
        concerns
    }

    /// What the operator can do about it.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::NoServer => {
                "set smtp-url, such as smtps://user:password@mail.example.nl, and mail-from"
            }
            Self::NotEncrypted => "use smtps://… or add ?tls=required to smtp-url (RFC 8314)",
            Self::UnknownSender => {
                "set mail-from to an address at your own domain, such as noreply@example.nl"
            }
        }
    }
}

impl fmt::Display for Concern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoServer => {
                "there is no mail server: mail is stored in the data folder and reaches nobody, so nobody can confirm an address, reset a password or accept an invitation"
            }
            Self::NotEncrypted => "mail goes to the mail server unencrypted, links and password included",
            Self::UnknownSender => {
                "mail is sent from an address that cannot receive replies, and most receivers refuse it"
            }
        })
    }
}

impl ServerFault {
    /// What the operator can do about it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Silent | Self::Unreachable(_) => {
                "check the host and port in smtp-url, and that a firewall allows this server to connect to them"
            }
            Self::NotEncrypted(_) => {
                "check that the host in smtp-url is the name in the mail server's certificate, and use smtps:// for port 465 or ?tls=required for port 587"
            }
            Self::LogIn(_) => {
                "check the user name and password in smtp-url; write special characters in them as in a URL, such as %40 for @"
            }
            Self::Other(_) => "see what the mail server says, and its own log",
        }
    }
}

/// Connects to the configured mail server as for a mail: greeting, TLS and log-in according to
/// `smtp-url`, but sends nothing. Takes at most ten seconds. `None` if there is no mail server.
pub async fn try_server(config: &Config) -> Option<Result<(), ServerFault>> {
    let url = config.smtp_url.as_ref()?;
    Some(try_within(url, PATIENCE).await)
}

async fn try_within(SmtpUrl(url): &SmtpUrl, patience: Duration) -> Result<(), ServerFault> {
    let transport: AsyncSmtpTransport<Tokio1Executor> =
        AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret())
            .map_err(ServerFault::from)?
            .timeout(Some(patience))
            .build();
    let tried = tokio::time::timeout(patience, transport.test_connection()).await;
    // Says goodbye to the server.
    let _ = tokio::time::timeout(patience, transport.shutdown()).await;
    match tried {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) | Err(_) => Err(ServerFault::Silent),
        Ok(Err(error)) => Err(error.into()),
    }
}

impl From<smtp::Error> for ServerFault {
    fn from(error: smtp::Error) -> Self {
        let code = error.status().map(u16::from);
        if error.is_timeout() {
            Self::Silent
        } else if is_about_encryption(&error) {
            Self::NotEncrypted(error)
        } else if matches!(code, Some(432 | 454 | 530 | 534 | 535 | 538)) {
            Self::LogIn(error)
        } else if code.is_none() && !error.is_client() && !error.is_response() {
            Self::Unreachable(error)
        } else {
            Self::Other(error)
        }
    }
}

/// Whether TLS failed, which is reported as a connection error.
fn is_about_encryption(error: &smtp::Error) -> bool {
    let mut source = error.source();
    while let Some(cause) = source {
        let within = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if within.is_some_and(|within| within.is::<rustls::Error>()) {
            return true;
        }
        source = cause.source();
    }
    error.is_tls()
}

/// Whether the connection to the mail server is encrypted or local.
fn is_encrypted(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let is_required = url.query_pairs().any(|(name, value)| name == "tls" && value == "required");
    is_this_machine(host) || url.scheme() == "smtps" || is_required
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    /// A mail server that takes one connection and answers each command by `answer`; how many mails
    /// it was to take is returned.
    async fn server(answer: fn(&str) -> &'static str) -> (String, tokio::task::JoinHandle<usize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let serve = async move |connection: TcpStream| {
            let (reading, mut writing) = connection.into_split();
            let (mut lines, mut mails) = (BufReader::new(reading).lines(), 0);
            writing.write_all(b"220 mail.example\r\n").await.unwrap();
            while let Ok(Some(line)) = lines.next_line().await {
                mails += usize::from(line.starts_with("MAIL"));
                writing.write_all(answer(&line).as_bytes()).await.unwrap();
            }
            mails
        };
        let served = tokio::spawn(async move { serve(listener.accept().await.unwrap().0).await });
        (address, served)
    }

    async fn tried(url: String) -> Result<(), ServerFault> {
        try_within(&url.parse().unwrap(), PATIENCE).await
    }

    #[tokio::test]
    async fn a_server_that_takes_mail_is_found_to_and_gets_none() {
        let (address, served) = server(|line| match line.split(' ').next() {
            Some("EHLO") => "250-mail.example\r\n250 AUTH PLAIN\r\n",
            Some("AUTH") => "235 welcome\r\n",
            _ => "250 ok\r\n",
        })
        .await;
        tried(format!("smtp://user:word@{address}")).await.unwrap();
        assert_eq!(served.await.unwrap(), 0);
    }

    #[tokio::test]
    async fn each_fault_is_told_apart_and_tells_no_password() {
        let (address, _) = server(|line| match line.split(' ').next() {
            Some("EHLO") => "250-mail.example\r\n250 AUTH PLAIN\r\n",
            Some("AUTH") => "535 no such user\r\n",
            _ => "250 ok\r\n",
        })
        .await;
        let fault = tried(format!("smtp://user:geheim@{address}")).await.unwrap_err();
        assert!(matches!(fault, ServerFault::LogIn(_)), "{fault}");
        assert!(
            fault.to_string().contains("no such user") && !fault.to_string().contains("geheim")
        );

        let (address, _) = server(|_| "250 ok\r\n").await;
        let fault = tried(format!("smtp://{address}?tls=required")).await.unwrap_err();
        assert!(fault.to_string().contains("STARTTLS"), "{fault}");

        let (address, _) = server(|_| "250 ok\r\n").await;
        let fault = tried(format!("smtps://{address}")).await.unwrap_err();
        assert!(matches!(fault, ServerFault::NotEncrypted(_)), "{fault}");

        let fault = tried("smtp://127.0.0.1:1".to_owned()).await.unwrap_err();
        assert!(matches!(fault, ServerFault::Unreachable(_)), "{fault}");

        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", silent.local_addr().unwrap()).parse().unwrap();
        let fault = try_within(&url, Duration::from_millis(50)).await.unwrap_err();
        assert!(matches!(fault, ServerFault::Silent), "{fault}");
    }

    #[test]
    fn what_crosses_the_network_in_clear_is_noticed() {
        for (url, expected) in [
            ("smtp://mail.example.nl", false),
            ("smtp://mail.example.nl?tls=opportunistic", false),
            ("smtp://mail.example.nl?tls=required", true),
            ("smtps://mail.example.nl", true),
            ("smtp://localhost:2525", true),
            ("smtp://127.0.0.1", true),
            ("smtp://[::1]:25", true),
        ] {
            assert_eq!(is_encrypted(url), expected, "{url}");
        }
    }
}
