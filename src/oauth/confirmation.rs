//! The key that a token is bound to, in answers about the token.

use serde::Serialize;

use crate::auth::KeyThumbprint;

/// The key that a token is bound to (RFC 9449 section 6.2).
#[derive(Serialize)]
pub(super) struct Confirmation {
    jkt: String,
}

impl Confirmation {
    pub(super) fn of(key: KeyThumbprint) -> Self {
        Self { jkt: key.to_string() }
    }
}
