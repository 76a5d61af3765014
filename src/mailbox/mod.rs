//! `/mailbox`: the mail of a demo, which has no mail server. Anybody who can reach the server can
//! read it, so these pages only exist in a demo.

mod letter;
mod pages;

use std::path::{Path, PathBuf};

use axum::Router;
use axum::routing::get;

use crate::accounts::Site;
use crate::server::Server;
use crate::web::site_layer;

/// The pages; no routes at all outside a demo, or if its mail goes to a mail server.
pub fn router(server: &Server) -> Router<Server> {
    if folder(server).is_none() {
        return Router::new();
    }
    let routes = Router::new()
        .route("/mailbox", get(pages::list))
        .route("/mailbox/{name}", get(pages::show))
        .route("/mailbox/{name}/html", get(pages::show_html));
    site_layer(server, Site::Manage, routes)
}

/// The folder of the demo's mail.
fn folder(server: &Server) -> Option<PathBuf> {
    server.mailer.folder().filter(|_| server.demo).map(Path::to_owned)
}

/// The mailbox's URL, if there is one.
pub fn path(server: &Server) -> Option<&'static str> {
    folder(server).map(|_| "/mailbox")
}
