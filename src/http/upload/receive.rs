//! Receives an upload: its texts in memory, its files on disk.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use rand::distr::{Alphanumeric, SampleString};
use sha2::{Digest, Sha256};

use super::limits::UploadLimits;
use crate::error::{Error, FieldErrors, Message, Result};
use crate::fields::{SentFile, Uploaded, list_of};
use crate::http::FileRoom;
use crate::http::multipart::{self, Event, Head, MultipartBody};
use crate::private_folder;

/// The maximum length of all texts and JSON of an upload, in bytes.
const LONGEST_TEXTS: usize = 64 * 1024;

/// The maximum number of parts.
const MOST_PARTS: usize = 1000;

/// How many bytes beside files and texts a body can have: headers and boundaries. Files that are too
/// large by less than this are read to their end, so that their sender sees the response.
const OVERHEAD: u64 = 1024 * 1024;

/// How many bytes beside files a body can have.
const BESIDE_FILES: u64 = LONGEST_TEXTS as u64 + OVERHEAD;

/// Receives an upload, with its files in this folder.
///
/// # Errors
/// [`Error::UnsupportedMediaType`] when it is no `multipart/form-data`, [`Error::BadRequest`] when it
/// is malformed; [`Error::Conflict`] when there is no room for its files; as
/// [`read_body`](crate::http::read_body) otherwise.
pub(super) async fn receive(
    headers: &HeaderMap,
    body: Body,
    (limits, room): (UploadLimits, Option<FileRoom>),
    folder: &Path,
) -> Result<(Uploaded, FieldErrors)> {
    let mut body = MultipartBody::new(headers, body, limits.bytes + BESIDE_FILES)?;
    if let (Some(room), Some(length)) = (room, content_length(headers)) {
        room.expect(length.saturating_sub(BESIDE_FILES))?;
    }
    let mut receiver = Receiver::new((limits, room), folder);
    loop {
        match body.next().await? {
            Event::Part(head) => receiver.begin(head)?,
            Event::Content(content) => receiver.take(&content).await?,
            Event::End => return receiver.end(),
        }
    }
}

/// The length of a body, if its sender tells it.
fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Receives the parts of an upload.
struct Receiver<'a> {
    limits: UploadLimits,
    room: Option<FileRoom>,
    folder: &'a Path,
    received: Uploaded,
    errors: FieldErrors,
    part: Part,
    /// The number of parts so far.
    parts: usize,
    /// The length of the texts so far.
    texts: usize,
    /// The length of the files so far.
    bytes: u64,
}

/// The part that is being received.
enum Part {
    /// None, or one that is dropped.
    Dropped,
    Text {
        name: String,
        text: Vec<u8>,
        is_json: bool,
    },
    File {
        name: String,
        file: Arc<File>,
        hash: Sha256,
        sent: SentFile,
    },
}

impl<'a> Receiver<'a> {
    fn new((limits, room): (UploadLimits, Option<FileRoom>), folder: &'a Path) -> Self {
        Self {
            limits,
            room,
            folder,
            received: Uploaded::default(),
            errors: FieldErrors::default(),
            part: Part::Dropped,
            parts: 0,
            texts: 0,
            bytes: 0,
        }
    }

    /// A part begins.
    fn begin(&mut self, head: Head) -> Result<()> {
        self.finish_part()?;
        self.parts += 1;
        if self.parts > MOST_PARTS {
            return Err(Error::TooLarge);
        }
        let is_json = head.is_json();
        let Some(file_name) = head.file_name else {
            self.count_text(head.name.len())?;
            self.part = Part::Text { name: head.name, text: Vec::new(), is_json };
            return Ok(());
        };
        let name = list_of(&head.name);
        if self.received.files.len() == self.limits.files {
            self.fault(&name, Message::with("field.too_many_items", self.limits.files));
            return Ok(());
        }
        let file = Arc::new(temporary_file(self.folder).map_err(Error::of_disk)?);
        let sent = SentFile {
            file_name,
            media_type: head.media_type,
            size: 0,
            sha256: [0; 32],
            content: file.clone(),
        };
        self.part = Part::File { name, file, hash: Sha256::new(), sent };
        Ok(())
    }

    /// A piece of the part's content.
    async fn take(&mut self, content: &[u8]) -> Result<()> {
        match &mut self.part {
            Part::Dropped => return Ok(()),
            Part::Text { text, .. } => text.extend_from_slice(content),
            Part::File { name, file, hash, sent } => {
                self.bytes += content.len() as u64;
                if self.bytes > self.limits.bytes {
                    let (name, most) = (name.clone(), self.limits.bytes / 1000);
                    self.fault(&name, Message::with("field.files_too_large", most));
                    return Ok(());
                }
                if let Some(room) = self.room {
                    room.expect(self.bytes)?;
                }
                hash.update(content);
                sent.size += content.len() as u64;
                return write(file.clone(), content.to_vec()).await.map_err(Error::of_disk);
            }
        }
        self.count_text(content.len())
    }

    /// Adds an error for a file, once for all files of its name, and drops the file.
    fn fault(&mut self, name: &str, message: Message) {
        if !self.errors.has(name) {
            self.errors.add(name, message);
        }
        self.part = Part::Dropped;
    }

    fn count_text(&mut self, length: usize) -> Result<()> {
        self.texts += length;
        if self.texts > LONGEST_TEXTS { Err(Error::TooLarge) } else { Ok(()) }
    }

    fn finish_part(&mut self) -> Result<()> {
        match std::mem::replace(&mut self.part, Part::Dropped) {
            Part::Dropped => {}
            Part::Text { name, text, is_json: true } => self.received.json.push((name, text)),
            Part::Text { name, text, is_json: false } => {
                self.received.texts.push((name, multipart::text(text)?));
            }
            // What a browser sends when no file was chosen.
            Part::File { sent, .. } if sent.size == 0 && sent.file_name.is_empty() => {}
            Part::File { name, hash, sent, .. } => {
                let sent = SentFile { sha256: hash.finalize().into(), ..sent };
                self.received.files.push((name, sent));
            }
        }
        Ok(())
    }

    /// The body is complete.
    fn end(mut self) -> Result<(Uploaded, FieldErrors)> {
        self.finish_part()?;
        Ok((self.received, self.errors))
    }
}

/// Writes to a file outside of the threads that answer requests. The next piece is read afterwards.
async fn write(file: Arc<File>, content: Vec<u8>) -> io::Result<()> {
    let written = tokio::task::spawn_blocking(move || (&*file).write_all(&content));
    written.await.map_err(io::Error::other)?
}

/// A file without a name, which disappears when it is closed, even if the process is killed.
fn temporary_file(folder: &Path) -> io::Result<File> {
    private_folder::create(folder)?;
    let path = folder.join(Alphanumeric.sample_string(&mut rand::rng(), 24));
    let file =
        OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}
