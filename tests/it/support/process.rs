//! A server, ours or another, as a separate process that never outlives the tests.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::cli::without_settings;

/// Sees to it that the server ends when the tests do.
const KEEPER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keeper.sh");

/// The longest that a server may take to start.
const START: Duration = Duration::from_secs(60);

/// The longest that a line may take from the keeper to here.
const LOG: Duration = Duration::from_secs(60);

pub struct ServerProcess {
    keeper: Child,
    orders: Mutex<Option<ChildStdin>>,
    stdout: Mutex<Receiver<String>>,
    stderr: Arc<Log>,
    readers: [Option<JoinHandle<()>>; 2],
}

/// What the server logged, without the keeper's marks.
#[derive(Default)]
struct Log {
    lines: Mutex<(String, Option<String>)>,
    marked: Condvar,
}

impl Log {
    fn add(&self, line: String) {
        let mut lines = self.lines.lock().unwrap();
        if line.starts_with("mark ") {
            lines.1 = Some(line);
            self.marked.notify_all();
        } else {
            lines.0.push_str(&line);
            lines.0.push('\n');
        }
    }

    fn text(&self) -> String {
        self.lines.lock().unwrap().0.clone()
    }

    /// What stands above a mark.
    fn above(&self, mark: &str) -> String {
        let lines = self.lines.lock().unwrap();
        let is_missing = |lines: &mut (String, Option<String>)| lines.1.as_deref() != Some(mark);
        let (lines, waited) = self.marked.wait_timeout_while(lines, LOG, is_missing).unwrap();
        assert!(!waited.timed_out(), "the keeper has not written {mark}");
        lines.0.clone()
    }
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
        let stderr = Arc::new(Log::default());
        let (err, log) = (keeper.stderr.take().unwrap(), Arc::clone(&stderr));
        let err = thread::spawn(move || {
            BufReader::new(err).lines().map_while(Result::ok).for_each(|line| log.add(line))
        });
        let orders = Mutex::new(keeper.stdin.take());
        let readers = [Some(out), Some(err)];
        Self { keeper, orders, stdout: Mutex::new(stdout), stderr, readers }
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

    /// All that it has logged so far: the log comes through a pipe, so that a mark of the keeper comes
    /// after it.
    pub fn log(&self) -> String {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let mut orders = self.orders.lock().unwrap();
        let mark = format!("mark {}", COUNT.fetch_add(1, Ordering::Relaxed));
        let asked = orders.as_mut().is_some_and(|orders| writeln!(orders, "{mark}").is_ok());
        if asked { self.stderr.above(&mark) } else { self.stderr.text() }
    }

    /// Ends it by a signal (`TERM` as an operator does, `KILL` as a power cut does); returns how it
    /// ended, and its whole log.
    pub fn end(mut self, signal: &str) -> (ExitStatus, String) {
        let mut orders = self.orders.lock().unwrap().take().unwrap();
        writeln!(orders, "{signal}").unwrap();
        let [out, err] = self.readers.each_mut().map(|reader| reader.take().unwrap());
        // The server has ended when nothing more can come; the keeper's own end of the log is still open.
        out.join().unwrap();
        drop(orders);
        err.join().unwrap();
        let status = self.keeper.wait().unwrap();
        (status, self.log())
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        self.orders.lock().unwrap().take();
        let _ = self.keeper.wait();
    }
}
