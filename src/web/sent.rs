//! Reads the form in a request, in either encoding.

use axum::RequestExt;
use axum::body::{Body, Bytes};
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use url::form_urlencoded;

use crate::config::Config;
use crate::error::{Error, FieldErrors, Message, Result};
use crate::fields::SentFile;
use crate::http::{
    FileRoom, UploadLimits, body_fault, expect_no_coding, media_type, read_body,
    read_form_with_files,
};
use crate::quotas::MEGABYTE;

/// A file that came with a form.
#[derive(Debug, Clone)]
pub struct UploadedFile {
    /// Its bytes.
    pub bytes: Bytes,
}

/// The maximum total length of a form's texts, in bytes.
pub(super) const LONGEST_TEXTS: usize = 64 * 1024;

/// The maximum size of a form with a file, in bytes: enough to report a too large image beside the
/// field.
const LARGEST_UPLOAD: usize = 8 * 1024 * 1024;

/// A submitted form.
#[derive(Debug, Clone, Default)]
pub(super) struct SentForm {
    /// Names and texts.
    pub(super) pairs: Vec<(String, String)>,
    /// The file, if one was chosen.
    pub(super) file: Option<UploadedFile>,
    /// The files of a form that takes large ones, each with the name of its field.
    pub(super) files: Vec<(String, SentFile)>,
    /// What is wrong with them.
    pub(super) errors: FieldErrors,
}

/// The files that a form can have.
#[derive(Clone, Copy)]
pub(super) enum Room<'a> {
    /// None; what is sent is dropped.
    None,
    /// One small file.
    Small,
    /// One that the handler reads while it arrives.
    Streamed,
    /// Files of any size, as far as the portal has room.
    Large(&'a Config, Option<FileRoom>),
}

/// The most files of one form.
const MOST_FILES: usize = 50;

/// The result of reading it, as an extension of the request.
#[derive(Clone)]
pub(super) struct Sent(pub(super) Result<SentForm>);

impl SentForm {
    /// Reads the form, with the files for which there is room.
    ///
    /// # Errors
    /// As [`read_body`]; [`Error::BadRequest`] if it isn't a form.
    pub(super) async fn read(headers: &HeaderMap, body: Body, room: Room<'_>) -> Result<Self> {
        if media_type(headers).is_none_or(|kind| kind != "multipart/form-data") {
            let body = read_body(headers, body, LONGEST_TEXTS).await?;
            let pairs = form_urlencoded::parse(&body).into_owned().collect();
            return Ok(Self { pairs, ..Self::default() });
        }
        if let Room::Large(config, room) = room {
            return Self::read_large(headers, body, config, room).await;
        }
        expect_no_coding(headers)?;
        let mut parts = multipart(headers, body).await?;
        let (mut form, mut left) = (Self::default(), LONGEST_TEXTS);
        while let Some(part) = parts.next_field().await.map_err(|error| body_fault(&error))? {
            let Some(name) = part.name().map(str::to_owned) else { continue };
            if part.file_name().is_none() {
                let text = part.text().await.map_err(part_fault)?;
                left = left.checked_sub(name.len() + text.len()).ok_or(Error::TooLarge)?;
                form.pairs.push((name, text));
            } else if matches!(room, Room::Small) {
                let bytes = part.bytes().await.map_err(part_fault)?;
                form.file = (!bytes.is_empty()).then_some(UploadedFile { bytes });
            } else {
                drop_part(part).await?;
            }
        }
        Ok(form)
    }

    async fn read_large(
        headers: &HeaderMap,
        body: Body,
        config: &Config,
        room: Option<FileRoom>,
    ) -> Result<Self> {
        let bytes = u64::from(config.quotas.max_file_megabytes) * MEGABYTE;
        let limits = UploadLimits { files: MOST_FILES, bytes };
        let read = read_form_with_files(headers, body, (limits, room), config).await;
        let (received, errors) = read.map_err(|error| match error {
            // It is a form, but a damaged one.
            Error::UnsupportedMediaType(message) => Error::BadRequest(message),
            other => other,
        })?;
        Ok(Self { pairs: received.texts, file: None, files: received.files, errors })
    }

    /// The first text with this name.
    pub(super) fn text(&self, name: &str) -> &str {
        let found = self.pairs.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, text)| text.as_str())
    }
}

async fn multipart(headers: &HeaderMap, body: Body) -> Result<Multipart> {
    let mut request = Request::new(body);
    request
        .headers_mut()
        .extend(headers.get(CONTENT_TYPE).map(|kind| (CONTENT_TYPE, kind.clone())));
    DefaultBodyLimit::max(LARGEST_UPLOAD).apply(&mut request);
    let request = request.with_limited_body();
    Multipart::from_request(request, &())
        .await
        .map_err(|_| Error::BadRequest(Message::new("error.bad_request")))
}

async fn drop_part(mut part: Field<'_>) -> Result<()> {
    while let Some(chunk) = part.chunk().await.map_err(part_fault)? {
        drop::<Bytes>(chunk);
    }
    Ok(())
}

/// Why a part of a form could not be read: it came too slowly, broke off, or is too large.
fn part_fault(error: MultipartError) -> Error {
    match body_fault(&error) {
        Error::RequestTimeout => Error::RequestTimeout,
        _ => Error::from_status(error.status()),
    }
}
