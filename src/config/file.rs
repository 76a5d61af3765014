//! Settings from the TOML file and the environment.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use clap::Command;
use clap::error::{ContextKind, ContextValue};

use super::ENV_PREFIX;
use crate::auth::OwnScopes;

/// Why the settings are invalid; the message names the setting.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the settings file {0}: {1}")]
    File(PathBuf, std::io::Error),
    /// The file is not TOML.
    #[error("the settings file {0} is not TOML: {1}")]
    Syntax(PathBuf, toml::de::Error),
    /// The file has an unknown key.
    #[error("the settings file {0} has an unknown key: {1} (run with --help for all settings)")]
    UnknownKey(PathBuf, String),
    /// A key's value is a table or list.
    #[error("the settings file {0}: {1} must be a text or a number")]
    Kind(PathBuf, String),
    /// The operator's own scopes are invalid.
    #[error("the settings file {0}: {1}")]
    Scopes(PathBuf, String),
    /// An unknown variable with our prefix.
    #[error("unknown environment variable: {0} (run with --help for all settings)")]
    UnknownVariable(String),
}

/// Replaces the command's defaults with the TOML file's values, so that flags and variables take
/// precedence and every value passes the same checks. Also returns the operator's own scopes, which
/// are only defined in that file.
///
/// # Errors
/// When the file can't be read, or the file or the environment has an unknown setting.
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

/// Removes the value from the message about a setting that can contain a password.
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
