//! `/v1/file-shares`.

use axum::response::NoContent;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{FileShare, FileShareCreate, FileShareView, NewFileShare, queries};
use crate::auth::granted::{FileShareRead, FileShareWrite};
use crate::error::Result;
use crate::http::{
    Access, Expected, Input, Json, Limits, ListRequest, Listing, Path, Revised, Routes, Written,
};
use crate::ids::FileShareId;

/// The routes of file shares.
pub(super) fn routes() -> Routes {
    Routes::new(
        "File shares",
        "Files and directories that people without an account open by a link.",
    )
    .get("/file-shares", list, "listFileShares", "List file shares")
    .post("/file-shares", create, "createFileShare", "Share files and directories")
    .get("/file-shares/{shareId}", get, "getFileShare", "Get a file share")
    .delete(
        "/file-shares/{shareId}",
        delete,
        "deleteFileShare",
        "Delete a file share: its link stops working for good",
    )
}

/// The id in the path.
#[derive(Deserialize, JsonSchema)]
struct One {
    #[serde(rename = "shareId")]
    id: FileShareId,
}

async fn list(
    access: Access<FileShareRead>,
    request: ListRequest<FileShare>,
) -> Result<Json<Listing<FileShareView>>> {
    let rows = queries::list(&access, &request, access.time_zone()).await?;
    let ids: Vec<&FileShareId> = rows.iter().map(|row| &row.row.id).collect();
    let mut content = queries::content_of(&access, &ids).await?;
    let view = |share: FileShare| {
        let entries = content.remove(&share.id).unwrap_or_default();
        share.into_view(&access, entries)
    };
    Ok(request.listing(rows).try_map(view)?.json())
}

async fn create(
    access: Access<FileShareWrite>,
    limits: Limits,
    Input(new): Input<FileShareCreate>,
) -> Written<Revised<FileShareView>> {
    // Before the transaction: hashing takes long.
    let new = NewFileShare::of(FileShareId::random(), new).await?;
    let mut tx = access.begin_alone().await?;
    let (change, keys) = (access.change(), access.sealing_keys());
    let share = queries::create(&mut tx, &change, &limits, keys, new).await?;
    let content = queries::content_in(&mut tx, &share.id).await?;
    let view = Revised(share.revision, share.into_view(&access, content)?);
    tx.commit(view).await
}

async fn get(
    access: Access<FileShareRead>,
    Path(One { id }): Path<One>,
) -> Result<Revised<FileShareView>> {
    let share = queries::find(&access, &id).await?;
    let content = queries::content(&access, &id).await?;
    Ok(Revised(share.revision, share.into_view(&access, content)?))
}

async fn delete(
    access: Access<FileShareWrite>,
    Path(One { id }): Path<One>,
    expected: Expected,
) -> Written<NoContent> {
    let mut tx = access.begin().await?;
    queries::delete(&mut tx, &access.change(), &id, &expected).await?;
    tx.commit(NoContent).await
}
