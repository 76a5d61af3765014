//! What tokens, scopes and passwords are. Nothing here knows HTTP or a table.

mod address_list;
mod costly_work;
mod hashing_memory;
mod key_thumbprint;
mod own_scope;
mod own_scopes;
mod password;
mod password_strength;
mod scopes;
mod token;

pub use address_list::{AddressList, AddressListFault};
pub use costly_work::{Line, Overloaded};
pub use key_thumbprint::{InvalidThumbprint, KeyThumbprint};
pub use own_scopes::OwnScopes;
pub use password::{Password, PasswordFault, PasswordHash};
pub use scopes::{Area, RequiredScope, Scope, ScopeSet, UnknownScope, granted};
pub use token::{Token, TokenFault, TokenHash, TokenKind};
