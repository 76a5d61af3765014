//! The stored answer to a request.

use serde::{Deserialize, Serialize};

/// The maximum length of a stored answer's body, in bytes.
pub const LONGEST_BODY: usize = 64 * 1024;

/// An answer, as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The header fields that the handler set, such as `content-type`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What comes before the body: a line of JSON.
#[derive(Serialize, Deserialize)]
struct Head {
    status: u16,
    headers: Vec<(String, String)>,
}

impl Answer {
    /// All of it in one text: the head, a line feed, and the body.
    pub(super) fn to_bytes(&self) -> serde_json::Result<Vec<u8>> {
        let head = Head { status: self.status, headers: self.headers.clone() };
        let mut bytes = serde_json::to_vec(&head)?;
        bytes.push(b'\n');
        bytes.extend_from_slice(&self.body);
        Ok(bytes)
    }

    /// Reads [`Answer::to_bytes`]; `None` for anything else.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        // JSON escapes line feeds.
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let Head { status, headers } = serde_json::from_slice(&bytes[..end]).ok()?;
        Some(Self { status, headers, body: bytes[end + 1..].to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_as_it_was_written() {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        for body in ["", "{\"a\":\n1}\n", "\n"] {
            let answer = Answer { status: 200, headers: headers.clone(), body: body.into() };
            assert_eq!(Answer::from_bytes(&answer.to_bytes().unwrap()), Some(answer));
        }
        for other in ["", "x", "{}\n", "{\"status\":200,\"headers\":[]}"] {
            assert_eq!(Answer::from_bytes(other.as_bytes()), None, "{other}");
        }
    }
}
