//! What commands share: what they work with, why they fail, and reading their arguments.

use std::io::Read;
use std::sync::Arc;

use clap::Args;
use serde_json::Value;

use crate::auth::{Line, Password, PasswordFault, Scope, ScopeSet};
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::db::WritingDb;
use crate::error::Error;
use crate::values::EmailAddress;

/// Why a command fails; the text is for the operator.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("{0}")]
    Domain(#[from] Error),
    #[error("{0}")]
    Database(#[from] crate::db::DbError),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Sealing(#[from] crate::sealed::SealingError),
    #[error("{0}")]
    Files(#[from] crate::objects::SettingsFault),
    #[error("mail: {0}")]
    Mail(#[from] crate::mail::MailError),
    /// A failure with an exit code of its own.
    #[error("{text}")]
    Exit { code: u8, text: String },
}

/// What the commands other than `serve` work with.
pub(super) struct Workplace {
    pub(super) db: WritingDb,
    pub(super) clock: Clock,
    pub(super) config: Config,
}

pub(super) fn print(answer: &Value) -> Result<(), CliError> {
    let mut stdout = std::io::stdout().lock();
    Ok(std::io::Write::write_fmt(&mut stdout, format_args!("{answer}\n"))?)
}

/// How to pass a password: never as an argument, which other users of the machine could see.
#[derive(Debug, Args)]
pub(super) struct PasswordArgs {
    /// Read the password from standard input, up to the end of the line
    #[arg(long, required = true)]
    password_stdin: bool,
}

impl PasswordArgs {
    /// Reads a new password; `about` as in [`Password::chosen`].
    pub(super) async fn read(&self, about: &[&str]) -> Result<Password, CliError> {
        let mut text = String::new();
        std::io::stdin().take(4096).read_to_string(&mut text)?;
        let text = text.trim_end_matches(['\r', '\n']).to_owned();
        if text.is_empty() {
            return Err(CliError::Usage("no password on standard input: pipe one in, such as echo \"$PASSWORD\" | klantportaal …".into()));
        }
        Password::chosen(text, about, Line::Known)
            .await
            .map_err(Error::from)?
            .map_err(|fault: PasswordFault| CliError::Usage(fault.to_string()))
    }
}

pub(super) fn parse_email(text: &str) -> Result<String, String> {
    match EmailAddress::parse(text) {
        Ok(EmailAddress(address)) => Ok(EmailAddress::comparable(&address)),
        Err(_) => Err("not an e-mail address such as name@example.com".into()),
    }
}

pub(super) fn parse_scope(text: &str) -> Result<Scope, String> {
    text.parse().map_err(|error| {
        format!("{error}; the scopes are {}", ScopeSet::all().to_string().replace(' ', ", "))
    })
}

/// The error for a resource that doesn't exist: says which kind and id.
pub(super) fn named(what: &str, id: impl std::fmt::Display) -> impl FnOnce(Error) -> CliError {
    move |error| match error {
        Error::NotFound => CliError::Usage(format!("there is no {what} {id}")),
        Error::Internal(cause) => CliError::Domain(Error::Internal(Arc::clone(&cause))),
        other => CliError::Domain(other),
    }
}
