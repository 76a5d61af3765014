//! Uploads: in one request, or in parts.

use std::io;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::{ObjectStoreExt, PutPayload};
use tokio::sync::OwnedSemaphorePermit;

use super::S3;
use super::fault::unavailable;
use crate::objects::key::ObjectKey;
use crate::objects::object::{Object, Pieces};

/// The size of a part in bytes, unless there would be too many.
const PART: u64 = 8 * 1024 * 1024;

/// The most parts of an upload (of the S3 protocol).
const MOST_PARTS: u64 = 10_000;

/// How many parts of a content are uploaded at once.
const AT_ONCE: usize = 4;

/// A part, and the place in memory that it takes.
type Part = (OwnedSemaphorePermit, PutPayload);

impl S3 {
    pub(in crate::objects) async fn put(&self, key: &ObjectKey, content: Object) -> io::Result<()> {
        let (path, size) = (self.path(key), content.size);
        if size > PART {
            return self.put_in_parts(&path, content).await;
        }
        let (_place, payload) = match self.next_part(&mut content.all(), PART).await? {
            Some(part) => part,
            None => (self.place().await?, PutPayload::default()),
        };
        whole(payload.content_length(), size)?;
        self.0.store.put(&path, payload).await.map(drop).map_err(unavailable)
    }

    async fn put_in_parts(&self, path: &Path, content: Object) -> io::Result<()> {
        let (store, size) = (&self.0.store, content.size);
        let id = store.create_multipart(path).await.map_err(unavailable)?;
        let mut upload = Upload { s3: self.clone(), path: path.clone(), id: Some(id.clone()) };
        let parts = self.parts(content.all(), PART.max(size.div_ceil(MOST_PARTS)));
        let sent = parts.enumerate().map(|(index, part)| {
            let id = &id;
            async move {
                let (_place, payload) = part?;
                let length = payload.content_length();
                let sent = store.put_part(path, id, index, payload).await;
                sent.map(|part| (part, length)).map_err(unavailable)
            }
        });
        let sent: Vec<(PartId, usize)> = sent.buffered(AT_ONCE).try_collect().await?;
        whole(sent.iter().map(|(_, length)| length).sum(), size)?;
        let parts = sent.into_iter().map(|(part, _)| part).collect();
        store.complete_multipart(path, &id, parts).await.map_err(unavailable)?;
        upload.id = None;
        Ok(())
    }

    /// The content in parts of this length, the last one perhaps shorter.
    fn parts(&self, pieces: Pieces, length: u64) -> impl Stream<Item = io::Result<Part>> + Send {
        let start = (self.clone(), pieces);
        stream::try_unfold(start, move |(s3, mut pieces)| async move {
            let part = s3.next_part(&mut pieces, length).await?;
            Ok(part.map(|part| (part, (s3, pieces))))
        })
    }

    async fn next_part(&self, pieces: &mut Pieces, length: u64) -> io::Result<Option<Part>> {
        let place = self.place().await?;
        let (mut part, mut so_far): (Vec<Bytes>, u64) = (Vec::new(), 0);
        // Pieces are much smaller than parts, so one more makes a part only little longer.
        while so_far < length
            && let Some(piece) = pieces.try_next().await?
        {
            so_far += piece.len() as u64;
            part.push(piece);
        }
        Ok((!part.is_empty()).then(|| (place, part.into_iter().collect())))
    }

    async fn place(&self) -> io::Result<OwnedSemaphorePermit> {
        self.0.parts.clone().acquire_owned().await.map_err(io::Error::other)
    }
}

/// Refuses a content that ended too early or too late.
fn whole(length: usize, size: u64) -> io::Result<()> {
    if length as u64 == size { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// An upload in parts. Dropping it before its end aborts it.
struct Upload {
    s3: S3,
    path: Path,
    id: Option<String>,
}

impl Drop for Upload {
    fn drop(&mut self) {
        let Some(id) = self.id.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (s3, path) = (self.s3.clone(), self.path.clone());
        runtime.spawn(async move {
            if let Err(error) = s3.0.store.abort_multipart(&path, &id).await {
                tracing::warn!(%error, "an upload that broke off is left to the clean-up");
            }
        });
    }
}
