//! Reading a whole body, within a limit.

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_ENCODING;
use bytes::BytesMut;
use futures_util::StreamExt;

use crate::connections::TimedOut;
use crate::error::{Error, Message, Result};

/// How many bytes of a too large body are still read. A client that is still sending when it gets
/// the response may see a broken connection instead, so a body that is only slightly too large is
/// read to its end.
const READ_AND_DROPPED: usize = 1024 * 1024;

/// Reads the whole body of a request with these headers, of at most `limit` bytes.
///
/// # Errors
/// [`Error::UnsupportedEncoding`], [`Error::TooLarge`], [`Error::RequestTimeout`] when the client
/// sends too slowly, or [`Error::BadRequest`] when it disconnects.
pub async fn read_body(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes> {
    expect_no_coding(headers)?;
    let (mut chunks, mut whole, mut length) = (body.into_data_stream(), BytesMut::new(), 0);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| body_fault(&error))?;
        length += chunk.len();
        if length <= limit {
            whole.extend_from_slice(&chunk);
        } else if length > limit + READ_AND_DROPPED {
            break;
        }
    }
    if length > limit { Err(Error::TooLarge) } else { Ok(whole.freeze()) }
}

/// The error of an incomplete body.
pub fn body_fault(error: &(dyn std::error::Error + 'static)) -> Error {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    if causes.any(|cause| cause.is::<TimedOut>()) {
        Error::RequestTimeout
    } else {
        Error::BadRequest(Message::new("error.bad_request"))
    }
}

/// Checks that the body is not compressed (RFC 9110 section 8.4).
///
/// # Errors
/// [`Error::UnsupportedEncoding`] when it is.
pub fn expect_no_coding(headers: &HeaderMap) -> Result<()> {
    let codings = headers.get_all(CONTENT_ENCODING).iter();
    let mut codings = codings.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    let is_none = |coding: &[u8]| {
        let coding = coding.trim_ascii();
        coding.is_empty() || coding.eq_ignore_ascii_case(b"identity")
    };
    if codings.all(is_none) { Ok(()) } else { Err(Error::UnsupportedEncoding) }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(body: Body, limit: usize) -> Result<Bytes> {
        read_body(&HeaderMap::new(), body, limit).await
    }

    #[tokio::test]
    async fn a_body_with_a_coding_is_not_read_as_if_it_had_none() {
        for (coding, good) in
            [("gzip", false), ("identity, br", false), ("Identity", true), ("", true)]
        {
            let headers = HeaderMap::from_iter([(CONTENT_ENCODING, coding.parse().unwrap())]);
            let body = read_body(&headers, chunks(1), 10).await;
            assert_eq!(body.is_ok(), good, "{coding}");
            assert!(good || matches!(body, Err(Error::UnsupportedEncoding)));
        }
    }

    fn chunks(count: usize) -> Body {
        Body::from_stream(futures_util::stream::iter(
            (0..count).map(|_| Ok::<_, std::io::Error>("1234567890")),
        ))
    }

    #[tokio::test]
    async fn the_limit_is_the_last_length_that_is_read() {
        assert_eq!(read(chunks(3), 30).await.unwrap().len(), 30);
        assert!(matches!(read(chunks(3), 29).await, Err(Error::TooLarge)));
        assert_eq!(read(Body::empty(), 0).await.unwrap().len(), 0);
    }

    #[tokio::test]
    async fn a_body_without_end_is_not_read_without_end() {
        let endless = Body::from_stream(futures_util::stream::repeat_with(|| {
            Ok::<_, std::io::Error>("1234567890")
        }));
        assert!(matches!(read(endless, 100).await, Err(Error::TooLarge)));
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_faulty() {
        let broken = Body::from_stream(futures_util::stream::iter([
            Ok("12"),
            Err(std::io::Error::other("gone")),
        ]));
        assert!(matches!(read(broken, 100).await, Err(Error::BadRequest(_))));
    }
}
