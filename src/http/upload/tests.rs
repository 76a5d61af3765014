//! Uploads of several kinds, and what is wrong with them.

use std::io::{self, Read, Seek};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use futures_util::StreamExt;
use sha2::{Digest, Sha256};

use super::extract::read_upload;
use super::limits::UploadLimits;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::http::FileRoom;
use crate::private_folder;

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
    let pieces: Vec<_> =
        body.as_bytes().chunks(10_000).map(|piece| Ok::<_, io::Error>(piece.to_vec())).collect();
    let body = Body::from_stream(futures_util::stream::iter(pieces));
    read_upload(&headers, body, (LIMITS, None), folder, None).await
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
        ("name=\"pdf\"; filename=\"../offerte.pdf\"\r\nContent-Type: application/pdf", &content),
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
    assert!(too_large(read_upload(&headers, body, (LIMITS, None), folder.path(), None).await));
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
        let result = read_upload(&headers, body, limits, folder.path(), None).await;
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
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, "application/json".parse().unwrap())]);
    let read = read_upload(&headers, Body::from("{}"), (LIMITS, None), folder.path(), None).await;
    assert!(matches!(read, Err(Error::UnsupportedMediaType(_))));
    for body in ["", "x", "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1"] {
        let read = send(body.to_owned(), folder.path()).await;
        assert!(matches!(read, Err(Error::BadRequest(_))), "{body}");
    }
}
