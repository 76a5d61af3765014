//! Uploads in parts that aren't finished: who uploads what, and how much of it has arrived. See
//! `docs/decisions/0084-uploads-in-parts.md`.

use jiff::{SignedDuration, Timestamp};

use super::DirectoryRef;
use super::queries::depth_of;
use crate::db::{DeleteBatch, Single, delete_batch, from_row, params};
use crate::error::{Error, Message, Result};
use crate::fields::SentFile;
use crate::hexadecimal::hexadecimal;
use crate::ids::{AccountId, FileId, FileUploadId};
use crate::objects::RemoveParts;
use crate::quotas::{FILE_BYTES, Quotas};
use crate::tenant::{Store, StoreTx, TenantSql};

/// The size of a part in bytes. Only the last one of a file is shorter.
pub(super) const PART: u64 = 8 * 1024 * 1024;

/// How long an upload goes on without a part.
pub const ENDS_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// The most unfinished uploads of a portal.
const MOST: i64 = 100;

const FIND: TenantSql = TenantSql::new(
    "SELECT id, directory_id, name, size, modified_at, received, updated_at FROM file_uploads
     WHERE portal_id = ?1 AND id = ?2 AND account_id = ?3",
);
const LIST: TenantSql = TenantSql::new(
    "SELECT id, directory_id, name, size, modified_at, received, updated_at FROM file_uploads
     WHERE portal_id = ?1 AND directory_id = ?2 AND account_id = ?3 ORDER BY created_at, id",
);
const COUNT: TenantSql =
    TenantSql::new("SELECT count(*) AS value FROM file_uploads WHERE portal_id = ?1");
const INSERT: TenantSql = TenantSql::new(
    "INSERT INTO file_uploads
         (portal_id, id, account_id, directory_id, name, size, modified_at, received, created_at, updated_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?8) ON CONFLICT (portal_id, id) DO NOTHING",
);
const COUNT_PART: TenantSql = TenantSql::new(
    "UPDATE file_uploads SET received = received + 1, updated_at = ?5
     WHERE portal_id = ?1 AND id = ?2 AND account_id = ?3 AND received = ?4",
);
const INSERT_PART: TenantSql = TenantSql::new(
    "INSERT INTO file_upload_parts (portal_id, upload_id, number, file_id, size, sha256)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
);
const HASH: TenantSql = TenantSql::new(
    "SELECT sha256 AS value FROM file_upload_parts WHERE portal_id = ?1 AND upload_id = ?2 AND number = ?3",
);
const PARTS: TenantSql = TenantSql::new(
    "SELECT file_id, sha256 FROM file_upload_parts WHERE portal_id = ?1 AND upload_id = ?2 ORDER BY number",
);
const HOLD: TenantSql = TenantSql::new(
    "UPDATE file_uploads SET name = name WHERE portal_id = ?1 AND id = ?2 AND account_id = ?3",
);
const DELETE: TenantSql =
    TenantSql::new("DELETE FROM file_uploads WHERE portal_id = ?1 AND id = ?2");

/// Ends the uploads of which nothing arrived since `?2`, which is [`ENDS_AFTER`] ago. Their parts have no
/// rows then.
pub const END_UPLOADS: DeleteBatch =
    delete_batch!("file_uploads", "portal_id, id", "updated_at < ?2");

/// An upload of which parts are still to come.
#[derive(Debug, Clone)]
pub(super) struct UnfinishedUpload {
    /// Its id.
    pub(super) id: FileUploadId,
    /// Where the file is put.
    pub(super) directory_id: DirectoryRef,
    /// What its sender calls the file.
    pub(super) name: String,
    size: i64,
    /// When the file was last changed, in milliseconds since 1970, as its sender's browser says.
    pub(super) modified_at: i64,
    received: i64,
    /// When it began, or its last part arrived.
    pub(super) updated_at: Timestamp,
}
from_row!(UnfinishedUpload { id, directory_id, name, size, modified_at, received, updated_at });

/// A part that has arrived.
pub(super) struct ReceivedPart {
    /// The id of its content.
    pub(super) file_id: FileId,
    /// The SHA-256 of its content, in hexadecimal digits.
    pub(super) sha256: String,
}
from_row!(ReceivedPart { file_id, sha256 });

/// An upload that is to begin.
pub(super) struct NewUpload {
    /// Its id, which the sender chose: beginning twice is beginning once.
    pub(super) id: FileUploadId,
    /// As [`UnfinishedUpload::directory_id`].
    pub(super) directory: DirectoryRef,
    /// As [`UnfinishedUpload::name`].
    pub(super) name: String,
    /// The number of the file's bytes.
    pub(super) size: u64,
    /// As [`UnfinishedUpload::modified_at`].
    pub(super) modified_at: i64,
}

impl UnfinishedUpload {
    /// The number of the file's bytes.
    pub(super) fn bytes(&self) -> u64 {
        u64::try_from(self.size).unwrap_or_default()
    }

    /// How many parts have arrived.
    pub(super) fn received(&self) -> u64 {
        u64::try_from(self.received).unwrap_or_default()
    }

    /// How many bytes have arrived.
    pub(super) fn received_bytes(&self) -> u64 {
        (self.received() * PART).min(self.bytes())
    }

    /// How many parts the file has.
    pub(super) fn parts(&self) -> u64 {
        self.bytes().div_ceil(PART)
    }

    /// The length of a part, of which the first has the number 1.
    pub(super) fn length_of(&self, number: u64) -> u64 {
        self.bytes().saturating_sub(number.saturating_sub(1) * PART).min(PART)
    }
}

/// An upload of a person.
///
/// # Errors
/// [`Error::NotFound`] when they have none with that id in the portal.
pub(super) async fn find(
    store: &Store,
    account: &AccountId,
    id: &FileUploadId,
) -> Result<UnfinishedUpload> {
    store.row(FIND, params![id, account]).await?.ok_or(Error::NotFound)
}

/// The uploads of a person to a directory.
///
/// # Errors
/// When the database fails.
pub(super) async fn list(
    store: &Store,
    account: &AccountId,
    directory: &DirectoryRef,
) -> Result<Vec<UnfinishedUpload>> {
    Ok(store.rows(LIST, params![directory, account]).await?)
}

/// Begins an upload, whose room is taken from now on. One that began already goes on.
///
/// # Errors
/// [`Error::Invalid`] when the directory doesn't exist; [`Error::Conflict`] when the portal has too many
/// uploads, or no room; [`Error::NotFound`] when somebody else has the id.
pub(super) async fn begin(
    tx: &mut StoreTx,
    account: &AccountId,
    quotas: &Quotas,
    new: &NewUpload,
    now: Timestamp,
) -> Result<UnfinishedUpload> {
    depth_of(tx, &new.directory).await?;
    let size = i64::try_from(new.size).map_err(Error::internal)?;
    let NewUpload { id, directory, name, modified_at, .. } = new;
    tx.execute(INSERT, params![id, account, directory, name, size, modified_at, now]).await?;
    let begun = tx.row(FIND, params![id, account]).await?.ok_or(Error::NotFound)?;
    let count: Option<Single<i64>> = tx.row(COUNT, params![]).await?;
    if count.is_some_and(|Single(count)| count > MOST) {
        return Err(Error::Conflict(Message::with("files.upload_too_many", MOST)));
    }
    FILE_BYTES.check_megabytes(tx, quotas.max_file_megabytes_per_portal).await?;
    Ok(begun)
}

/// The SHA-256 of a part, in hexadecimal digits; none if it hasn't arrived.
///
/// # Errors
/// When the database fails.
pub(super) async fn hash_of(
    store: &Store,
    id: &FileUploadId,
    number: u64,
) -> Result<Option<String>> {
    let number = i64::try_from(number).map_err(Error::internal)?;
    let hash: Option<Single<String>> = store.row(HASH, params![id, number]).await?;
    Ok(hash.map(|Single(hash)| hash))
}

/// The parts, in their order.
///
/// # Errors
/// When the database fails.
pub(super) async fn parts(store: &Store, id: &FileUploadId) -> Result<Vec<ReceivedPart>> {
    Ok(store.rows(PARTS, params![id]).await?)
}

/// Adds the next part, whose content is stored under `file`; false if another came first, or the upload has
/// ended.
///
/// # Errors
/// When the database fails.
pub(super) async fn add_part(
    tx: &mut StoreTx,
    account: &AccountId,
    upload: &UnfinishedUpload,
    (file, sent): (&FileId, &SentFile),
    now: Timestamp,
) -> Result<bool> {
    let id = &upload.id;
    if tx.execute(COUNT_PART, params![id, account, upload.received, now]).await? == 0 {
        return Ok(false);
    }
    let size = i64::try_from(sent.size).map_err(Error::internal)?;
    let (number, hash) = (upload.received + 1, hexadecimal(&sent.sha256));
    tx.execute(INSERT_PART, params![id, number, file, size, hash]).await?;
    Ok(true)
}

/// Ends an upload; false if it has ended. What arrived is removed afterwards.
///
/// # Errors
/// When the database fails.
pub(super) async fn end(
    tx: &mut StoreTx,
    account: &AccountId,
    id: &FileUploadId,
    now: Timestamp,
) -> Result<bool> {
    if tx.execute(HOLD, params![id, account]).await? == 0 {
        return Ok(false);
    }
    let parts: Vec<ReceivedPart> = tx.rows(PARTS, params![id]).await?;
    let parts: Vec<FileId> = parts.into_iter().map(|part| part.file_id).collect();
    tx.execute(DELETE, params![id]).await?;
    let portal = tx.portal().clone();
    for job in RemoveParts::all(&portal, &parts) {
        tx.enqueue(&job, now).await?;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upload(size: u64) -> UnfinishedUpload {
        UnfinishedUpload {
            id: FileUploadId::random(),
            directory_id: DirectoryRef::Root,
            name: "Film.mp4".to_owned(),
            size: i64::try_from(size).unwrap(),
            modified_at: 0,
            received: 0,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn only_the_last_part_is_shorter() {
        for (size, lengths) in [
            (1, vec![1]),
            (PART - 1, vec![PART - 1]),
            (PART, vec![PART]),
            (PART + 1, vec![PART, 1]),
            (3 * PART, vec![PART; 3]),
        ] {
            let upload = upload(size);
            let told: Vec<u64> = (1..=upload.parts()).map(|part| upload.length_of(part)).collect();
            assert_eq!(told, lengths, "{size}");
            assert_eq!(told.iter().sum::<u64>(), size);
            assert_eq!(upload.length_of(upload.parts() + 1), 0);
        }
    }
}
