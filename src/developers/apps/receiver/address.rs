//! Where the receiver is.

use crate::clients::RedirectUri;
use crate::ids::AppId;
use crate::public_urls::Surface;
use crate::server::Server;

/// The path of the redirect URI, which is the same for all apps.
const PATH: &str = "/developers/receiver";

/// The redirect URI; `None` if this server's address can't be one, because it has neither TLS nor a
/// loopback address.
pub(super) fn redirect_uri(server: &Server) -> Option<RedirectUri> {
    server.public_urls.url(Surface::Developers, PATH).parse().ok()
}

/// The page to get a token of an app.
pub(in crate::developers::apps) fn path_of(id: &AppId) -> String {
    format!("/developers/apps/{id}/receiver")
}
