//! Ended keys and connections: since when, and the list of those whose requests are still stored.

use maud::{Markup, html};

use super::member::Member;
use crate::api_keys::Ended;
use crate::i18n::tr;
use crate::ui::{self, BadgeKind};

/// Says that something has ended, and when.
pub(super) fn state(member: &Member, ended: Ended) -> Markup {
    let lang = member.lang();
    let (label, at) = match ended {
        Ended::Revoked(at) => (tr!(lang, "manage.ended.revoked"), at),
        Ended::Expired(at) => (tr!(lang, "manage.ended.expired"), at),
    };
    html! { (ui::badge(&label, BadgeKind::Danger)) " " (tr!(lang, "manage.ended.since")) " " (member.moment(at)) }
}

/// The section below the active items of a list, with the `table` of the ended ones.
pub(super) fn section(member: &Member, table: Markup) -> Markup {
    let lang = member.lang();
    ui::section(
        &tr!(lang, "manage.ended.title"),
        Some(&tr!(lang, "manage.ended.intro")),
        html! {},
        table,
    )
}
