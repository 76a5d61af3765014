//! A server, ours or another, as a separate process that never outlives the tests.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::cli::without_settings;

/// Sees to it that the server ends when the tests do.
const KEEPER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keeper.sh");

/// The longest that a server may take to start.
const START: Duration = Duration::from_secs(60);

pub struct ServerProcess {
    keeper: Child,
    signals: Option<ChildStdin>,
    stdout: Mutex<Receiver<String>>,
    stderr: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
}

impl ServerProcess {
    /// Starts `klantportaal serve` with these flags; `folder` is where its data is.
    pub fn start(folder: &Path, flags: &[String]) -> Self {
        Self::run(
            folder,
            env!("CARGO_BIN_EXE_klantportaal"),
            &[&["serve".to_owned()], flags].concat(),
        )
    }

    /// Starts any program; `folder` goes with it.
    pub fn run(folder: &Path, program: &str, arguments: &[String]) -> Self {
        let mut command = Command::new("sh");
        command.arg(KEEPER).arg(folder).arg(program).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut keeper = without_settings(&mut command).spawn().unwrap();
        let (lines, stdout) = mpsc::channel();
        let out = BufReader::new(keeper.stdout.take().unwrap());
        let out = thread::spawn(move || {
            out.lines().map_while(Result::ok).for_each(|line| drop(lines.send(line)))
        });
        let stderr = Arc::new(Mutex::new(String::new()));
        let (err, log) = (keeper.stderr.take().unwrap(), Arc::clone(&stderr));
        let err = thread::spawn(move || {
            for line in BufReader::new(err).lines().map_while(Result::ok) {
                let mut log = log.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        let signals = keeper.stdin.take();
        Self { keeper, signals, stdout: Mutex::new(stdout), stderr, readers: vec![out, err] }
    }

    /// The address that the server says it listens on.
    pub fn url(&self) -> String {
        let line = self
            .stdout
            .lock()
            .unwrap()
            .recv_timeout(START)
            .unwrap_or_else(|_| panic!("the server did not start:\n{}", self.log()));
        line.strip_prefix("Klantportaal listens on ")
            .unwrap_or_else(|| panic!("unexpected first line: {line}"))
            .to_owned()
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.stderr.lock().unwrap().clone()
    }

    /// Ends it by a signal (`TERM` as an operator does, `KILL` as a power cut does); returns how it
    /// ended, and its whole log.
    pub fn end(mut self, signal: &str) -> (ExitStatus, String) {
        writeln!(self.signals.as_mut().unwrap(), "{signal}").unwrap();
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        self.signals.take();
        let status = self.keeper.wait().unwrap();
        (status, self.log())
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        self.signals.take();
        let _ = self.keeper.wait();
    }
}
