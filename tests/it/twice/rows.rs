//! How many rows there are in each table, and how many mails; and holding all tables.

use std::collections::BTreeMap;
use std::time::Duration;

use klantportaal::db::{DatabaseUrl, DbError, Single, Tx};
use tokio_postgres::error::SqlState;

use crate::support::Instance;

/// Tables whose rows come and go by themselves, or are no result.
const RESTLESS: [&str; 12] = [
    "app_usage_days",
    "finished_steps",
    // What was typed, for who has to try again.
    "form_drafts",
    "jobs",
    "maintenance",
    "migrations",
    "periodic_work",
    "portal_usage_days",
    "readiness_probes",
    "request_log_segments",
    "request_log_totals",
    "search_progress",
];

/// How long nothing may change until it is believed that nothing will; the longer for what hashes a
/// password first.
pub const SHORT: Duration = Duration::from_millis(15);
pub const LONG: Duration = Duration::from_millis(250);

/// How many there are of each, or how many more; what there is none of is not listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts(BTreeMap<String, i64>);

impl Counts {
    pub fn since(&self, before: &Self) -> Self {
        let names = self.0.keys().chain(before.0.keys());
        let count = |counts: &Self, name| counts.0.get(name).copied().unwrap_or_default();
        let more = names.map(|name| (name.clone(), count(self, name) - count(before, name)));
        Self(more.filter(|(_, more)| *more != 0).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

pub struct Rows {
    count: &'static str,
    hold: Option<&'static str>,
}

impl Rows {
    pub async fn of(server: &Instance) -> Self {
        let is_postgres = matches!(server.database.url().parse(), Ok(DatabaseUrl::Postgres(_)));
        let sql = if is_postgres {
            "SELECT table_name::text AS value FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"
        } else {
            "SELECT name AS value FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'search_grams%' ORDER BY 1"
        };
        let tables: Vec<Single<String>> = server.db.rows(sql, &[]).await.unwrap();
        let tables = tables.iter().map(|Single(name)| name.as_str());
        let tables: Vec<&str> = tables.filter(|name| !RESTLESS.contains(name)).collect();
        assert!(tables.len() > 30, "the database lost its tables: {tables:?}");
        let counts = tables
            .iter()
            .map(|table| format!("SELECT '{table} ' || (SELECT count(*) FROM {table}) AS value"));
        let count = counts.collect::<Vec<_>>().join(" UNION ALL ").leak();
        // On SQLite whoever writes holds everything.
        let hold = is_postgres
            .then(|| &*format!("LOCK TABLE {} IN EXCLUSIVE MODE NOWAIT", tables.join(", ")).leak());
        Self { count, hold }
    }

    async fn now(&self, server: &Instance) -> Counts {
        let rows: Vec<Single<String>> = server.db.rows(self.count, &[]).await.unwrap();
        let pair = |Single(row): &Single<String>| {
            let (name, count) = row.split_once(' ').unwrap();
            (name.to_owned(), count.parse().unwrap())
        };
        let mut counts: BTreeMap<String, i64> = rows.iter().map(pair).collect();
        let mails = std::fs::read_dir(server.database.folder().join("mail"));
        let mails = mails.map_or(0, |mails| {
            let names = mails.map(|mail| mail.unwrap().path());
            names.filter(|name| name.extension().is_some_and(|kind| kind == "json")).count()
        });
        counts.insert("(mails)".to_owned(), i64::try_from(mails).unwrap());
        Counts(counts)
    }

    /// How many there are once nothing is under way beside answers: as many after a pause as before.
    pub async fn settled(&self, server: &Instance, pause: Duration) -> Counts {
        let mut last = self.now(server).await;
        loop {
            tokio::time::sleep(pause).await;
            server.queue_is_empty().await;
            let now = self.now(server).await;
            if now == last {
                return now;
            }
            last = now;
        }
    }

    /// Lets nobody write until the transaction ends. Everybody can read. The tables are locked one after
    /// the other, so waiting for one of them could end in a deadlock with whoever writes meanwhile.
    pub async fn hold(&self, server: &Instance) -> Tx {
        loop {
            let mut tx = server.db.begin().await.unwrap();
            let Some(hold) = self.hold else { return tx };
            match tx.execute(hold, &[]).await {
                Ok(_) => return tx,
                Err(DbError::Postgres(error))
                    if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => {}
                Err(error) => panic!("{error}"),
            }
            drop(tx);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
