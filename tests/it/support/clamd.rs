//! Virus scanners: one of ours that finds a word and can be away, and ClamAV's.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use klantportaal::db::{Single, ToParam};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Instance, ServerProcess, until};

/// What is refused.
pub const VIRUS: &[u8] = b"een VIRUS in een bestand";

/// What gets no verdict.
pub const RIDDLE: &str = "een RAADSEL";

/// The scanner.
pub struct FakeClamd {
    folder: tempfile::TempDir,
    listening: Mutex<Option<JoinHandle<()>>>,
    is_held: watch::Sender<bool>,
    held: Arc<AtomicUsize>,
    is_loading: Arc<AtomicBool>,
}

impl FakeClamd {
    pub fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("klantportaal-clamd-").tempdir().unwrap();
        let (is_held, _) = watch::channel(false);
        let fake = Self {
            folder,
            listening: Mutex::default(),
            is_held,
            held: Arc::default(),
            is_loading: Arc::default(),
        };
        fake.come_back();
        fake
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("clamd.ctl")
    }

    /// The setting of a server that uses it.
    pub fn flag(&self) -> String {
        format!("--scanner=clamd:{}", self.path().display())
    }

    pub fn go_away(&self) {
        std::fs::remove_file(self.path()).unwrap();
        self.listening.lock().unwrap().take().unwrap().abort();
    }

    pub fn come_back(&self) {
        let listener = UnixListener::bind(self.path()).unwrap();
        let (is_held, held) = (self.is_held.clone(), self.held.clone());
        let is_loading = self.is_loading.clone();
        let listening = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(scan(
                    connection,
                    is_held.subscribe(),
                    held.clone(),
                    is_loading.clone(),
                ));
            }
        });
        *self.listening.lock().unwrap() = Some(listening);
    }

    /// Whether it ends each connection at once, as long as systemd keeps its socket while it starts again and
    /// again.
    pub fn set_loading(&self, is_loading: bool) {
        self.is_loading.store(is_loading, Ordering::SeqCst);
    }

    /// Lets all wait for their verdicts, until it is told to release them.
    pub fn hold(&self) {
        self.is_held.send_replace(true);
    }

    pub fn release(&self) {
        self.is_held.send_replace(false);
    }

    /// Waits until so many contents have waited for their verdicts.
    pub async fn until_held(&self, count: usize) {
        until("contents are scanned", async || self.held.load(Ordering::SeqCst) >= count).await;
    }
}

/// Whoever goes away in between gets no answer.
async fn scan(
    mut connection: UnixStream,
    mut is_held: watch::Receiver<bool>,
    held: Arc<AtomicUsize>,
    is_loading: Arc<AtomicBool>,
) -> std::io::Result<()> {
    let mut command = Vec::new();
    while command.last() != Some(&0) {
        command.push(connection.read_u8().await?);
    }
    if is_loading.load(Ordering::SeqCst) {
        return Ok(());
    }
    if command == b"zPING\0" {
        return connection.write_all(b"PONG\0").await;
    }
    assert_eq!(command, b"zINSTREAM\0");
    let mut content = Vec::new();
    loop {
        let length = connection.read_u32().await? as usize;
        if length == 0 {
            break;
        }
        let start = content.len();
        content.resize(start + length, 0);
        connection.read_exact(&mut content[start..]).await?;
    }
    if *is_held.borrow() {
        held.fetch_add(1, Ordering::SeqCst);
        is_held.wait_for(|is_held| !is_held).await.unwrap();
    }
    let has = |word: &[u8]| content.windows(word.len()).any(|part| part == word);
    let answer: &[u8] = if has(b"een VIRUS") {
        b"stream: Proef.Virus FOUND\0"
    } else if has(RIDDLE.as_bytes()) {
        b"Can't allocate memory ERROR\0"
    } else {
        b"stream: OK\0"
    };
    connection.write_all(answer).await
}

/// Lets waiting jobs of a kind run at once.
pub async fn hurry(server: &Instance, kind: &'static str) {
    let again = format!("UPDATE jobs SET run_at = 0 WHERE kind = '{kind}' AND state = 'waiting'");
    server.database.script(&again).await;
}

/// Waits until a statement counts so many rows.
pub async fn until_counted(server: &Instance, sql: &'static str, count: i64) {
    until(&format!("{sql}: {count}"), async || {
        matches!(server.db.row(sql, &[]).await.unwrap(), Some(Single::<i64>(found)) if found == count)
    })
    .await;
}

/// Waits until so many scans are in a state.
pub async fn until_scans(server: &Instance, state: &str, count: i64) {
    let sql = "SELECT count(*) AS value FROM content_scans WHERE state = ?1";
    until(&format!("{count} scans are {state}"), async || {
        let found: Option<Single<i64>> = server.db.row(sql, &[state.to_param()]).await.unwrap();
        found.is_some_and(|Single(found)| found == count)
    })
    .await;
}

/// Waits until so many scans wait for a scanner that is away.
pub async fn until_unreachable(server: &Instance, count: i64) {
    let failed = "SELECT count(*) AS value FROM jobs WHERE kind = 'scan_content' AND last_error LIKE 'clamd can''t be reached%'";
    until_counted(server, failed, count).await;
}

/// Where Debian's package clamav-daemon has it.
const PROGRAM: &str = "/usr/sbin/clamd";

/// A signature in the format `.ndb`: name, any type of file, anywhere in it, the test file of EICAR.
const SIGNATURES: &str = "Eicar-Proef:0:*:58354f2150254041505b345c505a58353428505e2937434329377d2445494341522d5354414e444152442d414e544956495255532d544553542d46494c452124482b482a\n";

/// ClamAV's own scanner, with one signature.
pub struct Clamd {
    folder: tempfile::TempDir,
    _process: ServerProcess,
}

impl Clamd {
    /// Starts it with further settings.
    pub async fn start(settings: &str) -> Self {
        assert!(
            Path::new(PROGRAM).exists(),
            "clamd is not installed: run the tests with `scripts/test rust`, which installs clamav-daemon"
        );
        let folder = tempfile::Builder::new().prefix("klantportaal-clamd-").tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        std::fs::create_dir(place("signatures")).unwrap();
        std::fs::write(place("signatures/test.ndb"), SIGNATURES).unwrap();
        let config = format!(
            "Foreground yes\nLocalSocket {}\nDatabaseDirectory {}\nTemporaryDirectory {}\nMaxThreads 2\n{settings}",
            place("clamd.ctl").display(),
            place("signatures").display(),
            folder.path().display(),
        );
        std::fs::write(place("clamd.conf"), config).unwrap();
        let flag = format!("--config-file={}", place("clamd.conf").display());
        let process = ServerProcess::run(folder.path(), PROGRAM, &[flag]);
        let is_there = async || UnixStream::connect(place("clamd.ctl")).await.is_ok();
        until("clamd listens", is_there).await;
        Self { folder, _process: process }
    }

    /// The setting of a server that uses it.
    pub fn flag(&self) -> String {
        format!("--scanner=clamd:{}", self.folder.path().join("clamd.ctl").display())
    }
}
