//! The authorization server (RFC 6749, RFC 7636, RFC 9700): apps, consent, codes and tokens.

mod app;
mod app_protection;
mod authorization_request;
mod authorize;
mod client_authentication;
mod code;
mod consent;
mod consent_page;
mod grant;
mod log_in_first;
mod logo;
mod metadata;
mod par;
mod parameters;
mod pkce;
mod protocol_error;
mod redirect_uri;
mod routes;
mod token_endpoint;
mod tokens;

pub use app::{App, AppDetails, AppSecret, Logo, delete_app, list_all_apps};
pub use app_protection::AppProtection;
pub use consent::{Consent, NewConsent};
pub use grant::{ConnectedApp, Grant};
pub use parameters::Parameters;
pub use protocol_error::{ErrorCode, ProtocolError};
pub use redirect_uri::{RedirectUri, RedirectUriFault, RedirectUris};
pub use routes::{clean_up, endpoint_routes, page_routes};
