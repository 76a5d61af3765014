//! The real server, as an operator runs it.

use std::process::ExitStatus;

use jiff::Timestamp;
use tokio::sync::OnceCell;

use super::address::take_own_address;
use super::{Database, Engine, Instance, Ran, ServerProcess, klantportaal};

pub struct Server {
    // The process goes first, then what it works on.
    process: ServerProcess,
    instance: Instance,
}

impl std::ops::Deref for Server {
    type Target = Instance;

    fn deref(&self) -> &Instance {
        &self.instance
    }
}

impl Server {
    /// The server that most tests use together; each makes its own portals in it, and comes from its
    /// own address.
    pub async fn shared(engine: Engine) -> &'static Self {
        take_own_address();
        static SQLITE: OnceCell<Server> = OnceCell::const_new();
        static POSTGRES: OnceCell<Server> = OnceCell::const_new();
        let cell = match engine {
            Engine::Sqlite => &SQLITE,
            Engine::Postgres => &POSTGRES,
        };
        cell.get_or_init(async || Self::start(engine, &[]).await).await
    }

    /// A server of the test's own, with further flags. It doesn't clean up by itself for an hour:
    /// otherwise it would a minute after its start, in the middle of a long test.
    pub async fn start(engine: Engine, flags: &[&str]) -> Self {
        let database = Database::up_to_date(engine).await;
        database.note_clean_up(Timestamp::now()).await;
        Self::start_on(database, flags).await
    }

    /// A server on a database that may hold data already.
    pub async fn start_on(database: Database, flags: &[&str]) -> Self {
        let mut all: Vec<String> = database
            .flags()
            .chunks(2)
            .filter(|pair| !flags.contains(&pair[0].as_str()))
            .flatten()
            .cloned()
            .collect();
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

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Ends it by a signal, `TERM` or `KILL`; returns how it ended, its whole log, and what it
    /// leaves.
    pub fn end(self, signal: &str) -> (ExitStatus, String, Database) {
        let (status, log, instance) = self.end_beside(signal);
        (status, log, instance.database)
    }

    /// The same, while the test's own handle on the database stays open: whoever closes SQLite's
    /// file last puts everything into it.
    pub fn end_beside(self, signal: &str) -> (ExitStatus, String, Instance) {
        let (status, log) = self.process.end(signal);
        (status, log, self.instance)
    }
}
