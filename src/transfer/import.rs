//! An import, as stored.

use jiff::{SignedDuration, Timestamp};

use crate::audit::{Action, Actor, Event};
use crate::changes::Importer;
use crate::db::{Single, from_row, params, text_enum};
use crate::error::{Error, Message, Result};
use crate::i18n::Lang;
use crate::ids::{AccountId, ImportId};
use crate::tenant::{Store, StoreTx, TenantSql};

/// How long an import is kept.
pub(super) const KEPT_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The most imports of a portal that are kept.
const MOST_KEPT: i64 = 100;

/// The most faults of a file that are kept.
pub(super) const MOST_FAULTS: i64 = 10_000;

text_enum! {
    /// The state of an import.
    pub State in "transfer.state." {
        /// The file is arriving.
        Uploading = "uploading",
        /// The file is here, and its columns can be chosen.
        Uploaded = "uploaded",
        /// Its rows are being checked.
        Checking = "checking",
        /// They were checked.
        Checked = "checked",
        /// They are being imported.
        Running = "running",
        /// They were imported.
        Done = "done",
        /// Somebody ended it early.
        Cancelled = "cancelled",
        /// It could not go on.
        Stopped = "stopped",
        /// What it created is being deleted.
        Undoing = "undoing",
        /// What it created was deleted.
        Undone = "undone",
    }
}

text_enum! {
    /// What happens to a row that is there already.
    pub Duplicates in "transfer.duplicates." {
        /// It is left out.
        Skip = "skip",
        /// The existing row gets what the file says.
        Update = "update",
        /// It is imported all the same.
        Create = "create",
    }
}

impl State {
    /// Whether a job works on it.
    pub(super) const fn is_working(self) -> bool {
        matches!(self, Self::Checking | Self::Running | Self::Undoing)
    }

    /// Whether it waits for a person.
    pub(super) const fn is_waiting(self) -> bool {
        matches!(self, Self::Uploading | Self::Uploaded | Self::Checked)
    }

    /// Whether what it created can be deleted.
    pub(super) const fn can_be_undone(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled | Self::Stopped)
    }
}

/// An import.
#[derive(Debug, Clone)]
pub(super) struct Import {
    pub(super) id: ImportId,
    pub(super) kind: String,
    pub(super) state: State,
    pub(super) file_name: String,
    language: String,
    heads: String,
    fields: String,
    pub(super) duplicates: Option<Duplicates>,
    author_id: AccountId,
    author_email: String,
    pub(super) piece_count: i64,
    pub(super) row_count: i64,
    pub(super) position: i64,
    pub(super) faulty: i64,
    pub(super) repeated: i64,
    pub(super) known: i64,
    pub(super) created: i64,
    pub(super) updated: i64,
    pub(super) skipped: i64,
    pub(super) removed: i64,
    message: Option<String>,
    pub(super) created_at: Timestamp,
}
from_row!(Import {
    id,
    kind,
    state,
    file_name,
    language,
    heads,
    fields,
    duplicates,
    author_id,
    author_email,
    piece_count,
    row_count,
    position,
    faulty,
    repeated,
    known,
    created,
    updated,
    skipped,
    removed,
    message,
    created_at,
});

macro_rules! columns {
    () => {
        "SELECT id, kind, state, file_name, language, heads, fields, duplicates, author_id, author_email,
                piece_count, row_count, position, faulty, repeated, known, created, updated, skipped, removed,
                message, created_at FROM imports WHERE portal_id = ?1 "
    };
}

const FIND: TenantSql = TenantSql::new(concat!(columns!(), "AND id = ?2"));
const LIST: TenantSql =
    TenantSql::new(concat!(columns!(), "AND kind = ?2 ORDER BY created_at DESC, id LIMIT ?3"));
const COUNT: TenantSql =
    TenantSql::new("SELECT count(*) AS value FROM imports WHERE portal_id = ?1");
const INSERT: TenantSql = TenantSql::new(
    "INSERT INTO imports (portal_id, id, kind, state, file_name, language, heads, fields, author_id, author_email,
         piece_count, row_count, position, faulty, repeated, known, created, updated, skipped, removed, created_at)
     VALUES (?1, ?2, ?3, 'uploading', ?4, ?5, '[]', '[]', ?6, ?7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ?8)",
);
const ADD_PIECE: TenantSql = TenantSql::new(
    "INSERT INTO import_pieces (portal_id, import_id, number, content) VALUES (?1, ?2, ?3, ?4)",
);
const PIECE: TenantSql = TenantSql::new(
    "SELECT content AS value FROM import_pieces WHERE portal_id = ?1 AND import_id = ?2 AND number = ?3",
);
const ARRIVED: TenantSql = TenantSql::new(
    "UPDATE imports SET state = 'uploaded', heads = ?3, fields = ?4, piece_count = ?5, row_count = ?6
     WHERE portal_id = ?1 AND id = ?2 AND state = 'uploading'",
);
const SET_FIELDS: TenantSql = TenantSql::new(
    "UPDATE imports SET fields = ?3, faulty = 0, repeated = 0, known = 0
     WHERE portal_id = ?1 AND id = ?2 AND state IN ('uploaded', 'checked')",
);
const CHOOSE: TenantSql =
    TenantSql::new("UPDATE imports SET duplicates = ?3 WHERE portal_id = ?1 AND id = ?2");
const SET_STATE: TenantSql = TenantSql::new(
    "UPDATE imports SET state = ?4, position = CASE WHEN ?5 THEN 0 ELSE position END, message = ?6
     WHERE portal_id = ?1 AND id = ?2 AND state = ?3",
);
/// The piece after those that are dealt with is taken: a concurrent transaction waits here, and then
/// sees that it was.
const TAKE: TenantSql = TenantSql::new(
    "UPDATE imports SET position = position + 1
     WHERE portal_id = ?1 AND id = ?2 AND state = ?3 AND position = ?4",
);
const ADD_COUNTS: TenantSql = TenantSql::new(
    "UPDATE imports SET faulty = faulty + ?3, repeated = repeated + ?4, known = known + ?5,
         created = created + ?6, updated = updated + ?7, skipped = skipped + ?8, removed = removed + ?9
     WHERE portal_id = ?1 AND id = ?2",
);
const WORKING: TenantSql = TenantSql::new(
    "SELECT count(*) AS value FROM imports
     WHERE portal_id = ?1 AND state IN ('checking', 'running', 'undoing') AND id <> ?2",
);
const WAITING: TenantSql = TenantSql::new(
    "SELECT id AS value FROM imports WHERE portal_id = ?1 AND state IN ('uploading', 'uploaded', 'checked') LIMIT 100",
);
const FORGET_PIECES: TenantSql = TenantSql::new(
    "DELETE FROM import_pieces WHERE portal_id = ?1 AND import_id = ?2 AND number IN (
         SELECT number FROM import_pieces WHERE portal_id = ?1 AND import_id = ?2 ORDER BY number LIMIT 100)",
);
const FORGET_PIECE: TenantSql = TenantSql::new(
    "DELETE FROM import_pieces WHERE portal_id = ?1 AND import_id = ?2 AND number = ?3",
);

/// What was counted in some rows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) faulty: i64,
    pub(super) repeated: i64,
    pub(super) known: i64,
    pub(super) created: i64,
    pub(super) updated: i64,
    pub(super) skipped: i64,
    pub(super) removed: i64,
}

impl Import {
    /// The portal's import with this id.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none.
    pub(super) async fn find(store: &Store, id: &ImportId) -> Result<Self> {
        store.row(FIND, params![id]).await?.ok_or(Error::NotFound)
    }

    /// The same, within a transaction.
    pub(super) async fn find_in(tx: &mut StoreTx, id: &ImportId) -> Result<Self> {
        tx.row(FIND, params![id]).await?.ok_or(Error::NotFound)
    }

    /// The imports of a kind, the newest first.
    pub(super) async fn list(store: &Store, kind: &str) -> Result<Vec<Self>> {
        Ok(store.rows(LIST, params![kind, MOST_KEPT]).await?)
    }

    /// A new one, whose file arrives.
    ///
    /// # Errors
    /// [`Error::Conflict`] when another one is being worked on, or there are too many.
    pub(super) async fn begin(
        tx: &mut StoreTx,
        kind: &str,
        file_name: &str,
        lang: Lang,
        author: &Importer,
        now: Timestamp,
    ) -> Result<ImportId> {
        let id = ImportId::random();
        Self::expect_no_other(tx, &id).await?;
        let count = tx.row(COUNT, params![]).await?.map_or(0, |Single(count)| count);
        if count >= MOST_KEPT {
            return Err(Error::Conflict(Message::with("transfer.import.too_many", MOST_KEPT)));
        }
        let language = lang.tag();
        let params = params![id, kind, file_name, language, author.account, author.email, now];
        tx.execute(INSERT, params).await?;
        Ok(id)
    }

    /// Checks that no other one of the portal is being worked on, and locks that.
    ///
    /// # Errors
    /// [`Error::Conflict`] when one is.
    pub(super) async fn expect_no_other(tx: &mut StoreTx, id: &ImportId) -> Result<()> {
        tx.hold_portal().await?;
        match tx.row(WORKING, params![id]).await? {
            Some(Single(0_i64)) | None => Ok(()),
            Some(_) => Err(Error::Conflict(Message::new("transfer.import.another"))),
        }
    }

    /// Those that wait for a person.
    pub(super) async fn waiting(store: &Store) -> Result<Vec<ImportId>> {
        let waiting = store.rows(WAITING, params![]).await?;
        Ok(waiting.into_iter().map(|Single(id)| id).collect())
    }

    /// Adds a piece of a file that arrives.
    pub(super) async fn add_piece(
        tx: &mut StoreTx,
        id: &ImportId,
        number: i64,
        content: &Vec<u8>,
    ) -> Result<()> {
        tx.execute(ADD_PIECE, params![id, number, content]).await?;
        Ok(())
    }

    /// The whole file has arrived. False if it isn't waited for any more.
    pub(super) async fn arrived(
        tx: &mut StoreTx,
        id: &ImportId,
        heads: &[String],
        fields: &[String],
        pieces: i64,
        rows: i64,
    ) -> Result<bool> {
        let (heads, fields) = (to_json(heads)?, to_json(fields)?);
        Ok(tx.execute(ARRIVED, params![id, heads, fields, pieces, rows]).await? == 1)
    }

    /// Sets which field each column fills. What was found out about the rows is void.
    pub(super) async fn set_fields(
        tx: &mut StoreTx,
        id: &ImportId,
        fields: &[String],
    ) -> Result<()> {
        let fields = to_json(fields)?;
        tx.execute(SET_FIELDS, params![id, fields]).await?;
        Ok(())
    }

    /// Sets what happens to rows that are there already.
    pub(super) async fn choose(tx: &mut StoreTx, id: &ImportId, choice: Duplicates) -> Result<()> {
        tx.execute(CHOOSE, params![id, choice]).await?;
        Ok(())
    }

    /// Changes the state, if it is as expected; from the first piece on, if it `begins` with that.
    pub(super) async fn change_state(
        tx: &mut StoreTx,
        id: &ImportId,
        (from, to): (State, State),
        begins: bool,
        message: Option<&Message>,
    ) -> Result<bool> {
        let message = message.map(serde_json::to_string).transpose().map_err(Error::internal)?;
        Ok(tx.execute(SET_STATE, params![id, from, to, begins, message]).await? == 1)
    }

    /// Takes the next piece: false if the state or position is another by now.
    pub(super) async fn take(&self, tx: &mut StoreTx) -> Result<bool> {
        Ok(tx.execute(TAKE, params![self.id, self.state, self.position]).await? == 1)
    }

    /// The content of the next piece.
    pub(super) async fn piece(&self, store: &Store) -> Result<Vec<u8>> {
        let piece = store.row(PIECE, params![self.id, self.position]).await?;
        piece.map(|Single(content)| content).ok_or(Error::NotFound)
    }

    /// The content of the first piece, of a file that is still there.
    pub(super) async fn first_piece(&self, store: &Store) -> Result<Vec<u8>> {
        let piece = store.row(PIECE, params![self.id, 0_i64]).await?;
        Ok(piece.map(|Single(content)| content).unwrap_or_default())
    }

    /// Deletes the piece that was taken.
    pub(super) async fn forget_piece(&self, tx: &mut StoreTx) -> Result<()> {
        tx.execute(FORGET_PIECE, params![self.id, self.position]).await?;
        Ok(())
    }

    /// Adds to the counts.
    pub(super) async fn count(&self, tx: &mut StoreTx, counts: Counts) -> Result<()> {
        let Counts { faulty, repeated, known, created, updated, skipped, removed } = counts;
        let params = params![self.id, faulty, repeated, known, created, updated, skipped, removed];
        tx.execute(ADD_COUNTS, params).await?;
        Ok(())
    }

    /// Deletes the pieces of a file, in small transactions that `begin` begins.
    pub(super) async fn forget_file<F>(id: &ImportId, begin: impl Fn() -> F) -> Result<()>
    where
        F: Future<Output = Result<StoreTx>>,
    {
        loop {
            let mut tx = begin().await?;
            let deleted = tx.execute(FORGET_PIECES, params![id]).await?;
            tx.commit().await?;
            if deleted == 0 {
                return Ok(());
            }
        }
    }

    /// The language in which its values are written.
    pub(super) fn lang(&self) -> Lang {
        Lang::from_tag(&self.language).unwrap_or_default()
    }

    /// The heads of the columns.
    pub(super) fn heads(&self) -> Vec<String> {
        serde_json::from_str(&self.heads).unwrap_or_default()
    }

    /// The field that each column fills; empty for none.
    pub(super) fn fields(&self) -> Vec<String> {
        serde_json::from_str(&self.fields).unwrap_or_default()
    }

    /// Why it stopped.
    pub(super) fn message(&self) -> Option<Message> {
        serde_json::from_str(self.message.as_deref()?).ok()
    }

    /// Who started it.
    pub(super) fn importer(&self) -> Importer {
        Importer { account: self.author_id.clone(), email: self.author_email.clone() }
    }

    /// Records an event about it in the audit log, in words and numbers that are the same in both
    /// languages.
    pub(super) async fn tell(
        &self,
        tx: &mut StoreTx,
        action: Action,
        numbers: &str,
        now: Timestamp,
    ) -> Result<()> {
        let subject = format!("{}: {numbers} ({})", self.file_name, self.id);
        let actor = Actor::Person(&self.author_id, &self.author_email);
        let (portal, developer, caller) = (None, None, None);
        tx.record(Event { action, actor, subject: &subject, portal, developer, caller }, now).await
    }
}

fn to_json(texts: &[String]) -> Result<String> {
    serde_json::to_string(texts).map_err(Error::internal)
}
