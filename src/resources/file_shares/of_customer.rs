//! The file shares with a customer, on the customer's page.

use maud::{Markup, html};

use super::links::{share_link, state_badge, with_path};
use super::queries;
use crate::error::Result;
use crate::i18n::tr;
use crate::ids::CustomerId;
use crate::manage::{Member, table};
use crate::resources::of_customers::ShownSection;
use crate::ui::{self, ButtonStyle};

/// The most shares that are shown, the latest first.
const SHOWN: i64 = 20;

/// The section with the shares of a customer.
pub fn on_customer_page<'a>(member: &'a Member, customer: &'a CustomerId) -> ShownSection<'a> {
    Box::pin(section(member, customer))
}

async fn section(member: &Member, customer: &CustomerId) -> Result<Markup> {
    let rows = queries::of_customer(&member.store, customer, SHOWN).await?;
    let (lang, title) = (member.lang(), tr!(member.lang(), "file_shares.title"));
    let new = tr!(lang, "file_shares.new");
    let new = ui::link_button(&new, &with_path(customer), ButtonStyle::Secondary);
    let body = if rows.is_empty() {
        html! { p.muted { (tr!(lang, "file_shares.none_of_customer")) } }
    } else {
        let rows = rows.iter().map(|row| {
            vec![
                share_link(row),
                member.day(row.created_at),
                html! { (lang.number(row.downloads)) },
                state_badge(lang, row.is_over(member.now())),
            ]
        });
        let heads = [
            "file_shares.field.name",
            "file_shares.column.created",
            "file_shares.column.downloads",
            "file_shares.state",
        ];
        table(lang, &title, &heads, rows.collect())
    };
    Ok(ui::section(&title, None, new, body))
}
