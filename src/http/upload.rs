//! Uploads: bodies in `multipart/form-data`, read into a type, with their files on disk.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, ReferenceOr, RequestBody, Response, SchemaObject};
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use futures_util::StreamExt;
use rand::distr::{Alphanumeric, SampleString};
use schemars::JsonSchema;
use sha2::{Digest, Sha256};

use super::document::error_response;
use super::file_room::FileRoom;
use super::idempotency::Keyed;
use super::multipart::{Event, Head, Multipart};
use super::{body_fault, expect_no_coding, media_type};
use crate::config::Config;
use crate::error::{Error, FieldErrors, Message, Result};
use crate::fields::ignored::IgnoredFields;
use crate::fields::{Fields, FromFields, SentFile, Uploaded, list_of};
use crate::private_folder;
use crate::server::Server;
use crate::tenant::Store;
use crate::verifier::Principal;

/// The maximum length of all texts and JSON of an upload, in bytes.
const LONGEST_TEXTS: usize = 64 * 1024;

/// The maximum number of parts.
const MOST_PARTS: usize = 1000;

/// How many bytes beside files and texts a body can have: headers and boundaries. Files that are too
/// large by less than this are read to their end, so that their sender sees the response.
const OVERHEAD: u64 = 1024 * 1024;

/// How many bytes beside files a body can have.
const BESIDE_FILES: u64 = LONGEST_TEXTS as u64 + OVERHEAD;

/// What an upload can hold.
#[derive(Debug, Clone, Copy)]
pub struct UploadLimits {
    /// The maximum number of files.
    pub files: usize,
    /// The maximum size of all files together, in bytes.
    pub bytes: u64,
}

/// A type that is read from an upload.
pub trait FromUpload: FromFields {
    /// What it can hold.
    fn limits(config: &Config) -> UploadLimits;
}

/// An upload, read into `T`.
pub struct Upload<T>(pub T);

impl<T: FromUpload> FromRequest<Server> for Upload<T> {
    type Rejection = Error;

    async fn from_request(request: Request, server: &Server) -> Result<Self> {
        let (parts, body) = request.into_parts();
        let (limits, folder) = (T::limits(&server.config), folder(&server.config));
        let principal = parts.extensions.get::<Arc<Principal>>();
        let room = match principal {
            Some(principal) => room(server, principal, parts.extensions.get()).await?,
            None => None,
        };
        let fields = read_upload(&parts.headers, body, (limits, room), &folder).await?;
        let mut fields = match principal {
            Some(principal) => fields.in_zone(&principal.time_zone),
            None => fields,
        };
        fields.read_noting(&IgnoredFields::within(&parts.extensions)).map(Self)
    }
}

/// The room for an upload. That of a request that was carried out before doesn't matter: it gets its
/// answer again.
async fn room(
    server: &Server,
    principal: &Principal,
    keyed: Option<&Keyed>,
) -> Result<Option<FileRoom>> {
    let store = Store::open(server.db.clone(), principal.portal.clone());
    if let Some(keyed) = keyed
        && keyed.key().was_used(&store, server.clock.now()).await?
    {
        return Ok(None);
    }
    FileRoom::of(&store, &server.config.quotas).await.map(Some)
}

/// The folder of temporary files.
fn folder(config: &Config) -> PathBuf {
    config.data_dir.join("uploads")
}

/// Reads a form with files of a page: its texts and files, and what is wrong with the files.
///
/// # Errors
/// As [`read_upload`].
pub(crate) async fn read_form_with_files(
    headers: &HeaderMap,
    body: Body,
    (limits, room): (UploadLimits, Option<FileRoom>),
    config: &Config,
) -> Result<(Uploaded, FieldErrors)> {
    receive(headers, body, (limits, room), &folder(config)).await
}

/// Reads an upload, with its files in this folder.
///
/// # Errors
/// As [`receive`].
async fn read_upload(
    headers: &HeaderMap,
    body: Body,
    (limits, room): (UploadLimits, Option<FileRoom>),
    folder: &Path,
) -> Result<Fields> {
    let (received, errors) = receive(headers, body, (limits, room), folder).await?;
    let mut fields = Fields::upload(received)?;
    fields.add_errors(errors);
    Ok(fields)
}

/// Receives an upload, with its files in this folder.
///
/// # Errors
/// [`Error::UnsupportedMediaType`] when it is no `multipart/form-data`, [`Error::BadRequest`] when it
/// is malformed; [`Error::Conflict`] when there is no room for its files; as
/// [`read_body`](super::read_body) otherwise.
async fn receive(
    headers: &HeaderMap,
    body: Body,
    (limits, room): (UploadLimits, Option<FileRoom>),
    folder: &Path,
) -> Result<(Uploaded, FieldErrors)> {
    let expected = || Error::UnsupportedMediaType(Message::new("error.expected_multipart"));
    let boundary = boundary(headers).ok_or_else(expected)?;
    expect_no_coding(headers)?;
    if let (Some(room), Some(length)) = (room, content_length(headers)) {
        room.expect(length.saturating_sub(BESIDE_FILES))?;
    }
    let mut receiver = Receiver::new((limits, room), folder);
    let (mut multipart, mut length) = (Multipart::new(&boundary), 0);
    let mut pieces = body.into_data_stream();
    loop {
        let malformed =
            |error: &str| Error::BadRequest(Message::with("error.multipart_syntax", error));
        match multipart.next().map_err(|error| malformed(&error.to_string()))? {
            Some(Event::Part(head)) => receiver.begin(head)?,
            Some(Event::Content(content)) => receiver.take(&content).await?,
            Some(Event::End) => {
                // What follows is dropped, so that the client sees the response.
                while let Some(piece) = pieces.next().await {
                    let piece = piece.map_err(|error| body_fault(&error))?;
                    count(&mut length, piece.len(), limits)?;
                }
                return receiver.end();
            }
            None => {
                let piece = pieces.next().await.ok_or_else(|| malformed("it is incomplete"))?;
                let piece = piece.map_err(|error| body_fault(&error))?;
                count(&mut length, piece.len(), limits)?;
                multipart.feed(&piece);
            }
        }
    }
}

/// Adds to a body's length, and checks it.
fn count(length: &mut u64, more: usize, limits: UploadLimits) -> Result<()> {
    *length += more as u64;
    if *length > limits.bytes + BESIDE_FILES { Err(Error::TooLarge) } else { Ok(()) }
}

/// The length of a body, if its sender tells it.
fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The boundary in the media type (RFC 2046 section 5.1.1): 1 to 70 characters.
pub(crate) fn boundary(headers: &HeaderMap) -> Option<String> {
    if !media_type(headers)?.eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let parameters = headers.get(CONTENT_TYPE)?.to_str().ok()?.split(';').skip(1);
    let value = parameters.filter_map(|parameter| parameter.split_once('=')).find_map(
        |(name, value)| name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim()),
    )?;
    let value = value.strip_prefix('"').map_or(Some(value), |value| value.strip_suffix('"'))?;
    let is_valid = (1..=70).contains(&value.len())
        && value.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\');
    is_valid.then(|| value.to_owned())
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
                let text = String::from_utf8(text).map_err(|_| {
                    Error::BadRequest(Message::with(
                        "error.multipart_syntax",
                        "a text is not UTF-8",
                    ))
                })?;
                self.received.texts.push((name, text));
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

impl<T: JsonSchema> OperationInput for Upload<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let json_schema = ctx.schema.subschema_for::<T>();
        let schema = SchemaObject { json_schema, example: None, external_docs: None };
        let media_type = MediaType { schema: Some(schema), ..MediaType::default() };
        let content = [("multipart/form-data".to_owned(), media_type)].into_iter().collect();
        operation.request_body = Some(ReferenceOr::Item(RequestBody {
            content,
            required: true,
            ..RequestBody::default()
        }));
    }

    fn inferred_early_responses(
        ctx: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, Response)> {
        vec![
            (Some(400), error_response(ctx, "The body is not multipart/form-data")),
            (Some(413), error_response(ctx, "The body is too large")),
            (
                Some(422),
                error_response(ctx, "One or more fields are invalid; `errors` says which and why"),
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek};
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::http::HeaderValue;

    use super::*;

    const LIMITS: UploadLimits = UploadLimits { files: 2, bytes: 2_000_000 };

    /// An upload with these parts, in pieces.
    async fn read(parts: &[(&str, &str)], folder: &Path) -> Result<Fields> {
        let mut body = String::new();
        for (head, content) in parts {
            body += &format!("--X\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n");
        }
        send(body + "--X--\r\n", folder).await
    }

    async fn send(body: String, folder: &Path) -> Result<Fields> {
        let kind = "multipart/form-data; boundary=X".parse().unwrap();
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, kind)]);
        let pieces: Vec<_> = body
            .as_bytes()
            .chunks(10_000)
            .map(|piece| Ok::<_, io::Error>(piece.to_vec()))
            .collect();
        let body = Body::from_stream(futures_util::stream::iter(pieces));
        read_upload(&headers, body, (LIMITS, None), folder).await
    }

    fn fault(fields: &Fields, name: &str) -> Option<String> {
        fields.errors().first(name, crate::i18n::Lang::En)
    }

    #[tokio::test]
    async fn files_are_kept_on_disk_without_a_name_and_only_their_user_reads_them() {
        let folder = tempfile::tempdir().unwrap();
        let uploads = folder.path().join("uploads");
        let content = "0123456789".repeat(100_000);
        let parts = [
            ("name=\"title\"", " Offerte "),
            (
                "name=\"pdf\"; filename=\"../offerte.pdf\"\r\nContent-Type: application/pdf",
                &content,
            ),
            ("name=\"other\"; filename=\"\"", ""),
        ];
        let mut fields = read(&parts, &uploads).await.unwrap();
        assert_eq!(fields.text("title", 20), "Offerte");
        let files = fields.files("pdf", 1..=1);
        let [file] = files.as_slice() else { panic!("one file") };
        assert_eq!((file.file_name.as_str(), file.size), ("../offerte.pdf", 1_000_000));
        assert_eq!(file.media_type.as_deref(), Some("application/pdf"));
        assert_eq!(file.sha256[..], Sha256::digest(content.as_bytes())[..]);
        let (mut read, mut stored) = (String::new(), &*file.content);
        stored.rewind().unwrap();
        stored.read_to_string(&mut read).unwrap();
        assert!(read == content);
        assert!(fields.files("other", 0..=1).is_empty(), "no file was chosen");
        fields.expect_none_wrong().unwrap();
        assert_eq!(std::fs::read_dir(&uploads).unwrap().count(), 0);
        assert!(!private_folder::is_open_to_others(&uploads));
    }

    #[tokio::test]
    async fn the_number_and_the_size_of_files_are_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| format!("name=\"{name}\"; filename=\"a\"");
        let heads = [file("a"), file("a"), file("b"), file("b")];
        let parts = heads.each_ref().map(|head| (head.as_str(), "1"));
        let fields = read(&parts, folder.path()).await.unwrap();
        assert_eq!(fault(&fields, "b").as_deref(), Some("There can be at most 2."));
        assert_eq!(fault(&fields, "a"), None);
        let (fits, more) = ("x".repeat(2_000_000), "x".repeat(2_000_001));
        assert_eq!(fault(&read(&[(&heads[0], &fits)], folder.path()).await.unwrap(), "a"), None);
        let fields = read(&[(&heads[0], &more)], folder.path()).await.unwrap();
        let message = "The files can be at most 2000 kB in total.";
        assert_eq!(fault(&fields, "a").as_deref(), Some(message));
        let fields = read(&[(&heads[0], &fits), (&heads[2], "1")], folder.path()).await.unwrap();
        assert_eq!(fault(&fields, "b").as_deref(), Some(message), "together");
    }

    #[tokio::test]
    async fn what_is_far_too_large_is_not_read_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let file = ("name=\"a\"; filename=\"a\"", "x".repeat(4_000_000));
        let too_large = |result| matches!(result, Err(Error::TooLarge));
        assert!(too_large(read(&[(file.0, &file.1)], folder.path()).await));
        assert!(too_large(read(&[("name=\"a\"", &"x".repeat(70_000))], folder.path()).await));
        assert!(too_large(read(&[("name=\"a\"", "")].repeat(1001), folder.path()).await));
        let endless = "--X\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a\"\r\n\r\n";
        let kind = "multipart/form-data; boundary=X".parse().unwrap();
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, kind)]);
        let pieces = futures_util::stream::once(async { Ok::<_, io::Error>(endless.to_owned()) })
            .chain(futures_util::stream::repeat_with(|| Ok("x".repeat(10_000))));
        let body = Body::from_stream(pieces);
        assert!(too_large(read_upload(&headers, body, (LIMITS, None), folder.path()).await));
    }

    #[tokio::test]
    async fn without_room_for_its_files_no_more_is_read_than_must_be() {
        let folder = tempfile::tempdir().unwrap();
        let head = b"--X\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a\"\r\n\r\n";
        let kind: HeaderValue = "multipart/form-data; boundary=X".parse().unwrap();
        let upload = async |left: u64, bytes: usize, length: Option<u64>| {
            let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, kind.clone())]);
            headers.extend(length.map(|length| (CONTENT_LENGTH, length.into())));
            let content = vec![b'x'; bytes];
            let pieces = [head.as_slice()].into_iter().chain(content.chunks(10_000));
            let pieces = pieces.chain([b"\r\n--X--".as_slice()]).map(<[u8]>::to_vec);
            let pieces: Vec<_> = pieces.map(Ok::<_, io::Error>).collect();
            let read = Arc::new(AtomicUsize::new(0));
            let counter = read.clone();
            let pieces = futures_util::stream::iter(pieces).inspect(move |_| {
                counter.fetch_add(1, Ordering::Relaxed);
            });
            let limits = (LIMITS, Some(FileRoom::for_tests(left)));
            let body = Body::from_stream(pieces);
            let result = read_upload(&headers, body, limits, folder.path()).await;
            (result, read.load(Ordering::Relaxed))
        };
        let is_refused = |result| matches!(result, Err(Error::Conflict(_)));
        let (fits, _) = upload(1_000_000, 1_000_000, Some(1_000_100)).await;
        fits.unwrap().expect_none_wrong().unwrap();
        // By its length, before anything is read.
        let (refused, read) = upload(10_000, 1_500_000, Some(1_500_100)).await;
        assert!(is_refused(refused) && read == 0, "{read}");
        // By what came, if the length isn't known, or is not much more.
        for length in [None, Some(1_000_100)] {
            let (refused, read) = upload(30_000, 1_000_000, length).await;
            assert!(is_refused(refused) && read == 5, "{read}");
        }
    }

    #[tokio::test]
    async fn a_body_of_another_kind_or_form_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for kind in [
            "application/json",
            "multipart/form-data",
            "multipart/mixed; boundary=X",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=\"X",
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, kind.parse().unwrap())]);
            let limits = (LIMITS, None);
            let read = read_upload(&headers, Body::from("--X--"), limits, folder.path()).await;
            assert!(matches!(read, Err(Error::UnsupportedMediaType(_))), "{kind}");
        }
        let quoted = "Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"".parse().unwrap();
        assert_eq!(
            boundary(&HeaderMap::from_iter([(CONTENT_TYPE, quoted)])).as_deref(),
            Some("a b")
        );
        for body in ["", "x", "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1"] {
            let read = send(body.to_owned(), folder.path()).await;
            assert!(matches!(read, Err(Error::BadRequest(_))), "{body}");
        }
    }
}
