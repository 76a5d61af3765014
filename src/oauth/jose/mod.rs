//! Signed JSON (JWS, RFC 7515) as far as proofs and assertions need it: in compact form, signed
//! with a public-key algorithm. The cryptography is `ring`'s.

mod claims;
mod jws;
mod public_key;

pub use claims::Claims;
pub use jws::{Jws, JwsFault};
pub use public_key::{Algorithm, PublicKey};

#[cfg(test)]
pub(super) mod tests;
