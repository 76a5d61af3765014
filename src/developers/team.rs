//! `/developers/team`: the people of the developer. The pages are in `account_pages::team`.

use super::DeveloperMember;
use super::sections::TEAM;
use crate::account_pages::team::{invitations, invite, leave, people, remove, role};
use crate::web::Pages;

pub(super) fn pages() -> Pages {
    Pages::of(TEAM)
        .get("/", people::show::<DeveloperMember>)
        .form("/invite", invite::show::<DeveloperMember>, invite::submit::<DeveloperMember>)
        .form("/leave", leave::show::<DeveloperMember>, leave::submit::<DeveloperMember>)
        .post("/invitations/{id}/withdraw", invitations::withdraw::<DeveloperMember>)
        .form("/{id}/role", role::show::<DeveloperMember>, role::submit::<DeveloperMember>)
        .form("/{id}/remove", remove::show::<DeveloperMember>, remove::submit::<DeveloperMember>)
}
