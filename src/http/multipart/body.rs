//! A request's body in `multipart/form-data`, read as it arrives.

use axum::body::{Body, BodyDataStream};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use futures_util::StreamExt;

use super::{Event, Multipart};
use crate::error::{Error, Message, Result};
use crate::http::{body_fault, expect_no_coding, media_type};

/// How many bytes can follow the end, so that nobody keeps sending.
const LONGEST_EPILOGUE: u64 = 64 * 1024;

/// A body that is being read.
pub(crate) struct MultipartBody {
    multipart: Multipart,
    pieces: BodyDataStream,
    /// How many bytes it can still have.
    left: u64,
}

impl MultipartBody {
    /// A body of at most `most` bytes.
    ///
    /// # Errors
    /// [`Error::UnsupportedMediaType`] when it is no `multipart/form-data`, and
    /// [`Error::UnsupportedEncoding`] when it is compressed.
    pub(crate) fn new(headers: &HeaderMap, body: Body, most: u64) -> Result<Self> {
        let expected = || Error::UnsupportedMediaType(Message::new("error.expected_multipart"));
        let boundary = boundary(headers).ok_or_else(expected)?;
        expect_no_coding(headers)?;
        let (multipart, pieces) = (Multipart::new(&boundary), body.into_data_stream());
        Ok(Self { multipart, pieces, left: most })
    }

    /// What comes next. At the end the rest of the body is dropped, if it is short, so that its sender
    /// sees the response.
    ///
    /// # Errors
    /// [`Error::BadRequest`] when it is malformed or breaks off, [`Error::TooLarge`], and
    /// [`Error::RequestTimeout`] when it arrives too slowly.
    pub(crate) async fn next(&mut self) -> Result<Event> {
        loop {
            match self.multipart.next().map_err(|error| malformed(&error.to_string()))? {
                Some(Event::End) => {
                    self.left = self.left.min(LONGEST_EPILOGUE);
                    while self.piece().await?.is_some() {}
                    return Ok(Event::End);
                }
                Some(event) => return Ok(event),
                None => {
                    let piece = self.piece().await?.ok_or_else(|| malformed("it is incomplete"))?;
                    self.multipart.feed(&piece);
                }
            }
        }
    }

    async fn piece(&mut self) -> Result<Option<bytes::Bytes>> {
        let Some(piece) = self.pieces.next().await else { return Ok(None) };
        let piece = piece.map_err(|error| body_fault(&error))?;
        self.left = self.left.checked_sub(piece.len() as u64).ok_or(Error::TooLarge)?;
        Ok(Some(piece))
    }
}

/// What is wrong with the body, in English, for developers.
fn malformed(what: &str) -> Error {
    Error::BadRequest(Message::with("error.multipart_syntax", what))
}

/// A part's content as text.
///
/// # Errors
/// [`Error::BadRequest`] when it is not UTF-8.
pub(crate) fn text(content: Vec<u8>) -> Result<String> {
    String::from_utf8(content).map_err(|_| malformed("a text is not UTF-8"))
}

/// Whether a body is a form in parts, as its sender says.
pub(crate) fn is_multipart(headers: &HeaderMap) -> bool {
    media_type(headers).is_some_and(|kind| kind.eq_ignore_ascii_case("multipart/form-data"))
}

/// The boundary in the media type (RFC 2046 section 5.1.1): 1 to 70 characters.
fn boundary(headers: &HeaderMap) -> Option<String> {
    if !is_multipart(headers) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(kind: &str) -> HeaderMap {
        HeaderMap::from_iter([(CONTENT_TYPE, kind.parse().unwrap())])
    }

    #[test]
    fn the_boundary_is_read_from_the_media_type() {
        let quoted = headers("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"");
        assert_eq!(boundary(&quoted).as_deref(), Some("a b"));
        for kind in [
            "application/json",
            "multipart/form-data",
            "multipart/mixed; boundary=X",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=\"X",
        ] {
            let made = MultipartBody::new(&headers(kind), Body::empty(), 10);
            assert!(matches!(made, Err(Error::UnsupportedMediaType(_))), "{kind}");
        }
    }

    /// Reads a body to its end, in pieces of 1,000 bytes.
    async fn read(body: &str, most: u64) -> Result<()> {
        let pieces = body.as_bytes().chunks(1000);
        let pieces: Vec<_> = pieces.map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect();
        let body = Body::from_stream(futures_util::stream::iter(pieces));
        let mut read = MultipartBody::new(&headers("multipart/form-data; boundary=X"), body, most)?;
        while read.next().await? != Event::End {}
        Ok(())
    }

    #[tokio::test]
    async fn what_follows_the_end_counts_and_is_short() {
        let form = "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--X--";
        let short = form.to_owned() + &"x".repeat(2000);
        read(&short, short.len() as u64).await.unwrap();
        let long = form.to_owned() + &"x".repeat(100_000);
        for (body, most) in [(&short, short.len() as u64 - 1), (&long, u64::MAX)] {
            assert!(matches!(read(body, most).await, Err(Error::TooLarge)));
        }
    }
}
