//! `klantportaal serve`

use std::io::{IsTerminal, Write};

use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::CliError;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::WritingDb;
use crate::demo;
use crate::http::{Sites, listening_origin, serve};
use crate::mail::Mailer;
use crate::server::{WritingServer, sealing_keys};

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Add, once, a demo portal with example data, and print how to log in; mail is shown at
    /// /mailbox
    #[arg(long)]
    demo: bool,
}

impl Serve {
    pub(super) async fn run(self, config: Config) -> Result<(), CliError> {
        tracing_subscriber::fmt()
            .with_env_filter(&config.log)
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal())
            .init();
        let db = WritingDb::open(&config.database_url, &config.data_dir).await?;
        let keys = sealing_keys(&config, &db).await?;
        let listener = TcpListener::bind(config.listen).await.map_err(|error| {
            CliError::Usage(format!("cannot listen on {}: {error}", config.listen))
        })?;
        let bound = listener.local_addr()?;
        let sites = Sites::new(&config, bound);
        let mailer = Mailer::new(&config)?;
        let server =
            WritingServer::new(config, sites, db, keys, Clock::default(), mailer, self.demo);
        let mut stdout = std::io::stdout();
        writeln!(stdout, "Klantportaal listens on {}", listening_origin(bound))?;
        if self.demo {
            let text = demo::prepare(&server).await?;
            writeln!(stdout, "{text}")?;
        }
        stdout.flush()?;
        serve(server, listener, stop_signal()?).await?;
        Ok(())
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
