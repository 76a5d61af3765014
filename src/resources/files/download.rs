//! Downloads of files: links for programs, and the pages' own.

use axum::http::HeaderMap;
use axum::response::Response;

use super::entry_id::EntryId;
use super::{Entry, queries};
use crate::error::{Error, Message, Result};
use crate::http::{Path, Presentation, StoredFile};
use crate::ids::FileId;
use crate::manage::Member;
use crate::objects::{ObjectKey, Objects};
use crate::tenant::Store;

/// The file that a link leads to, as the response to a request with these headers.
///
/// # Errors
/// [`Error::NotFound`] when the file isn't there any more; [`Error::Conflict`]
/// when its content is lost; [`Error::Held`] when it is being scanned for viruses, or blocked;
/// [`Error::Unavailable`] when the store is away.
pub async fn linked_file(
    store: &Store,
    objects: &Objects,
    key: &ObjectKey,
    request: &HeaderMap,
) -> Result<Response> {
    let entry = queries::find_linked(store, &key.file).await?;
    let stored = (entry.as_stored(), entry.bytes());
    open((store, objects), &key.file, stored, request, Presentation::Attachment).await
}

/// A stored file of so many bytes, as the response to a request with these headers.
///
/// # Errors
/// [`Error::Conflict`] when its content is lost; [`Error::Held`] when it is being scanned for viruses, or
/// blocked.
pub async fn open(
    (store, objects): (&Store, &Objects),
    id: &FileId,
    (file, size): (StoredFile<'_>, u64),
    request: &HeaderMap,
    presentation: Presentation,
) -> Result<Response> {
    match store.open_content(objects, id).await? {
        Some(object) if object.size == size => Ok(file.into_answer(request, object, presentation)),
        _ => Err(Error::Conflict(Message::new("files.damaged"))),
    }
}

pub(super) async fn download(
    member: Member,
    Path(id): Path<EntryId>,
    request: HeaderMap,
) -> Result<Response> {
    of_page(&member, &id, &request, Presentation::Attachment).await
}

pub(super) async fn preview(
    member: Member,
    Path(id): Path<EntryId>,
    request: HeaderMap,
) -> Result<Response> {
    of_page(&member, &id, &request, Presentation::Inline).await
}

async fn of_page(
    member: &Member,
    id: &EntryId,
    request: &HeaderMap,
    presentation: Presentation,
) -> Result<Response> {
    let entry = queries::find(&member.store, id).await?;
    let file = entry.file_id().ok_or(Error::NotFound)?;
    let stored = (entry.as_stored(), entry.bytes());
    open((&member.store, member.objects()), file, stored, request, presentation).await
}

/// Whether the content of a file is lost, or of another size than it was.
pub(super) async fn is_damaged(member: &Member, entry: &Entry) -> Result<bool> {
    let Some(file) = entry.file_id() else { return Ok(false) };
    let key = ObjectKey::of(member.store.portal(), file);
    let size = member.objects().size(&key).await.map_err(Error::of_store)?;
    Ok(size != Some(entry.bytes()))
}
