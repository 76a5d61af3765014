//! Settings → People: the people of the portal. The pages are in `account_pages::team`.

use super::Member;
use super::sections::TEAM;
use crate::account_pages::team::{invitations, invite, leave, people, remove, role};
use crate::web::Pages;

pub(super) fn pages() -> Pages {
    Pages::of(TEAM)
        .get("/", people::show::<Member>)
        .form("/invite", invite::show::<Member>, invite::submit::<Member>)
        .form("/leave", leave::show::<Member>, leave::submit::<Member>)
        .post("/invitations/{id}/withdraw", invitations::withdraw::<Member>)
        .form("/{id}/role", role::show::<Member>, role::submit::<Member>)
        .form("/{id}/remove", remove::show::<Member>, remove::submit::<Member>)
}
