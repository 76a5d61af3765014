//! `/developers/apps`: the developer's apps and their secrets.

mod client;
mod create;
mod delete;
mod edit;
mod form;
mod keys;
mod list;
mod logo;
mod protection;
mod receiver;
mod recommended;
mod redirect_uris;
mod rotate;
mod show;
mod trail;
mod try_it;
mod usage;
mod webhooks;

use super::sections::APPS;
use crate::web::Pages;

pub(super) use receiver::landing;

pub(super) fn pages() -> Pages {
    let pages = Pages::of(APPS)
        .get("/", list::show)
        .form("/new", create::show, create::submit)
        .get("/{id}", show::show)
        .get("/{id}/usage", usage::show)
        .form("/{id}/edit", edit::show, edit::submit)
        .form("/{id}/protection", recommended::back, recommended::submit)
        .form("/{id}/rotate", rotate::show, rotate::submit)
        .form("/{id}/keys", keys::show, keys::submit)
        .form("/{id}/keys/remove", keys::ask_to_remove, keys::remove)
        .form("/{id}/delete", delete::show, delete::submit)
        .get("/{id}/logo", logo::show);
    webhooks::pages_of_app(receiver::pages_of_app(pages))
}
