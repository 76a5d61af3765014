//! The section of punch cards, and what leads to its pages.

use maud::{Markup, html};

use super::{IssuedPunchCard, IssuedStatus};
use crate::i18n::{Lang, tr};
use crate::ids::{CustomerId, PunchCardId};
use crate::ui::{self, BadgeKind, ButtonStyle, Icon};
use crate::web::{MenuGroup, Section};

/// The section of these pages.
pub const SECTION: Section = Section {
    path: "/manage/punch-cards",
    title: "manage.nav.punch_cards",
    icon: Icon::Card,
    group: MenuGroup::Work,
    key: Some('s'),
};

/// Its path.
pub(super) const PATH: &str = SECTION.path;

/// The path of a punch card's page.
pub(super) fn card_path(id: &PunchCardId) -> String {
    format!("{PATH}/{id}")
}

/// The path of an issued card's page.
pub(super) fn issued_path(issued: &IssuedPunchCard) -> String {
    format!("{PATH}/{}/issued/{}", issued.punch_card_id, issued.id)
}

/// The path of the page at the counter.
pub(super) fn counter_path() -> String {
    format!("{PATH}/counter")
}

/// The path of the form that issues a card to a customer.
pub(super) fn issue_path(card: &PunchCardId, customer: &CustomerId) -> String {
    format!("{PATH}/{card}/issue/{customer}")
}

/// A link to an issued card, with its code.
pub(super) fn issued_link(issued: &IssuedPunchCard) -> Markup {
    html! { a href=(issued_path(issued)) { (ui::mono(&issued.code)) } }
}

/// How many punches are left: `9 / 10`.
pub(super) fn left(lang: Lang, issued: &IssuedPunchCard) -> String {
    format!("{} / {}", lang.number(issued.punches_left), lang.number(issued.punches))
}

/// The state of an issued card.
pub(super) fn status_badge(lang: Lang, status: IssuedStatus) -> Markup {
    let kind = match status {
        IssuedStatus::Active => BadgeKind::Success,
        IssuedStatus::Expired => BadgeKind::Warning,
        IssuedStatus::FullyUsed => BadgeKind::Neutral,
    };
    ui::badge(&status.label(lang), kind)
}

/// The button that leads to the form for a new punch card.
pub(super) fn new_button(lang: Lang) -> Markup {
    ui::link_button(&tr!(lang, "punch_cards.new"), &format!("{PATH}/new"), ButtonStyle::Primary)
}

/// The button that leads to the page at the counter.
pub(super) fn counter_button(lang: Lang, style: ButtonStyle) -> Markup {
    ui::link_button(&tr!(lang, "punch_cards.counter"), &counter_path(), style)
}
