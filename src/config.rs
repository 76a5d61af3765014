//! All settings: one struct, filled from flags, `KLANTPORTAAL_…` variables, a TOML file and
//! defaults, in that order of precedence.

// The settings' texts are also the command's help, where a URL stands without brackets.
#![allow(rustdoc::bare_urls)]

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue};
use clap::{ArgMatches, Args, Command};
use ipnet::IpNet;
use jiff::SignedDuration;
use secrecy::SecretString;
use url::Url;

use crate::accounts::{Registration, SessionLimits};
use crate::auth::{OwnScopes, parse_network};
use crate::connections::ConnectionSettings;
use crate::db;
use crate::quotas::Quotas;
use crate::sealed::SealingKeys;

/// The variables' common beginning.
pub const ENV_PREFIX: &str = "KLANTPORTAAL_";

/// Settings that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Settings (flag, environment variable or key of the TOML file)")]
pub struct Config {
    /// TOML file with settings; its keys are the names of these flags, such as public-url = "…",
    /// and in its tables stand your own scopes
    #[arg(long, env = "KLANTPORTAAL_CONFIG", value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,

    /// Folder for the embedded database, undelivered mail and everything else that is kept
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

    /// PostgreSQL connections that this server may hold beside the one for short reads; SQLite needs
    /// none
    #[arg(long, env = "KLANTPORTAAL_DATABASE_CONNECTIONS", value_name = "N", default_value_t = 16,
          value_parser = whole_number::<1, 1000>, global = true)]
    pub database_connections: u32,

    /// Seconds that a request waits for the database altogether before it is answered with 503
    #[arg(long, env = "KLANTPORTAAL_DATABASE_WAIT_SECONDS", value_name = "SECONDS", default_value_t = 5,
          value_parser = whole_number::<1, 60>, global = true)]
    pub database_wait_seconds: u32,

    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, env = "KLANTPORTAAL_LISTEN", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080", value_parser = address, global = true)]
    pub listen: SocketAddr,

    /// Where browsers and clients reach this server, such as https://portal.example.nl [default:
    /// http:// and the listening address]
    #[arg(long, env = "KLANTPORTAAL_PUBLIC_URL", value_name = "ORIGIN", global = true)]
    pub public_url: Option<Origin>,

    /// Own origin of the manage portal and the authorization server, such as
    /// https://manage.example.nl
    #[arg(long, env = "KLANTPORTAAL_MANAGE_URL", value_name = "ORIGIN", global = true)]
    pub manage_url: Option<Origin>,

    /// Own origin of the API, such as https://api.example.nl
    #[arg(long, env = "KLANTPORTAAL_API_URL", value_name = "ORIGIN", global = true)]
    pub api_url: Option<Origin>,

    /// Own origin of the developer portal, such as https://developers.example.nl
    #[arg(long, env = "KLANTPORTAAL_DEVELOPERS_URL", value_name = "ORIGIN", global = true)]
    pub developers_url: Option<Origin>,

    /// Own origin of the documentation, such as https://docs.example.nl
    #[arg(long, env = "KLANTPORTAAL_DOCS_URL", value_name = "ORIGIN", global = true)]
    pub docs_url: Option<Origin>,

    /// Proxies whose X-Forwarded-For (or Forwarded, where the former is absent) is believed:
    /// addresses or networks with commas between, such as 127.0.0.1,10.0.0.0/8
    #[arg(long, env = "KLANTPORTAAL_TRUSTED_PROXIES", value_name = "NETWORKS", value_delimiter = ',', value_parser = network, global = true)]
    pub trusted_proxies: Vec<IpNet>,

    /// Mail server: smtp://host:port, smtps://user:password@host; without it mail stays in the data
    /// folder
    #[arg(
        long,
        env = "KLANTPORTAAL_SMTP_URL",
        value_name = "URL",
        hide_env_values = true,
        global = true
    )]
    pub smtp_url: Option<SmtpUrl>,

    /// Sender of the product's mail
    #[arg(long, env = "KLANTPORTAAL_MAIL_FROM", value_name = "ADDRESS", default_value = "Klantportaal <noreply@localhost>",
          value_parser = sender, global = true)]
    pub mail_from: lettre::message::Mailbox,

    /// Seconds that an OAuth access token lives
    #[arg(long, env = "KLANTPORTAAL_ACCESS_TOKEN_SECONDS", value_name = "SECONDS", default_value_t = 3600,
          value_parser = whole_number::<10, 86_400>, global = true)]
    pub access_token_seconds: u32,

    /// Days without use after which a refresh token ends; 0 for never
    #[arg(long, env = "KLANTPORTAAL_REFRESH_TOKEN_IDLE_DAYS", value_name = "DAYS", default_value_t = 90,
          value_parser = clap::value_parser!(u32).range(0..=3650), global = true)]
    pub refresh_token_idle_days: u32,

    /// Days after the owner's consent at which a refresh token ends, however much it is used; 0 for
    /// never
    #[arg(long, env = "KLANTPORTAAL_REFRESH_TOKEN_DAYS", value_name = "DAYS", default_value_t = 0,
          value_parser = clap::value_parser!(u32).range(0..=3650), global = true)]
    pub refresh_token_days: u32,

    /// Hours without use after which a session on the sites ends, unless the browser is to stay logged in
    #[arg(long, env = "KLANTPORTAAL_SESSION_IDLE_HOURS", value_name = "HOURS", default_value_t = 24,
          value_parser = whole_number::<1, 8760>, global = true)]
    pub session_idle_hours: u32,

    /// Days after the log-in at which every session on the sites ends; a browser can stay logged in as long
    #[arg(long, env = "KLANTPORTAAL_SESSION_DAYS", value_name = "DAYS", default_value_t = 14,
          value_parser = whole_number::<1, 365>, global = true)]
    pub session_days: u32,

    /// Keys that encrypt what must be readable again, such as the seeds of authenticator apps: 32 bytes in base64
    /// (openssl rand -base64 32), commas between several; the first encrypts, all decrypt [default: encryption.key
    /// in the data folder, made at the first start]
    #[arg(
        long,
        env = "KLANTPORTAAL_ENCRYPTION_KEYS",
        value_name = "KEYS",
        hide_env_values = true,
        global = true
    )]
    pub encryption_keys: Option<SealingKeys>,

    /// Who may register on the manage portal and create portals: open (everybody), invite (who was
    /// invited by an owner, or with `portal invite`) or closed (only with `portal invite`)
    #[arg(
        long,
        env = "KLANTPORTAAL_MANAGE_REGISTRATION",
        value_name = "WHO",
        default_value = "open",
        global = true
    )]
    pub manage_registration: Registration,

    /// The same of the developer portal and developers; the command is `developer invite`
    #[arg(
        long,
        env = "KLANTPORTAAL_DEVELOPERS_REGISTRATION",
        value_name = "WHO",
        default_value = "open",
        global = true
    )]
    pub developers_registration: Registration,

    /// Whether everybody on the manage and developer portals must have a second factor, an
    /// authenticator app or a passkey; owners can require it of their own people at any rate
    #[arg(
        long,
        env = "KLANTPORTAAL_REQUIRE_SECOND_FACTOR",
        value_name = "YES_OR_NO",
        default_value = "no",
        global = true
    )]
    pub require_second_factor: YesNo,

    /// Days that the audit log keeps an event; 0 forever
    #[arg(long, env = "KLANTPORTAAL_AUDIT_DAYS", value_name = "DAYS", default_value_t = 400,
          value_parser = clap::value_parser!(u32).range(0..=36_500), global = true)]
    pub audit_days: u32,

    /// Requests a minute for each API key and access token, where the key has no limit of its own;
    /// 0 for none
    #[arg(long, env = "KLANTPORTAAL_DEFAULT_RATE_LIMIT", value_name = "N", default_value_t = 60,
          value_parser = rate_limit, allow_negative_numbers = true, global = true)]
    pub default_rate_limit: u32,

    /// Largest body that a request may have, in bytes
    #[arg(long, env = "KLANTPORTAAL_MAX_BODY_BYTES", value_name = "BYTES", default_value_t = 1_048_576,
          value_parser = whole_number::<1024, 104_857_600>, global = true)]
    pub max_body_bytes: u32,

    /// How many connections there may be, and how long each may wait.
    #[command(flatten)]
    pub connections: ConnectionSettings,

    /// How much accounts, developers and portals may store.
    #[command(flatten)]
    pub quotas: Quotas,

    /// What to log: error, warn, info, debug, trace, or per module as tracing's EnvFilter takes it
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

/// Whether something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum YesNo {
    /// It is.
    Yes,
    /// It is not.
    No,
}

/// All settings with their values, on one line and in the order of their names; of those that may
/// hold a password only whether they are set.
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
    /// Which database, and how much of it may be used.
    pub fn database(&self) -> db::Settings<'_> {
        db::Settings {
            url: &self.database_url,
            data_dir: &self.data_dir,
            connections: self.database_connections as usize,
            wait: Duration::from_secs(self.database_wait_seconds.into()),
        }
    }
}

impl Config {
    /// Whether everybody on the two sites must have a second factor.
    pub fn second_factor_is_required(&self) -> bool {
        self.require_second_factor == YesNo::Yes
    }

    /// How long sessions last.
    pub fn session_limits(&self) -> SessionLimits {
        SessionLimits {
            idle: SignedDuration::from_hours(self.session_idle_hours.into()),
            longest: SignedDuration::from_hours(i64::from(self.session_days) * 24),
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

/// A whole number within bounds.
///
/// # Errors
/// When it is none, in words.
pub fn whole_number<const LEAST: u32, const MOST: u32>(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| (LEAST..=MOST).contains(number));
    number.ok_or_else(|| format!("expected a whole number from {LEAST} to {MOST}"))
}

/// Requests a minute; 0 for no limit.
///
/// # Errors
/// When it is no such number, in words.
pub fn rate_limit(text: &str) -> Result<u32, String> {
    text.parse()
        .map_err(|_| "expected a number of requests, such as 60, or 0 for no limit".to_owned())
}

/// A network, or an address that stands for itself alone.
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

/// Which engine keeps the data, and where.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file within the data folder (or an absolute path).
    Sqlite(PathBuf),
    /// A PostgreSQL URL; it may hold a password, so it does not print.
    Postgres(String),
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(_) => f.write_str("postgres:…"),
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() {
                Err("sqlite: needs a file name after it".into())
            } else {
                Ok(Self::Sqlite(path.into()))
            };
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            text.parse::<tokio_postgres::Config>().map_err(|error| error.to_string())?;
            return Ok(Self::Postgres(text.to_owned()));
        }
        Err("expected sqlite:FILE or postgres://…".into())
    }
}

/// A mail server's URL; it may hold a password, so it does not print.
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

/// Scheme, host and port, without a path: `https://manage.example.nl`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    text: String,
    authority: String,
}

impl Origin {
    /// The origin as text, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a `Host` header means this origin: in whatever case, with or without the scheme's
    /// own port, with or without the dot at the end of a full domain name (RFC 1034 section 3.1).
    /// A loopback address is also meant by `localhost`, the name under which browsers have passkeys
    /// for it.
    pub fn is_at(&self, host: &str) -> bool {
        let port = if self.is_https() { ":443" } else { ":80" };
        let host = host.strip_suffix(port).unwrap_or(host);
        let (name, port) = match host.rsplit_once(':') {
            // The last colon of an IPv6 address is followed by a bracket's end.
            Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
            _ => (host, None),
        };
        let name = name.strip_suffix('.').unwrap_or(name);
        let (own_name, own_port) = match self.authority.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
            _ => (self.authority.as_str(), None),
        };
        let is_alias = name.eq_ignore_ascii_case("localhost") && is_loopback_address(own_name);
        (name.eq_ignore_ascii_case(own_name) || is_alias) && port == own_port
    }

    /// Whether it is reached over TLS.
    pub fn is_https(&self) -> bool {
        self.text.starts_with("https:")
    }
}

/// Whether the host of an origin is an address of the machine itself.
fn is_loopback_address(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some(url) =
            Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
        else {
            return Err(
                "an origin starts with https:// or http://, such as https://portal.example.nl"
                    .into(),
            );
        };
        if url.path() != "/"
            || url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
            || url.password().is_some()
        {
            return Err(
                "an origin is only scheme, host and port, such as https://portal.example.nl".into(),
            );
        }
        let text = url.origin().ascii_serialization();
        let authority =
            text.split_once("://").map(|(_, authority)| authority.to_owned()).unwrap_or_default();
        Ok(Self { text, authority })
    }
}

/// Why the settings cannot be used; the text names the setting.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the settings file {0}: {1}")]
    File(PathBuf, std::io::Error),
    /// The file is not TOML.
    #[error("the settings file {0} is not TOML: {1}")]
    Syntax(PathBuf, toml::de::Error),
    /// The file has a key that is no setting.
    #[error("the settings file {0} has an unknown key: {1} (run with --help for all settings)")]
    UnknownKey(PathBuf, String),
    /// A key's value is a table or list.
    #[error("the settings file {0}: {1} must be a text or a number")]
    Kind(PathBuf, String),
    /// The operator's own scopes are not as they should be.
    #[error("the settings file {0}: {1}")]
    Scopes(PathBuf, String),
    /// A variable with our prefix is no setting.
    #[error("unknown environment variable: {0} (run with --help for all settings)")]
    UnknownVariable(String),
}

/// Puts the TOML file's values in the place of the command's defaults, so that flags and variables
/// win over them and every value passes the same check. The operator's own scopes, which stand in
/// that file only, come beside the command.
///
/// # Errors
/// When the file cannot be used, or the file or the environment names a setting that does not
/// exist.
pub fn with_file_and_environment(
    mut command: Command,
    arguments: &[OsString],
) -> Result<(Command, OwnScopes), ConfigError> {
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with(ENV_PREFIX)
            && !command
                .get_arguments()
                .any(|arg| arg.get_env().is_some_and(|env| env == name.as_ref()))
        {
            return Err(ConfigError::UnknownVariable(name.into_owned()));
        }
    }
    let mut own_scopes = OwnScopes::default();
    let Some(path) = file_path(arguments) else { return Ok((command, own_scopes)) };
    let text =
        std::fs::read_to_string(&path).map_err(|error| ConfigError::File(path.clone(), error))?;
    let table: toml::Table =
        text.parse().map_err(|error| ConfigError::Syntax(path.clone(), error))?;
    for (key, value) in table {
        if key == "scopes" {
            own_scopes = OwnScopes::read(&value)
                .map_err(|fault| ConfigError::Scopes(path.clone(), fault))?;
            continue;
        }
        let flag = key.replace('_', "-");
        let known = command.get_arguments().find(|arg| {
            arg.get_long() == Some(&flag) && arg.get_env().is_some() && flag != "config"
        });
        let Some(id) = known.map(|arg| arg.get_id().clone()) else {
            return Err(ConfigError::UnknownKey(path, key));
        };
        let value = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(int) => int.to_string(),
            _ => return Err(ConfigError::Kind(path, key)),
        };
        // What may hold a password is not shown as a default either.
        command = command.mut_arg(id, |arg| {
            if arg.is_hide_env_values_set() { arg.hide_default_value(true) } else { arg }
                .default_value(value)
        });
    }
    Ok((command, own_scopes))
}

/// Takes the value out of the message about a setting that may hold a password.
pub fn without_secret(command: &Command, mut error: clap::Error) -> clap::Error {
    let Some(ContextValue::String(setting)) = error.get(ContextKind::InvalidArg) else {
        return error;
    };
    if command
        .get_arguments()
        .any(|arg| arg.is_hide_env_values_set() && arg.to_string() == *setting)
    {
        error.insert(ContextKind::InvalidValue, ContextValue::String("…".into()));
    }
    error
}

fn file_path(arguments: &[OsString]) -> Option<PathBuf> {
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if argument == "--config" {
            return arguments.next().map(PathBuf::from);
        }
        if let Some(path) = argument.as_bytes().strip_prefix(b"--config=") {
            return Some(OsStr::from_bytes(path).into());
        }
    }
    std::env::var_os("KLANTPORTAAL_CONFIG").map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port_only() {
        let origin: Origin = "https://Manage.Example.nl:443/".parse().unwrap();
        assert_eq!(
            (origin.as_str(), origin.authority.as_str()),
            ("https://manage.example.nl", "manage.example.nl")
        );
        for wrong in
            ["manage.example.nl", "ftp://x", "https://x/path", "https://x?q", "https://u:p@x"]
        {
            assert!(wrong.parse::<Origin>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_host_is_an_origins_in_any_case_and_with_the_port_that_goes_without_saying() {
        let at = |origin: &str, host: &str| origin.parse::<Origin>().unwrap().is_at(host);
        for (origin, host) in [
            ("https://a.nl", "a.nl"),
            ("https://a.nl", "A.NL:443"),
            ("http://a.nl", "a.nl:80"),
            ("http://a.nl:81", "a.nl:81"),
            ("http://127.0.0.1:81", "localhost:81"),
            ("http://[::1]:81", "LOCALHOST:81"),
        ] {
            assert!(at(origin, host), "{origin} {host}");
        }
        for (origin, host) in [
            ("https://a.nl", "a.nl:80"),
            ("http://a.nl", "a.nl:443"),
            ("http://a.nl:81", "a.nl"),
            ("http://127.0.0.1:81", "localhost:82"),
            ("http://192.168.1.5:81", "localhost:81"),
            ("http://a.nl:81", "localhost:81"),
            ("https://a.nl", "xa.nl"),
            ("https://a.nl", ""),
        ] {
            assert!(!at(origin, host), "{origin} {host}");
        }
    }

    #[test]
    fn a_database_url_names_its_engine_and_hides_its_password() {
        assert_eq!("sqlite:a.db".parse(), Ok(DatabaseUrl::Sqlite("a.db".into())));
        let postgres: DatabaseUrl = "postgres://u:geheim@localhost/db".parse().unwrap();
        assert!(!format!("{postgres:?}").contains("geheim"));
        assert!("mysql://x".parse::<DatabaseUrl>().is_err());
        assert!("sqlite:".parse::<DatabaseUrl>().is_err());
    }
}
