//! The real server, as an operator runs it.

use std::process::ExitStatus;

use tokio::sync::OnceCell;

use super::{Database, Engine, Instance, Ran, ServerProcess, klantportaal};

pub struct Server {
    instance: Instance,
    process: ServerProcess,
}

impl std::ops::Deref for Server {
    type Target = Instance;

    fn deref(&self) -> &Instance {
        &self.instance
    }
}

impl Server {
    /// The server that most tests use together; each makes its own portals in it.
    pub async fn shared(engine: Engine) -> &'static Self {
        static SQLITE: OnceCell<Server> = OnceCell::const_new();
        static POSTGRES: OnceCell<Server> = OnceCell::const_new();
        let cell = match engine {
            Engine::Sqlite => &SQLITE,
            Engine::Postgres => &POSTGRES,
        };
        cell.get_or_init(async || Self::start(engine, &[]).await).await
    }

    /// A server of the test's own, with further flags.
    pub async fn start(engine: Engine, flags: &[&str]) -> Self {
        let database = Database::fresh(engine).await;
        let mut all = database.flags();
        all.extend(["--listen", "127.0.0.1:0"].iter().chain(flags).map(|flag| (*flag).to_owned()));
        let process = ServerProcess::start(database.folder(), &all);
        let url = process.url();
        Self { instance: Instance::new(url, database).await, process }
    }

    /// Runs another command on the server's database.
    pub fn cli(&self, arguments: &[&str]) -> Ran {
        self.cli_with_input(arguments, "")
    }

    pub fn cli_with_input(&self, arguments: &[&str], input: &str) -> Ran {
        Ran::with_input(klantportaal().args(arguments).args(self.database.flags()), input)
    }

    /// Stops it as an operator would; returns how it ended, and its whole log.
    pub fn stop(self) -> (ExitStatus, String) {
        self.process.stop()
    }
}
