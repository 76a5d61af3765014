//! The authorization server (RFC 6749, RFC 7636, RFC 9700): apps, consent, codes and tokens.

mod app;
mod app_protection;
mod authorization_request;
mod authorize;
mod client_authentication;
mod client_request;
mod client_throttle;
mod client_type;
mod code;
mod consent_page;
mod grant;
mod introspect;
mod logo;
mod metadata;
mod par;
mod parameters;
mod pkce;
mod protocol_error;
mod redirect_uri;
mod refresh;
mod refresh_token;
mod reuse_mail;
mod revoke;
mod routes;
mod token_endpoint;
mod tokens;

pub use app::{App, AppDetails, AppSecret, Logo, delete_app, list_all_apps};
pub use app_protection::AppProtection;
pub use client_throttle::ClientThrottle;
pub use client_type::ClientType;
pub use grant::{ConnectedApp, Grant};
pub use parameters::Parameters;
pub use protocol_error::{ErrorCode, ProtocolError};
pub use redirect_uri::{RedirectUri, RedirectUriFault, RedirectUris};
pub use routes::{clean_up, endpoint_routes, page_routes};
