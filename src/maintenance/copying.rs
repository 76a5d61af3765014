//! Copying the contents of all files from one place to another.

use std::io;

use futures_util::{StreamExt, TryStreamExt, stream};
use sha2::{Digest, Sha256};

use super::verified::Verified;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::hexadecimal::hexadecimal;
use crate::objects::{ContentRow, Object, ObjectKey, Objects, RowsRead, has_row};

/// How many files are copied at once.
const AT_ONCE: usize = 4;

/// What became of the files so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CopyReport {
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

/// Copies what isn't there yet, and verifies each content in its new place by the hash of its row. What
/// is in `verified` is only looked for. `told` gets the state after every few files.
///
/// # Errors
/// When the database or one of the places fails. What was verified until then is noted.
pub async fn copy_contents(
    db: &Db,
    (from, to): (&Objects, &Objects),
    verified: &mut Verified,
    mut told: impl FnMut(&CopyReport),
) -> Result<CopyReport> {
    let (mut so_far, mut read) = (CopyReport::default(), RowsRead::default());
    loop {
        let rows = read.next(db).await?;
        if rows.is_empty() {
            return Ok(so_far);
        }
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
            told(&so_far);
        }
    }
}

async fn copy(
    db: &Db,
    (from, to): (&Objects, &Objects),
    row: &ContentRow,
    is_known: bool,
) -> Result<Outcome> {
    let key = row.key();
    if to.size(&key).await.map_err(Error::of_store)? == Some(row.bytes())
        && (is_known || is_right(to, row).await?)
    {
        return Ok(Outcome::Present);
    }
    let content = from.open_unscanned(&key).await.map_err(Error::of_store)?;
    if let Some(content) = content.filter(|content| content.size == row.bytes()) {
        let stored = to.put(key.clone(), content).await.map_err(Error::of_store)?;
        // What isn't right is removed again.
        if is_right(to, row).await? {
            stored.keep_copy();
            return Ok(Outcome::Copied);
        }
    }
    let is_there = has_row(db, &key).await?;
    Ok(if is_there { Outcome::Damaged } else { Outcome::Deleted })
}

/// Whether a content is the one of its row, by its hash.
async fn is_right(objects: &Objects, row: &ContentRow) -> Result<bool> {
    let Some(content) = objects.open_unscanned(&row.key()).await.map_err(Error::of_store)? else {
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
    Ok(hexadecimal(&hash.finalize()))
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
