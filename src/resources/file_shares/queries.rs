//! Statements about file shares.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{FileShare, FileShareCreate};
use crate::accounts::Recipient;
use crate::audit::Action;
use crate::auth::{Line, Password, PasswordHash};
use crate::changes::Change;
use crate::db::{DbError, FromRow, Row, Single, from_row, params};
use crate::error::{Error, Message, Result};
use crate::http::Expected;
use crate::ids::{AccountId, CustomerId, FileId, FileShareId};
use crate::lists::{Part, Positioned, SortKeys, Statements, sort_key, sort_keys};
use crate::objects::ScanState;
use crate::public_links::PublicLink;
use crate::quotas::{FILE_SHARES, Quotas};
use crate::resources::customers;
use crate::resources::files::Entry;
use crate::resources::files::queries as files;
use crate::sealed::SealingKeys;
use crate::search::{Searched, searched};
use crate::tenant::{Store, StoreTx, TenantSql};

/// The searchable text.
pub const SEARCHED: Searched = searched!("file_share", "file_shares", "name");

/// The names that file shares are sorted by.
pub const SORT_KEYS: SortKeys = sort_keys!("file_shares", "name");

/// The statements with all columns.
struct Queries {
    find: TenantSql,
    of_customer: TenantSql,
    /// The content of some shares; `?2` is a JSON array of their ids.
    content: TenantSql,
    list: Statements<FileShare>,
}

static STATEMENTS: LazyLock<Queries> = LazyLock::new(|| {
    let columns = FileShare::columns();
    let all = format!("SELECT {columns} FROM file_shares c WHERE c.portal_id = ?1");
    let latest = "ORDER BY c.created_at DESC, c.id DESC LIMIT ?3";
    let content = format!(
        "SELECT i.share_id, {} FROM file_share_items i
         JOIN files c ON c.portal_id = i.portal_id AND c.id = i.entry_id
         WHERE i.portal_id = ?1 AND i.share_id",
        Entry::columns()
    );
    Queries {
        find: TenantSql::built(format!("{all} AND c.id = ?2")),
        of_customer: TenantSql::built(format!("{all} AND c.customer_id = ?2 {latest}")),
        content: TenantSql::among(&content, "ORDER BY c.name_key, c.id"),
        list: Statements::new(&columns),
    }
});

const INSERT: TenantSql = TenantSql::new(
    "INSERT INTO file_shares (portal_id, id, name, name_key, customer_id, expires_at, password_hash, told_account_id, created_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
);
const INSERT_ITEM: TenantSql = TenantSql::new(
    "INSERT INTO file_share_items (portal_id, share_id, entry_id) VALUES (?1, ?2, ?3)",
);
/// Who is told of the first download, as long as they are a member.
const TOLD: TenantSql = TenantSql::new(
    "SELECT a.name, a.email FROM file_shares c
     JOIN portal_members m ON m.portal_id = c.portal_id AND m.account_id = c.told_account_id
     JOIN accounts a ON a.id = m.account_id
     WHERE c.portal_id = ?1 AND c.id = ?2 AND a.disabled_at IS NULL AND a.deleted_at IS NULL",
);
/// A concurrent transaction waits here, and then sees the committed row.
const COUNT_DOWNLOAD: TenantSql = TenantSql::new(
    "UPDATE file_shares SET downloads = downloads + 1, first_downloaded_at = COALESCE(first_downloaded_at, ?3),
         revision = revision + 1
     WHERE portal_id = ?1 AND id = ?2 RETURNING downloads AS value",
);
const HOLD: TenantSql =
    TenantSql::new("UPDATE file_shares SET revision = revision WHERE portal_id = ?1 AND id = ?2");
const DELETE: TenantSql =
    TenantSql::new("DELETE FROM file_shares WHERE portal_id = ?1 AND id = ?2");
/// What is in a share, also in its directories, with the path from there.
const INSIDE: TenantSql = TenantSql::new(
    "WITH RECURSIVE inside (id, path, size, depth) AS (
         SELECT f.id, f.name, f.size, 0 FROM file_share_items i
         JOIN files f ON f.portal_id = i.portal_id AND f.id = i.entry_id
         WHERE i.portal_id = ?1 AND i.share_id = ?2
         UNION ALL
         SELECT f.id, s.path || '/' || f.name, f.size, s.depth + 1
         FROM inside s JOIN files f ON f.portal_id = ?1 AND f.directory_id = s.id WHERE s.depth < 30)
     SELECT i.id, i.path, i.size, (SELECT s.state FROM content_scans s WHERE s.portal_id = ?1 AND s.file_id = i.id) AS scan
     FROM inside i WHERE i.id LIKE 'fsf%' LIMIT ?3",
);
/// Whether a file or a directory above it is in a share.
const IS_INSIDE: TenantSql = TenantSql::new(
    "WITH RECURSIVE above (id, directory_id, depth) AS (
         SELECT id, directory_id, 0 FROM files WHERE portal_id = ?1 AND id = ?3
         UNION ALL
         SELECT f.id, f.directory_id, a.depth + 1
         FROM above a JOIN files f ON f.portal_id = ?1 AND f.id = a.directory_id WHERE a.depth < 30)
     SELECT count(*) AS value FROM above a JOIN file_share_items i
         ON i.portal_id = ?1 AND i.share_id = ?2 AND i.entry_id = a.id",
);

/// A new share, with the hash of its password.
#[derive(Debug, Clone)]
pub struct NewFileShare {
    id: FileShareId,
    details: FileShareCreate,
    password_hash: Option<PasswordHash>,
    told: Option<AccountId>,
}

impl NewFileShare {
    /// The share that a body or form asks for, with this id.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] when too many passwords wait to be hashed.
    pub async fn of(id: FileShareId, mut details: FileShareCreate) -> Result<Self> {
        let password_hash = match details.password.0.take() {
            Some(password) => Some(Password::typed(password.0).hash(Line::Known).await?),
            None => None,
        };
        Ok(Self { id, details, password_hash, told: None })
    }

    /// The same, of whose first download a member is told by mail.
    #[must_use]
    pub fn telling(self, account: &AccountId) -> Self {
        Self { told: Some(account.clone()), ..self }
    }
}

/// An entry of a share.
struct Shared {
    share_id: FileShareId,
    entry: Entry,
}

impl FromRow for Shared {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self { share_id: row.read("share_id")?, entry: Entry::from_row(row)? })
    }
}

/// A file that visitors of a share can download.
#[derive(Debug, Clone)]
pub struct SharedFile {
    /// Its id.
    pub id: FileId,
    /// Its name, after those of the shared directories around it.
    pub path: String,
    /// The number of its bytes.
    pub size: i64,
    /// How far its virus scan is, if there was a scanner.
    pub scan: Option<ScanState>,
}
from_row!(SharedFile { id, path, size, scan });

/// The statements of the list, to look at their plans.
#[cfg(test)]
pub(crate) fn lists() -> &'static Statements<FileShare> {
    &STATEMENTS.list
}

/// One file share.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id.
pub async fn find(store: &Store, id: &FileShareId) -> Result<FileShare> {
    store.row(STATEMENTS.find, params![id]).await?.ok_or(Error::NotFound)
}

async fn find_in(tx: &mut StoreTx, id: &FileShareId) -> Result<FileShare> {
    tx.row(STATEMENTS.find, params![id]).await?.ok_or(Error::NotFound)
}

/// A page of the portal's file shares.
///
/// # Errors
/// As [`Statements::page`].
pub async fn list(
    store: &Store,
    part: &Part<FileShare>,
    zone: &TimeZone,
) -> Result<Vec<Positioned<FileShare>>> {
    STATEMENTS.list.page(store, part, zone).await
}

/// As [`Statements::count`], for [`list`].
///
/// # Errors
/// As [`Statements::page`].
pub async fn count_listed(
    store: &Store,
    part: &Part<FileShare>,
    zone: &TimeZone,
    most: i64,
) -> Result<i64> {
    STATEMENTS.list.count(store, part, zone, most).await
}

/// The latest shares with a customer, at most so many.
pub(super) async fn of_customer(
    store: &Store,
    customer: &CustomerId,
    most: i64,
) -> Result<Vec<FileShare>> {
    Ok(store.rows(STATEMENTS.of_customer, params![customer, most]).await?)
}

/// The content of some shares.
pub(super) async fn content_of(
    store: &Store,
    ids: &[&FileShareId],
) -> Result<BTreeMap<FileShareId, Vec<Entry>>> {
    let ids = serde_json::to_string(ids).map_err(Error::internal)?;
    let rows: Vec<Shared> = store.rows(STATEMENTS.content, params![ids]).await?;
    let mut all: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for Shared { share_id, entry } in rows {
        all.entry(share_id).or_default().push(entry);
    }
    Ok(all)
}

/// The content of a share: directories before files.
pub(super) async fn content(store: &Store, id: &FileShareId) -> Result<Vec<Entry>> {
    Ok(content_of(store, &[id]).await?.remove(id).unwrap_or_default())
}

/// The same, within a transaction.
pub(super) async fn content_in(tx: &mut StoreTx, id: &FileShareId) -> Result<Vec<Entry>> {
    let ids = serde_json::to_string(&[id]).map_err(Error::internal)?;
    let rows: Vec<Shared> = tx.rows(STATEMENTS.content, params![ids]).await?;
    Ok(rows.into_iter().map(|row| row.entry).collect())
}

/// The files that visitors can download, sorted by their paths, at most so many.
pub(super) async fn files_inside(
    store: &Store,
    id: &FileShareId,
    most: usize,
) -> Result<Vec<SharedFile>> {
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    let mut files: Vec<SharedFile> = store.rows(INSIDE, params![id, limit]).await?;
    files.sort_by_cached_key(|file| (sort_key(&file.path), file.path.clone()));
    let mut known = BTreeSet::new();
    files.retain(|file| known.insert(file.id.clone()));
    Ok(files)
}

/// Shares files and directories. A share that is there already is returned as it is: the form was sent
/// twice. The transaction locks the portal, so that what is shared stays.
///
/// # Errors
/// [`Error::Invalid`] when the portal has no such customer, file or directory; [`Error::Conflict`] when
/// it has the maximum number.
pub async fn create(
    tx: &mut StoreTx,
    change: &Change<'_>,
    quotas: &Quotas,
    keys: &SealingKeys,
    new: NewFileShare,
) -> Result<FileShare> {
    if let Some(share) = tx.row(STATEMENTS.find, params![new.id]).await? {
        return Ok(share);
    }
    let is_over = |end: Timestamp| end <= change.now;
    if new.details.expires_at.0.is_some_and(|end| is_over(end.moment())) {
        return Err(Error::invalid("expiresAt", Message::new("file_shares.already_over")));
    }
    let share = insert(tx, keys, new, change.now).await?;
    FILE_SHARES.check(tx, quotas.max_file_shares_per_portal).await?;
    change.tell(tx, Action::FileShareCreated, &share.name, share.id.as_str()).await?;
    Ok(share)
}

/// Adds a share, such as one of the demo.
///
/// # Errors
/// [`Error::Invalid`] as [`create`].
pub async fn insert(
    tx: &mut StoreTx,
    keys: &SealingKeys,
    new: NewFileShare,
    now: Timestamp,
) -> Result<FileShare> {
    let NewFileShare { id, details, password_hash, told } = new;
    if let Some(customer) = &details.customer_id.0 {
        customers::queries::named(tx, customer).await?;
    }
    let mut first = None;
    for entry in &details.content.0 {
        match files::find_in(tx, entry).await {
            Ok(entry) => first = first.or(Some(entry.name)),
            Err(Error::NotFound) => {
                let message = Message::with("file_shares.no_such_file", entry);
                return Err(Error::invalid("content", message));
            }
            Err(error) => return Err(error),
        }
    }
    let name = details.name.0.map(|name| name.0).or(first).unwrap_or_default();
    let (key, customer, end) = (sort_key(&name), details.customer_id, details.expires_at.0);
    let row = params![id, name, key, customer, end, password_hash, told, now];
    tx.execute(INSERT, row).await?;
    for entry in &details.content.0 {
        tx.execute(INSERT_ITEM, params![id, entry]).await?;
    }
    PublicLink::create(tx, keys, id.as_str(), end.map(|end| end.moment())).await?;
    SEARCHED.add(tx, id.as_str()).await?;
    find_in(tx, &id).await
}

/// Who is told of the first download by mail; none if nobody is, or they are no member any more.
pub(super) async fn told(store: &Store, id: &FileShareId) -> Result<Option<Recipient>> {
    Ok(store.row(TOLD, params![id]).await?)
}

/// Counts a download of a file in a share; returns whether it is the first one.
///
/// # Errors
/// [`Error::NotFound`] when the file isn't in the share, or the share was deleted.
pub(super) async fn download(
    tx: &mut StoreTx,
    (share, file): (&FileShareId, &FileId),
    now: Timestamp,
) -> Result<bool> {
    let inside = tx.row(IS_INSIDE, params![share, file]).await?;
    if inside.is_none_or(|Single(count): Single<i64>| count == 0) {
        return Err(Error::NotFound);
    }
    let counted = tx.row(COUNT_DOWNLOAD, params![share, now]).await?;
    let Single(downloads): Single<i64> = counted.ok_or(Error::NotFound)?;
    Ok(downloads == 1)
}

/// Deletes a share, if it is as `expected`: its link stops working, for good.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id; [`Error::Changed`] when a file was
/// downloaded in the meantime.
pub async fn delete(
    tx: &mut StoreTx,
    change: &Change<'_>,
    id: &FileShareId,
    expected: &Expected,
) -> Result<()> {
    tx.execute(HOLD, params![id]).await?;
    let share = find_in(tx, id).await?;
    expected.check(share.revision)?;
    tx.execute(DELETE, params![id]).await?;
    change.tell(tx, Action::FileShareDeleted, &share.name, id.as_str()).await
}
