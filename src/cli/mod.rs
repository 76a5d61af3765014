//! The command line: one file per command. Provisioning commands print one JSON value on stdout and
//! work while the server runs.

mod account;
mod api_key;
mod app;
mod audit;
mod context;
mod developer;
mod doctor;
mod encryption_key;
mod files;
mod grant;
mod help;
mod invitation;
mod jobs;
mod log;
mod mail;
mod portal;
mod resource_server;
mod serve;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use context::{CliError, Workplace, print};

use crate::clock::Clock;
use crate::config::{Config, in_force, with_file_and_environment, without_secret};
use crate::db::WritingDb;

/// A customer portal that your business hosts itself: customers, API keys, and OAuth for
/// third-party apps.
///
/// Start with `klantportaal serve --demo`, which creates a portal with example data and prints how
/// to log in.
#[derive(Debug, Parser)]
#[command(
    name = "klantportaal",
    version,
    subcommand_required = true,
    arg_required_else_help = true
)]
#[command(after_help = "Examples:
  klantportaal serve --demo
  klantportaal serve --listen 0.0.0.0:8080 --public-url https://portal.example.nl
  echo \"$PASSWORD\" | klantportaal portal create --name 'Bakkerij Jansen' \\
      --owner-email jan@example.nl --password-stdin
  klantportaal api-key create --portal prt_… --name boekhouding --scope customers.read")]
struct Cli {
    #[command(flatten)]
    config: Config,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::Serve),
    /// Check the database, files, encryption key, clock, disk, jobs, mail server and addresses, and
    /// say how to fix problems. Writes nothing, and works whether or not the server runs. Exit code: 0
    /// no problems, 1 warnings, 2 errors
    Doctor(doctor::Doctor),
    /// Create, list, disable and delete accounts, log them out, and reset second factors
    #[command(subcommand)]
    Account(account::Command),
    /// Create, list, rename and delete portals
    #[command(subcommand)]
    Portal(portal::Command),
    /// Create, list and revoke a portal's API keys
    #[command(subcommand)]
    ApiKey(api_key::Command),
    /// Create, list and disable third-party developers
    #[command(subcommand)]
    Developer(developer::Command),
    /// Create, list and disable third-party apps
    #[command(subcommand)]
    App(app::Command),
    /// List and revoke portals' consents to apps
    #[command(subcommand)]
    Grant(grant::Command),
    /// Create, list and revoke resource servers: your own services that accept this server's tokens
    /// and keys
    #[command(subcommand)]
    ResourceServer(resource_server::Command),
    /// Start over after losing the encryption key
    #[command(subcommand)]
    EncryptionKey(encryption_key::Command),
    /// Copy the contents of files between the disk and a bucket
    #[command(subcommand)]
    Files(files::Command),
    /// List, retry and discard jobs, the server's work in the background, such as mail that the mail
    /// server didn't accept
    #[command(subcommand)]
    Jobs(jobs::Command),
    /// Read the audit log
    #[command(subcommand)]
    Audit(audit::Command),
    /// Take mail from the mail server
    #[command(subcommand)]
    Mail(mail::Command),
}

/// Runs the command of the process's arguments.
pub fn run() -> ExitCode {
    crate::private_folder::keep_files_private();
    // One TLS provider for PostgreSQL and mail; a second call would only find it there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    match try_run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            let mut stderr = std::io::stderr().lock();
            let _ = std::io::Write::write_fmt(&mut stderr, format_args!("error: {error}\n"));
            match error {
                CliError::Exit { code, .. } => ExitCode::from(code),
                _ => failure(&arguments),
            }
        }
    }
}

/// The exit code of a failure. Where a mail server runs the command, it keeps the mail until the operator
/// has corrected what is wrong.
fn failure(arguments: &[OsString]) -> ExitCode {
    match help::subcommand(&Cli::command(), arguments) {
        Some(mail::NAME) => ExitCode::from(mail::LATER),
        _ => ExitCode::FAILURE,
    }
}

fn try_run(arguments: &[OsString]) -> Result<ExitCode, CliError> {
    let (mut command, own_scopes) = with_file_and_environment(Cli::command(), arguments)?;
    own_scopes.install();
    command = help::with_fitting_help(command, arguments);
    let matches = match command.try_get_matches_from_mut(arguments) {
        Ok(matches) => matches,
        Err(error) => {
            let error = without_secret(&command, error);
            if error.use_stderr() && help::subcommand(&command, arguments) == Some(mail::NAME) {
                error.print()?;
                return Ok(ExitCode::from(mail::LATER));
            }
            error.exit()
        }
    };
    let settings = in_force(&command, &matches);
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .on_thread_park(crate::db::let_go)
        .build()?;
    runtime.block_on(cli.run(&settings))
}

impl Cli {
    async fn run(self, settings: &str) -> Result<ExitCode, CliError> {
        let command = match self.command {
            Command::Serve(serve) => {
                serve.run(self.config, settings).await?;
                return Ok(ExitCode::SUCCESS);
            }
            Command::Doctor(doctor) => return doctor.run(&self.config).await,
            command => command,
        };
        let db = WritingDb::open_existing(&self.config.database()).await?;
        let place = Workplace { db, clock: Clock::default(), config: self.config };
        let answer = match command {
            Command::Serve(_) | Command::Doctor(_) => return Ok(ExitCode::SUCCESS),
            Command::Account(command) => command.run(&place).await,
            Command::Portal(command) => command.run(&place).await,
            Command::ApiKey(command) => command.run(&place).await,
            Command::Developer(command) => command.run(&place).await,
            Command::App(command) => command.run(&place).await,
            Command::Grant(command) => command.run(&place).await,
            Command::ResourceServer(command) => command.run(&place).await,
            Command::EncryptionKey(command) => command.run(&place).await,
            Command::Files(command) => command.run(&place).await,
            Command::Jobs(command) => command.run(&place).await,
            Command::Audit(command) => command.run(&place).await,
            Command::Mail(command) => command.run(&place).await,
        }?;
        print(&answer)?;
        Ok(ExitCode::SUCCESS)
    }
}
