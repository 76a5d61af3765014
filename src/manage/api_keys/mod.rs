//! Settings → API keys: a file for each action.

mod addresses;
mod create;
mod expiry_mails;
mod list;
mod revoke;
mod rotate;
mod show;
mod trail;

pub use expiry_mails::warn_of_expiry;

use super::sections::API_KEYS;
use crate::web::Pages;

pub(super) fn pages() -> Pages {
    Pages::of(API_KEYS)
        .get("/", list::show)
        .form("/new", create::show, create::create)
        .get("/{id}", show::show)
        .form("/{id}/addresses", addresses::show, addresses::submit)
        .form("/{id}/rotate", rotate::show, rotate::submit)
        .form("/{id}/revoke", revoke::show, revoke::submit)
}
