//! Statements about files and directories. Transactions that change them lock the portal, so names
//! stay different, directories with something in them stay, and limits hold.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rand::distr::{Alphanumeric, SampleString};

use super::entry_id::{DirectoryRef, EntryId};
use super::model::Entry;
use crate::audit::Action;
use crate::changes::Change;
use crate::db::{Single, from_row, params};
use crate::error::{Error, Message, Result};
use crate::hexadecimal::hexadecimal;
use crate::http::Expected;
use crate::ids::{DirectoryId, FileId};
use crate::lists::{Part, Positioned, SortKeys, Statements, sort_key, sort_keys};
use crate::objects::{ObjectKey, RemoveObject};
use crate::quotas::{FILE_BYTES, FILES, Quotas};
use crate::search::{Searched, searched};
use crate::tenant::{Store, StoreTx, TenantSql};
use crate::values::FileName;

/// The most directories within one another.
const DEEPEST: usize = 20;

/// The numbers that are tried to tell a file from others of its name, before random letters are.
const NUMBERS: std::ops::RangeInclusive<u32> = 2..=20;

/// The searchable text.
pub const SEARCHED: Searched = searched!("file", "files", "name");

/// The names that files are sorted by.
pub const SORT_KEYS: SortKeys = sort_keys!("files", "name");

/// The statements with all columns.
struct Queries {
    find: TenantSql,
    linked: TenantSql,
    list: Statements<Entry>,
}

static STATEMENTS: LazyLock<Queries> = LazyLock::new(|| {
    let columns = Entry::columns();
    Queries {
        find: TenantSql::built(format!(
            "SELECT {columns} FROM files c WHERE c.portal_id = ?1 AND c.id = ?2"
        )),
        linked: TenantSql::built(format!(
            "SELECT {columns} FROM files c JOIN portals p ON p.id = c.portal_id
             WHERE c.portal_id = ?1 AND c.id = ?2 AND p.deleted_at IS NULL"
        )),
        list: Statements::new(&columns),
    }
});

const INSERT: TenantSql = TenantSql::new(
    "INSERT INTO files (portal_id, id, directory_id, name, name_lower, name_key, size, mime, sha256, created_at, upload_id)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
);
const UPLOADED: TenantSql =
    TenantSql::new("SELECT id, sha256 FROM files WHERE portal_id = ?1 AND upload_id = ?2");
const NAMESAKES: TenantSql = TenantSql::new(
    "SELECT count(*) AS value FROM files
     WHERE portal_id = ?1 AND directory_id = ?2 AND name_lower = ?3 AND id <> ?4",
);
const RENAME: TenantSql = TenantSql::new(
    "UPDATE files SET name = ?3, name_lower = ?4, name_key = ?5, updated_at = ?6, revision = revision + 1
     WHERE portal_id = ?1 AND id = ?2",
);
const CONTENTS: TenantSql = TenantSql::new(
    "SELECT id AS value FROM files WHERE portal_id = ?1 AND directory_id = ?2 LIMIT 1",
);
const UPLOADS: TenantSql = TenantSql::new(
    "SELECT id AS value FROM file_uploads WHERE portal_id = ?1 AND directory_id = ?2 LIMIT 1",
);
const DELETE: TenantSql = TenantSql::new("DELETE FROM files WHERE portal_id = ?1 AND id = ?2");
const TRAIL: TenantSql = TenantSql::new(
    "WITH RECURSIVE trail (id, directory_id, name, depth) AS (
         SELECT id, directory_id, name, 0 FROM files WHERE portal_id = ?1 AND id = ?2
         UNION ALL
         SELECT f.id, f.directory_id, f.name, t.depth + 1
         FROM trail t JOIN files f ON f.portal_id = ?1 AND f.id = t.directory_id WHERE t.depth < 30)
     SELECT id, name FROM trail ORDER BY depth DESC",
);

/// A directory above something, or that itself.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its id.
    pub id: EntryId,
    /// What it is called.
    pub name: String,
}
from_row!(Step { id, name });

/// A file that was added by an upload.
struct Uploaded {
    id: EntryId,
    sha256: String,
}
from_row!(Uploaded { id, sha256 });

/// A file whose content is stored.
#[derive(Debug)]
pub struct NewFile {
    /// Its id, which its content is stored under.
    pub id: FileId,
    /// Where it is put.
    pub directory: DirectoryRef,
    /// What it is called, if nothing else there is called so.
    pub name: FileName,
    /// The number of its bytes.
    pub size: u64,
    /// Its media type.
    pub mime: &'static str,
    /// The SHA-256 of its content.
    pub sha256: [u8; 32],
    /// The form that it came with, and its place in that; or the upload in parts, and whose it was.
    pub upload: Option<String>,
}

impl NewFile {
    /// The SHA-256 in hexadecimal digits.
    pub fn hash(&self) -> String {
        hexadecimal(&self.sha256)
    }
}

/// The columns that only files have.
#[derive(Default)]
struct Content {
    size: i64,
    mime: Option<&'static str>,
    sha256: Option<String>,
    upload: Option<String>,
}

/// The statements of the list, to look at their plans.
#[cfg(test)]
pub(crate) fn lists() -> &'static Statements<Entry> {
    &STATEMENTS.list
}

/// One file or directory.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id.
pub async fn find(store: &Store, id: &EntryId) -> Result<Entry> {
    store.row(STATEMENTS.find, params![id]).await?.ok_or(Error::NotFound)
}

/// The file of a link, unless the portal was deleted since.
///
/// # Errors
/// [`Error::NotFound`] when it isn't there any more.
pub async fn find_linked(store: &Store, id: &FileId) -> Result<Entry> {
    store.row(STATEMENTS.linked, params![id]).await?.ok_or(Error::NotFound)
}

/// The directories above something, from the top, and that itself.
///
/// # Errors
/// When the database fails.
pub async fn trail(store: &Store, id: &EntryId) -> Result<Vec<Step>> {
    Ok(store.rows(TRAIL, params![id]).await?)
}

/// A page of the portal's files and directories.
///
/// # Errors
/// As [`Statements::page`].
pub async fn list(
    store: &Store,
    part: &Part<Entry>,
    zone: &TimeZone,
) -> Result<Vec<Positioned<Entry>>> {
    STATEMENTS.list.page(store, part, zone).await
}

/// As [`Statements::count`], for [`list`].
///
/// # Errors
/// As [`Statements::page`].
pub async fn count_listed(
    store: &Store,
    part: &Part<Entry>,
    zone: &TimeZone,
    most: i64,
) -> Result<i64> {
    STATEMENTS.list.count(store, part, zone, most).await
}

/// The same, within a transaction.
///
/// # Errors
/// As [`find`].
pub async fn find_in(tx: &mut StoreTx, id: &EntryId) -> Result<Entry> {
    tx.row(STATEMENTS.find, params![id]).await?.ok_or(Error::NotFound)
}

/// What names are sorted by: directories before files.
fn name_key(id: &EntryId, name: &FileName) -> String {
    format!("{}{}", if id.is_directory() { 0 } else { 1 }, sort_key(name.as_str()))
}

async fn is_taken(
    tx: &mut StoreTx,
    directory: &DirectoryRef,
    name: &FileName,
    but: &EntryId,
) -> Result<bool> {
    let lower = name.as_str().to_lowercase();
    let count = tx.row(NAMESAKES, params![directory, lower, but]).await?;
    Ok(count.is_some_and(|Single(count): Single<i64>| count > 0))
}

/// The name, or one like it, that nothing in the directory has: the same name never overwrites.
async fn free_name(
    tx: &mut StoreTx,
    directory: &DirectoryRef,
    name: FileName,
    id: &EntryId,
) -> Result<FileName> {
    if !is_taken(tx, directory, &name, id).await? {
        return Ok(name);
    }
    for number in NUMBERS {
        let other = name.numbered(&number.to_string());
        if !is_taken(tx, directory, &other, id).await? {
            return Ok(other);
        }
    }
    Ok(name.numbered(&Alphanumeric.sample_string(&mut rand::rng(), 10)))
}

/// How deep a directory is.
///
/// # Errors
/// [`Error::Invalid`] when it doesn't exist.
pub(super) async fn depth_of(tx: &mut StoreTx, directory: &DirectoryRef) -> Result<usize> {
    let Some(id) = directory.id() else { return Ok(0) };
    match tx.rows::<Step>(TRAIL, params![id]).await?.len() {
        0 => Err(Error::invalid("directory", Message::new("files.no_such_directory"))),
        depth => Ok(depth),
    }
}

async fn insert(
    tx: &mut StoreTx,
    directory: &DirectoryRef,
    (id, name): (EntryId, FileName),
    content: Content,
    now: Timestamp,
) -> Result<Entry> {
    let name = free_name(tx, directory, name, &id).await?;
    let (lower, key) = (name.as_str().to_lowercase(), name_key(&id, &name));
    let Content { size, mime, sha256, upload } = content;
    let params = params![id, directory, name, lower, key, size, mime, sha256, now, upload];
    tx.execute(INSERT, params).await?;
    SEARCHED.add(tx, id.as_str()).await?;
    find_in(tx, &id).await
}

/// Makes a directory with this id. If its name is taken, it gets another one like it. One that is there
/// already is returned as it is: the form was sent twice.
///
/// # Errors
/// [`Error::Invalid`] when the directory around it doesn't exist or is too deep; [`Error::Conflict`]
/// when the portal has the maximum number.
pub async fn create_directory(
    tx: &mut StoreTx,
    change: &Change<'_>,
    quotas: &Quotas,
    directory: &DirectoryRef,
    (id, name): (DirectoryId, FileName),
) -> Result<Entry> {
    let id = EntryId::Directory(id);
    if let Some(entry) = tx.row(STATEMENTS.find, params![id]).await? {
        return Ok(entry);
    }
    if depth_of(tx, directory).await? >= DEEPEST {
        return Err(Error::invalid("directory", Message::with("files.too_deep", DEEPEST)));
    }
    let entry = insert(tx, directory, (id, name), Content::default(), change.now).await?;
    FILES.check(tx, quotas.max_files_per_portal).await?;
    change.tell(tx, Action::DirectoryCreated, &entry.name, entry.id.as_str()).await?;
    Ok(entry)
}

/// Whether a file was added already: its form was sent twice. A form that was filled in again with
/// another file is another upload.
///
/// # Errors
/// When the database fails.
pub async fn is_repeated(tx: &mut StoreTx, new: &mut NewFile) -> Result<bool> {
    let known: Option<Uploaded> = tx.row(UPLOADED, params![new.upload]).await?;
    let Some(Uploaded { sha256, .. }) = known else { return Ok(false) };
    let is_same = sha256 == new.hash();
    if !is_same {
        new.upload = None;
    }
    Ok(is_same)
}

/// The file that was added by an upload, as [`NewFile::upload`] names it.
///
/// # Errors
/// When the database fails.
pub(super) async fn find_uploaded(store: &Store, upload: &str) -> Result<Option<EntryId>> {
    let known: Option<Uploaded> = store.row(UPLOADED, params![upload]).await?;
    Ok(known.map(|known| known.id))
}

/// Adds a file whose content is stored. If its name is taken, it gets another one like it.
///
/// # Errors
/// As [`create_directory`]; [`Error::Conflict`] also when the portal's files are too large in total.
pub async fn add_file(
    tx: &mut StoreTx,
    change: &Change<'_>,
    quotas: &Quotas,
    new: NewFile,
) -> Result<Entry> {
    depth_of(tx, &new.directory).await?;
    let entry = insert_file(tx, new, change.now).await?;
    FILES.check(tx, quotas.max_files_per_portal).await?;
    FILE_BYTES.check_megabytes(tx, quotas.max_file_megabytes_per_portal).await?;
    change.tell(tx, Action::FileAdded, &entry.name, entry.id.as_str()).await?;
    Ok(entry)
}

/// Adds a file to a portal that is being created, such as the demo.
///
/// # Errors
/// When the database fails.
pub async fn insert_file(tx: &mut StoreTx, new: NewFile, now: Timestamp) -> Result<Entry> {
    let sha256 = Some(new.hash());
    let size = i64::try_from(new.size).map_err(Error::internal)?;
    let content = Content { size, mime: Some(new.mime), sha256, upload: new.upload };
    insert(tx, &new.directory, (EntryId::File(new.id), new.name), content, now).await
}

/// Makes a directory in a portal that is being created, such as the demo.
///
/// # Errors
/// When the database fails.
pub async fn insert_directory(
    tx: &mut StoreTx,
    name: FileName,
    now: Timestamp,
) -> Result<DirectoryRef> {
    let id = DirectoryId::random();
    let new = (EntryId::Directory(id.clone()), name);
    insert(tx, &DirectoryRef::Root, new, Content::default(), now).await?;
    Ok(DirectoryRef::Directory(id))
}

/// Renames a file or directory, if it is as `expected`.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id; [`Error::Changed`] when it was renamed
/// in the meantime; [`Error::Invalid`] when something else there has the name.
pub async fn rename(
    tx: &mut StoreTx,
    change: &Change<'_>,
    id: &EntryId,
    expected: &Expected,
    name: &FileName,
) -> Result<()> {
    let entry = find_in(tx, id).await?;
    expected.check(entry.revision)?;
    if is_taken(tx, &entry.directory_id, name, id).await? {
        return Err(Error::invalid("name", Message::new("files.name_taken")));
    }
    let (lower, key) = (name.as_str().to_lowercase(), name_key(id, name));
    tx.execute(RENAME, params![id, name, lower, key, change.now]).await?;
    SEARCHED.change(tx, id.as_str()).await?;
    let action = if id.is_directory() { Action::DirectoryRenamed } else { Action::FileRenamed };
    change.tell(tx, action, name.as_str(), id.as_str()).await
}

/// Deletes a file for good, or a directory without contents, if it is as `expected`. The content of a
/// file is removed afterwards.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id; [`Error::Changed`] when it was renamed
/// in the meantime; [`Error::Invalid`] when something is in the directory, or being uploaded to it.
pub async fn delete(
    tx: &mut StoreTx,
    change: &Change<'_>,
    id: &EntryId,
    expected: &Expected,
) -> Result<Entry> {
    let entry = find_in(tx, id).await?;
    expected.check(entry.revision)?;
    let action = match &entry.id {
        EntryId::Directory(_) => {
            if tx.row::<Single<String>>(CONTENTS, params![id]).await?.is_some() {
                return Err(Error::invalid("", Message::new("files.not_empty")));
            }
            if tx.row::<Single<String>>(UPLOADS, params![id]).await?.is_some() {
                return Err(Error::invalid("", Message::new("files.upload_into")));
            }
            Action::DirectoryDeleted
        }
        EntryId::File(file) => {
            let job = RemoveObject(ObjectKey::of(tx.portal(), file));
            tx.enqueue(&job, change.now).await?;
            Action::FileDeleted
        }
    };
    tx.execute(DELETE, params![id]).await?;
    change.tell(tx, action, &entry.name, id.as_str()).await?;
    Ok(entry)
}
