//! The registered clients of the authorization server (RFC 6749 section 2): apps, with their secrets and
//! keys; and resource servers, the operator's own services.

mod app;
mod app_details;
mod app_protection;
mod app_secret;
mod app_webhook;
mod client_keys;
mod client_type;
mod deleted_app;
mod known;
mod redirect_uri;
mod resource_server;

pub use app::{App, list_all_apps};
pub use app_details::{AppDetails, Credential};
pub use app_protection::AppProtection;
pub use app_secret::AppSecret;
pub use app_webhook::{AppWebhook, AppWebhookDetails};
pub use client_keys::{ClientKey, ClientKeys, ClientKeysFault};
pub use client_type::ClientType;
pub use deleted_app::{clean_up, delete_app, delete_app_in};
pub use known::KnownClients;
pub use redirect_uri::{RedirectUri, RedirectUriFault, RedirectUris};
pub use resource_server::ResourceServer;
