//! The history of consents to a connected app, on its page.

use maud::{Markup, html};

use super::member::Member;
use super::page_list::table;
use super::scope_summary;
use crate::caller::readable_user_agent;
use crate::i18n::tr;
use crate::oauth::Consent;
use crate::ui;

/// The section of the page.
pub(super) fn section(member: &Member, consents: &[Consent]) -> Markup {
    let (lang, title) = (member.lang(), tr!(member.lang(), "manage.consents.title"));
    let body = if consents.is_empty() {
        ui::empty_state(
            &tr!(lang, "manage.consents.empty_title"),
            &tr!(lang, "manage.consents.empty_text"),
            None,
        )
    } else {
        history(member, consents)
    };
    ui::section(&title, Some(&tr!(lang, "manage.consents.intro")), html! {}, body)
}

fn history(member: &Member, consents: &[Consent]) -> Markup {
    let lang = member.lang();
    let rows = consents.iter().map(|consent| {
        let left_out = consent.left_out();
        vec![
            member.moment(consent.created_at),
            html! { (consent.email) },
            scope_summary(lang, consent.allowed),
            if left_out.is_empty() { ui::muted(&tr!(lang, "manage.consents.nothing")) } else { scope_summary(lang, left_out) },
            html! { (consent.address) @if !consent.user_agent.is_empty() { br; (ui::muted(&readable_user_agent(lang, &consent.user_agent))) } },
        ]
    });
    let heads = [
        "manage.consents.column.when",
        "manage.consents.column.who",
        "manage.consents.column.allowed",
        "manage.consents.column.left_out",
        "manage.consents.column.from",
    ];
    table(lang, &tr!(lang, "manage.consents.title"), &heads, rows.collect())
}
