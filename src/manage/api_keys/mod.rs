//! Settings → API keys: a file for each action.

mod addresses;
mod create;
mod expiry_mails;
mod list;
mod revoke;
mod rotate;
mod show;

pub use expiry_mails::warn_of_expiry;

use maud::Markup;

use super::member::Member;
use super::sections::API_KEYS;
use crate::api_keys::ApiKey;
use crate::i18n::tr;
use crate::links;
use crate::server::Server;
use crate::ui;
use crate::web::Pages;

/// The path of the list.
const PATH: &str = API_KEYS.path;

pub(super) fn pages() -> Pages {
    Pages::of(API_KEYS)
        .get("/", list::show)
        .form("/new", create::show, create::create)
        .get("/{id}", show::show)
        .form("/{id}/addresses", addresses::show, addresses::submit)
        .form("/{id}/rotate", rotate::show, rotate::submit)
        .form("/{id}/revoke", revoke::show, revoke::submit)
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
