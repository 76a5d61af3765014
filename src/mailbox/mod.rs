//! `/mailbox`: the mail of a demo, which has no mail server. Anybody who can reach the server can
//! read it, so these pages only exist in a demo.

mod folder;
mod letter;
mod pages;

use axum::Router;

use folder::folder;

use crate::accounts::Site;
use crate::server::{Server, WritingServer};
use crate::web::{Pages, site_router};

/// The pages.
pub fn pages() -> Pages {
    Pages::new()
        .get("/mailbox", pages::list)
        .get("/mailbox/{name}", pages::show)
        .get("/mailbox/{name}/html", pages::show_html)
}

/// Their routes; none outside a demo, or if its mail goes to a mail server.
pub fn router(server: &WritingServer) -> Router<Server> {
    if folder(server).is_none() {
        return Router::new();
    }
    site_router(server, Site::Manage, pages().into())
}

/// The mailbox's URL, if there is one.
pub fn path(server: &Server) -> Option<&'static str> {
    folder(server).map(|_| "/mailbox")
}
