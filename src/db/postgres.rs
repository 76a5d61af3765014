//! PostgreSQL. Point reads are pipelined over one shared connection, which costs less than checking
//! a connection out of a pool; lists and transactions take a pooled connection each.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use futures_util::{StreamExt, pin_mut};
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Config, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{DbError, FromRow, Param, Row};

const POOL_SIZE: usize = 16;

#[derive(Clone)]
pub struct Postgres(Arc<Inner>);

struct Inner {
    config: Config,
    tls: MakeRustlsConnect,
    shared: RwLock<Arc<Shared>>,
    pool: Pool,
}

/// The connection for point reads, and the statements prepared on it, by the address of their text.
struct Shared {
    client: Arc<Client>,
    statements: RwLock<HashMap<(usize, usize), Statement>>,
    /// Who wants to know the version.
    versions: mpsc::UnboundedSender<oneshot::Sender<u64>>,
}

impl ToSql for Param<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut bytes::BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Bool(bool) => bool.to_sql_checked(ty, out),
            Self::Int(int) if *ty == Type::INT4 => i32::try_from(*int)?.to_sql_checked(ty, out),
            Self::Int(int) => int.to_sql_checked(ty, out),
            Self::Text(text) => text.as_ref().to_sql_checked(ty, out),
            Self::Bytes(bytes) => bytes.as_ref().to_sql_checked(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl From<tokio_postgres::Error> for DbError {
    fn from(error: tokio_postgres::Error) -> Self {
        if error.code() == Some(&SqlState::UNIQUE_VIOLATION) {
            Self::Duplicate
        } else {
            Self::Postgres(error)
        }
    }
}

impl From<deadpool_postgres::PoolError> for DbError {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        match error {
            deadpool_postgres::PoolError::Backend(error) => error.into(),
            error => Self::Connection(error.to_string()),
        }
    }
}

/// What went wrong, for the operator's log. The server's own words come without their details,
/// which may hold values of rows.
pub(super) fn reason(error: &tokio_postgres::Error) -> String {
    if let Some(told) = error.as_db_error() {
        return format!("{}: {}", told.severity(), told.message());
    }
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// `?1` to `$1`, once for each statement of the program.
fn translate(sql: &'static str) -> &'static str {
    static KNOWN: LazyLock<RwLock<HashMap<(usize, usize), &'static str>>> =
        LazyLock::new(RwLock::default);
    let key = (sql.as_ptr() as usize, sql.len());
    if let Some(known) = KNOWN.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return known;
    }
    let translated: &'static str = sql.replace('?', "$").leak();
    KNOWN.write().unwrap_or_else(PoisonError::into_inner).insert(key, translated);
    translated
}

fn dyn_params<'a>(
    params: &'a [Param<'_>],
) -> impl ExactSizeIterator<Item = &'a (dyn ToSql + Sync)> {
    params.iter().map(|param| param as &(dyn ToSql + Sync))
}

impl Postgres {
    pub(super) async fn open(url: &str) -> Result<Self, DbError> {
        let mut config: Config = url.parse()?;
        if config.get_application_name().is_none() {
            config.application_name("klantportaal");
        }
        let (tls, faults) = MakeRustlsConnect::with_native_certs().map_err(|faults| {
            DbError::Connection(format!("the system's certificates cannot be read: {faults:?}"))
        })?;
        for fault in faults {
            tracing::warn!(%fault, "one of the system's certificates cannot be read");
        }
        let manager = Manager::from_config(
            config.clone(),
            tls.clone(),
            ManagerConfig { recycling_method: RecyclingMethod::Fast },
        );
        let pool = Pool::builder(manager)
            .max_size(POOL_SIZE)
            .build()
            .map_err(|error| DbError::Connection(error.to_string()))?;
        let shared = RwLock::new(Arc::new(Shared::connect(&config, &tls).await?));
        Ok(Self(Arc::new(Inner { config, tls, shared, pool })))
    }

    async fn shared(&self) -> Result<Arc<Shared>, DbError> {
        let shared = Arc::clone(&self.0.shared.read().unwrap_or_else(PoisonError::into_inner));
        if !shared.client.is_closed() {
            return Ok(shared);
        }
        let fresh = Arc::new(Shared::connect(&self.0.config, &self.0.tls).await?);
        *self.0.shared.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&fresh);
        Ok(fresh)
    }

    /// See [`super::Db::version`].
    pub(super) async fn version(&self) -> Option<u64> {
        let (asking, answer) = oneshot::channel();
        self.shared().await.ok()?.versions.send(asking).ok()?;
        answer.await.ok()
    }

    pub(super) async fn row<T: FromRow>(
        &self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Option<T>, DbError> {
        let shared = self.shared().await?;
        let statement = shared.prepare(sql).await?;
        first_row(&shared.client, &statement, params).await
    }

    pub(super) async fn rows<T: FromRow>(
        &self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Vec<T>, DbError> {
        let connection = self.0.pool.get().await?;
        let statement = connection.prepare_cached(translate(sql)).await?;
        all_rows(&connection, &statement, params).await
    }

    pub(super) async fn begin(&self) -> Result<PostgresTx, DbError> {
        let connection = self.0.pool.get().await?;
        connection.batch_execute("BEGIN").await?;
        Ok(PostgresTx { connection: Some(connection) })
    }
}

impl Shared {
    async fn connect(config: &Config, tls: &MakeRustlsConnect) -> Result<Self, DbError> {
        let (client, connection) = config.connect(tls.clone()).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(%error, "the shared PostgreSQL connection ended");
            }
        });
        let (client, (versions, asked)) = (Arc::new(client), mpsc::unbounded_channel());
        tokio::spawn(tell_versions(Arc::clone(&client), asked));
        Ok(Self { client, statements: RwLock::default(), versions })
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

/// Tells the version to all who ask: those who ask while a statement is under way share the next
/// one, which begins after they asked.
///
/// A snapshot's text names the transactions whose writes it shows. So as long as the text is the
/// same, nothing was committed, by whatever process.
async fn tell_versions(
    client: Arc<Client>,
    mut asked: mpsc::UnboundedReceiver<oneshot::Sender<u64>>,
) -> Result<(), tokio_postgres::Error> {
    /// Over all connections: after a crash of the server, snapshots may come a second time.
    static LATEST: AtomicU64 = AtomicU64::new(0);
    let statement = client.prepare("SELECT pg_current_snapshot()::text").await?;
    let (mut waiting, mut snapshot, mut version) = (Vec::new(), String::new(), 0);
    while asked.recv_many(&mut waiting, usize::MAX).await > 0 {
        let now: String = client.query_one(&statement, &[]).await?.try_get(0)?;
        if now != snapshot {
            (snapshot, version) = (now, LATEST.fetch_add(1, Ordering::Relaxed) + 1);
        }
        for asking in waiting.drain(..) {
            // Whoever does not wait any more need not know.
            let _ = asking.send(version);
        }
    }
    Ok(())
}

async fn first_row<T: FromRow>(
    client: &Client,
    statement: &Statement,
    params: &[Param<'_>],
) -> Result<Option<T>, DbError> {
    let rows = client.query_raw(statement, dyn_params(params)).await?;
    pin_mut!(rows);
    let mut first = None;
    while let Some(row) = rows.next().await {
        let row = row?;
        if first.is_none() {
            first = Some(T::from_row(&mut Row::postgres(&row))?);
        }
    }
    Ok(first)
}

async fn all_rows<T: FromRow>(
    client: &Client,
    statement: &Statement,
    params: &[Param<'_>],
) -> Result<Vec<T>, DbError> {
    let rows = client.query_raw(statement, dyn_params(params)).await?;
    pin_mut!(rows);
    let mut all = Vec::new();
    while let Some(row) = rows.next().await {
        all.push(T::from_row(&mut Row::postgres(&row?))?);
    }
    Ok(all)
}

pub struct PostgresTx {
    /// Empty once the transaction has ended.
    connection: Option<Object>,
}

impl PostgresTx {
    fn connection(&self) -> Result<&Object, DbError> {
        self.connection
            .as_ref()
            .ok_or_else(|| DbError::Connection("the transaction has ended".into()))
    }

    pub(super) async fn row<T: FromRow>(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Option<T>, DbError> {
        let connection = self.connection()?;
        let statement = connection.prepare_cached(translate(sql)).await?;
        first_row(connection, &statement, params).await
    }

    pub(super) async fn rows<T: FromRow>(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Vec<T>, DbError> {
        let connection = self.connection()?;
        let statement = connection.prepare_cached(translate(sql)).await?;
        all_rows(connection, &statement, params).await
    }

    pub(super) async fn execute(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<u64, DbError> {
        let connection = self.connection()?;
        let statement = connection.prepare_cached(translate(sql)).await?;
        Ok(connection.execute_raw(&statement, dyn_params(params)).await?)
    }

    pub(super) async fn script(&mut self, sql: &str) -> Result<(), DbError> {
        // Words for SQLite alone: where a row lies is not for the table's definition to say here.
        Ok(self.connection()?.batch_execute(&sql.replace(" WITHOUT ROWID", "")).await?)
    }

    pub(super) async fn commit(mut self) -> Result<(), DbError> {
        self.connection()?.batch_execute("COMMIT").await?;
        self.connection = None;
        Ok(())
    }
}

impl Drop for PostgresTx {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            // The connection goes back to the pool only once it has been cleaned.
            tokio::spawn(async move {
                if connection.batch_execute("ROLLBACK").await.is_err() {
                    drop(Object::take(connection));
                }
            });
        }
    }
}
