//! A customer's appointments, on the customer's page.

use maud::{Markup, html};

use super::links::{appointment_link, status_badge, when, with_path};
use super::queries;
use crate::error::Result;
use crate::i18n::tr;
use crate::ids::CustomerId;
use crate::manage::{Member, table};
use crate::resources::of_customers::ShownSection;
use crate::ui::{self, ButtonStyle};

/// The most appointments that are shown, the latest first.
const SHOWN: i64 = 20;

/// The section with the appointments of a customer.
pub fn on_customer_page<'a>(member: &'a Member, customer: &'a CustomerId) -> ShownSection<'a> {
    Box::pin(section(member, customer))
}

async fn section(member: &Member, customer: &CustomerId) -> Result<Markup> {
    let rows = queries::of_customer(&member.store, customer, SHOWN).await?;
    let (lang, title) = (member.lang(), tr!(member.lang(), "appointments.title"));
    let new = tr!(lang, "appointments.new");
    let new = ui::link_button(&new, &with_path(customer), ButtonStyle::Secondary);
    let body = if rows.is_empty() {
        html! { p.muted { (tr!(lang, "appointments.none_of_customer")) } }
    } else {
        let rows = rows.iter().map(|row| {
            vec![appointment_link(row), when(member, row), status_badge(lang, row.status)]
        });
        let heads = ["appointments.field.name", "appointments.when", "appointments.state"];
        table(lang, &title, &heads, rows.collect())
    };
    Ok(ui::section(&title, None, new, body))
}
