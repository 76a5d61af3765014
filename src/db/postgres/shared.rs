//! The connection for point reads. All requests share it, so it is monitored as a whole: if the
//! server doesn't respond for as long as a request can wait, all waiting requests fail.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;
use tokio_postgres::{Client, Config, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{CONNECTION, DbError, FromRow, Param, first_row, limits, translate, wait, waiting};

/// How often to check for responses.
const WATCH_EVERY: Duration = Duration::from_millis(250);

pub(super) struct Shared {
    client: Arc<Client>,
    /// Its prepared statements, by the address of their text.
    statements: RwLock<HashMap<(usize, usize), Statement>>,
    /// The waiting requests for the version of token data.
    versions: mpsc::UnboundedSender<oneshot::Sender<u64>>,
    progress: Arc<Progress>,
    /// Cancelled when this connection ends.
    watch: AbortHandle,
}

/// The numbers of started and finished requests.
#[derive(Default)]
struct Progress {
    asked: AtomicU64,
    answered: AtomicU64,
    over: AtomicU64,
    /// Whether the server was silent for too long.
    silent: AtomicBool,
}

struct Asked<'a>(&'a Progress);

impl Progress {
    fn ask(&self) -> Asked<'_> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Asked(self)
    }
}

impl Asked<'_> {
    fn answered(self) {
        self.0.answered.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.0.over.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

impl Shared {
    pub(super) async fn connect(
        config: &Config,
        tls: &MakeRustlsConnect,
        limit: Duration,
    ) -> Result<Self, DbError> {
        let connecting = async {
            let (client, connection) = config.connect(tls.clone()).await?;
            let connection = tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::warn!(%error, "the shared PostgreSQL connection ended");
                }
            });
            client.batch_execute(&limits(limit)).await.inspect_err(|_| connection.abort())?;
            Ok::<_, DbError>((client, connection.abort_handle()))
        };
        let (client, connection) = wait(CONNECTION, limit, connecting).await?;
        let (client, (versions, asked)) = (Arc::new(client), mpsc::unbounded_channel());
        tokio::spawn(tell_versions(Arc::clone(&client), asked));
        let progress = Arc::<Progress>::default();
        let watch = tokio::spawn(watch(Arc::clone(&progress), limit, connection)).abort_handle();
        Ok(Self { client, statements: RwLock::default(), versions, progress, watch })
    }

    pub(super) fn is_open(&self) -> bool {
        !self.client.is_closed()
    }

    /// See [`crate::db::Db::token_data_version`].
    pub(super) async fn token_data_version(&self) -> Option<u64> {
        let asked = self.progress.ask();
        let (asking, answer) = oneshot::channel();
        let version = match self.versions.send(asking) {
            Ok(()) => answer.await.ok(),
            Err(_) => None,
        };
        match version {
            Some(_) => asked.answered(),
            None => self.give_up(),
        }
        version
    }

    pub(super) async fn row<T: FromRow>(
        &self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Option<T>, DbError> {
        let asked = self.progress.ask();
        let answer = async {
            let statement = self.prepare(sql).await?;
            first_row(&self.client, &statement, params).await
        };
        match answer.await {
            Ok(row) => {
                asked.answered();
                Ok(row)
            }
            Err(error) => {
                self.give_up();
                Err(error)
            }
        }
    }

    /// Fails all waiting requests after the server was silent.
    fn give_up(&self) {
        if self.progress.silent.load(Ordering::Relaxed) {
            waiting::use_up();
        }
    }

    async fn prepare(&self, sql: &'static str) -> Result<Statement, DbError> {
        let key = (sql.as_ptr() as usize, sql.len());
        if let Some(statement) =
            self.statements.read().unwrap_or_else(PoisonError::into_inner).get(&key)
        {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(translate(sql)).await?;
        self.statements
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, statement.clone());
        Ok(statement)
    }
}

/// Ends the connection once requests have gone without a response for `limit`.
async fn watch(progress: Arc<Progress>, limit: Duration, connection: AbortHandle) {
    let (mut before, mut silence) = (0, Duration::ZERO);
    while !connection.is_finished() {
        tokio::time::sleep(WATCH_EVERY).await;
        let answered = progress.answered.load(Ordering::Relaxed);
        let nobody_waits =
            progress.over.load(Ordering::Relaxed) == progress.asked.load(Ordering::Relaxed);
        if answered != before || nobody_waits {
            (before, silence) = (answered, Duration::ZERO);
            continue;
        }
        silence += WATCH_EVERY;
        if silence >= limit {
            tracing::warn!(seconds = limit.as_secs(), "PostgreSQL does not respond");
            progress.silent.store(true, Ordering::Relaxed);
            connection.abort();
        }
    }
}

/// Serves requests for the version of token data: those that arrive during a statement share the
/// next one, which begins after they arrived. One that fails answers nothing.
async fn tell_versions(
    client: Arc<Client>,
    mut asked: mpsc::UnboundedReceiver<oneshot::Sender<u64>>,
) {
    /// Across all connections: after a server crash, a number can repeat.
    static LATEST: AtomicU64 = AtomicU64::new(0);
    let (mut statement, mut waiting) = (None, Vec::new());
    let (mut known, mut version) = (None, 0);
    while asked.recv_many(&mut waiting, usize::MAX).await > 0 {
        // A database that is still to be created has no such table yet.
        match read_version(&client, &mut statement).await {
            Ok(now) => {
                if known != Some(now) {
                    (known, version) = (Some(now), LATEST.fetch_add(1, Ordering::Relaxed) + 1);
                }
                for asking in waiting.drain(..) {
                    // A caller that no longer waits needs no result.
                    let _ = asking.send(version);
                }
            }
            Err(_) => waiting.clear(),
        }
    }
}

async fn read_version(
    client: &Client,
    statement: &mut Option<Statement>,
) -> Result<i64, tokio_postgres::Error> {
    let prepared = match statement {
        Some(prepared) => prepared,
        none => none.insert(client.prepare("SELECT version FROM token_data_version").await?),
    };
    client.query_one(&*prepared, &[]).await?.try_get(0)
}
