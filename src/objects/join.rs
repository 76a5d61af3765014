//! A content that arrived in parts, each of which is a content of its own.

use std::fmt;
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
    size: u64,
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seen").field("size", &self.size).finish_non_exhaustive()
    }
}

impl Objects {
    /// Stores a content of `size` bytes under a key, joined of these parts, which stay. Of its first
    /// bytes, at most `looked_at` are given back.
    ///
    /// # Errors
    /// When a part can't be read, or the whole can't be written; [`ErrorKind::NotFound`] when a part is
    /// lost or damaged.
    pub async fn join(
        &self,
        parts: Vec<ObjectKey>,
        key: ObjectKey,
        (size, looked_at): (u64, usize),
    ) -> io::Result<Joined> {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (store, sees) = (ObjectStore::clone(self), seen.clone());
        let all = move |_: Range<u64>| -> Pieces {
            let pieces = stream::iter(parts).then(move |part| read(store.clone(), part));
            let pieces = pieces.try_flatten().inspect_ok(move |piece| {
                let mut seen = sees.lock().unwrap_or_else(PoisonError::into_inner);
                seen.hash.update(piece);
                seen.size += piece.len() as u64;
                let wanted = (looked_at - seen.start.len()).min(piece.len());
                seen.start.extend_from_slice(&piece[..wanted]);
            });
            pieces.boxed()
        };
        let stored = self.put(key, Object::elsewhere(size, all)).await?;
        let seen = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
        if seen.size != size {
            return Err(ErrorKind::NotFound.into());
        }
        Ok(Joined { stored, sha256: seen.hash.finalize().into(), start: seen.start })
    }
}

async fn read(store: ObjectStore, part: ObjectKey) -> io::Result<Pieces> {
    let part = store.open_unscanned(&part).await?;
    part.map(Object::all).ok_or_else(|| ErrorKind::NotFound.into())
}
