//! Copying the contents of all files from one place to another.

use std::io;

use futures_util::{StreamExt, TryStreamExt, stream};
use sha2::{Digest, Sha256};

use super::verified::Verified;
use crate::db::{Db, Single, from_row, params};
use crate::error::{Error, Result};
use crate::ids::{FileId, PortalId};
use crate::objects::{Object, ObjectKey, Objects};

/// How many rows are read at once.
const BATCH: i64 = 200;

/// How many files are copied at once.
const AT_ONCE: usize = 4;

/// Files, and the attachments of tickets.
const NEXT: [&str; 2] = [
    "SELECT portal_id, id, size, sha256 FROM files
     WHERE (portal_id, id) > (?1, ?2) AND id LIKE 'fsf_%' ORDER BY portal_id, id LIMIT ?3",
    "SELECT portal_id, file_id AS id, size, sha256 FROM ticket_attachments
     WHERE (portal_id, file_id) > (?1, ?2) ORDER BY portal_id, file_id LIMIT ?3",
];

const COUNT: &str = "SELECT (SELECT count(*) FROM files WHERE id LIKE 'fsf_%')
     + (SELECT count(*) FROM ticket_attachments) AS value";

const EXISTS: &str = "SELECT count(*) AS value FROM (
         SELECT id FROM files WHERE portal_id = ?1 AND id = ?2
         UNION ALL SELECT file_id FROM ticket_attachments WHERE portal_id = ?1 AND file_id = ?2
     ) found";

struct FileRow {
    portal_id: PortalId,
    id: FileId,
    size: i64,
    sha256: Option<String>,
}
from_row!(FileRow { portal_id, id, size, sha256 });

impl FileRow {
    fn key(&self) -> ObjectKey {
        ObjectKey::of(&self.portal_id, &self.id)
    }

    fn bytes(&self) -> u64 {
        u64::try_from(self.size).unwrap_or_default()
    }
}

/// What became of the files so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copied {
    /// The number of files.
    pub files: u64,
    /// Those that were copied now.
    pub copied: u64,
    /// The bytes of these.
    pub bytes: u64,
    /// Those that were there and right already.
    pub present: u64,
    /// Those whose content is nowhere, or not what it was.
    pub damaged: Vec<ObjectKey>,
}

/// What became of one file.
enum Outcome {
    Copied,
    Present,
    Damaged,
    /// It was deleted in the meantime.
    Deleted,
}

/// The number of files that there are.
///
/// # Errors
/// When the database fails.
pub async fn count_files(db: &Db) -> Result<u64> {
    let count: Option<Single<i64>> = db.row(COUNT, params![]).await?;
    Ok(count.map_or(0, |Single(count)| u64::try_from(count).unwrap_or_default()))
}

/// Copies what isn't there yet, and verifies each content in its new place by the hash of its row. What
/// is in `verified` is only looked for. `told` gets the state after every few files.
///
/// # Errors
/// When the database or one of the places fails. What was verified until then is noted.
pub async fn copy_contents(
    db: &Db,
    places: (&Objects, &Objects),
    verified: &mut Verified,
    mut told: impl FnMut(&Copied),
) -> Result<Copied> {
    let mut so_far = Copied::default();
    for next in NEXT {
        copy_table(next, db, places, verified, &mut so_far, &mut told).await?;
    }
    Ok(so_far)
}

async fn copy_table(
    next: &'static str,
    db: &Db,
    (from, to): (&Objects, &Objects),
    verified: &mut Verified,
    so_far: &mut Copied,
    told: &mut impl FnMut(&Copied),
) -> Result<()> {
    let (mut portal, mut last) = (String::new(), String::new());
    loop {
        let rows: Vec<FileRow> = db.rows(next, params![portal, last, BATCH]).await?;
        let Some(end) = rows.last() else { return Ok(()) };
        (portal, last) = (end.portal_id.to_string(), end.id.to_string());
        let known: Vec<bool> = rows.iter().map(|row| verified.has(&row.key())).collect();
        let mut outcomes = stream::iter(rows.iter().zip(known))
            .map(|(row, is_known)| async move {
                copy(db, (from, to), row, is_known).await.map(|outcome| (row, outcome))
            })
            .buffered(AT_ONCE);
        while let Some((row, outcome)) = outcomes.try_next().await? {
            so_far.files += 1;
            match outcome {
                Outcome::Copied => {
                    so_far.copied += 1;
                    so_far.bytes += row.bytes();
                }
                Outcome::Present => so_far.present += 1,
                Outcome::Damaged => so_far.damaged.push(row.key()),
                Outcome::Deleted => {}
            }
            if matches!(outcome, Outcome::Copied | Outcome::Present) {
                verified.add(&row.key()).map_err(Error::of_disk)?;
            }
            told(so_far);
        }
    }
}

async fn copy(
    db: &Db,
    (from, to): (&Objects, &Objects),
    row: &FileRow,
    is_known: bool,
) -> Result<Outcome> {
    let key = row.key();
    if to.size(&key).await.map_err(Error::of_store)? == Some(row.bytes())
        && (is_known || is_right(to, row).await?)
    {
        return Ok(Outcome::Present);
    }
    let content = from.open(&key).await.map_err(Error::of_store)?;
    if let Some(content) = content.filter(|content| content.size == row.bytes()) {
        let stored = to.put(key.clone(), content).await.map_err(Error::of_store)?;
        // What isn't right is removed again.
        if is_right(to, row).await? {
            stored.keep();
            return Ok(Outcome::Copied);
        }
    }
    let rows: Option<Single<i64>> = db.row(EXISTS, params![key.portal, key.file]).await?;
    let is_there = rows.is_some_and(|Single(count)| count > 0);
    Ok(if is_there { Outcome::Damaged } else { Outcome::Deleted })
}

/// Whether a content is the one of its row, by its hash.
async fn is_right(objects: &Objects, row: &FileRow) -> Result<bool> {
    let Some(content) = objects.open(&row.key()).await.map_err(Error::of_store)? else {
        return Ok(false);
    };
    let is_whole = content.size == row.bytes();
    let hash = hash_of(content).await.map_err(Error::of_store)?;
    Ok(is_whole && row.sha256.as_ref().is_none_or(|known| *known == hash))
}

/// The SHA-256 of a content, in hexadecimal digits.
async fn hash_of(content: Object) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut pieces = content.all();
    while let Some(piece) = pieces.try_next().await? {
        hash.update(&piece);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Removes the contents that are in `to` from `from`, where no server reads them any more. Returns how many
/// there were.
///
/// # Errors
/// When one of the places fails.
pub async fn remove_copied(from: &Objects, to: &Objects) -> Result<u64> {
    let (now, mut count) = (std::time::SystemTime::now(), 0);
    for portal in from.portals().await.map_err(Error::of_store)? {
        for file in from.stored_before(&portal, now).await.map_err(Error::of_store)? {
            let key = ObjectKey::of(&portal, &file);
            if to.size(&key).await.map_err(Error::of_store)?.is_some() {
                from.remove(&key).await.map_err(Error::of_store)?;
                count += 1;
            }
        }
        from.remove_folder(&portal).await;
    }
    Ok(count)
}
