//! PostgreSQL. Point reads are pipelined over one shared connection, which is cheaper than checking
//! a connection out of a pool; lists and transactions use a pooled connection each.

mod shared;
mod tx;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};
use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use futures_util::{StreamExt, pin_mut};
use tokio::sync::watch;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Config, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use self::shared::Shared;
pub use self::tx::PostgresTx;
use super::waiting::{self, BESIDE_REQUESTS, wait};
use super::{DbError, FromRow, Param, Row};

/// What was waited for, for error messages.
const CONNECTION: &str = "a PostgreSQL connection";
const ANSWER: &str = "an answer of PostgreSQL";

/// TCP keepalive: the idle time, the interval, and the number of probes before the connection is
/// considered broken: half a minute in total.
const KEEPALIVE: (Duration, Duration, u32) = (Duration::from_secs(15), Duration::from_secs(5), 3);

#[derive(Clone)]
pub struct Postgres(Arc<Inner>);

struct Inner {
    config: Config,
    tls: MakeRustlsConnect,
    limit: Duration,
    shared: RwLock<Arc<Shared>>,
    /// Locked while creating a new shared connection, so that a recovered server doesn't get a
    /// connection attempt from every request.
    connecting: tokio::sync::Mutex<()>,
    pool: Pool,
    /// Notified of committed jobs.
    enqueued: watch::Sender<()>,
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
        match error.code() {
            Some(&SqlState::UNIQUE_VIOLATION) => Self::Duplicate,
            Some(&SqlState::DATA_CORRUPTED | &SqlState::INDEX_CORRUPTED) => {
                Self::Damaged(reason(&error))
            }
            _ => Self::Postgres(error),
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

/// The error, for the operator's log. The server's message is logged without its details, which can
/// contain row values.
pub(super) fn reason(error: &tokio_postgres::Error) -> String {
    if let Some(told) = error.as_db_error() {
        return format!("{}: {}", told.severity(), told.message());
    }
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Converts `?1` to `$1`, once for each statement of the program.
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
    /// `limit` is how long a request can wait, `connections` the maximum number besides the shared
    /// one.
    pub(super) async fn open(
        url: &str,
        connections: usize,
        limit: Duration,
    ) -> Result<Self, DbError> {
        let mut config: Config = url.parse()?;
        if config.get_application_name().is_none() {
            config.application_name("klantportaal");
        }
        let (idle, interval, retries) = KEEPALIVE;
        config.keepalives_idle(idle).keepalives_interval(interval).keepalives_retries(retries);
        config.connect_timeout(limit);
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
        let limits = limits(limit);
        let pool = Pool::builder(manager)
            .max_size(connections)
            .post_create(Hook::async_fn(move |client, _| {
                let limits = limits.clone();
                Box::pin(
                    async move { client.batch_execute(&limits).await.map_err(HookError::Backend) },
                )
            }))
            .build()
            .map_err(|error| DbError::Connection(error.to_string()))?;
        let shared = RwLock::new(Arc::new(Shared::connect(&config, &tls, limit).await?));
        let connecting = tokio::sync::Mutex::default();
        let enqueued = watch::Sender::new(());
        Ok(Self(Arc::new(Inner { config, tls, limit, shared, connecting, pool, enqueued })))
    }

    pub(super) fn enqueued(&self) -> &watch::Sender<()> {
        &self.0.enqueued
    }

    fn present(&self) -> Arc<Shared> {
        Arc::clone(&self.0.shared.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn shared(&self) -> Result<Arc<Shared>, DbError> {
        let present = self.present();
        if present.is_open() {
            return Ok(present);
        }
        // In a box: every read's future would have room for it otherwise.
        Box::pin(wait(CONNECTION, self.0.limit, self.connect_again())).await
    }

    async fn connect_again(&self) -> Result<Arc<Shared>, DbError> {
        let _connecting = self.0.connecting.lock().await;
        let present = self.present();
        if present.is_open() {
            return Ok(present);
        }
        let Inner { config, tls, limit, .. } = &*self.0;
        let fresh = Arc::new(Shared::connect(config, tls, *limit).await?);
        *self.0.shared.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&fresh);
        Ok(fresh)
    }

    /// See [`super::Db::token_data_version`].
    pub(super) async fn token_data_version(&self) -> Option<u64> {
        self.shared().await.ok()?.token_data_version().await
    }

    pub(super) async fn row<T: FromRow>(
        &self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Option<T>, DbError> {
        self.shared().await?.row(sql, params).await
    }

    pub(super) async fn rows<T: FromRow>(
        &self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Vec<T>, DbError> {
        let connection = self.connection().await?;
        let answer = wait(ANSWER, BESIDE_REQUESTS, async {
            let statement = connection.prepare_cached(translate(sql)).await?;
            all_rows(&connection, &statement, params).await
        })
        .await;
        if let Err(DbError::TooLong(_)) = answer {
            // Its response may still arrive, and must not go to another request.
            drop(Object::take(connection));
        }
        answer
    }

    pub(super) async fn begin(&self) -> Result<PostgresTx, DbError> {
        PostgresTx::begin(self.connection().await?).await
    }

    async fn connection(&self) -> Result<Object, DbError> {
        wait(CONNECTION, self.0.limit, self.0.pool.get()).await
    }
}

/// Timeouts enforced by the server itself: for statements, for row locks, and for idle
/// transactions. Statements are not compiled, which takes longer than any of ours runs: a search of
/// a millisecond takes half a second that way, since PostgreSQL expects it to be costly.
fn limits(limit: Duration) -> String {
    let (limit, statement) = (limit.as_millis(), BESIDE_REQUESTS.as_millis());
    format!(
        "SET statement_timeout = {statement}; SET lock_timeout = {limit}; \
         SET idle_in_transaction_session_timeout = {statement}; SET jit = off"
    )
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
