//! Reads the form in a request, in either encoding.

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use url::form_urlencoded;

use crate::config::Config;
use crate::error::{Error, FieldErrors, Result};
use crate::fields::SentFile;
use crate::http::multipart::{self, Event, MultipartBody};
use crate::http::{FileRoom, UploadLimits, read_body, read_form_with_files};
use crate::quotas::MEGABYTE;

/// A file that came with a form.
#[derive(Debug, Clone)]
pub struct UploadedFile {
    /// Its bytes.
    pub bytes: Bytes,
}

/// The maximum total length of a form's texts, in bytes.
const LONGEST_TEXTS: usize = 64 * 1024;

/// The maximum size of a form with a file, in bytes: enough to report a too large image beside the
/// field.
const LARGEST_FORM: u64 = 8 * 1024 * 1024;

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
    /// One of at most so many bytes.
    Reserved(&'a Config, u64),
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
        if !multipart::is_multipart(headers) {
            let body = read_body(headers, body, LONGEST_TEXTS).await?;
            let pairs = form_urlencoded::parse(&body).into_owned().collect();
            return Ok(Self { pairs, ..Self::default() });
        }
        match room {
            Room::Large(config, room) => {
                let bytes = u64::from(config.quotas.max_file_megabytes) * MEGABYTE;
                let limits = UploadLimits { files: MOST_FILES, bytes };
                return Self::read_to_disk(headers, body, config, (limits, room)).await;
            }
            Room::Reserved(config, bytes) => {
                let limits = UploadLimits { files: 1, bytes };
                return Self::read_to_disk(headers, body, config, (limits, None)).await;
            }
            Room::None | Room::Small | Room::Streamed => {}
        }
        let mut body = MultipartBody::new(headers, body, LARGEST_FORM).map_err(damaged)?;
        let (mut texts, mut file, mut part) = (Texts::new(), Vec::new(), Part::Dropped);
        loop {
            match body.next().await? {
                Event::Part(head) => {
                    part = match (head.file_name, room) {
                        (None, _) => {
                            texts.begin(head.name)?;
                            Part::Text
                        }
                        (Some(_), Room::Small) => {
                            file.clear();
                            Part::File
                        }
                        (Some(_), _) => Part::Dropped,
                    };
                }
                Event::Content(content) => match part {
                    Part::Text => texts.take(&content)?,
                    Part::File => file.extend_from_slice(&content),
                    Part::Dropped => {}
                },
                Event::End => break,
            }
        }
        let file = (!file.is_empty()).then(|| UploadedFile { bytes: file.into() });
        Ok(Self { pairs: texts.into_pairs()?, file, ..Self::default() })
    }

    async fn read_to_disk(
        headers: &HeaderMap,
        body: Body,
        config: &Config,
        limits: (UploadLimits, Option<FileRoom>),
    ) -> Result<Self> {
        let read = read_form_with_files(headers, body, limits, config).await;
        let (received, errors) = read.map_err(damaged)?;
        Ok(Self { pairs: received.texts, file: None, files: received.files, errors })
    }

    /// The first text with this name.
    pub(super) fn text(&self, name: &str) -> &str {
        let found = self.pairs.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, text)| text.as_str())
    }
}

/// What the content of a part belongs to.
#[derive(Clone, Copy)]
enum Part {
    Text,
    File,
    Dropped,
}

/// The texts of a form in parts.
pub(super) struct Texts {
    pairs: Vec<(String, Vec<u8>)>,
    /// How many bytes they can still have.
    left: usize,
}

impl Texts {
    pub(super) const fn new() -> Self {
        Self { pairs: Vec::new(), left: LONGEST_TEXTS }
    }

    /// A text begins.
    pub(super) fn begin(&mut self, name: String) -> Result<()> {
        // One more, so that the number of empty ones is limited, too.
        self.count(name.len() + 1)?;
        self.pairs.push((name, Vec::new()));
        Ok(())
    }

    /// A piece of the text that began last.
    pub(super) fn take(&mut self, content: &[u8]) -> Result<()> {
        self.count(content.len())?;
        if let Some((_, text)) = self.pairs.last_mut() {
            text.extend_from_slice(content);
        }
        Ok(())
    }

    fn count(&mut self, length: usize) -> Result<()> {
        self.left = self.left.checked_sub(length).ok_or(Error::TooLarge)?;
        Ok(())
    }

    /// Names and texts.
    pub(super) fn into_pairs(self) -> Result<Vec<(String, String)>> {
        let texts = self.pairs.into_iter();
        texts.map(|(name, content)| Ok((name, multipart::text(content)?))).collect()
    }
}

/// The same error, of what is a form, but a damaged one.
pub(super) fn damaged(error: Error) -> Error {
    match error {
        Error::UnsupportedMediaType(message) => Error::BadRequest(message),
        other => other,
    }
}
