//! Uploading a file in parts: a script begins, sends the parts in their order, and finishes. Whatever it
//! repeats comes to the same, so after a failure it sends its last request again.

use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::links::{directory_path, page_path};
use super::unfinished::{self, NewUpload, PART, UnfinishedUpload};
use super::upload::join;
use super::{EntryId, queries};
use crate::error::{Error, Message, Result, found};
use crate::fields::{Fields, SentFile};
use crate::hexadecimal::hexadecimal;
use crate::http::{Json, Path};
use crate::ids::{FileId, FileUploadId};
use crate::manage::Member;
use crate::objects::{Object, ObjectKey};
use crate::quotas::MEGABYTE;
use crate::web::{Form, FormWithReserved, new_id, reads_json, see_other};

/// The longest name that is kept to know a file again, in characters. No system has longer ones.
const LONGEST_NAME: usize = 500;

/// How far an upload is.
#[derive(Serialize)]
struct Progress {
    /// The number of parts that have arrived.
    received: u64,
}

/// Why a part isn't taken, and which one is.
#[derive(Serialize)]
struct Expected {
    message: String,
    /// The number of the next part.
    expected: u64,
    /// Its length in bytes; 0 if all have arrived.
    length: u64,
}

/// The file that there is now.
#[derive(Serialize)]
struct Finished {
    /// The path of its page.
    path: String,
}

pub(super) async fn begin(member: Member, Form(fields): Form) -> Result<Response> {
    let new = new_upload(&member, &fields)?;
    let mut tx = member.begin().await?;
    tx.hold_portal().await?;
    let (account, quotas) = (&member.session.account_id, member.quotas());
    let upload = unfinished::begin(&mut tx, account, quotas, &new, member.now()).await?;
    tx.commit().await?;
    Ok(Json(Progress { received: upload.received() }).into_response())
}

fn new_upload(member: &Member, fields: &Fields) -> Result<NewUpload> {
    let wrong = || Error::BadRequest(Message::new("error.bad_request"));
    let size: u64 = fields.sent("size").parse().map_err(|_| wrong())?;
    let most = u64::from(member.quotas().max_file_megabytes) * MEGABYTE;
    if size > most {
        let message = Message::with("field.files_too_large", most / 1000);
        return Err(Error::invalid("file", message));
    }
    if size == 0 {
        return Err(wrong());
    }
    Ok(NewUpload {
        id: new_id(fields),
        directory: fields.sent("directory").parse().map_err(|_| wrong())?,
        name: fields.sent("name").chars().take(LONGEST_NAME).collect(),
        size,
        modified_at: fields.sent("modified").parse().map_err(|_| wrong())?,
    })
}

pub(super) async fn receive(
    member: Member,
    Path((id, number)): Path<(FileUploadId, u32)>,
    FormWithReserved(fields, sent): FormWithReserved<PART>,
) -> Result<Response> {
    let (number, account) = (u64::from(number), &member.session.account_id);
    let upload = unfinished::find(&member.store, account, &id).await?;
    fields.expect_none_wrong()?;
    let sent = sent.ok_or_else(|| Error::BadRequest(Message::new("files.choose")))?;
    if let Some(answer) = answer_without(&member, &upload, number, &sent).await? {
        return Ok(answer);
    }
    let (file, content) = (FileId::random(), sent.content.try_clone().map_err(Error::internal)?);
    let content = Object::of_file(content).map_err(Error::internal)?;
    let key = ObjectKey::of(member.store.portal(), &file);
    let stored = member.objects().put_part(key, content).await.map_err(Error::of_store)?;
    let mut tx = member.begin().await?;
    let part = (&file, &sent);
    if unfinished::add_part(&mut tx, account, &upload, part, member.now()).await? {
        tx.keep(stored, member.now()).await?;
        tx.commit().await?;
        return Ok(Json(Progress { received: number }).into_response());
    }
    drop(tx);
    // Somebody else was first.
    let upload = unfinished::find(&member.store, account, &id).await?;
    answer_without(&member, &upload, number, &sent).await?.ok_or(Error::NotFound)
}

/// The answer to a part that isn't the next one, or not as long as it must be; none if it is to be stored.
async fn answer_without(
    member: &Member,
    upload: &UnfinishedUpload,
    number: u64,
    sent: &SentFile,
) -> Result<Option<Response>> {
    if let Some(known) = unfinished::hash_of(&member.store, &upload.id, number).await? {
        return if known == hexadecimal(&sent.sha256) {
            Ok(Some(Json(Progress { received: upload.received() }).into_response()))
        } else {
            Err(Error::Conflict(Message::new("files.upload_other")))
        };
    }
    let next = upload.received() + 1;
    Ok(if number != next || next > upload.parts() {
        let message = Message::with("files.upload_expects", next);
        Some(expected(member, upload, StatusCode::CONFLICT, &message))
    } else if sent.size != upload.length_of(next) {
        let message = Message::with_two("files.upload_length", next, upload.length_of(next));
        Some(expected(member, upload, StatusCode::UNPROCESSABLE_ENTITY, &message))
    } else {
        None
    })
}

fn expected(
    member: &Member,
    upload: &UnfinishedUpload,
    status: StatusCode,
    message: &Message,
) -> Response {
    let expected = upload.received() + 1;
    let (message, length) = (message.text(member.lang()), upload.length_of(expected));
    (status, Json(Expected { message, expected, length })).into_response()
}

pub(super) async fn finish(
    member: Member,
    Path(id): Path<FileUploadId>,
    _: Form,
) -> Result<Response> {
    let account = &member.session.account_id;
    // Whose it was, too: nobody else learns what became of it.
    let name = format!("{id}.{account}");
    let Some(upload) = found(unfinished::find(&member.store, account, &id).await)? else {
        return finished(&member, &name).await;
    };
    if upload.received() < upload.parts() {
        let message = Message::with("files.upload_expects", upload.received() + 1);
        return Ok(expected(&member, &upload, StatusCode::CONFLICT, &message));
    }
    let parts = unfinished::parts(&member.store, &id).await?;
    let (objects, portal) = (member.objects(), member.store.portal());
    let (content, mut new) = match join(objects, portal, &upload, parts).await {
        Ok(joined) => joined,
        // Somebody else may have finished it.
        Err(error) => return finished(&member, &name).await.map_err(|_| error),
    };
    new.upload = Some(name.clone());
    let mut tx = member.begin().await?;
    tx.hold_portal().await?;
    if !unfinished::end(&mut tx, account, &id, member.now()).await? {
        drop(tx);
        return finished(&member, &name).await;
    }
    // Somebody began again what was finished.
    if queries::is_repeated(&mut tx, &mut new).await? {
        tx.commit().await?;
        return finished(&member, &name).await;
    }
    let entry = queries::add_file(&mut tx, &member.change(), member.quotas(), new).await?;
    tx.keep(content, member.now()).await?;
    tx.commit().await?;
    Ok(at_page(&entry.id))
}

/// The answer when the file of an upload is there.
///
/// # Errors
/// [`Error::NotFound`] when it isn't.
pub(super) async fn finished(member: &Member, upload: &str) -> Result<Response> {
    let file = queries::find_uploaded(&member.store, upload).await?.ok_or(Error::NotFound)?;
    Ok(at_page(&file))
}

fn at_page(file: &EntryId) -> Response {
    Json(Finished { path: page_path(file) }).into_response()
}

pub(super) async fn cancel(
    member: Member,
    Path(id): Path<FileUploadId>,
    headers: HeaderMap,
    _: Form,
) -> Result<Response> {
    let account = &member.session.account_id;
    let upload = unfinished::find(&member.store, account, &id).await?;
    let mut tx = member.begin().await?;
    tx.hold_portal().await?;
    if !unfinished::end(&mut tx, account, &id, member.now()).await? {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    if reads_json(&headers) {
        return Ok(Json(Progress { received: 0 }).into_response());
    }
    Ok(see_other(&directory_path(&upload.directory_id), Some("flash.upload_cancelled")))
}
