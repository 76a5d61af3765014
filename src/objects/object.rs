//! A content, read piece by piece.

use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};

use super::disk_work::on_disk;

/// How many bytes are read of a file at once.
const PIECE: u64 = 64 * 1024;

/// Gives the bytes of a range.
type Reader = Box<dyn FnOnce(Range<u64>) -> Pieces + Send>;

/// The bytes of a range, in pieces that are read when they are asked for.
pub type Pieces = BoxStream<'static, io::Result<Bytes>>;

/// The content of a file, to be read once.
pub struct Object {
    pub(super) content: Content,
    /// The number of its bytes.
    pub size: u64,
}

/// Where it is read from.
pub(super) enum Content {
    File(File),
    Elsewhere(Reader),
}

impl Object {
    /// What is in a file.
    ///
    /// # Errors
    /// When its size can't be read.
    pub fn of_file(file: File) -> io::Result<Self> {
        let size = file.metadata()?.len();
        Ok(Self { content: Content::File(file), size })
    }

    /// What is in memory.
    pub fn of_bytes(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let size = bytes.len() as u64;
        Self::elsewhere(size, move |range| {
            let place = |at| usize::try_from(at).unwrap_or(usize::MAX);
            let part = bytes.slice(place(range.start)..place(range.end));
            stream::iter([Ok(part)]).boxed()
        })
    }

    pub(super) fn elsewhere(
        size: u64,
        read: impl FnOnce(Range<u64>) -> Pieces + Send + 'static,
    ) -> Self {
        Self { content: Content::Elsewhere(Box::new(read)), size }
    }

    /// The bytes of a range.
    pub fn pieces(self, range: Range<u64>) -> Pieces {
        match self.content {
            Content::File(file) => pieces_of_file(Arc::new(file), range).boxed(),
            Content::Elsewhere(_) if range.is_empty() => stream::empty().boxed(),
            Content::Elsewhere(read) => read(range),
        }
    }

    /// All bytes.
    pub fn all(self) -> Pieces {
        let size = self.size;
        self.pieces(0..size)
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Object").field("size", &self.size).finish_non_exhaustive()
    }
}

fn pieces_of_file(
    file: Arc<File>,
    range: Range<u64>,
) -> impl futures_util::Stream<Item = io::Result<Bytes>> + Send {
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
