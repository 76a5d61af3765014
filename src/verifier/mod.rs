//! Verifies the API's tokens: whose a token is, what it may do, how often it may be used, and when
//! it was.

mod principal;
mod rate_limit;
mod subject;
mod usage;
mod verify;

pub use principal::Principal;
pub use rate_limit::RateStatus;
pub use subject::Subject;
pub use usage::UsageRegistry;
pub use verify::Verifier;
