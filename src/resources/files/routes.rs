//! `/v1/files`.

use axum::response::NoContent;
use schemars::JsonSchema;
use serde::Deserialize;

use super::model::{CloudFileView, FileUpload};
use super::upload::store;
use super::{DirectoryRef, Entry, EntryId, EntryView, list, queries};
use crate::auth::granted::{FilesRead, FilesWrite};
use crate::error::{Error, Result};
use crate::http::{
    Access, DownloadLinks, Expected, Json, Limits, ListRequest, Listing, Path, Query, Revised,
    Routes, Upload, Written,
};
use crate::ids::DirectoryId;

/// The routes of files.
pub(super) fn routes() -> Routes {
    Routes::new("Files", "The files of the portal, and the directories that they are in.")
        .get("/files", list_files, "listFiles", "List files and directories")
        .post("/files", create, "createFile", "Upload a file, or make a directory")
        .get("/files/{fileOrDirId}", get, "getFile", "Get a file or a directory")
        .delete("/files/{fileOrDirId}", delete, "deleteFile", "Delete a file or an empty directory")
        .get("/files/{fileOrDirId}/download", download, "downloadFile", "Get a link to a file")
}

/// The id in the path.
#[derive(Deserialize, JsonSchema)]
struct OneEntry {
    #[serde(rename = "fileOrDirId")]
    id: EntryId,
}

async fn list_files(
    access: Access<FilesRead>,
    request: ListRequest<Entry>,
) -> Result<Json<Listing<EntryView>>> {
    let zone = access.time_zone();
    let part = list::within(&request, None);
    let files = queries::list(&access, part.as_ref().unwrap_or(&request), zone).await?;
    Ok(request.listing(files).map(|entry| entry.into_view(zone)).json())
}

async fn create(
    access: Access<FilesWrite>,
    Query(directory): Query<DirectoryRef>,
    limits: Limits,
    Upload(FileUpload { file, name }): Upload<FileUpload>,
) -> Written<Revised<EntryView>> {
    match (file.0.first(), name.0) {
        (Some(sent), name) => {
            let (content, new) =
                store(access.objects(), access.portal(), sent, directory, name).await?;
            let mut tx = access.begin_alone().await?;
            let entry = queries::add_file(&mut tx, &access.change(), &limits, new).await?;
            tx.keep(content, access.now()).await?;
            tx.commit(revised(&access, entry)).await
        }
        (None, Some(name)) => {
            let (mut tx, change) = (access.begin_alone().await?, access.change());
            let new = (DirectoryId::random(), name);
            let entry =
                queries::create_directory(&mut tx, &change, &limits, &directory, new).await?;
            tx.commit(revised(&access, entry)).await
        }
        (None, None) => Err(Error::NotFound.into()),
    }
}

async fn get(
    access: Access<FilesRead>,
    Path(OneEntry { id }): Path<OneEntry>,
) -> Result<Revised<EntryView>> {
    let entry = queries::find(&access, &id).await?;
    Ok(revised(&access, entry))
}

async fn delete(
    access: Access<FilesWrite>,
    Path(OneEntry { id }): Path<OneEntry>,
    expected: Expected,
) -> Written<NoContent> {
    let mut tx = access.begin_alone().await?;
    queries::delete(&mut tx, &access.change(), &id, &expected).await?;
    tx.commit(NoContent).await
}

async fn download(
    access: Access<FilesRead>,
    Path(OneEntry { id }): Path<OneEntry>,
    links: DownloadLinks,
) -> Result<Json<CloudFileView>> {
    let entry = queries::find(&access, &id).await?;
    let file = entry.file_id().ok_or(Error::NotFound)?;
    let link = links.to(&access, file).await?;
    Ok(Json(CloudFileView::new(&link, access.url_of(&link), access.time_zone())))
}

fn revised<S>(access: &Access<S>, entry: Entry) -> Revised<EntryView> {
    Revised(entry.revision, entry.into_view(access.time_zone()))
}
