//! Keys that make a repeated request have one effect (draft-ietf-httpapi-idempotency-key-header):
//! the answer to the first request is stored with its change, and repeated for 24 hours. See
//! `docs/decisions/0047-idempotency-keys.md`.

mod answer;
mod in_progress;
mod key;
mod key_use;
mod share;

pub use answer::{Answer, LONGEST_BODY};
pub use in_progress::{InProgress, RequestInProgress};
pub use key::{Fingerprint, IdempotencyKey, KeyId, LONGEST_KEY, RequestDigest};
pub use key_use::{KeyUse, clean_up};

use jiff::SignedDuration;

/// How long a key stands for its first request.
const LIFETIME: SignedDuration = SignedDuration::from_hours(24);
