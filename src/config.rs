//! All settings: one struct, filled from flags, `KLANTPORTAAL_…` variables, a TOML file and
//! defaults, in that order of precedence.

// The settings' texts are also the command's help, where a URL stands without brackets.
#![allow(rustdoc::bare_urls)]

mod file;
mod imap_url;
mod origin;
mod ticket_address;

pub use file::{ConfigError, with_file_and_environment, without_secret};
pub use imap_url::{ImapEncryption, ImapUrl};
pub use origin::Origin;
pub use ticket_address::TicketAddress;

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{ArgMatches, Args, Command};
use ipnet::IpNet;
use secrecy::SecretString;

use crate::accounts::{AccountSettings, SessionSettings};
use crate::arguments::{YesNo, whole_number};
use crate::connections::ConnectionSettings;
use crate::db::{self, DatabaseUrl};
use crate::network::parse_network;
use crate::objects::ObjectSettings;
use crate::quotas::Quotas;
use crate::sealed::{KeySource, SealingKeys};

/// The common prefix of the variables.
pub const ENV_PREFIX: &str = "KLANTPORTAAL_";

/// The settings of all commands.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Settings (flag, environment variable or key of the TOML file)")]
pub struct Config {
    /// TOML file with settings; its keys are the names of these flags, such as public-url = "…",
    /// and it can define your own scopes
    #[arg(long, env = "KLANTPORTAAL_CONFIG", value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,

    /// Folder for the embedded database, the encryption key and undelivered mail
    #[arg(
        long,
        env = "KLANTPORTAAL_DATA_DIR",
        value_name = "FOLDER",
        default_value = "data",
        global = true
    )]
    pub data_dir: PathBuf,

    /// Database: sqlite:FILE (within the data folder) or postgres://user:password@host/name
    #[arg(
        long,
        env = "KLANTPORTAAL_DATABASE_URL",
        value_name = "URL",
        default_value = "sqlite:klantportaal.db",
        hide_env_values = true,
        global = true
    )]
    pub database_url: DatabaseUrl,

    /// Maximum number of PostgreSQL connections, besides the one for short reads; not used with
    /// SQLite
    #[arg(long, env = "KLANTPORTAAL_DATABASE_CONNECTIONS", value_name = "N", default_value_t = 16,
          value_parser = whole_number::<1, 1000>, global = true)]
    pub database_connections: u32,

    /// Seconds that a request waits for the database in total before it fails with 503
    #[arg(long, env = "KLANTPORTAAL_DATABASE_WAIT_SECONDS", value_name = "SECONDS", default_value_t = 5,
          value_parser = whole_number::<1, 60>, global = true)]
    pub database_wait_seconds: u32,

    /// Address and port to listen on; port 0 chooses a free port
    #[arg(long, env = "KLANTPORTAAL_LISTEN", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080", value_parser = address, global = true)]
    pub listen: SocketAddr,

    /// Where browsers and clients reach this server, such as https://portal.example.nl [default:
    /// http:// and the listening address]
    #[arg(long, env = "KLANTPORTAAL_PUBLIC_URL", value_name = "ORIGIN", global = true)]
    pub public_url: Option<Origin>,

    /// Separate origin of the manage portal and the authorization server, such as
    /// https://manage.example.nl
    #[arg(long, env = "KLANTPORTAAL_MANAGE_URL", value_name = "ORIGIN", global = true)]
    pub manage_url: Option<Origin>,

    /// Separate origin of the API, such as https://api.example.nl
    #[arg(long, env = "KLANTPORTAAL_API_URL", value_name = "ORIGIN", global = true)]
    pub api_url: Option<Origin>,

    /// Separate origin of the developer portal, such as https://developers.example.nl
    #[arg(long, env = "KLANTPORTAAL_DEVELOPERS_URL", value_name = "ORIGIN", global = true)]
    pub developers_url: Option<Origin>,

    /// Separate origin of the documentation, such as https://docs.example.nl
    #[arg(long, env = "KLANTPORTAAL_DOCS_URL", value_name = "ORIGIN", global = true)]
    pub docs_url: Option<Origin>,

    /// Proxies whose X-Forwarded-For (or Forwarded, if the former is absent) is trusted: addresses
    /// or networks separated by commas, such as 127.0.0.1,10.0.0.0/8
    #[arg(long, env = "KLANTPORTAAL_TRUSTED_PROXIES", value_name = "NETWORKS", value_delimiter = ',', value_parser = network, global = true)]
    pub trusted_proxies: Vec<IpNet>,

    /// Networks that webhooks can lead to, also by plain http, although they are not public: addresses
    /// or networks separated by commas, such as 127.0.0.0/8 for development
    #[arg(long, env = "KLANTPORTAAL_WEBHOOK_ALLOW", value_name = "NETWORKS", value_delimiter = ',', value_parser = network, global = true)]
    pub webhook_allow: Vec<IpNet>,

    /// Mail server: smtp://host:port, smtps://user:password@host; without it, mail is stored in the
    /// data folder
    #[arg(
        long,
        env = "KLANTPORTAAL_SMTP_URL",
        value_name = "URL",
        hide_env_values = true,
        global = true
    )]
    pub smtp_url: Option<SmtpUrl>,

    /// Sender address of all mail
    #[arg(long, env = "KLANTPORTAAL_MAIL_FROM", value_name = "ADDRESS", default_value = "Klantportaal <noreply@localhost>",
          value_parser = sender, global = true)]
    pub mail_from: lettre::message::Mailbox,

    /// Address to which customers answer tickets by mail, such as support@example.nl; what arrives at
    /// support+…@example.nl is read in the mailbox of imap-url, or your mail server passes it to
    /// klantportaal mail receive [default: they can't]
    #[arg(long, env = "KLANTPORTAAL_TICKET_ADDRESS", value_name = "ADDRESS", global = true)]
    pub ticket_address: Option<TicketAddress>,

    /// Mailbox in which answers to tickets arrive: imaps://user:password@host/INBOX; its unseen mails are
    /// read every minute and marked as seen, so it must be for them only
    #[arg(
        long,
        env = "KLANTPORTAAL_IMAP_URL",
        value_name = "URL",
        hide_env_values = true,
        global = true
    )]
    pub imap_url: Option<ImapUrl>,

    /// Lifetime of an OAuth access token, in seconds
    #[arg(long, env = "KLANTPORTAAL_ACCESS_TOKEN_SECONDS", value_name = "SECONDS", default_value_t = 3600,
          value_parser = whole_number::<10, 86_400>, global = true)]
    pub access_token_seconds: u32,

    /// Days without use after which a refresh token expires; 0 = never
    #[arg(long, env = "KLANTPORTAAL_REFRESH_TOKEN_IDLE_DAYS", value_name = "DAYS", default_value_t = 90,
          value_parser = clap::value_parser!(u32).range(0..=3650), global = true)]
    pub refresh_token_idle_days: u32,

    /// Days after the owner's consent after which a refresh token expires even if it is used; 0 =
    /// never
    #[arg(long, env = "KLANTPORTAAL_REFRESH_TOKEN_DAYS", value_name = "DAYS", default_value_t = 0,
          value_parser = clap::value_parser!(u32).range(0..=3650), global = true)]
    pub refresh_token_days: u32,

    /// The lifetimes of sessions.
    #[command(flatten)]
    pub sessions: SessionSettings,

    /// Keys that encrypt secrets that must be readable, such as the seeds of authenticator apps: 32
    /// bytes in base64 (openssl rand -base64 32), separated by commas; the first encrypts, all
    /// decrypt [default: encryption.key in the data folder, created at the first start]
    #[arg(
        long,
        env = "KLANTPORTAAL_ENCRYPTION_KEYS",
        value_name = "KEYS",
        hide_env_values = true,
        global = true
    )]
    pub encryption_keys: Option<SealingKeys>,

    /// Who can register, and what people need to log in.
    #[command(flatten)]
    pub accounts: AccountSettings,

    /// Days that the audit log keeps an event; 0 = keep forever
    #[arg(long, env = "KLANTPORTAAL_AUDIT_DAYS", value_name = "DAYS", default_value_t = 400,
          value_parser = clap::value_parser!(u32).range(0..=36_500), global = true)]
    pub audit_days: u32,

    /// Requests per minute for each API key and access token, unless the key has its own limit; 0 =
    /// no limit
    #[arg(long, env = "KLANTPORTAAL_DEFAULT_RATE_LIMIT", value_name = "N", default_value_t = 60,
          value_parser = rate_limit, allow_negative_numbers = true, global = true)]
    pub default_rate_limit: u32,

    /// Maximum size of a request body, in bytes
    #[arg(long, env = "KLANTPORTAAL_MAX_BODY_BYTES", value_name = "BYTES", default_value_t = 1_048_576,
          value_parser = whole_number::<1024, 104_857_600>, global = true)]
    pub max_body_bytes: u32,

    /// Where the contents of files are.
    #[command(flatten)]
    pub files: ObjectSettings,

    /// Limits on the number and time of connections.
    #[command(flatten)]
    pub connections: ConnectionSettings,

    /// Quotas of accounts, developers and portals.
    #[command(flatten)]
    pub quotas: Quotas,

    /// What to log: error, warn, info, debug, trace, or per module in the syntax of tracing's
    /// EnvFilter
    #[arg(long, env = "KLANTPORTAAL_LOG", value_name = "FILTER", default_value = "info", value_parser = log_filter, global = true)]
    pub log: String,

    /// Log a line for each request: its address, method, path, status and time
    #[arg(
        long,
        env = "KLANTPORTAAL_LOG_REQUESTS",
        value_name = "YES_OR_NO",
        default_value = "no",
        global = true
    )]
    pub log_requests: YesNo,
}

/// All settings with their values, on one line and ordered by name; for those that can contain a
/// password, only whether they are set.
pub fn in_force(command: &Command, matches: &ArgMatches) -> String {
    let mut settings: Vec<String> = command
        .get_arguments()
        .filter(|arg| arg.get_env().is_some())
        .filter_map(|arg| {
            let mut values = matches.get_raw(arg.get_id().as_str())?.map(OsStr::to_string_lossy);
            let name = arg.get_long()?;
            Some(if arg.is_hide_env_values_set() {
                format!("{name}=…")
            } else {
                format!("{name}={}", values.by_ref().collect::<Vec<_>>().join(","))
            })
        })
        .collect();
    settings.sort();
    settings.join(" ")
}

impl Config {
    /// Where the encryption keys come from.
    pub fn key_source(&self) -> KeySource<'_> {
        KeySource { keys: self.encryption_keys.as_ref(), data_dir: &self.data_dir }
    }

    /// The settings of the database.
    pub fn database(&self) -> db::Settings<'_> {
        db::Settings {
            url: &self.database_url,
            data_dir: &self.data_dir,
            connections: self.database_connections as usize,
            wait: Duration::from_secs(self.database_wait_seconds.into()),
        }
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "expected an IP address and a port, such as 127.0.0.1:8080 or 0.0.0.0:80".to_owned()
    })
}

fn sender(text: &str) -> Result<lettre::message::Mailbox, String> {
    text.parse().map_err(|_| "expected an e-mail address, such as noreply@example.nl or \"Name <noreply@example.nl>\"".to_owned())
}

/// Parses a number of requests per minute; 0 for no limit.
///
/// # Errors
/// A message that says what is expected.
pub fn rate_limit(text: &str) -> Result<u32, String> {
    text.parse()
        .map_err(|_| "expected a number of requests, such as 60, or 0 for no limit".to_owned())
}

/// Parses a network, or a single address.
fn network(text: &str) -> Result<IpNet, String> {
    parse_network(text).ok_or_else(|| {
        "expected an address or a network, such as 127.0.0.1 or 10.0.0.0/8".to_owned()
    })
}

fn log_filter(text: &str) -> Result<String, String> {
    match text.parse::<tracing_subscriber::EnvFilter>() {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// A mail server's URL. It can contain a password, so `Debug` doesn't reveal it.
#[derive(Debug, Clone)]
pub struct SmtpUrl(pub SecretString);

impl FromStr for SmtpUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        lettre::AsyncSmtpTransport::<lettre::Tokio1Executor>::from_url(text)
            .map_err(|_| "expected smtp://host:port or smtps://user:password@host".to_owned())?;
        Ok(Self(text.into()))
    }
}
