//! A customer's cards, on the customer's page.

use maud::{Markup, html};

use super::links::{PATH, issued_link, left, status_badge};
use super::{issued_queries, queries};
use crate::error::Result;
use crate::i18n::tr;
use crate::ids::CustomerId;
use crate::manage::{Member, table};
use crate::resources::of_customers::ShownSection;
use crate::ui::{self, ButtonStyle};

/// The most cards that are shown, the newest first.
const SHOWN: i64 = 20;

/// The section with the cards of a customer; nothing in a portal without punch cards.
pub fn on_customer_page<'a>(member: &'a Member, customer: &'a CustomerId) -> ShownSection<'a> {
    Box::pin(section(member, customer))
}

async fn section(member: &Member, customer: &CustomerId) -> Result<Markup> {
    let cards = issued_queries::of_customer(&member.store, customer, SHOWN).await?;
    if cards.is_empty() && queries::newest(&member.store, 1).await?.is_empty() {
        return Ok(html! {});
    }
    let (lang, now) = (member.lang(), member.now());
    let rows = cards.iter().map(|issued| {
        vec![
            issued_link(issued),
            ui::name(&issued.card_name),
            html! { (left(lang, issued)) },
            status_badge(lang, issued.status(now)),
            html! { @if let Some(end) = issued.expires_at { (member.day(end)) } },
        ]
    });
    let heads = [
        "punch_cards.code",
        "punch_cards.card",
        "punch_cards.left",
        "punch_cards.state",
        "punch_cards.expires_at",
    ];
    let (title, path) = (tr!(lang, "punch_cards.title"), format!("{PATH}/issue/{customer}"));
    let issue = ui::link_button(&tr!(lang, "punch_cards.issue"), &path, ButtonStyle::Secondary);
    let body = if cards.is_empty() {
        html! { p.muted { (tr!(lang, "punch_cards.none_of_customer")) } }
    } else {
        table(lang, &title, &heads, rows.collect())
    };
    Ok(ui::section(&title, None, issue, body))
}
