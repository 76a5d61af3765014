//! What a receiver for tests keeps of a message. Nobody else can put anything there. See
//! `docs/decisions/0075-a-receiver-of-webhooks.md`.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::outgoing::Answer;

/// The maximum size of a message's body, in bytes.
const LARGEST: usize = 64 * 1024;

/// A message that is to be kept.
pub(super) struct Kept {
    /// The headers, one on each line.
    pub(super) headers: String,
    /// The body.
    pub(super) body: String,
}

impl Kept {
    /// What a receiver answers, and what it keeps of a message.
    pub(super) fn receive(headers: &HeaderMap, body: String) -> (Answer, Option<Self>) {
        if body.len() > LARGEST {
            let text = format!("a receiver takes {LARGEST} bytes at most");
            return (Answer { status: 413, body: text }, None);
        }
        let line = |(name, value): (&HeaderName, &HeaderValue)| {
            format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes()))
        };
        let headers = headers.iter().map(line).collect();
        (Answer { status: 204, body: String::new() }, Some(Self { headers, body }))
    }
}
