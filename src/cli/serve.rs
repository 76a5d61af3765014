//! `klantportaal serve`

use std::io::Write;

use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::context::CliError;
use super::log;
use crate::app::serve;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{WritingDb, check_left_over};
use crate::demo;
use crate::mail::{Concern, Mailer};
use crate::objects::Objects;
use crate::private_folder::is_open_to_others;
use crate::public_urls::{PublicUrls, listening_origin};
use crate::server::{WritingServer, sealing_keys};

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Add a demo portal with example data, once, and print how to log in; e-mail is shown at
    /// /mailbox
    #[arg(long)]
    demo: bool,

    /// Start with an empty database in a data folder that has files of an earlier one
    #[arg(long)]
    new_database: bool,
}

impl Serve {
    pub(super) async fn run(self, config: Config, settings: &str) -> Result<(), CliError> {
        log::start(&config.log);
        tracing::info!(version = env!("CARGO_PKG_VERSION"), "klantportaal starts");
        tracing::info!("settings in force: {settings}");
        if !self.new_database {
            check_left_over(&config.database())?;
        }
        let db = WritingDb::open(&config.database()).await?;
        let keys = sealing_keys(&config, &db).await?;
        if is_open_to_others(&config.data_dir) {
            tracing::warn!(
                folder = %config.data_dir.display(),
                "other users of this machine can read the data folder; run `chmod 700` on it"
            );
        }
        check_files(&config).await?;
        let listener = TcpListener::bind(config.listen).await.map_err(|error| {
            CliError::Usage(format!("cannot listen on {}: {error}", config.listen))
        })?;
        let bound = listener.local_addr()?;
        let public_urls = PublicUrls::new(&config, bound);
        let mailer = Mailer::new(&config)?;
        if !self.demo {
            warn_of_mail(&config);
        }
        let server =
            WritingServer::new(config, public_urls, db, keys, Clock::default(), mailer, self.demo)?;
        // Whoever reads the address may ask for a stop at once.
        let stop = stop_signal()?;
        let mut stdout = std::io::stdout();
        writeln!(stdout, "Klantportaal listens on {}", listening_origin(bound))?;
        if self.demo {
            let text = demo::prepare(&server).await?;
            writeln!(stdout, "{text}")?;
        }
        stdout.flush()?;
        serve(server, listener, stop).await?;
        Ok(())
    }
}

/// Asks the S3 server whether the settings are right. While it is away, the rest of the product works.
async fn check_files(config: &Config) -> Result<(), CliError> {
    let objects = Objects::from_settings(&config.files, &config.data_dir)?;
    match objects.check().await {
        Err(fault) if fault.is_passing() => {
            tracing::error!("{fault}; files can't be uploaded or downloaded until it can");
            Ok(())
        }
        Err(fault) => Err(CliError::Usage(format!(
            "files can't be stored in {}: {fault}; {}",
            config.files.files_store,
            fault.remedy()
        ))),
        Ok(()) => Ok(()),
    }
}

/// Logs problems with the mail settings. A demo shows its mail on a page.
fn warn_of_mail(config: &Config) {
    for concern in Concern::of(config) {
        tracing::warn!("{concern}; {}", concern.remedy());
    }
}

/// Ready when the process is asked to stop (Ctrl-C or SIGTERM).
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping");
    })
}
