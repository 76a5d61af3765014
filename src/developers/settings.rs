//! The settings of a developer itself. The pages are in `account_pages::organisation`.

use super::DeveloperMember;
use super::sections::SETTINGS;
use crate::account_pages::organisation::{delete, rename, second_factor, show};
use crate::web::Pages;

pub(super) fn pages() -> Pages {
    Pages::of(SETTINGS)
        .form("/", show::<DeveloperMember>, rename::<DeveloperMember>)
        .form(
            "/second-factor",
            second_factor::show::<DeveloperMember>,
            second_factor::submit::<DeveloperMember>,
        )
        .form("/delete", delete::show::<DeveloperMember>, delete::submit::<DeveloperMember>)
}
