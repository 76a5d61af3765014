//! New files: their contents are stored first, then their rows.

use std::fs::File;
use std::io::{self, Seek};

use super::DirectoryRef;
use super::media_type;
use super::queries::NewFile;
use crate::error::{Error, Result};
use crate::fields::SentFile;
use crate::ids::{FileId, PortalId};
use crate::objects::{ObjectKey, Objects, Stored};
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
    let stored = objects.put(ObjectKey::of(portal, &id), content).await.map_err(Error::of_disk)?;
    let new =
        NewFile { id, directory, name, size: sent.size, mime, sha256: sent.sha256, upload: None };
    Ok((stored, new))
}

fn from_start(content: &File, ending: &str) -> io::Result<(File, &'static str)> {
    let mut content = content.try_clone()?;
    content.rewind()?;
    let mime = media_type::of(&content, ending)?;
    Ok((content, mime))
}
