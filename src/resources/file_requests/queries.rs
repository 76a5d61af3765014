//! Statements about file requests.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::reminder;
use super::{FileRequest, FileRequestCreate, RequestedFile, RequestedFileCreate};
use crate::audit::Action;
use crate::changes::Change;
use crate::db::params;
use crate::error::{Error, Message, Result};
use crate::history::What;
use crate::http::Expected;
use crate::ids::{CustomerId, FileRequestId, RequestedFileId};
use crate::lists::{Part, Positioned, SortKeys, Statements, sort_key, sort_keys};
use crate::public_links::PublicLink;
use crate::quotas::{FILE_REQUESTS, Quotas};
use crate::resources::customers;
use crate::resources::files::queries as stored;
use crate::resources::files::{DirectoryRef, EntryId};
use crate::sealed::SealingKeys;
use crate::search::{Searched, searched};
use crate::tenant::{Store, StoreTx, TenantSql};

/// The kind of file requests in the history of rows.
pub(super) const KIND: &str = "file_request";

/// The field of the history that says who was asked again.
pub(super) const ASKED_AGAIN: &str = "askedAgain";

/// The field of the history that says what came in.
pub(super) const RECEIVED: &str = "received";

/// The searchable text.
pub const SEARCHED: Searched = searched!("file_request", "file_requests", "name");

/// The names that file requests are sorted by.
pub const SORT_KEYS: SortKeys = sort_keys!("file_requests", "name");

/// The statements with all columns.
struct Queries {
    find: TenantSql,
    of_customer: TenantSql,
    /// The files of some requests; `?2` is a JSON array of their ids.
    files: TenantSql,
    list: Statements<FileRequest>,
}

static STATEMENTS: LazyLock<Queries> = LazyLock::new(|| {
    let columns = FileRequest::columns();
    let all = format!("SELECT {columns} FROM file_requests c WHERE c.portal_id = ?1");
    let files = format!(
        "SELECT {} FROM requested_files c WHERE c.portal_id = ?1 AND c.request_id",
        RequestedFile::columns()
    );
    Queries {
        find: TenantSql::built(format!("{all} AND c.id = ?2")),
        of_customer: TenantSql::built(format!(
            "{all} AND c.customer_id = ?2 ORDER BY c.created_at DESC, c.id DESC LIMIT ?3"
        )),
        files: TenantSql::among(&files, "ORDER BY c.request_id, c.position"),
        list: Statements::new(&columns),
    }
});

const INSERT: TenantSql = TenantSql::new(
    "INSERT INTO file_requests (portal_id, id, name, name_key, description, directory_id, customer_id, due_at, created_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
);
const INSERT_FILE: TenantSql = TenantSql::new(
    "INSERT INTO requested_files (portal_id, id, request_id, position, name, description, required, max_file_size)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
);
const HOLD: TenantSql =
    TenantSql::new("UPDATE file_requests SET revision = revision WHERE portal_id = ?1 AND id = ?2");
const NOTE_REMINDER: TenantSql = TenantSql::new(
    "UPDATE file_requests SET reminded_at = ?3, revision = revision + 1 WHERE portal_id = ?1 AND id = ?2",
);
const DELETE: TenantSql =
    TenantSql::new("DELETE FROM file_requests WHERE portal_id = ?1 AND id = ?2");

/// The statements of the list, to look at their plans.
#[cfg(test)]
pub(crate) fn lists() -> &'static Statements<FileRequest> {
    &STATEMENTS.list
}

/// One file request.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id.
pub async fn find(store: &Store, id: &FileRequestId) -> Result<FileRequest> {
    store.row(STATEMENTS.find, params![id]).await?.ok_or(Error::NotFound)
}

/// The same, within a transaction.
pub(super) async fn find_in(tx: &mut StoreTx, id: &FileRequestId) -> Result<FileRequest> {
    tx.row(STATEMENTS.find, params![id]).await?.ok_or(Error::NotFound)
}

/// A page of the portal's file requests.
///
/// # Errors
/// As [`Statements::page`].
pub async fn list(
    store: &Store,
    part: &Part<FileRequest>,
    zone: &TimeZone,
) -> Result<Vec<Positioned<FileRequest>>> {
    STATEMENTS.list.page(store, part, zone).await
}

/// As [`Statements::count`], for [`list`].
///
/// # Errors
/// As [`Statements::page`].
pub async fn count_listed(
    store: &Store,
    part: &Part<FileRequest>,
    zone: &TimeZone,
    most: i64,
) -> Result<i64> {
    STATEMENTS.list.count(store, part, zone, most).await
}

/// The latest requests to a customer, at most so many.
pub(super) async fn of_customer(
    store: &Store,
    customer: &CustomerId,
    most: i64,
) -> Result<Vec<FileRequest>> {
    Ok(store.rows(STATEMENTS.of_customer, params![customer, most]).await?)
}

/// The files of some requests, in their order.
pub(super) async fn files_of(
    store: &Store,
    ids: &[&FileRequestId],
) -> Result<BTreeMap<FileRequestId, Vec<RequestedFile>>> {
    let ids = serde_json::to_string(ids).map_err(Error::internal)?;
    let rows: Vec<RequestedFile> = store.rows(STATEMENTS.files, params![ids]).await?;
    let mut all: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for file in rows {
        all.entry(file.request_id.clone()).or_default().push(file);
    }
    Ok(all)
}

/// The files of a request.
pub(super) async fn files(store: &Store, id: &FileRequestId) -> Result<Vec<RequestedFile>> {
    Ok(files_of(store, &[id]).await?.remove(id).unwrap_or_default())
}

/// The same, within a transaction.
pub(super) async fn files_in(tx: &mut StoreTx, id: &FileRequestId) -> Result<Vec<RequestedFile>> {
    let ids = serde_json::to_string(&[id]).map_err(Error::internal)?;
    Ok(tx.rows(STATEMENTS.files, params![ids]).await?)
}

/// Asks for files. A request that is there already is returned as it is: the form was sent twice. The
/// transaction locks the portal, so that the directory stays.
///
/// # Errors
/// [`Error::Invalid`] when the portal has no such customer or directory, or the time is over;
/// [`Error::Conflict`] when it has the maximum number.
pub async fn create(
    tx: &mut StoreTx,
    change: &Change<'_>,
    quotas: &Quotas,
    keys: &SealingKeys,
    (id, new): (FileRequestId, FileRequestCreate),
) -> Result<FileRequest> {
    if let Some(request) = tx.row(STATEMENTS.find, params![id]).await? {
        return Ok(request);
    }
    if new.due_at.0.is_some_and(|due| due.moment() <= change.now) {
        return Err(Error::invalid("dueAt", Message::new("file_requests.already_over")));
    }
    let request = insert(tx, keys, (id, new), change.now).await?;
    FILE_REQUESTS.check(tx, quotas.max_file_requests_per_portal).await?;
    reminder::plan(tx, &request, change.now).await?;
    change.note(tx, (KIND, request.id.as_str()), What::Created, Vec::new()).await?;
    change.tell(tx, Action::FileRequestCreated, &request.name, request.id.as_str()).await?;
    Ok(request)
}

/// Adds a request, such as one of the demo. Nobody is reminded of it.
///
/// # Errors
/// [`Error::Invalid`] as [`create`].
pub async fn insert(
    tx: &mut StoreTx,
    keys: &SealingKeys,
    (id, new): (FileRequestId, FileRequestCreate),
    now: Timestamp,
) -> Result<FileRequest> {
    if let Some(customer) = &new.customer_id.0 {
        customers::queries::named(tx, customer).await?;
    }
    let directory = match new.directory_id.0 {
        None => DirectoryRef::Root,
        Some(directory) => {
            match stored::find_in(tx, &EntryId::Directory(directory.clone())).await {
                Ok(_) => DirectoryRef::Directory(directory),
                Err(Error::NotFound) => {
                    let message = Message::new("files.no_such_directory");
                    return Err(Error::invalid("directoryId", message));
                }
                Err(error) => return Err(error),
            }
        }
    };
    let (name, key, due) = (&new.name, sort_key(new.name.as_str()), new.due_at.0);
    let (customer, description) = (new.customer_id, new.description);
    tx.execute(INSERT, params![id, name, key, description, directory, customer, due, now]).await?;
    for (position, file) in (0_i64..).zip(new.requested_files.0) {
        let RequestedFileCreate { name, description, required, max_file_size } = file;
        let file = RequestedFileId::random();
        let row = params![file, id, position, name, description, required, max_file_size];
        tx.execute(INSERT_FILE, row).await?;
    }
    PublicLink::create(tx, keys, id.as_str(), None).await?;
    SEARCHED.add(tx, id.as_str()).await?;
    find_in(tx, &id).await
}

/// One request, which nobody else changes until the transaction ends.
pub(super) async fn hold(tx: &mut StoreTx, id: &FileRequestId) -> Result<FileRequest> {
    tx.execute(HOLD, params![id]).await?;
    find_in(tx, id).await
}

/// Notes that the customer is reminded.
pub(super) async fn note_reminder(
    tx: &mut StoreTx,
    id: &FileRequestId,
    now: Timestamp,
) -> Result<()> {
    tx.execute(NOTE_REMINDER, params![id, now]).await?;
    Ok(())
}

/// Deletes a request, if it is as `expected`: its link stops working, for good.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id; [`Error::Changed`] when a file came in
/// in the meantime.
pub async fn delete(
    tx: &mut StoreTx,
    change: &Change<'_>,
    id: &FileRequestId,
    expected: &Expected,
) -> Result<()> {
    let request = hold(tx, id).await?;
    expected.check(request.revision)?;
    tx.execute(DELETE, params![id]).await?;
    change.tell(tx, Action::FileRequestDeleted, &request.name, id.as_str()).await
}
