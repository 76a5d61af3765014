//! The webhooks of an app, below its page: addresses that are told what happens in all portals that gave it
//! access. Whoever may manage the app may manage them. See `docs/decisions/0074-webhooks-of-apps.md`.

mod create;
mod delete;
mod detail;
mod links;
mod list;
mod log;
mod manager;
mod place;
mod question;
mod received;
mod rotate;
mod secret;
mod switch;
mod test;
mod types;

use crate::web::Pages;

/// Adds the pages; their paths begin with that of the apps.
pub(super) fn pages_of_app(pages: Pages) -> Pages {
    pages
        .get("/{id}/webhooks", list::show)
        .form("/{id}/webhooks/new", create::show, create::submit)
        .get("/{id}/webhooks/{webhook}", detail::show)
        .form("/{id}/webhooks/{webhook}/place", place::show, place::submit)
        .form("/{id}/webhooks/{webhook}/types", types::show, types::submit)
        .get("/{id}/webhooks/{webhook}/secret", secret::show)
        .form("/{id}/webhooks/{webhook}/rotate", rotate::show, rotate::submit)
        .form("/{id}/webhooks/{webhook}/on", switch::ask_on, switch::on)
        .form("/{id}/webhooks/{webhook}/off", switch::ask_off, switch::off)
        .form("/{id}/webhooks/{webhook}/test", test::show, test::submit)
        .get("/{id}/webhooks/{webhook}/received", received::show)
        .get("/{id}/webhooks/{webhook}/deliveries", log::older)
        .get("/{id}/webhooks/{webhook}/deliveries/{delivery}", log::show)
        .form("/{id}/webhooks/{webhook}/deliveries/{delivery}/again", log::ask_again, log::again)
        .form("/{id}/webhooks/{webhook}/delete", delete::show, delete::submit)
}
