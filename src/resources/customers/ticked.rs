//! What is done with the customers that are ticked in the list.

use axum::response::Response;
use maud::{Markup, html};

use super::Customer;
use super::links::SECTION;
use crate::error::{Error, Message, Result};
use crate::i18n::{Lang, tr};
use crate::ids::CustomerGroupId;
use crate::manage::{
    ACTION, Member, PageList, back_to_list, ticked_ids, ticked_in_order, ticked_pages, to_delete,
};
use crate::resources::customer_groups::{self, CustomerGroup};
use crate::transfer;
use crate::ui::{self, ButtonStyle};
use crate::web::{Form, Pages};

/// The values of the buttons.
const ADD: &str = "add";
const REMOVE: &str = "remove";
const EXPORT: &str = "export";

/// The field with the group.
const GROUP: &str = "group";

/// Adds what the buttons do to the section's pages.
pub(super) fn pages(pages: Pages) -> Pages {
    ticked_pages::<Customer>(pages).post("/ticked", ticked)
}

/// The fields and buttons of the bar.
pub(super) fn buttons(lang: Lang, groups: &[CustomerGroup]) -> Markup {
    let button = |value: &'static str, label: &str| {
        ui::submit_named(ACTION, value, label, ButtonStyle::Secondary)
    };
    let options = CustomerGroup::options(groups);
    html! {
        @if !groups.is_empty() {
            (ui::filter_select(GROUP, &tr!(lang, "bulk.group"), &tr!(lang, "bulk.choose_group"), options, ""))
            (button(ADD, &tr!(lang, "bulk.add_to_group")))
            (button(REMOVE, &tr!(lang, "bulk.remove_from_group")))
        }
        (button(EXPORT, &tr!(lang, "transfer.export.link")))
    }
}

async fn ticked(
    member: Member,
    PageList(request): PageList<Customer>,
    Form(mut fields): Form,
) -> Result<Response> {
    let (ids, query) = (ticked_ids::<Customer>(&mut fields)?, request.query());
    if let Some(question) = to_delete::<Customer>(&fields, &query) {
        return Ok(question);
    }
    if fields.sent(ACTION) == EXPORT {
        return Ok(transfer::export_ticked(&SECTION, &query, &ticked_in_order(&fields)));
    }
    let no_group = || Error::invalid("", Message::new("bulk.no_group"));
    let group: CustomerGroupId = fields.sent(GROUP).parse().map_err(|_| no_group())?;
    let (mut tx, change) = (member.begin().await?, member.change());
    let (texts, count) = match fields.sent(ACTION) {
        ADD => {
            let added = customer_groups::queries::add_members(&mut tx, &change, &group, &ids).await;
            (["flash.customer_grouped", "flash.customers_grouped"], added.map(|rows| rows.len()))
        }
        REMOVE => {
            let removed =
                customer_groups::queries::remove_members(&mut tx, &change, &group, &ids).await;
            let count = removed.map(|count| usize::try_from(count).unwrap_or(usize::MAX));
            (["flash.customer_ungrouped", "flash.customers_ungrouped"], count)
        }
        _ => return Err(Error::NotFound),
    };
    let count = match count {
        Err(Error::NotFound) => return Err(no_group()),
        count => count?,
    };
    tx.commit().await?;
    Ok(back_to_list::<Customer>(&query, texts, count))
}
