//! Downloads of attachments: links for programs, and the pages' own.

use axum::http::HeaderMap;
use axum::response::Response;

use super::{Attachment, attachments, queries};
use crate::error::Result;
use crate::http::{Path, Presentation};
use crate::ids::{TicketAttachmentId, TicketId};
use crate::manage::Member;
use crate::objects::{ObjectKey, Objects};
use crate::resources::files;
use crate::tenant::Store;

/// The attachment that a link leads to, as the response to a request with these headers.
///
/// # Errors
/// As [`files::linked_file`].
pub async fn linked_attachment(
    store: &Store,
    objects: &Objects,
    key: &ObjectKey,
    request: &HeaderMap,
) -> Result<Response> {
    let attachment = attachments::find_linked(store, &key.file).await?;
    open((store, objects), &attachment, request).await
}

/// An attachment as a response, which browsers save.
async fn open(
    contents: (&Store, &Objects),
    attachment: &Attachment,
    request: &HeaderMap,
) -> Result<Response> {
    let stored = (attachment.as_stored(), attachment.bytes());
    files::open(contents, &attachment.file_id, stored, request, Presentation::Attachment).await
}

pub(super) async fn download(
    member: Member,
    Path((ticket, id)): Path<(TicketId, TicketAttachmentId)>,
    request: HeaderMap,
) -> Result<Response> {
    queries::find(&member.store, &ticket).await?;
    let attachment = attachments::find(&member.store, &ticket, &id).await?;
    open((&member.store, member.objects()), &attachment, &request).await
}
