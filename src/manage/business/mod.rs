//! Settings → Business: what it says about itself, how its portal looks, its zone and its mails.

mod edit;
mod form;
mod logo;

use super::sections::BUSINESS;
use crate::web::Pages;

pub(super) fn pages() -> Pages {
    Pages::of(BUSINESS)
        .form("/", edit::show, edit::submit)
        .merge(Pages::new().get("/portals/{id}/logo", logo::show))
}
