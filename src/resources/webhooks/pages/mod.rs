//! Settings → Webhooks: a file for each action. Whoever may manage API keys may manage webhooks: both
//! give a program what the portal knows.

mod create;
mod delete;
mod delivery;
mod detail;
mod header;
mod list;
mod manager;
mod question;
mod replay;
mod rotate;
mod secret;
mod switch_on;
mod test;

use super::links::SECTION;
use crate::web::Pages;

/// The pages' routes.
pub(super) fn pages() -> Pages {
    Pages::of(SECTION)
        .get("/", list::show)
        .form("/new", create::show, create::create)
        .get("/{id}", detail::show)
        .get("/{id}/secret", secret::show)
        .form("/{id}/rotate", rotate::show, rotate::submit)
        .form("/{id}/header", header::show, header::submit)
        .form("/{id}/on", switch_on::show, switch_on::submit)
        .form("/{id}/test", test::show, test::submit)
        .form("/{id}/replay", replay::show, replay::submit)
        .get("/{id}/deliveries", delivery::older)
        .get("/{id}/deliveries/{delivery}", delivery::show)
        .form("/{id}/deliveries/{delivery}/again", delivery::ask_again, delivery::again)
        .form("/{id}/delete", delete::show, delete::submit)
}
