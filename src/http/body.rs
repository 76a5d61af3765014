//! Reading a whole body, within a limit.

use axum::body::{Body, Bytes};
use bytes::BytesMut;
use futures_util::StreamExt;

use crate::connections::TimedOut;
use crate::error::{Error, Message, Result};

/// What is still read of a body that is too large, in bytes. Who is answered while still sending
/// finds the connection broken and not the answer, so a little too much is read to its end.
const READ_AND_DROPPED: usize = 1024 * 1024;

/// The whole body, if it has at most `limit` bytes.
///
/// # Errors
/// [`Error::TooLarge`], [`Error::RequestTimeout`] when the client sends too slowly, or
/// [`Error::BadRequest`] when it breaks off.
pub async fn read_body(body: Body, limit: usize) -> Result<Bytes> {
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

/// Why a body could not be read to its end.
pub fn body_fault(error: &(dyn std::error::Error + 'static)) -> Error {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    if causes.any(|cause| cause.is::<TimedOut>()) {
        Error::RequestTimeout
    } else {
        Error::BadRequest(Message::new("error.bad_request"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunks(count: usize) -> Body {
        Body::from_stream(futures_util::stream::iter(
            (0..count).map(|_| Ok::<_, std::io::Error>("1234567890")),
        ))
    }

    #[tokio::test]
    async fn the_limit_is_the_last_length_that_is_read() {
        assert_eq!(read_body(chunks(3), 30).await.unwrap().len(), 30);
        assert!(matches!(read_body(chunks(3), 29).await, Err(Error::TooLarge)));
        assert_eq!(read_body(Body::empty(), 0).await.unwrap().len(), 0);
    }

    #[tokio::test]
    async fn a_body_without_end_is_not_read_without_end() {
        let endless = Body::from_stream(futures_util::stream::repeat_with(|| {
            Ok::<_, std::io::Error>("1234567890")
        }));
        assert!(matches!(read_body(endless, 100).await, Err(Error::TooLarge)));
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_faulty() {
        let broken = Body::from_stream(futures_util::stream::iter([
            Ok("12"),
            Err(std::io::Error::other("gone")),
        ]));
        assert!(matches!(read_body(broken, 100).await, Err(Error::BadRequest(_))));
    }
}
