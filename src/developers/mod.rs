//! The developer portal: where third-party developers manage their apps.

mod apps;
mod audit_log;
mod member;
mod organisations;
mod sandboxes;
mod settings;
mod start;
mod team;
mod welcome;

pub use member::DeveloperMember;

use axum::Router;
use axum::routing::get;
use jiff::Timestamp;

use crate::account_pages;
use crate::accounts::Site;
use crate::i18n::{Lang, tr};
use crate::server::{Server, WritingServer};
use crate::time::{amsterdam, readable, readable_day};
use crate::web::{site_layer, unknown_page};

/// All pages of the site.
pub fn router(server: &WritingServer) -> Router<Server> {
    let pages = Router::new()
        .route("/", get(start::show))
        .merge(welcome::routes())
        .merge(apps::routes())
        .merge(sandboxes::routes())
        .merge(audit_log::routes())
        .merge(organisations::routes())
        .merge(settings::routes())
        .merge(team::routes())
        .merge(account_pages::routes(server))
        .fallback(unknown_page);
    site_layer(server, Site::Developers, Router::new().nest("/developers", pages))
}

/// A date, for pages. A developer has no time zone of its own: times are in Amsterdam time, and say
/// so.
fn day(lang: Lang, moment: Timestamp) -> String {
    readable_day(moment, &amsterdam(), lang)
}

/// A time, for pages.
fn moment(lang: Lang, moment: Timestamp) -> String {
    tr!(lang, "developers.moment", moment = readable(moment, &amsterdam(), lang)).into_owned()
}
