//! A stored file as a response (RFC 9110 sections 13 and 14): whole or a range, read while it is sent.
//!
//! What is in it comes from anybody, so the headers make it harmless: a browser saves it, doesn't guess
//! its type, and would run nothing of it. Only pictures of a few types and PDFs are shown in place. See
//! `docs/decisions/0085-previews-of-pdfs.md`.

use std::ops::Range;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_RANGE, RANGE, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::headers::extended_value;
use super::revision::is_known;
use crate::objects::Object;
use crate::unicode::fold;

/// The policy of a file that a browser opens all the same: nothing is loaded or run.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The policy of a PDF that a browser shows, in a frame of ours too. A viewer doesn't work in a sandbox, and can
/// be an object in a document of the browser's own.
const PDF_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; object-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
);

/// The type of a PDF.
const PDF: &str = "application/pdf";

/// The type of a file of which nothing is known.
const UNKNOWN: &str = "application/octet-stream";

/// How a browser shows a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presentation {
    /// It saves it.
    Attachment,
    /// It shows it in place, if it is a PDF or a picture of a type in [`StoredFile::PICTURES`].
    Inline,
}

/// A file, as it is sent.
#[derive(Debug, Clone, Copy)]
pub struct StoredFile<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Its media type, told by its content.
    pub media_type: Option<&'a str>,
    /// What differs for every other content, such as its hash in hexadecimal digits.
    pub tag: &'a str,
}

/// What a request asks for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Whole,
    Part(Range<u64>),
    Nothing,
}

impl StoredFile<'_> {
    /// The pictures that are shown in place.
    pub const PICTURES: [&'static str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

    /// Whether it is a picture that can be shown in place.
    pub fn is_picture(&self) -> bool {
        self.media_type.is_some_and(|kind| Self::PICTURES.contains(&kind))
    }

    /// Whether it is a PDF.
    pub fn is_pdf(&self) -> bool {
        self.media_type == Some(PDF)
    }

    /// The response to a request with these headers.
    pub fn into_answer(
        self,
        request: &HeaderMap,
        object: Object,
        presentation: Presentation,
    ) -> Response {
        let tag = format!("\"{}\"", self.tag);
        if is_known(request, &tag) {
            let mut response = StatusCode::NOT_MODIFIED.into_response();
            self.add_headers(response.headers_mut(), &tag, presentation);
            return response;
        }
        let size = object.size;
        let (status, range) = match asked(request, &tag, size) {
            Asked::Whole => (StatusCode::OK, 0..size),
            Asked::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
            Asked::Nothing => {
                let all = format!("bytes */{size}");
                return (StatusCode::RANGE_NOT_SATISFIABLE, [(CONTENT_RANGE, all)]).into_response();
            }
        };
        let (start, end) = (range.start, range.end);
        let mut response = Response::new(Body::from_stream(object.pieces(range)));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_LENGTH, (end - start).into());
        if status == StatusCode::PARTIAL_CONTENT {
            put(headers, CONTENT_RANGE, format!("bytes {start}-{}/{size}", end - 1));
        }
        self.add_headers(headers, &tag, presentation);
        response
    }

    fn add_headers(&self, headers: &mut HeaderMap, tag: &str, presentation: Presentation) {
        let is_asked = presentation == Presentation::Inline;
        let is_shown = is_asked && (self.is_picture() || self.is_pdf());
        let kind = if is_shown { "inline" } else { "attachment" };
        let is_framed = is_shown && self.is_pdf();
        put(headers, CONTENT_DISPOSITION, disposition(kind, self.name));
        put(headers, CONTENT_TYPE, self.media_type.unwrap_or(UNKNOWN).to_owned());
        put(headers, ETAG, tag.to_owned());
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        headers.insert(CONTENT_SECURITY_POLICY, if is_framed { PDF_POLICY } else { POLICY });
        if is_framed {
            headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
        }
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    }
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}

/// The range that is asked for (RFC 9110 section 14.2). Several ranges, or ones that can't be read,
/// are passed over, and so are ranges of another content (section 13.1.5).
fn asked(request: &HeaderMap, tag: &str, size: u64) -> Asked {
    let text = |name: HeaderName| request.get(name).and_then(|value| value.to_str().ok());
    if request.contains_key(IF_RANGE) && text(IF_RANGE) != Some(tag) {
        return Asked::Whole;
    }
    let range = text(RANGE).and_then(|range| range.trim().strip_prefix("bytes="));
    let Some((first, last)) = range.and_then(|range| range.trim().split_once('-')) else {
        return Asked::Whole;
    };
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // One that is too large for us is beyond the end of any file.
        is_number.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let range = match (number(first), number(last)) {
        (Some(first), Some(last)) if first > last => return Asked::Whole,
        (Some(first), Some(last)) => first..last.saturating_add(1).min(size),
        (Some(first), None) if last.is_empty() => first..size,
        (None, Some(count)) if first.is_empty() => size.saturating_sub(count)..size,
        _ => return Asked::Whole,
    };
    if range.is_empty() { Asked::Nothing } else { Asked::Part(range) }
}

/// A `Content-Disposition` with the file's name in ASCII (RFC 6266), and in its own letters (RFC 8187).
fn disposition(kind: &str, name: &str) -> String {
    let plain: String = if name.is_ascii() { name.to_owned() } else { fold(name) };
    let is_plain =
        |letter: char| (' '..='~').contains(&letter) && !matches!(letter, '"' | '\\' | '%' | '/');
    let plain: String =
        plain.chars().map(|letter| if is_plain(letter) { letter } else { '_' }).collect();
    format!("{kind}; filename=\"{plain}\"; filename*={}", extended_value(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_in_ascii_and_in_its_own_letters() {
        for (name, expected) in [
            (
                "offerte #1; 50%.pdf",
                "attachment; filename=\"offerte #1; 50_.pdf\"; filename*=UTF-8''offerte%20#1%3B%2050%25.pdf",
            ),
            (
                "Café \"Ü\".pdf",
                "attachment; filename=\"cafe _u_.pdf\"; filename*=UTF-8''Caf%C3%A9%20%22%C3%9C%22.pdf",
            ),
            ("日本", "attachment; filename=\"__\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC"),
        ] {
            assert_eq!(disposition("attachment", name), expected);
        }
    }

    #[test]
    fn a_range_is_one_part_of_the_same_content() {
        let asked_for = |range: &str, if_range: Option<&str>| {
            let mut headers = HeaderMap::from_iter([(RANGE, range.parse().unwrap())]);
            headers.extend(if_range.map(|tag| (IF_RANGE, tag.parse().unwrap())));
            asked(&headers, "\"a\"", 10)
        };
        for (range, expected) in [
            ("bytes=0-3", Asked::Part(0..4)),
            ("bytes=3-3", Asked::Part(3..4)),
            ("bytes=8-99", Asked::Part(8..10)),
            ("bytes=4-", Asked::Part(4..10)),
            ("bytes=-4", Asked::Part(6..10)),
            ("bytes=-99", Asked::Part(0..10)),
            ("bytes=0-99999999999999999999999", Asked::Part(0..10)),
            ("bytes=10-", Asked::Nothing),
            ("bytes=99999999999999999999999-", Asked::Nothing),
            ("bytes=-0", Asked::Nothing),
            ("bytes=3-2", Asked::Whole),
            ("bytes=0-1,3-4", Asked::Whole),
            ("bytes=-", Asked::Whole),
            ("bytes=+1-2", Asked::Whole),
            ("lines=1-2", Asked::Whole),
            ("", Asked::Whole),
        ] {
            assert_eq!(asked_for(range, None), expected, "{range}");
        }
        assert_eq!(asked_for("bytes=0-3", Some("\"a\"")), Asked::Part(0..4));
        assert_eq!(asked_for("bytes=0-3", Some("\"b\"")), Asked::Whole);
        assert_eq!(asked_for("bytes=0-3", Some("W/\"a\"")), Asked::Whole);
    }

    #[test]
    fn only_pdfs_and_pictures_of_known_types_are_shown_in_place() {
        let file = |media_type| StoredFile { name: "a", media_type, tag: "x" };
        let shown = |media_type, presentation| {
            let mut headers = HeaderMap::new();
            file(media_type).add_headers(&mut headers, "\"x\"", presentation);
            let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
            let is_framed = policy.contains("frame-ancestors 'self'");
            assert_eq!(is_framed, !policy.contains("sandbox"), "{media_type:?}");
            assert_eq!(is_framed, headers.contains_key(X_FRAME_OPTIONS), "{media_type:?}");
            let disposition = headers[CONTENT_DISPOSITION].to_str().unwrap();
            (disposition.split(';').next().unwrap().to_owned(), is_framed)
        };
        let (inline, attachment) = ("inline".to_owned(), ("attachment".to_owned(), false));
        assert_eq!(shown(Some("image/png"), Presentation::Inline), (inline.clone(), false));
        assert_eq!(shown(Some("image/png"), Presentation::Attachment), attachment);
        assert_eq!(shown(Some("application/pdf"), Presentation::Inline), (inline, true));
        assert_eq!(shown(Some("application/pdf"), Presentation::Attachment), attachment);
        for other in [Some("image/svg+xml"), Some("text/html"), Some("application/pdfx"), None] {
            assert_eq!(shown(other, Presentation::Inline), attachment, "{other:?}");
        }
    }
}
