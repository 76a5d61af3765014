//! The section of file requests, and what leads to its pages.

use maud::{Markup, html};

use super::FileRequest;
use crate::i18n::{Lang, tr};
use crate::ids::{CustomerId, FileRequestId};
use crate::resources::customers::customer_path;
use crate::ui::{self, BadgeKind, ButtonStyle, Icon};
use crate::web::{MenuGroup, Section};

/// The section of these pages.
pub const SECTION: Section = Section {
    path: "/manage/file-requests",
    title: "manage.nav.file_requests",
    icon: Icon::Inbox,
    group: MenuGroup::Work,
    key: Some('r'),
};

/// Its path.
pub(super) const PATH: &str = SECTION.path;

/// The path of a request's page.
pub(super) fn request_path(id: &FileRequestId) -> String {
    format!("{PATH}/{id}")
}

/// The path of the form that asks a customer for files.
pub(super) fn with_path(customer: &CustomerId) -> String {
    format!("{PATH}/with/{customer}")
}

/// The button that leads to the form for a new request.
pub(super) fn new_button(lang: Lang) -> Markup {
    let path = format!("{PATH}/new");
    ui::link_button(&tr!(lang, "file_requests.new"), &path, ButtonStyle::Primary)
}

/// A link to a request, with its name.
pub(super) fn request_link(request: &FileRequest) -> Markup {
    html! { a href=(request_path(&request.id)) { (ui::name(&request.name)) } }
}

/// Who is asked: a customer, or whoever has the link.
pub(super) fn asked(lang: Lang, request: &FileRequest) -> Markup {
    html! {
        @match (&request.customer_id, &request.customer_name) {
            (Some(id), Some(name)) => a href=(customer_path(id)) { (ui::name(name)) },
            _ => (tr!(lang, "file_requests.anybody")),
        }
    }
}

/// How far it is.
pub(super) fn progress(lang: Lang, request: &FileRequest) -> Markup {
    let text =
        tr!(lang, "file_requests.progress", received = request.received, asked = request.asked);
    let kind = if request.completed_at.is_some() { BadgeKind::Success } else { BadgeKind::Warning };
    ui::badge(&text, kind)
}
