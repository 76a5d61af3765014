//! One's own account: profile, password, second factors, and sessions.

mod activity;
mod delete;
mod email;
mod layout;
mod name;
mod passkeys;
mod profile;
mod required_factor;
mod second_factor;
mod sessions;

use crate::web::Pages;

pub(super) fn pages() -> Pages {
    Pages::new()
        .form("/account", profile::show, profile::change_password)
        .form("/account/name", name::show, name::submit)
        .form("/account/email", email::show, email::submit)
        .form("/account/email/confirm", email::ask_to_confirm, email::confirm)
        .form("/account/delete", delete::show, delete::submit)
        .get("/account/activity", activity::show)
        .get("/account/passkeys", passkeys::show)
        .form("/account/passkeys/new", passkeys::show_new, passkeys::add)
        .post("/account/passkeys/challenge", passkeys::challenge)
        .form("/account/passkeys/{id}/remove", passkeys::ask_to_remove, passkeys::remove)
        .get("/account/second-factor", second_factor::show)
        .get("/account/second-factor/required", required_factor::show)
        .form("/account/second-factor/app", second_factor::show_app, second_factor::add_app)
        .form(
            "/account/second-factor/app/remove",
            second_factor::ask_to_remove_app,
            second_factor::remove_app,
        )
        .form(
            "/account/second-factor/recovery-codes",
            second_factor::ask_to_renew_codes,
            second_factor::renew_codes,
        )
        .get("/account/sessions", sessions::show)
        .post("/account/sessions/end-others", sessions::end_others)
        .post("/account/sessions/{id}/end", sessions::end)
}
