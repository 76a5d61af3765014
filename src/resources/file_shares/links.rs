//! The section of file shares, and what leads to its pages.

use maud::{Markup, html};

use super::FileShare;
use crate::i18n::{Lang, tr};
use crate::ids::{CustomerId, FileShareId};
use crate::resources::customers::customer_path;
use crate::ui::{self, BadgeKind, ButtonStyle, Icon};
use crate::web::{MenuGroup, Section};

/// The section of these pages.
pub const SECTION: Section = Section {
    path: "/manage/file-shares",
    title: "manage.nav.file_shares",
    icon: Icon::Share,
    group: MenuGroup::Work,
    key: Some('f'),
};

/// Its path.
pub(super) const PATH: &str = SECTION.path;

/// The path of a share's page.
pub(super) fn share_path(id: &FileShareId) -> String {
    format!("{PATH}/{id}")
}

/// The path of the form that shares files with a customer.
pub(super) fn with_path(customer: &CustomerId) -> String {
    format!("{PATH}/with/{customer}")
}

/// The button that leads to the form for a new share.
pub(super) fn new_button(lang: Lang) -> Markup {
    let path = format!("{PATH}/new");
    ui::link_button(&tr!(lang, "file_shares.new"), &path, ButtonStyle::Primary)
}

/// A link to a share, with its name.
pub(super) fn share_link(share: &FileShare) -> Markup {
    html! { a href=(share_path(&share.id)) { (ui::name(&share.name)) } }
}

/// With whom it is shared: a customer, or whoever has the link.
pub(super) fn shared_with(lang: Lang, share: &FileShare) -> Markup {
    html! {
        @match (&share.customer_id, &share.customer_name) {
            (Some(id), Some(name)) => a href=(customer_path(id)) { (ui::name(name)) },
            _ => (tr!(lang, "file_shares.anybody")),
        }
    }
}

/// Whether its link works.
pub(super) fn state_badge(lang: Lang, is_over: bool) -> Markup {
    if is_over {
        ui::badge(&tr!(lang, "file_shares.over"), BadgeKind::Neutral)
    } else {
        ui::badge(&tr!(lang, "file_shares.active"), BadgeKind::Success)
    }
}
