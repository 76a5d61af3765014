//! A stored content, read piece by piece.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, stream};

use super::disk::on_disk;

/// How many bytes are read at once.
const PIECE: u64 = 64 * 1024;

/// The content of a file, open for reading.
#[derive(Debug)]
pub struct Object {
    file: File,
    /// The number of its bytes.
    pub size: u64,
}

impl Object {
    pub(super) fn of(file: File) -> io::Result<Self> {
        let size = file.metadata()?.len();
        Ok(Self { file, size })
    }

    #[cfg(test)]
    pub(super) fn into_file(self) -> File {
        self.file
    }

    /// The bytes of a range, in pieces that are read when they are asked for.
    pub fn pieces(self, range: Range<u64>) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
        let file = Arc::new(self.file);
        stream::try_unfold(range, move |left| {
            let file = file.clone();
            async move {
                if left.is_empty() {
                    return Ok(None);
                }
                let start = left.start;
                let piece = on_disk(move || read(&file, start, left.end - start)).await?;
                let next = start + piece.len() as u64..left.end;
                Ok(Some((piece, next)))
            }
        })
    }
}

/// The next piece, of at most this length.
fn read(mut file: &File, start: u64, longest: u64) -> io::Result<Bytes> {
    file.seek(SeekFrom::Start(start))?;
    let length = usize::try_from(longest.min(PIECE)).unwrap_or(usize::MAX);
    let mut piece = vec![0; length];
    let count = file.read(&mut piece)?;
    if count == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    piece.truncate(count);
    Ok(piece.into())
}
