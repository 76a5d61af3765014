//! `/developers/apps`: the developer's apps and their secrets.

mod client;
mod create;
mod delete;
mod edit;
mod form;
mod keys;
mod list;
mod logo;
mod picture;
mod protection;
mod recommended;
mod redirect_uris;
mod rotate;
mod show;
mod try_it;
mod usage;

use axum::Router;
use axum::routing::get;
use maud::Markup;

use crate::i18n::{Lang, tr};
use crate::oauth::App;
use crate::server::Server;
use crate::ui;

pub(super) fn routes() -> Router<Server> {
    Router::new()
        .route("/apps", get(list::show))
        .route("/apps/new", get(create::show).post(create::submit))
        .route("/apps/{id}", get(show::show))
        .route("/apps/{id}/usage", get(usage::show))
        .route("/apps/{id}/edit", get(edit::show).post(edit::submit))
        .route("/apps/{id}/protection", get(recommended::back).post(recommended::submit))
        .route("/apps/{id}/rotate", get(rotate::show).post(rotate::submit))
        .route("/apps/{id}/keys", get(keys::show).post(keys::submit))
        .route("/apps/{id}/keys/remove", get(keys::ask_to_remove).post(keys::remove))
        .route("/apps/{id}/delete", get(delete::show).post(delete::submit))
        .route("/apps/{id}/logo", get(logo::show))
}

/// The breadcrumbs from the list through the app to a page about it.
fn trail(lang: Lang, app: &App, here: &str) -> Markup {
    let path = format!("/developers/apps/{}", app.id);
    ui::breadcrumbs(
        lang,
        &[
            (&tr!(lang, "developers.nav.apps"), Some("/developers/apps")),
            (&app.name, Some(&path)),
            (here, None),
        ],
    )
}
