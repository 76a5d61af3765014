//! The pages about accounts, the same on both sites: logging in and out, registration,
//! verification, password reset.

mod account;
mod check_mail;
mod disabled;
mod elsewhere;
mod email_mails;
mod email_undo;
mod entry;
mod factor_fields;
mod invitation;
mod log_in;
mod mails;
mod not_open;
pub mod organisation;
mod passkey;
mod passkey_form;
mod password;
mod pending_log_in;
mod person;
mod portal_choice;
mod reauthenticate;
mod register;
pub mod restore;
mod restore_account;
mod second_factor;
pub mod team;
mod verify;
mod visitors;

pub use elsewhere::within;
pub use not_open::registration_is_open;
pub use portal_choice::portal_choices;
pub use reauthenticate::{RecentSecondFactor, RecentlyAuthenticated, expect_recent_authentication};
pub use visitors::{Admitted, admitted, logged_in};

use crate::server::WritingServer;
use crate::web::{Pages, SitePages};

/// The pages, with paths below that of a site; `pages` are the others of the site.
pub fn pages_with(pages: Pages) -> SitePages {
    SitePages { pages: pages.merge(own_pages()), before_session: before_session() }
}

/// The pages of people who are logged in.
fn own_pages() -> Pages {
    Pages::new()
        .post("/logout", log_in::log_out)
        .merge(account::pages())
        .merge(reauthenticate::pages())
        .merge(passkey::own_pages())
        .merge(invitation::own_pages())
}

/// The pages that lead to a session.
fn before_session() -> Pages<WritingServer> {
    Pages::new()
        .form("/login", log_in::show, log_in::submit)
        .merge(second_factor::pages())
        .merge(passkey::pages())
        .form("/register", register::show, register::submit)
        .merge(check_mail::pages())
        .merge(invitation::pages())
        .merge(email_undo::pages())
        .merge(restore::pages())
        .merge(restore_account::pages())
        .form("/verify", verify::show, verify::submit)
        .form("/verify/again", verify::show_again, verify::send_again)
        .form("/forgot-password", password::show_forgot, password::submit_forgot)
        .form("/reset-password", password::show_reset, password::submit_reset)
}
