//! Tokens, scopes and who a token speaks for. Nothing here knows HTTP.

mod api_keys;
mod password;
mod principal;
mod rate_limit;
mod scopes;
mod throttle;
mod token;
mod usage;
mod verify;

pub use api_keys::{ApiKey, NewApiKey};
pub use password::{Password, PasswordFault, PasswordHash};
pub use principal::{Principal, Subject};
pub use rate_limit::RateStatus;
pub use scopes::{Area, RequiredScope, Scope, ScopeSet, UnknownScope, granted};
pub use throttle::Throttle;
pub use token::{Token, TokenFault, TokenHash, TokenKind};
pub use usage::UsageRegistry;
pub use verify::Verifier;
