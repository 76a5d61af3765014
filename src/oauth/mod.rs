//! The authorization server (RFC 6749, RFC 7636, RFC 9700): apps, consent, codes and tokens.

mod app;
mod grant;
mod redirect_uri;

pub use app::{App, AppDetails, AppSecret, Logo, delete_app, list_all_apps};
pub use grant::{ConnectedApp, Grant};
pub use redirect_uri::{RedirectUri, RedirectUriFault, RedirectUris};
