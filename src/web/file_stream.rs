//! A file of a form that is read while it arrives: the form's fields come before it.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, BodyDataStream};
use axum::http::HeaderMap;
use bytes::Bytes;
use futures_util::StreamExt;

use super::sent::{LONGEST_TEXTS, Room, SentForm};
use crate::error::{Error, Message, Result};
use crate::http::multipart::{Event, Multipart};
use crate::http::{body_fault, boundary, expect_no_coding};

/// A file that is still arriving.
pub struct FileStream {
    /// The name that its sender gave it, of which nothing is certain.
    pub file_name: String,
    parts: Parts,
}

/// The rest of a form's body.
struct Parts {
    multipart: Multipart,
    pieces: BodyDataStream,
}

impl Parts {
    async fn next(&mut self) -> Result<Event> {
        let malformed = || Error::BadRequest(Message::new("error.bad_request"));
        loop {
            if let Some(event) = self.multipart.next().map_err(|_| malformed())? {
                return Ok(event);
            }
            let piece = self.pieces.next().await.ok_or_else(malformed)?;
            self.multipart.feed(&piece.map_err(|error| body_fault(&error))?);
        }
    }
}

impl FileStream {
    /// The next piece of the file; none at its end.
    ///
    /// # Errors
    /// As [`read_body`](crate::http::read_body).
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        match self.parts.next().await? {
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
    let Some(boundary) = boundary(headers) else {
        return Ok((SentForm::read(headers, body, Room::None).await?, None));
    };
    expect_no_coding(headers)?;
    let (multipart, pieces) = (Multipart::new(&boundary), body.into_data_stream());
    let mut parts = Parts { multipart, pieces };
    let (mut pairs, mut left): (Vec<(String, Vec<u8>)>, _) = (Vec::new(), LONGEST_TEXTS);
    let mut count = |length: usize| -> Result<()> {
        left = left.checked_sub(length).ok_or(Error::TooLarge)?;
        Ok(())
    };
    let file = loop {
        match parts.next().await? {
            Event::Part(head) => match head.file_name {
                Some(file_name) => break Some(FileStream { file_name, parts }),
                None => {
                    count(head.name.len() + 1)?;
                    pairs.push((head.name, Vec::new()));
                }
            },
            Event::Content(content) => {
                count(content.len())?;
                if let Some((_, text)) = pairs.last_mut() {
                    text.extend_from_slice(&content);
                }
            }
            Event::End => break None,
        }
    };
    let not_text = |_| Error::BadRequest(Message::new("error.bad_request"));
    let texts = pairs.into_iter().map(|(name, text)| Ok((name, String::from_utf8(text)?)));
    let pairs = texts.collect::<Result<_, std::string::FromUtf8Error>>().map_err(not_text)?;
    let arriving = file.map(|file| Arriving(Arc::new(Mutex::new(Some(file)))));
    Ok((SentForm { pairs, ..SentForm::default() }, arriving))
}
