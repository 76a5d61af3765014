//! `/v1/file-requests`.

use axum::response::NoContent;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{FileRequest, FileRequestCreate, FileRequestView, queries};
use crate::auth::granted::{FileRequestRead, FileRequestWrite};
use crate::error::Result;
use crate::http::{
    Access, Expected, Input, Json, Limits, ListRequest, Listing, Path, Revised, Routes, Written,
};
use crate::ids::FileRequestId;

/// The routes of file requests.
pub(super) fn routes() -> Routes {
    Routes::new("File requests", "Files that people without an account upload by a link.")
        .get("/file-requests", list, "listFileRequests", "List file requests")
        .post("/file-requests", create, "createFileRequest", "Ask for files")
        .get("/file-requests/{requestId}", get, "getFileRequest", "Get a file request")
        .delete(
            "/file-requests/{requestId}",
            delete,
            "deleteFileRequest",
            "Delete a file request: its link stops working, and the files that came in stay",
        )
}

/// The id in the path.
#[derive(Deserialize, JsonSchema)]
struct One {
    #[serde(rename = "requestId")]
    id: FileRequestId,
}

async fn list(
    access: Access<FileRequestRead>,
    request: ListRequest<FileRequest>,
) -> Result<Json<Listing<FileRequestView>>> {
    let rows = queries::list(&access, &request, access.time_zone()).await?;
    let ids: Vec<&FileRequestId> = rows.iter().map(|row| &row.row.id).collect();
    let mut files = queries::files_of(&access, &ids).await?;
    let view = |row: FileRequest| {
        let files = files.remove(&row.id).unwrap_or_default();
        row.into_view(&access, files)
    };
    Ok(request.listing(rows).try_map(view)?.json())
}

async fn create(
    access: Access<FileRequestWrite>,
    limits: Limits,
    Input(new): Input<FileRequestCreate>,
) -> Written<Revised<FileRequestView>> {
    let mut tx = access.begin_alone().await?;
    let (change, keys) = (access.change(), access.sealing_keys());
    let new = (FileRequestId::random(), new);
    let request = queries::create(&mut tx, &change, &limits, keys, new).await?;
    let files = queries::files_in(&mut tx, &request.id).await?;
    let view = Revised(request.revision, request.into_view(&access, files)?);
    tx.commit(view).await
}

async fn get(
    access: Access<FileRequestRead>,
    Path(One { id }): Path<One>,
) -> Result<Revised<FileRequestView>> {
    let request = queries::find(&access, &id).await?;
    let files = queries::files(&access, &id).await?;
    Ok(Revised(request.revision, request.into_view(&access, files)?))
}

async fn delete(
    access: Access<FileRequestWrite>,
    Path(One { id }): Path<One>,
    expected: Expected,
) -> Written<NoContent> {
    let mut tx = access.begin().await?;
    queries::delete(&mut tx, &access.change(), &id, &expected).await?;
    tx.commit(NoContent).await
}
