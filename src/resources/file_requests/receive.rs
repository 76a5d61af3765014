//! Files that come in. Each requested file is received once: of two at the same time, the second is
//! refused, and nothing is ever overwritten.

use super::{FileRequest, RequestedFile, queries};
use crate::audit::Action;
use crate::changes::Change;
use crate::db::params;
use crate::error::{Error, Message, Result};
use crate::history::{FieldChange, What};
use crate::quotas::Quotas;
use crate::resources::files::queries as stored;
use crate::resources::files::{DirectoryRef, EntryId, NewFile};
use crate::tenant::{StoreTx, TenantSql};

/// Of two at once the second waits here, and then finds that the first came in.
const RECEIVE: TenantSql = TenantSql::new(
    "UPDATE requested_files SET file_id = ?4, file_name = ?5, received_at = ?6
     WHERE portal_id = ?1 AND request_id = ?2 AND id = ?3 AND received_at IS NULL",
);
const COMPLETE: TenantSql = TenantSql::new(
    "UPDATE file_requests SET revision = revision + 1, completed_at = COALESCE(completed_at,
         CASE WHEN EXISTS (SELECT 1 FROM requested_files r
             WHERE r.portal_id = ?1 AND r.request_id = ?2 AND r.required AND r.received_at IS NULL)
         THEN NULL ELSE CAST(?3 AS BIGINT) END)
     WHERE portal_id = ?1 AND id = ?2",
);

/// The directory of a request, if it is still there.
async fn directory(tx: &mut StoreTx, request: &FileRequest) -> Result<DirectoryRef> {
    let Some(id) = request.directory_id.id() else { return Ok(DirectoryRef::Root) };
    match stored::find_in(tx, &EntryId::Directory(id.clone())).await {
        Ok(_) => Ok(request.directory_id.clone()),
        Err(Error::NotFound) => Ok(DirectoryRef::Root),
        Err(error) => Err(error),
    }
}

/// Receives a file whose content is stored. False if it was received with the same form before. The
/// transaction locks the portal.
///
/// # Errors
/// [`Error::Invalid`], with the requested file's id as the field, when another file came in for it;
/// [`Error::NotFound`] when the request was deleted; as [`stored::add_file`].
pub(super) async fn receive(
    tx: &mut StoreTx,
    change: &Change<'_>,
    quotas: &Quotas,
    (request, asked): (&FileRequest, &RequestedFile),
    mut new: NewFile,
) -> Result<bool> {
    let request = queries::hold(tx, &request.id).await?;
    if stored::is_repeated(tx, &mut new).await? {
        return Ok(false);
    }
    new.directory = directory(tx, &request).await?;
    let (id, name) = (new.id.clone(), new.name.clone());
    let row = params![request.id, asked.id, id, name, change.now];
    if tx.execute(RECEIVE, row).await? == 0 {
        let message = Message::new("guests.received_already");
        return Err(Error::invalid(asked.id.as_str(), message));
    }
    stored::add_file(tx, change, quotas, new).await?;
    tx.execute(COMPLETE, params![request.id, change.now]).await?;
    let new = Some(format!("{} ({name})", asked.name));
    let field = FieldChange { field: queries::RECEIVED.to_owned(), old: None, new };
    change.note(tx, (queries::KIND, request.id.as_str()), What::Changed, vec![field]).await?;
    change.tell(tx, Action::FileRequestAnswered, &request.name, request.id.as_str()).await?;
    Ok(true)
}
