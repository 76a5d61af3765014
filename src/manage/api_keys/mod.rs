//! Settings → API keys: a file for each action.

mod addresses;
mod create;
mod expiry_mails;
mod list;
mod revoke;
mod rotate;
mod show;

pub use expiry_mails::warn_of_expiry;

use axum::Router;
use axum::routing::get;
use maud::Markup;

use super::member::{Member, Section};
use crate::api_keys::ApiKey;
use crate::i18n::tr;
use crate::links;
use crate::server::Server;
use crate::ui;

/// The path of the list.
const PATH: &str = Section::ApiKeys.path();

pub(super) fn routes() -> Router<Server> {
    Router::new()
        .route("/settings/api-keys", get(list::show))
        .route("/settings/api-keys/new", get(create::show).post(create::create))
        .route("/settings/api-keys/{id}", get(show::show))
        .route("/settings/api-keys/{id}/addresses", get(addresses::show).post(addresses::submit))
        .route("/settings/api-keys/{id}/rotate", get(rotate::show).post(rotate::submit))
        .route("/settings/api-keys/{id}/revoke", get(revoke::show).post(revoke::submit))
}

fn path_of(key: &ApiKey) -> String {
    links::api_key(&key.id)
}

/// The breadcrumbs from the list through the key to a page about it; without `here`, to the key's
/// page itself.
fn trail(member: &Member, key: &ApiKey, here: Option<&str>) -> Markup {
    let (lang, path) = (member.lang(), path_of(key));
    let keys = tr!(lang, "manage.nav.api_keys");
    let mut items =
        vec![(keys.as_ref(), Some(PATH)), (key.name.as_str(), here.map(|_| path.as_str()))];
    items.extend(here.map(|here| (here, None)));
    ui::breadcrumbs(lang, &items)
}
