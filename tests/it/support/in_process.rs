//! A server inside the test process, whose clock the test can move.

use clap::Parser;
use klantportaal::app::serve;
use klantportaal::clock::Clock;
use klantportaal::config::Config;
use klantportaal::mail::Mailer;
use klantportaal::public_urls::PublicUrls;
use klantportaal::server::sealing_keys;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::{Database, Engine, Instance};

pub struct InProcess {
    /// Stops the server when it is dropped, before its database goes.
    _stop: oneshot::Sender<()>,
    instance: Instance,
    pub clock: Clock,
    /// The server itself, to do at once what it does from time to time.
    pub server: klantportaal::server::WritingServer,
}

impl std::ops::Deref for InProcess {
    type Target = Instance;

    fn deref(&self) -> &Instance {
        &self.instance
    }
}

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    config: Config,
}

impl InProcess {
    pub async fn start(engine: Engine) -> Self {
        Self::start_with(engine, |_| Vec::new()).await
    }

    /// The settings of flags.
    pub fn settings(flags: &[String]) -> Config {
        let name = ["klantportaal".to_owned()];
        Settings::parse_from(name.iter().chain(flags)).config
    }

    /// A server with further flags, which may depend on the port.
    pub async fn start_with(engine: Engine, flags: impl FnOnce(u16) -> Vec<String>) -> Self {
        Self::start_by(Clock::default(), engine, flags).await
    }

    /// A server for which no time passes but what the test lets pass, however long the test takes.
    pub async fn stopped(engine: Engine) -> Self {
        Self::stopped_with(engine, |_| Vec::new()).await
    }

    /// The same with further flags.
    pub async fn stopped_with(engine: Engine, flags: impl FnOnce(u16) -> Vec<String>) -> Self {
        Self::start_by(Clock::stopped(jiff::Timestamp::now()), engine, flags).await
    }

    async fn start_by(
        clock: Clock,
        engine: Engine,
        flags: impl FnOnce(u16) -> Vec<String>,
    ) -> Self {
        let database = Database::up_to_date(engine).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let arguments = [database.flags(), flags(address.port())].concat();
        let config = Self::settings(&arguments);
        let (public_urls, mailer) =
            (PublicUrls::new(&config, address), Mailer::new(&config).unwrap());
        let db = database.open().await;
        let keys = sealing_keys(&config, &db).await.unwrap();
        let server = klantportaal::server::WritingServer::new(
            config,
            public_urls,
            db,
            keys,
            clock.clone(),
            mailer,
            false,
        )
        .unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(serve(server.clone(), listener, async { drop(stopped.await) }));
        Self {
            instance: Instance::new(format!("http://{address}"), database).await,
            clock,
            server,
            _stop: stop,
        }
    }
}
