//! Signed JSON (JWS, RFC 7515) as far as proofs and assertions need it: in compact form, signed
//! with a public-key algorithm. The cryptography is `ring`'s. A DPoP proof
//! (RFC 9449) is one, too.

mod claims;
mod dpop_fault;
mod dpop_proof;
mod jws;
mod jws_fault;
mod public_key;

pub use claims::Claims;
pub use dpop_fault::DpopFault;
pub(crate) use dpop_proof::DpopProof;
pub use jws::Jws;
pub use jws_fault::JwsFault;
pub use public_key::{Algorithm, PublicKey};

#[cfg(test)]
pub(crate) mod tests;
