//! New files: their contents are stored first, then their rows.

use std::fs::File;
use std::io::{self, ErrorKind, Seek};

use sha2::{Digest, Sha256};

use super::DirectoryRef;
use super::media_type;
use super::queries::NewFile;
use super::unfinished::{ReceivedPart, UnfinishedUpload};
use crate::error::{Error, Message, Result, Unavailable};
use crate::fields::SentFile;
use crate::ids::{FileId, PortalId};
use crate::objects::{ContentPart, Object, ObjectKey, Objects, Stored};
use crate::values::FileName;

/// Stores the content of an uploaded file, which gets this name or that of the upload.
///
/// # Errors
/// When it can't be stored.
pub async fn store(
    objects: &Objects,
    portal: &PortalId,
    sent: &SentFile,
    directory: DirectoryRef,
    name: Option<FileName>,
) -> Result<(Stored, NewFile)> {
    let name = name.unwrap_or_else(|| FileName::nearest(&sent.file_name));
    let (id, ending) = (FileId::random(), name.ending());
    let (content, mime) = from_start(&sent.content, &ending).map_err(Error::internal)?;
    let stored = objects.put(ObjectKey::of(portal, &id), content).await.map_err(Error::of_store)?;
    let new =
        NewFile { id, directory, name, size: sent.size, mime, sha256: sent.sha256, upload: None };
    Ok((stored, new))
}

/// Stores a content that is in memory, under the name that its sender gave it.
///
/// # Errors
/// As [`store`].
pub async fn store_bytes(
    objects: &Objects,
    portal: &PortalId,
    file_name: &str,
    content: Vec<u8>,
) -> Result<(Stored, NewFile)> {
    let (id, name) = (FileId::random(), FileName::nearest(file_name));
    let start = &content[..content.len().min(media_type::LOOKED_AT)];
    let mime = media_type::told_by(start, &name.ending());
    let (size, sha256) = (content.len() as u64, Sha256::digest(&content).into());
    let key = ObjectKey::of(portal, &id);
    let stored = objects.put(key, Object::of_bytes(content)).await.map_err(Error::of_store)?;
    let directory = DirectoryRef::Root;
    Ok((stored, NewFile { id, directory, name, size, mime, sha256, upload: None }))
}

/// Stores the content of a file of which all parts are there.
///
/// # Errors
/// As [`store`]; [`Error::Conflict`] when a part is lost or damaged; [`Error::Unavailable`] when too many
/// uploads of the portal are being finished.
pub(super) async fn join(
    objects: &Objects,
    portal: &PortalId,
    upload: &UnfinishedUpload,
    parts: Vec<ReceivedPart>,
) -> Result<(Stored, NewFile)> {
    let (id, name, size) = (FileId::random(), FileName::nearest(&upload.name), upload.bytes());
    let part_of = |ReceivedPart { file_id, sha256 }| ContentPart {
        key: ObjectKey::of(portal, &file_id),
        sha256,
    };
    let parts = parts.into_iter().map(part_of).collect();
    let wanted = (size, media_type::LOOKED_AT);
    let joined = objects.join(parts, ObjectKey::of(portal, &id), wanted).await;
    let joined = joined.map_err(|error| match error.kind() {
        ErrorKind::NotFound => Error::Conflict(Message::new("files.upload_lost")),
        ErrorKind::ResourceBusy => Error::Unavailable(Unavailable::Uploads),
        _ => Error::of_store(error),
    })?;
    let mime = media_type::told_by(&joined.start, &name.ending());
    let (directory, sha256) = (upload.directory_id.clone(), joined.sha256);
    Ok((joined.stored, NewFile { id, directory, name, size, mime, sha256, upload: None }))
}

fn from_start(content: &File, ending: &str) -> io::Result<(Object, &'static str)> {
    let mut content = content.try_clone()?;
    content.rewind()?;
    let mime = media_type::of(&content, ending)?;
    Ok((Object::of_file(content)?, mime))
}
