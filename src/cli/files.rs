//! `klantportaal files …`

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use clap::Subcommand;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::context::{CliError, Workplace, print};
use crate::audit::{Action, Event};
use crate::db::Cleaner;
use crate::ids::FileId;
use crate::maintenance::{CopyReport, Verified, copy_contents, remove_copied, remove_orphans};
use crate::objects::{Objects, Place, ScanAgain, count_rows, release_waiting};

/// How often progress is told: on a terminal, and in a log.
const ON_TERMINAL: Duration = Duration::from_millis(200);
const IN_LOG: Duration = Duration::from_secs(10);

/// The most damaged files that are named.
const MOST_NAMED: usize = 100;

#[derive(Debug, Subcommand)]
#[command(
    after_help = "The S3 server is described by s3-endpoint, s3-region, s3-access-key-id and s3-secret-access-key.
To move everything from disk into a bucket:
  1. klantportaal files move-to s3://klanten/files        while the servers run; takes as long as it takes
  2. stop the servers, and do it again: only what is new is copied
  3. set files-store to s3://klanten/files, and start the servers
  4. klantportaal files move-to s3://klanten/files --from disk --delete-source    when all is well

Instead of stopping them, you can restart the servers with the new setting after step 1 and then repeat it with
--from disk; in between, the newest files can't be downloaded."
)]
pub(super) enum Command {
    /// Copy the contents of all files to another place: disk, or s3://BUCKET/PREFIX. Each one is verified there by
    /// its hash. Interrupted, it goes on when it is started again. Prints how many there were; exit code: 0 all of
    /// them are there, 1 it stopped, 2 some are missing or damaged where they were
    MoveTo {
        /// Where to
        place: Place,
        /// Where from [default: files-store]
        #[arg(long, value_name = "PLACE")]
        from: Option<Place>,
        /// Then remove what was copied from where it was; files-store must be the new place already
        #[arg(long, requires = "from")]
        delete_source: bool,
    },

    /// Release all files that wait for the virus scanner, without a scan, because it was switched off for good.
    /// Blocked ones stay blocked. Prints {"released"}, their number
    ReleaseWaiting,

    /// Scan files for viruses again: after clamd's settings or signatures were mended, or a lost content came
    /// back. Nobody can download them until then. Prints {"scannedAgain"}, their number
    ScanAgain {
        /// All that are blocked
        #[arg(long, required_unless_present_any = ["waiting", "ids"], conflicts_with_all = ["waiting", "ids"])]
        blocked: bool,
        /// All that wait for their scan
        #[arg(long, conflicts_with = "ids")]
        waiting: bool,
        /// The ids of their contents, fsf_…, as the log says them; also of files from before there was a scanner
        #[arg(value_name = "ID")]
        ids: Vec<FileId>,
    },
}

impl Command {
    pub(super) async fn run(self, place: &Workplace) -> Result<Value, CliError> {
        let (target, from, delete_source) = match self {
            Self::MoveTo { place, from, delete_source } => (place, from, delete_source),
            Self::ReleaseWaiting => return release(place).await,
            Self::ScanAgain { blocked: true, .. } => {
                return scan_again(place, &[ScanAgain::Blocked]).await;
            }
            Self::ScanAgain { waiting: true, .. } => {
                return scan_again(place, &[ScanAgain::Waiting]).await;
            }
            Self::ScanAgain { ids, .. } => {
                let which: Vec<ScanAgain> = ids.into_iter().map(ScanAgain::File).collect();
                return scan_again(place, &which).await;
            }
        };
        let (settings, data_dir) = (&place.config.files, &place.config.data_dir);
        let source = from.unwrap_or_else(|| settings.files_store.clone());
        if source == target {
            let hint = "name another place with --from";
            return Err(CliError::Usage(format!("the contents are in {target} already; {hint}")));
        }
        if delete_source && settings.files_store != target {
            return Err(CliError::Usage(format!(
                "set files-store to {target} and restart the servers first; then run this again with --delete-source"
            )));
        }
        let objects = |place: &Place| Objects::at(place, settings, data_dir);
        let (from, to) = (objects(&source)?, objects(&target)?);
        for (place, objects) in [(&source, &from), (&target, &to)] {
            objects.check().await.map_err(|fault| {
                CliError::Usage(format!("{place}: {fault}; {}", fault.remedy()))
            })?;
        }
        let mut verified = Verified::of(&target, data_dir)?;
        let mut progress = Progress::new(count_rows(&place.db).await?);
        let told = |so_far: &CopyReport| progress.tell(so_far);
        let copied = copy_contents(&place.db, (&from, &to), &mut verified, told).await;
        progress.end();
        let copied = copied.map_err(|error| {
            CliError::Usage(format!("it stopped: {error}; start it again to go on"))
        })?;
        let mut answer = describe(&copied);
        if !copied.damaged.is_empty() {
            print(&answer)?;
            return Err(damaged(&copied, &source));
        }
        if delete_source {
            let cleaner = Cleaner::new(place.db.clone(), CancellationToken::new());
            answer["removed"] = remove_copied(&from, &to).await?.into();
            remove_orphans(&cleaner, &from, place.clock.now()).await?;
        }
        Ok(answer)
    }
}

async fn release(place: &Workplace) -> Result<Value, CliError> {
    if place.config.files.scanner.is_some() {
        let text =
            "scanner is set: remove it from the settings of all servers and restart them first";
        return Err(CliError::Usage(text.to_owned()));
    }
    let mut tx = place.db.begin().await?;
    let released = release_waiting(&mut tx).await?;
    if released > 0 {
        let subject = released.to_string();
        let event = Event::by_operator(Action::WaitingFilesReleased, &subject);
        event.record(&mut tx, place.clock.now()).await?;
    }
    tx.commit().await?;
    Ok(json!({ "released": released }))
}

async fn scan_again(place: &Workplace, which: &[ScanAgain]) -> Result<Value, CliError> {
    if place.config.files.scanner.is_none() {
        return Err(CliError::Usage("scanner is not set: nothing would scan the files".to_owned()));
    }
    let now = place.clock.now();
    let mut tx = place.db.begin().await?;
    let mut all = 0;
    for which in which {
        let begun = which.begin(&mut tx, now).await?;
        if let (0, ScanAgain::File(id)) = (begun, which) {
            return Err(CliError::Usage(format!(
                "there is no file or attachment with the content {id}"
            )));
        }
        all += begun;
    }
    if all > 0 {
        let subject = all.to_string();
        let event = Event::by_operator(Action::FilesScannedAgain, &subject);
        event.record(&mut tx, now).await?;
    }
    tx.commit().await?;
    Ok(json!({ "scannedAgain": all }))
}

fn describe(copied: &CopyReport) -> Value {
    json!({
        "files": copied.files,
        "copied": copied.copied,
        "copiedBytes": copied.bytes,
        "present": copied.present,
        "damaged": copied.damaged.len(),
    })
}

fn damaged(copied: &CopyReport, source: &Place) -> CliError {
    let named = copied.damaged.iter().take(MOST_NAMED);
    let named: Vec<String> = named.map(|key| format!("{} of {}", key.file, key.portal)).collect();
    let text = format!(
        "{} contents in {source} are missing or damaged: {}",
        copied.damaged.len(),
        named.join(", ")
    );
    CliError::Exit { code: 2, text }
}

/// Tells people how far it is.
struct Progress {
    all: u64,
    is_terminal: bool,
    last: Instant,
    is_begun: bool,
}

impl Progress {
    fn new(all: u64) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        Self { all, is_terminal, last: Instant::now(), is_begun: false }
    }

    fn tell(&mut self, so_far: &CopyReport) {
        let every = if self.is_terminal { ON_TERMINAL } else { IN_LOG };
        if so_far.files < self.all && self.last.elapsed() < every {
            return;
        }
        self.last = Instant::now();
        let megabytes = so_far.bytes / 1_000_000;
        let text = format!(
            "{} of {} files, {} of them copied ({megabytes} MB)",
            so_far.files, self.all, so_far.copied
        );
        let mut stderr = std::io::stderr().lock();
        // Nobody may be there to read it.
        let _ = if self.is_terminal {
            self.is_begun = true;
            write!(stderr, "\r\x1b[K{text}").and_then(|()| stderr.flush())
        } else {
            writeln!(stderr, "{text}")
        };
    }

    fn end(&self) {
        if self.is_begun {
            let _ = writeln!(std::io::stderr().lock());
        }
    }
}
