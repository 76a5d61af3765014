//! An id for each request, in the response header and in errors, to find its log line by.

use std::fmt;

use axum::http::{HeaderName, HeaderValue};

/// The header with the id.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// A request's id: 24 random hexadecimal digits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestId([u8; 24]);

impl RequestId {
    pub(crate) fn random() -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut bits = rand::random::<u128>();
        let mut text = [0; 24];
        for place in &mut text {
            *place = DIGITS[(bits & 15) as usize];
            bits >>= 4;
        }
        Self(text)
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The digits, two per byte.
    pub(crate) fn to_bytes(self) -> [u8; 12] {
        let value = |digit: u8| if digit <= b'9' { digit - b'0' } else { digit - b'a' + 10 };
        std::array::from_fn(|index| value(self.0[2 * index]) << 4 | value(self.0[2 * index + 1]))
    }

    pub(crate) fn to_header(self) -> HeaderValue {
        HeaderValue::from_bytes(&self.0).unwrap_or(HeaderValue::from_static("-"))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
