//! The one connection for writing. Requests that wait for it share a commit, because a commit waits
//! for the disk, which takes longer than all else in a transaction: see
//! `docs/decisions/0045-shared-commits.md`.
//!
//! The first of a group begins SQLite's transaction. Each is a savepoint in it, so it can fail or be
//! dropped alone, and whoever commits waits until the whole group is on disk. Work beside requests
//! can take long, and is a group of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use super::at_commit::AtCommit;
use super::checkpoint::{self, Log};
use super::damage::Damage;
use super::{Sqlite, execute, identity, row, rows, unusable};
use crate::db::change_counter::ChangeCounter;
use crate::db::waiting::{self, Told, wait};
use crate::db::{DbError, FromRow, Outage, Param};

/// The maximum number of transactions in a group.
const MOST: usize = 64;
/// How long a group is open to further transactions.
const LONGEST: Duration = Duration::from_millis(5);

/// The writer, and those that wait for it.
pub(super) struct Queue {
    writer: Arc<Mutex<Writer>>,
    waiting: AtomicUsize,
}

pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    pub(super) log: Arc<Log>,
    /// The identity of the opened file.
    pub(super) file: (u64, u64),
    changes: Arc<ChangeCounter>,
    damage: Damage,
    /// Those whose transaction is open.
    group: Option<Group>,
}

/// Transactions that are committed together.
struct Group {
    begun: Instant,
    /// Those that wait for the commit.
    members: Vec<oneshot::Sender<Result<(), DbError>>>,
    /// The version of token data at its beginning.
    token_data: Option<i64>,
    at_commit: AtCommit,
}

impl Group {
    fn is_full(&self) -> bool {
        self.members.len() >= MOST || self.begun.elapsed() >= LONGEST
    }

    fn join(&mut self) -> Told {
        let (member, told) = oneshot::channel();
        self.members.push(member);
        told
    }

    fn tell(self, done: &Result<(), DbError>) {
        for member in self.members {
            // A request that was cancelled needs no result.
            let _ = member.send(done.as_ref().copied().map_err(DbError::same));
        }
    }
}

impl Queue {
    pub(super) fn new(writer: Writer) -> Self {
        Self { writer: Arc::new(Mutex::new(writer)), waiting: AtomicUsize::new(0) }
    }

    /// Waits for the writer, after those that came before.
    async fn turn(&self) -> OwnedMutexGuard<Writer> {
        struct Waiting<'a>(&'a AtomicUsize);
        impl Drop for Waiting<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.waiting);
        Arc::clone(&self.writer).lock_owned().await
    }

    /// Commits the open group after those that wait now have joined it, as far as it has room.
    async fn commit_soon(self: Arc<Self>) {
        loop {
            let writer = Arc::clone(&self.writer).lock_owned().await;
            match &writer.group {
                None => return,
                Some(group) if group.is_full() || self.waiting.load(Ordering::Relaxed) == 0 => {
                    if let Err(error) = commit(writer).await {
                        tracing::error!(%error, "a commit was not tried");
                    }
                    return;
                }
                Some(_) => {}
            }
        }
    }
}

/// Commits the open group, off the threads that serve requests.
pub(super) async fn commit(
    mut writer: OwnedMutexGuard<Writer>,
) -> Result<OwnedMutexGuard<Writer>, DbError> {
    let committed = tokio::task::spawn_blocking(move || {
        writer.commit();
        writer
    });
    let writer = committed.await.map_err(|error| DbError::Connection(error.to_string()))?;
    checkpoint::begin_if_due(&writer);
    Ok(writer)
}

impl Writer {
    pub(super) fn new(
        mut connection: Connection,
        path: &Path,
        changes: Arc<ChangeCounter>,
        damage: Damage,
    ) -> Result<Self, DbError> {
        let file = identity(path).ok_or_else(|| DbError::Gone(path.to_owned()))?;
        let log = Log::of(&mut connection)?;
        Ok(Self { connection, path: path.to_owned(), log, file, changes, damage, group: None })
    }

    /// Writes to a removed file are lost, and never reach the file that replaced it.
    fn must_be_in_place(&self) -> Result<(), DbError> {
        if identity(&self.path) == Some(self.file) {
            Ok(())
        } else {
            Err(DbError::Gone(self.path.clone()))
        }
    }

    /// Begins a group, in a transaction that has just begun.
    fn open(&mut self) -> Result<(), DbError> {
        if let Err(error) = self.must_be_in_place() {
            self.undo();
            return Err(error);
        }
        let token_data = self.token_data_version();
        let (begun, at_commit) = (Instant::now(), AtCommit::default());
        self.group = Some(Group { begun, members: Vec::new(), token_data, at_commit });
        Ok(())
    }

    /// Commits the open group, and tells its members.
    fn commit(&mut self) {
        let Some(group) = self.group.take() else { return };
        let done = self.try_commit(&group);
        if done.is_err() {
            self.undo();
        }
        group.tell(&self.damage.noticed_in(done));
    }

    fn try_commit(&self, group: &Group) -> Result<(), DbError> {
        self.must_be_in_place()?;
        group.at_commit.run(&self.connection)?;
        let token_data = self.token_data_version();
        let is_changed = token_data.is_none() || token_data != group.token_data;
        let write = self.changes.begin(is_changed).map_err(unusable(&self.path))?;
        let done = self.connection.execute_batch("COMMIT");
        // Nobody else writes before it is undone, because the lock is held until then.
        if done.is_err() {
            self.undo();
        }
        self.changes.end(&write);
        Ok(done?)
    }

    /// Ends the snapshots that readers keep, as a write does.
    pub(super) fn end_snapshots(&self) -> Result<(), DbError> {
        match self.connection.execute_batch("BEGIN IMMEDIATE").map_err(DbError::from) {
            // Another process writes, which ends them too.
            Err(error) if error.outage() == Some(Outage::Busy) => return Ok(()),
            begun => begun?,
        }
        let write = self.changes.begin(false).map_err(unusable(&self.path));
        self.undo();
        self.changes.end(&write?);
        Ok(())
    }

    /// Ends the open group without committing it.
    fn give_up(&mut self, error: &DbError) {
        self.undo();
        if let Some(group) = self.group.take() {
            group.tell(&Err(error.same()));
        }
    }

    fn undo(&self) {
        // SQLite may have done so itself.
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }

    /// The number that triggers advance in a transaction that changes token data; `None` when there
    /// is no such table yet.
    fn token_data_version(&self) -> Option<i64> {
        let sql = "SELECT version FROM token_data_version";
        let read = self.connection.prepare_cached(sql);
        read.and_then(|mut read| read.query_row([], |row| row.get(0))).ok()
    }
}

impl Sqlite {
    #[cfg(test)]
    pub(super) async fn is_moving(&self) -> bool {
        self.writing().unwrap().queue.turn().await.log.is_moving()
    }

    pub(in crate::db) async fn begin(&self) -> Result<SqliteTx, DbError> {
        let queue = &self.writing()?.queue;
        let mut writer = self.turn(queue).await?;
        let is_alone = !waiting::is_request();
        if writer.group.as_ref().is_some_and(|group| is_alone || group.is_full()) {
            writer = commit(writer).await?;
        }
        if writer.group.is_none() {
            let connection = &mut writer.connection;
            self.patiently(move || Ok(connection.execute_batch("BEGIN IMMEDIATE")?)).await?;
            writer.open()?;
            if !is_alone {
                tokio::spawn(Arc::clone(queue).commit_soon());
            }
        }
        let mut tx = SqliteTx { writer: Some(writer), is_alone, at_commit: AtCommit::default() };
        tx.run(|connection| Ok(connection.prepare_cached("SAVEPOINT member")?.raw_execute()?))?;
        Ok(tx)
    }

    /// Waits for the writer, but no longer than the limit.
    async fn turn(&self, queue: &Queue) -> Result<OwnedMutexGuard<Writer>, DbError> {
        let turn = async { Ok::<_, DbError>(queue.turn().await) };
        wait("the transactions of other requests", self.0.limit, turn).await
    }

    /// See [`crate::db::Db::look_after`].
    pub(in crate::db) async fn look_after(&self) -> Result<(), DbError> {
        if self.writing()?.changes.is_in_place() {
            return Ok(());
        }
        // Committing restores the counters.
        self.begin().await?.commit().await
    }

    /// See [`crate::db::Db::settle`].
    pub(in crate::db) async fn settle(&self) -> Result<(), DbError> {
        let mut writer = commit(self.turn(&self.writing()?.queue).await?).await?;
        let connection = &mut writer.connection;
        self.patiently(move || {
            let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
            let busy: i64 =
                super::in_place(|| connection.query_row(checkpoint, [], |row| row.get(0)))?;
            let busy_code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
            match busy {
                0 => Ok(()),
                _ => Err(rusqlite::Error::SqliteFailure(busy_code, None).into()),
            }
        })
        .await
    }
}

/// A transaction: a savepoint within that of its group.
pub struct SqliteTx {
    /// Nothing once it has ended.
    writer: Option<OwnedMutexGuard<Writer>>,
    /// Whether it is a group of its own.
    is_alone: bool,
    /// What it leaves for the commit of its group.
    at_commit: AtCommit,
}

fn ended() -> DbError {
    DbError::Connection("the transaction has ended".into())
}

impl SqliteTx {
    fn run<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T, DbError>,
    ) -> Result<T, DbError> {
        let writer = self.writer.as_mut().ok_or_else(ended)?;
        let done = writer.damage.noticed_in(work(&writer.connection));
        if let Err(error) = &done
            && writer.connection.is_autocommit()
        {
            // SQLite gave up the whole group's transaction.
            writer.give_up(error);
            self.writer = None;
        }
        done
    }

    pub(in crate::db) fn row<T: FromRow>(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Option<T>, DbError> {
        self.run(|connection| row(connection, sql, params))
    }

    pub(in crate::db) fn rows<T: FromRow>(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Vec<T>, DbError> {
        self.run(|connection| rows(connection, sql, params))
    }

    pub(in crate::db) fn execute(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<u64, DbError> {
        self.run(|connection| execute(connection, sql, params))
    }

    pub(in crate::db) const fn at_commit(&mut self) -> &mut AtCommit {
        &mut self.at_commit
    }

    pub(in crate::db) fn script(&mut self, sql: &str) -> Result<(), DbError> {
        self.run(|connection| Ok(connection.execute_batch(sql)?))
    }

    /// Ends the savepoint, and waits until the group is on disk. A commit can't be stopped, so there
    /// is no limit: what failed was not written.
    pub(in crate::db) async fn commit(mut self) -> Result<(), DbError> {
        self.run(|connection| Ok(connection.prepare_cached("RELEASE member")?.raw_execute()?))?;
        let mut writer = self.writer.take().ok_or_else(ended)?;
        let group = writer.group.as_mut().ok_or_else(ended)?;
        group.at_commit.append(std::mem::take(&mut self.at_commit));
        let told = group.join();
        if self.is_alone {
            drop(commit(writer).await?);
        } else {
            drop(writer);
        }
        told.await.unwrap_or_else(|_| Err(ended()))
    }
}

impl Drop for SqliteTx {
    fn drop(&mut self) {
        let Some(mut writer) = self.writer.take() else { return };
        if self.is_alone {
            writer.undo();
            writer.group = None;
        } else if let Err(error) =
            writer.connection.execute_batch("ROLLBACK TO member; RELEASE member")
        {
            writer.give_up(&error.into());
        } else if let Some(group) = &mut writer.group
            && !group.members.is_empty()
        {
            // What it read may come from members that are not on disk yet, and so may the answer.
            waiting::owe(group.join());
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;
    use crate::db::change_counter::Counted;
    use crate::db::params;
    use crate::db::value::Single;
    use crate::db::waiting::at_most;

    const LIMIT: Duration = Duration::from_secs(60);
    const INSERT: &str = "INSERT INTO things VALUES (?1)";

    async fn things() -> (tempfile::TempDir, Sqlite) {
        let dir = tempfile::tempdir().unwrap();
        let db = Sqlite::open(&dir.path().join("things.db"), LIMIT).unwrap();
        let mut tx = db.begin().await.unwrap();
        tx.script("CREATE TABLE things (value BIGINT PRIMARY KEY)").unwrap();
        tx.commit().await.unwrap();
        (dir, db)
    }

    async fn count(db: &Sqlite) -> i64 {
        let sql = "SELECT count(*) AS value FROM things";
        let Single(count) = db.row::<Single<i64>>(sql, params![]).await.unwrap().unwrap();
        count
    }

    /// Adds a value as a request does.
    async fn add(db: Sqlite, value: i64) -> Result<(), DbError> {
        let adding = async {
            let mut tx = db.begin().await?;
            tx.execute(INSERT, params![value])?;
            tx.commit().await
        };
        at_most(LIMIT, adding).await?
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn requests_that_wait_share_commits_and_fail_alone() {
        let (dir, db) = things().await;
        let before = db.version(Counted::Writes).unwrap();
        // All wait until somebody else lets go of the file; each value is added twice.
        let holder = Connection::open(dir.path().join("things.db")).unwrap();
        holder.execute_batch("BEGIN IMMEDIATE").unwrap();
        let begun = Arc::new(AtomicUsize::new(0));
        let adding = (0..40).map(|number| {
            let (db, begun) = (db.clone(), Arc::clone(&begun));
            tokio::spawn(async move {
                begun.fetch_add(1, Ordering::Relaxed);
                add(db, number / 2).await
            })
        });
        let adding: Vec<_> = adding.collect();
        while begun.load(Ordering::Relaxed) < 40 {
            tokio::task::yield_now().await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        holder.execute_batch("ROLLBACK").unwrap();
        let done = join_all(adding).await;
        let failed: Vec<_> = done.into_iter().filter_map(|done| done.unwrap().err()).collect();
        assert_eq!(failed.len(), 20);
        assert!(failed.iter().all(|error| matches!(error, DbError::Duplicate)));
        assert_eq!(count(&db).await, 20);
        let commits = db.version(Counted::Writes).unwrap() - before;
        assert!((1..20).contains(&commits), "{commits} commits");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_request_that_is_dropped_leaves_nothing_and_holds_nobody_up() {
        let (_dir, db) = things().await;
        let dropped = at_most(LIMIT, async {
            let mut tx = db.begin().await.unwrap();
            tx.execute(INSERT, params![1_i64]).unwrap();
        });
        dropped.await.unwrap();
        // One that waits for its turn and gives up.
        let held = at_most(LIMIT, async {
            let tx = db.begin().await.unwrap();
            let late = tokio::time::timeout(Duration::from_millis(20), db.begin()).await;
            assert!(late.is_err());
            drop(tx);
        });
        held.await.unwrap();
        add(db.clone(), 2).await.unwrap();
        assert_eq!(count(&db).await, 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_commit_that_fails_fails_all_of_its_members() {
        let (dir, db) = things().await;
        let path = dir.path().join("things.db");
        let both = async {
            let one = async {
                let mut tx = db.begin().await?;
                tx.execute(INSERT, params![1_i64])?;
                // Between the statements and the commit, somebody takes the file away.
                std::fs::rename(&path, path.with_extension("away")).unwrap();
                tx.commit().await
            };
            let other = async {
                let mut tx = db.begin().await?;
                tx.execute(INSERT, params![2_i64])?;
                tx.commit().await
            };
            tokio::join!(one, other)
        };
        let (one, other) = at_most(LIMIT, both).await.unwrap();
        assert!(matches!(one, Err(DbError::Gone(_))), "{one:?}");
        assert!(matches!(other, Err(DbError::Gone(_))), "{other:?}");
        std::fs::rename(path.with_extension("away"), &path).unwrap();
        assert_eq!(count(&db).await, 0);
        add(db.clone(), 3).await.unwrap();
    }

    /// On one thread, the commit comes when both wait for it.
    #[tokio::test]
    async fn an_answer_waits_for_the_members_that_it_may_tell_of() {
        let (dir, db) = things().await;
        let path = dir.path().join("things.db");
        let mut one = at_most(LIMIT, db.begin()).await.unwrap().unwrap();
        one.execute(INSERT, params![1_i64]).unwrap();
        let answer = at_most(LIMIT, async {
            let mut tx = db.begin().await.unwrap();
            let found: Option<Single<i64>> = tx.row("SELECT value FROM things", params![]).unwrap();
            std::fs::rename(&path, path.with_extension("away")).unwrap();
            found.is_some()
        });
        let (done, answer) = tokio::join!(one.commit(), answer);
        assert!(matches!(done, Err(DbError::Gone(_))), "{done:?}");
        assert!(matches!(answer, Err(DbError::Gone(_))), "it tells of what never came to be");
    }

    #[tokio::test]
    async fn a_read_sees_what_the_request_saw_in_a_transaction_before() {
        let (_dir, db) = things().await;
        let mut one = at_most(LIMIT, db.begin()).await.unwrap().unwrap();
        one.execute(INSERT, params![1_i64]).unwrap();
        let reads = at_most(LIMIT, async {
            let sql = "SELECT value FROM things";
            let mut tx = db.begin().await.unwrap();
            let within: Option<Single<i64>> = tx.row(sql, params![]).unwrap();
            drop(tx);
            let after: Option<Single<i64>> = db.row(sql, params![]).await.unwrap();
            (within.is_some(), after.is_some())
        });
        let (done, reads) = tokio::join!(one.commit(), reads);
        done.unwrap();
        assert_eq!(reads.unwrap(), (true, true));
    }
}
