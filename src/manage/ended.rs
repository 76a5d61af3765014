//! Keys and connections that ended: since when, and the list of those whose requests are still
//! kept.

use maud::{Markup, html};

use super::member::Member;
use crate::auth::Ended;
use crate::i18n::tr;
use crate::ui::{self, BadgeKind};

/// That something works no longer, and since when.
pub(super) fn state(member: &Member, ended: Ended) -> Markup {
    let lang = member.lang();
    let (label, at) = match ended {
        Ended::Revoked(at) => (tr!(lang, "manage.ended.revoked"), at),
        Ended::Expired(at) => (tr!(lang, "manage.ended.expired"), at),
    };
    html! { (ui::badge(&label, BadgeKind::Danger)) " " (tr!(lang, "manage.ended.since")) " " (member.moment(at)) }
}

/// The part of a list's page below what works, with the `table` of what ended.
pub(super) fn section(member: &Member, table: Markup) -> Markup {
    let lang = member.lang();
    ui::section(
        &tr!(lang, "manage.ended.title"),
        Some(&tr!(lang, "manage.ended.intro")),
        html! {},
        table,
    )
}
