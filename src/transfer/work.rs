//! The job that checks, imports and undoes. Each piece of a file is one short transaction, which also
//! counts it as dealt with: so after a crash the work goes on where it was, and does nothing twice.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::marker::PhantomData;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::import::{Counts, Duplicates, Import, MOST_FAULTS, State};
use super::imported::{Faults, GoodRow, Imported, RowReader};
use super::intake::rows_of_piece;
use crate::audit::Action;
use crate::changes::{Author, Change, Importer};
use crate::clock::Clock;
use crate::db::{Single, WritingDb, params};
use crate::error::{Error, Result};
use crate::ids::{DeletionId, ImportId, PortalId};
use crate::jobs::{Attempt, Failure, Job, Kind, Retry};
use crate::quotas::Quotas;
use crate::tenant::{StoreTx, TenantSql, WritingStore};

/// How many rows are deleted in one transaction.
const UNDONE_AT_ONCE: i64 = 50;

const ZONE: TenantSql = TenantSql::new(
    "SELECT time_zone AS value FROM (SELECT id AS portal_id, time_zone FROM portals) p WHERE portal_id = ?1",
);
const ADD_FAULT: TenantSql = TenantSql::new(
    "INSERT INTO import_faults (portal_id, import_id, row_number, field, message) VALUES (?1, ?2, ?3, ?4, ?5)
     ON CONFLICT DO NOTHING",
);
const FORGET_FAULTS: TenantSql =
    TenantSql::new("DELETE FROM import_faults WHERE portal_id = ?1 AND import_id = ?2");
const RESTART: TenantSql = TenantSql::new(
    "UPDATE imports SET position = 0, faulty = 0, repeated = 0, known = 0
     WHERE portal_id = ?1 AND id = ?2 AND state = 'checking'",
);
const ADD_CREATED: TenantSql =
    TenantSql::new("INSERT INTO import_created (portal_id, import_id, row_id) VALUES (?1, ?2, ?3)");
const CREATED: TenantSql = TenantSql::new(
    "SELECT row_id AS value FROM import_created WHERE portal_id = ?1 AND import_id = ?2
     ORDER BY row_id LIMIT ?3",
);
const FORGET_CREATED: TenantSql = TenantSql::new(
    "DELETE FROM import_created WHERE portal_id = ?1 AND import_id = ?2 AND row_id = ?3",
);

/// What the job needs.
#[derive(Clone)]
pub struct ImportContext {
    /// The database.
    pub db: WritingDb,
    /// The clock.
    pub clock: Clock,
    /// The limits on what portals can have.
    pub quotas: Quotas,
}

impl ImportContext {
    /// Begins a transaction on a portal's rows.
    ///
    /// # Errors
    /// As [`WritingStore::begin`].
    pub async fn begin(&self, portal: &PortalId) -> Result<StoreTx> {
        Ok(WritingStore::open(self.db.clone(), portal.clone()).begin().await?)
    }
}

/// The work that is due on an import of an `R`: to check, import or undo.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct ImportJob<R> {
    portal: PortalId,
    import: ImportId,
    #[serde(skip)]
    resource: PhantomData<fn() -> R>,
}

impl<R> ImportJob<R> {
    /// The work on an import of a portal.
    pub(super) fn new(portal: &PortalId, import: &ImportId) -> Self {
        Self { portal: portal.clone(), import: import.clone(), resource: PhantomData }
    }
}

impl<R: Imported> Job for ImportJob<R> {
    type Context = ImportContext;

    const KIND: Kind = Kind {
        name: R::JOB,
        retry: Retry {
            first: SignedDuration::from_secs(1),
            factor: 4,
            longest: SignedDuration::from_mins(5),
            give_up_after: SignedDuration::from_hours(24),
        },
        at_once: 2,
        at_once_per_lane: 1,
        shared_by_portals: false,
        time_limit: Duration::from_secs(6 * 3600),
        keep: None,
    };

    /// A portal's own, so that no other one waits for it.
    fn lane(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.portal.as_str())
    }

    async fn run(&self, context: &ImportContext, _: Attempt) -> Result<(), Failure> {
        let store = WritingStore::open(context.db.clone(), self.portal.clone());
        let work = Work::<R> { store, context, import: &self.import, resource: PhantomData };
        work.run().await.map_err(Failure::temporary)
    }
}

struct Work<'a, R> {
    store: WritingStore,
    context: &'a ImportContext,
    import: &'a ImportId,
    resource: PhantomData<fn() -> R>,
}

/// Lets others write for half as long as they were delayed.
async fn pause(begun: Instant) {
    tokio::time::sleep((begun.elapsed() / 2).max(Duration::from_millis(1))).await;
}

impl<R: Imported> Work<'_, R> {
    /// Does what is due, piece by piece, until nothing is.
    async fn run(&self) -> Result<()> {
        let zone = match self.store.row(ZONE, params![]).await? {
            Some(Single::<String>(zone)) => TimeZone::get(&zone).unwrap_or(TimeZone::UTC),
            None => return Ok(()),
        };
        let mut seen = None;
        loop {
            let begun = Instant::now();
            let import = match Import::find(&self.store, self.import).await {
                Ok(import) => import,
                // It was deleted with its portal.
                Err(Error::NotFound) => return Ok(()),
                Err(error) => return Err(error),
            };
            match import.state {
                State::Checking if seen.is_none() => seen = Some(self.begin_check().await?),
                State::Checking => self.check(&import, &zone, seen.get_or_insert_default()).await?,
                State::Running => self.import(&import, &zone).await?,
                State::Undoing => self.undo(&import, &zone).await?,
                _ => return Ok(()),
            }
            pause(begun).await;
        }
    }

    async fn reader(&self, import: &Import, zone: &TimeZone) -> Result<RowReader<R>> {
        let more = R::more_columns(&self.store).await?;
        Ok(RowReader::new(import.fields(), more, import.lang(), zone.clone()))
    }

    /// Begins a check from the first row on: what an earlier attempt saw is gone with its process.
    async fn begin_check(&self) -> Result<Seen> {
        let mut tx = self.store.begin().await?;
        tx.execute(FORGET_FAULTS, params![self.import]).await?;
        tx.execute(RESTART, params![self.import]).await?;
        tx.commit().await?;
        Ok(Seen::default())
    }

    /// Checks a piece.
    async fn check(&self, import: &Import, zone: &TimeZone, seen: &mut Seen) -> Result<()> {
        if import.position >= import.piece_count {
            return self.end(import, State::Checked, None).await;
        }
        let content = import.piece(&self.store).await?;
        let (good, faulty) = read(&self.reader(import, zone).await?, &content);
        let mut counts = Counts { faulty: to_i64(faulty.len()), ..Counts::default() };
        let mut tx = self.store.begin().await?;
        if !import.take(&mut tx).await? {
            return Ok(());
        }
        for (row, faults) in faulty {
            seen.faults += to_i64(faults.len());
            for (field, message) in faults.iter().filter(|_| seen.faults <= MOST_FAULTS) {
                let message = serde_json::to_string(message).map_err(Error::internal)?;
                tx.execute(ADD_FAULT, params![import.id, row, field, message]).await?;
            }
        }
        let details: Vec<R::Details> = good.iter().map(|row| row.details.clone()).collect();
        let existing = existing::<R>(&mut tx, &details).await?;
        for details in &details {
            let keys = R::keys(details);
            // All are noted, so that the third of a kind is found too.
            let is_repeated = keys.iter().filter(|key| !seen.note(key)).count() > 0;
            if keys.iter().any(|key| existing.contains_key(key)) {
                counts.known += 1;
            } else if is_repeated {
                counts.repeated += 1;
            }
        }
        import.count(&mut tx, counts).await?;
        Ok(tx.commit().await?)
    }

    /// Imports a piece.
    async fn import(&self, import: &Import, zone: &TimeZone) -> Result<()> {
        if import.position >= import.piece_count {
            return self.end(import, State::Done, None).await;
        }
        let content = match import.piece(&self.store).await {
            // Another process has just dealt with it.
            Err(Error::NotFound) => return Ok(()),
            content => content?,
        };
        // Before the transaction: no request or job has two connections.
        let reader = self.reader(import, zone).await?;
        let mut tx = self.store.begin().await?;
        if !import.take(&mut tx).await? {
            return Ok(());
        }
        let importer = import.importer();
        let counts = self.import_rows(&mut tx, import, &reader, &content, &importer, zone).await;
        let counts = match counts {
            Err(Error::Conflict(message)) => {
                drop(tx);
                return self.end(import, State::Stopped, Some(message)).await;
            }
            counts => counts?,
        };
        import.count(&mut tx, counts).await?;
        import.forget_piece(&mut tx).await?;
        Ok(tx.commit().await?)
    }

    async fn import_rows(
        &self,
        tx: &mut StoreTx,
        import: &Import,
        reader: &RowReader<R>,
        content: &[u8],
        importer: &Importer,
        zone: &TimeZone,
    ) -> Result<Counts> {
        let (good, _) = read(reader, content);
        let details: Vec<R::Details> = good.iter().map(|row| row.details.clone()).collect();
        let mut existing = existing::<R>(tx, &details).await?;
        let change = self.change(importer, zone);
        let mut counts = Counts::default();
        for row in good {
            let keys = R::keys(&row.details);
            let known = keys.iter().find_map(|key| existing.get(key)).cloned();
            match (known, import.duplicates.unwrap_or(Duplicates::Skip)) {
                (Some(_), Duplicates::Skip) => counts.skipped += 1,
                (Some(id), Duplicates::Update) => {
                    match R::update(tx, &change, &id, reader.changes(row)).await {
                        Ok(()) => counts.updated += 1,
                        Err(Error::NotFound | Error::Invalid(_)) => counts.skipped += 1,
                        Err(error) => return Err(error),
                    }
                }
                (None, _) | (Some(_), Duplicates::Create) => {
                    let id = R::create(tx, &change, &self.context.quotas, row.details).await?;
                    tx.execute(ADD_CREATED, params![import.id, id]).await?;
                    for key in keys {
                        existing.entry(key).or_insert_with(|| id.clone());
                    }
                    counts.created += 1;
                }
            }
        }
        Ok(counts)
    }

    /// Deletes some of the rows that the import created, unless they were changed since.
    async fn undo(&self, import: &Import, zone: &TimeZone) -> Result<()> {
        let mut tx = self.store.begin().await?;
        tx.hold_portal().await?;
        if !import.take(&mut tx).await? {
            return Ok(());
        }
        let deletion = deletion_of(&import.id);
        let rows: Vec<Single<String>> =
            tx.rows(CREATED, params![import.id, UNDONE_AT_ONCE]).await?;
        if rows.is_empty() {
            drop(tx);
            return self.end(import, State::Undone, None).await;
        }
        let importer = import.importer();
        let change = self.change(&importer, zone);
        let mut counts = Counts::default();
        for Single(id) in rows {
            let is_deleted = R::delete_unchanged(&mut tx, &change, &id, &deletion).await?;
            counts.removed += i64::from(is_deleted);
            tx.execute(FORGET_CREATED, params![import.id, id]).await?;
        }
        import.count(&mut tx, counts).await?;
        Ok(tx.commit().await?)
    }

    /// Ends what was due, and tells it. The file of one that stopped goes.
    async fn end(
        &self,
        import: &Import,
        state: State,
        message: Option<crate::error::Message>,
    ) -> Result<()> {
        let mut tx = self.store.begin().await?;
        let states = (import.state, state);
        if Import::change_state(&mut tx, &import.id, states, false, message.as_ref()).await? {
            let Import { created, updated, skipped, faulty, removed, .. } = import;
            let told = match state {
                State::Done | State::Stopped => Some((
                    Action::ImportEnded,
                    format!("+{created} ~{updated} ={skipped} !{faulty}"),
                )),
                State::Undone => Some((Action::ImportUndone, format!("-{removed}"))),
                _ => None,
            };
            if let Some((action, numbers)) = told {
                import.tell(&mut tx, action, &numbers, self.context.clock.now()).await?;
            }
        }
        tx.commit().await?;
        if state == State::Stopped {
            Import::forget_file(self.import, || async { Ok(self.store.begin().await?) }).await?;
        }
        Ok(())
    }

    /// No request is behind it.
    fn change<'b>(&self, importer: &'b Importer, zone: &'b TimeZone) -> Change<'b> {
        let author = Author::Import(importer);
        Change { author, caller: None, now: self.context.clock.now(), zone }
    }
}

/// All rows that an undo deletes are of one deletion, so that they can be restored together.
fn deletion_of(import: &ImportId) -> DeletionId {
    let (_, random) = import.as_str().split_once('_').unwrap_or_default();
    format!("{}_{random}", DeletionId::PREFIX).parse().unwrap_or_else(|_| DeletionId::random())
}

fn to_i64(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The good rows of a piece, and the others by number.
fn read<R: Imported>(
    reader: &RowReader<R>,
    content: &[u8],
) -> (Vec<GoodRow<R>>, Vec<(i64, Faults)>) {
    let (mut good, mut faulty) = (Vec::new(), Vec::new());
    for (number, cells) in rows_of_piece(content) {
        match reader.read(&cells) {
            Ok(row) => good.push(row),
            Err(faults) => faulty.push((number, faults)),
        }
    }
    (good, faulty)
}

/// The ids of the portal's rows by their keys, as far as these rows have them.
async fn existing<R: Imported>(
    tx: &mut StoreTx,
    rows: &[R::Details],
) -> Result<HashMap<String, String>> {
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let found = R::existing(tx, rows).await?;
    Ok(found.into_iter().map(|existing| (existing.key, existing.id)).collect())
}

/// The keys of the rows that were checked, as hashes: 8 bytes each.
#[derive(Default)]
struct Seen {
    keys: HashSet<u64>,
    hasher: RandomState,
    faults: i64,
}

impl Seen {
    /// Notes a key; false if it was there.
    fn note(&mut self, key: &str) -> bool {
        self.keys.insert(self.hasher.hash_one(key))
    }
}
