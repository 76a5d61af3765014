//! Tokens, scopes and the principals of tokens. Nothing here knows HTTP.

mod address_list;
mod api_keys;
mod authority;
mod costly_work;
mod expiring_keys;
mod hashing_memory;
mod ip_address;
mod key_thumbprint;
mod network;
mod own_scopes;
mod password;
mod password_strength;
mod principal;
mod rate_limit;
mod scopes;
mod server_secret;
mod throttle;
mod token;
mod usage;
mod verify;

pub use address_list::{AddressList, AddressListFault};
pub use api_keys::{ApiKey, Ended, NewApiKey};
pub use authority::Authority;
pub use costly_work::{Line, Overloaded};
pub use expiring_keys::{
    ExpiringKey, forget_ended as forget_ended_keys, record_expired as record_expired_keys,
};
pub use ip_address::{parse_address, parse_network};
pub use key_thumbprint::{InvalidThumbprint, KeyThumbprint};
pub use network::Network;
pub use own_scopes::OwnScopes;
pub use password::{Password, PasswordFault, PasswordHash};
pub use principal::{Principal, Subject};
pub use rate_limit::RateStatus;
pub use scopes::{Area, RequiredScope, Scope, ScopeSet, UnknownScope, granted};
pub use server_secret::server_secret;
pub use throttle::Throttle;
pub use token::{Token, TokenFault, TokenHash, TokenKind};
pub use usage::UsageRegistry;
pub use verify::Verifier;
