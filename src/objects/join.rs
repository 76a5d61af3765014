//! A content that arrived in parts, each of which is a content of its own.

use std::io::{self, ErrorKind};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{StreamExt, TryStreamExt, stream};
use sha2::{Digest, Sha256};

use super::contents::Objects;
use super::key::ObjectKey;
use super::object::{Object, Pieces};
use super::store::ObjectStore;
use super::stored::Stored;
use crate::hexadecimal::hexadecimal;

/// A part of a content.
#[derive(Debug)]
pub struct ContentPart {
    /// Where it is.
    pub key: ObjectKey,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: String,
}

/// A content that was joined of its parts.
#[derive(Debug)]
pub struct Joined {
    /// The stored content, which is to be scanned as any other.
    pub stored: Stored,
    /// The SHA-256 of all of it.
    pub sha256: [u8; 32],
    /// Its first bytes, as many as were asked for.
    pub start: Vec<u8>,
}

/// What was seen of a content while it was read.
#[derive(Default)]
struct Seen {
    hash: Sha256,
    start: Vec<u8>,
}

impl Objects {
    /// Stores a content of `size` bytes under a key, joined of these parts, which stay. Of its first
    /// bytes, at most `looked_at` are given back.
    ///
    /// # Errors
    /// When a part can't be read, or the whole can't be written; [`ErrorKind::NotFound`] when a part is
    /// lost or damaged; [`ErrorKind::ResourceBusy`] when too many of the portal are being joined.
    pub async fn join(
        &self,
        parts: Vec<ContentPart>,
        key: ObjectKey,
        (size, looked_at): (u64, usize),
    ) -> io::Result<Joined> {
        let _join = self.joins.begin(&key.portal)?;
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (store, sees) = (ObjectStore::clone(self), seen.clone());
        let all = move |_: Range<u64>| -> Pieces {
            let pieces = stream::iter(parts).then(move |part| read(store.clone(), part));
            let pieces = pieces.try_flatten().inspect_ok(move |piece| {
                let mut seen = sees.lock().unwrap_or_else(PoisonError::into_inner);
                seen.hash.update(piece);
                let wanted = (looked_at - seen.start.len()).min(piece.len());
                seen.start.extend_from_slice(&piece[..wanted]);
            });
            pieces.boxed()
        };
        let stored = self.put(key, Object::elsewhere(size, all)).await?;
        let seen = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(Joined { stored, sha256: seen.hash.finalize().into(), start: seen.start })
    }
}

/// The bytes of a part; at its end an error, if they are not what was stored.
async fn read(store: ObjectStore, part: ContentPart) -> io::Result<Pieces> {
    let lost = || io::Error::from(ErrorKind::NotFound);
    let content = store.open_unscanned(&part.key).await?.ok_or_else(lost)?;
    let start = (content.all(), Sha256::new());
    let pieces = stream::try_unfold(start, move |(mut pieces, mut hash)| {
        let expected = part.sha256.clone();
        async move {
            if let Some(piece) = pieces.try_next().await? {
                hash.update(&piece);
                return Ok(Some((piece, (pieces, hash))));
            }
            if hexadecimal(&hash.finalize()) == expected { Ok(None) } else { Err(lost()) }
        }
    });
    Ok(pieces.boxed())
}
