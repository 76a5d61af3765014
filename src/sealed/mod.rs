//! Secrets that the server must be able to read, such as the seeds of authenticator apps: encrypted
//! in the database with a key that is not in it. See `docs/decisions/0023-proof-of-a-person.md`.

mod fit;
mod key;
mod key_file;

pub use fit::{KeySource, SealingError, check, claim, forget_key, load};
pub use key::{KeyId, MARK_LENGTH, MalformedKeys, SealingKeys, Unsealable};
