//! The section of tickets, and what leads to its pages.

use maud::{Markup, html};

use super::{Ticket, TicketStatus};
use crate::i18n::{Lang, tr};
use crate::ids::{CustomerId, TicketAttachmentId, TicketId};
use crate::resources::customers::customer_path;
use crate::ui::{self, BadgeKind, ButtonStyle, Icon};
use crate::web::{MenuGroup, Section};

/// The section of these pages.
pub const SECTION: Section = Section {
    path: "/manage/tickets",
    title: "manage.nav.tickets",
    icon: Icon::Conversation,
    group: MenuGroup::Work,
    key: Some('i'),
};

/// Its path.
pub(super) const PATH: &str = SECTION.path;

/// The path of a ticket's page.
pub(super) fn ticket_path(id: &TicketId) -> String {
    format!("{PATH}/{id}")
}

/// The path of a file that was sent along with a message of a ticket.
pub(super) fn attachment_path(ticket: &TicketId, id: &TicketAttachmentId) -> String {
    format!("{}/attachments/{id}", ticket_path(ticket))
}

/// The path of the form for a ticket with a customer.
pub(super) fn with_path(customer: &CustomerId) -> String {
    format!("{PATH}/with/{customer}")
}

/// The button that leads to the form for a new ticket.
pub(super) fn new_button(lang: Lang) -> Markup {
    ui::link_button(&tr!(lang, "tickets.new"), &format!("{PATH}/new"), ButtonStyle::Primary)
}

/// A link to a ticket, with its title.
pub(super) fn ticket_link(ticket: &Ticket) -> Markup {
    html! { a href=(ticket_path(&ticket.id)) { (ui::name(&ticket.title)) } }
}

/// The customer, with a link; nothing if there is none.
pub(super) fn customer_link(ticket: &Ticket) -> Markup {
    html! {
        @if let (Some(id), Some(name)) = (&ticket.customer_id, &ticket.customer_name) {
            a href=(customer_path(id)) { (ui::name(name)) }
        }
    }
}

/// The member who takes care of a ticket.
pub(super) fn assignee(lang: Lang, ticket: &Ticket) -> Markup {
    match &ticket.assignee {
        Some(name) => ui::name(name),
        None => ui::muted(&tr!(lang, "tickets.nobody")),
    }
}

/// The state of a ticket.
pub(super) fn status_badge(lang: Lang, status: TicketStatus) -> Markup {
    let kind = match status {
        TicketStatus::Open => BadgeKind::Warning,
        TicketStatus::Closed => BadgeKind::Neutral,
    };
    ui::badge(&status.label(lang), kind)
}
