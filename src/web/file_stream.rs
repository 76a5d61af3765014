//! A file of a form that is read while it arrives: the form's fields come before it.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::http::HeaderMap;
use bytes::Bytes;

use super::sent::{Room, SentForm, Texts, damaged};
use crate::error::Result;
use crate::http::multipart::{Event, MultipartBody, is_multipart};

/// A file that is still arriving. Whoever reads it limits its size.
pub struct FileStream {
    /// The name that its sender gave it, of which nothing is certain.
    pub file_name: String,
    body: MultipartBody,
}

impl FileStream {
    /// The next piece of the file; none at its end.
    ///
    /// # Errors
    /// As [`read_body`](crate::http::read_body).
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        match self.body.next().await? {
            Event::Content(piece) => Ok(Some(piece)),
            Event::Part(_) | Event::End => Ok(None),
        }
    }
}

/// The file of a request, as an extension of it.
#[derive(Clone)]
pub(super) struct Arriving(Arc<Mutex<Option<FileStream>>>);

impl Arriving {
    pub(super) fn take(self) -> Option<FileStream> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Reads a form up to its file, if one was chosen.
///
/// # Errors
/// As [`SentForm::read`].
pub(super) async fn read_up_to_file(
    headers: &HeaderMap,
    body: Body,
) -> Result<(SentForm, Option<Arriving>)> {
    if !is_multipart(headers) {
        return Ok((SentForm::read(headers, body, Room::None).await?, None));
    }
    let mut body = MultipartBody::new(headers, body, u64::MAX).map_err(damaged)?;
    let mut texts = Texts::new();
    let file = loop {
        match body.next().await? {
            Event::Part(head) => match head.file_name {
                Some(file_name) => break Some(FileStream { file_name, body }),
                None => texts.begin(head.name)?,
            },
            Event::Content(content) => texts.take(&content)?,
            Event::End => break None,
        }
    };
    let form = SentForm { pairs: texts.into_pairs()?, ..SentForm::default() };
    let arriving = file.map(|file| Arriving(Arc::new(Mutex::new(Some(file)))));
    Ok((form, arriving))
}
