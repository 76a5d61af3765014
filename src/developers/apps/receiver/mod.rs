//! The receiver: a redirect URI of ours for trying an app without a server of one's own. It receives the
//! code of an app's test authorization, exchanges it through the token endpoint, and shows the tokens
//! once. See `docs/decisions/0057-the-receiver.md`.

mod address;
mod arrive;
mod exchange;
mod portal;
mod register;
mod show;
mod test_request;
mod tokens;

pub(super) use address::path_of;

use crate::web::Pages;

/// Adds the pages about an app; their paths begin with that of the apps.
pub(super) fn pages_of_app(pages: Pages) -> Pages {
    pages
        .get("/{id}/receiver", show::show)
        .form("/{id}/receiver/register", register::back, register::submit)
        .form("/{id}/receiver/portal", register::back, portal::submit)
        .form("/{id}/receiver/code", exchange::show, exchange::submit)
}

/// The redirect URI.
pub(in crate::developers) fn landing() -> Pages {
    Pages::new().get("/receiver", arrive::show)
}
