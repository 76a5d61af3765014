//! The list from which another resource lets people choose a customer.

use maud::{Markup, html};

use super::links::{email_text, new_customer_button};
use super::{Customer, queries};
use crate::error::Result;
use crate::http::ListRequest;
use crate::i18n::tr;
use crate::ids::CustomerId;
use crate::manage::{Member, PageOf, list_table};
use crate::ui;

/// The portal's customers, each of which leads to a path.
///
/// # Errors
/// As [`queries::list`].
pub async fn customer_choice(
    member: &Member,
    request: &ListRequest<Customer>,
    path: impl Fn(&CustomerId) -> String,
) -> Result<Markup> {
    let (store, zone, lang) = (&member.store, member.time_zone(), member.lang());
    let rows = queries::list(store, request, zone).await?;
    let count = async |most| queries::count_listed(store, request, zone, most).await;
    let page = PageOf::of(request, rows, count).await?;
    let row = |customer: &Customer| {
        vec![
            html! { a href=(path(&customer.id)) { (ui::name(customer.details.name())) } },
            html! { (customer.details.city) },
            email_text(customer),
        ]
    };
    let heads = [
        ("customers.column.name", Some("companyName")),
        ("customers.column.city", None),
        ("customers.column.email", None),
    ];
    let rows = page.rows().iter().map(row).collect();
    let table = list_table(lang, request, &tr!(lang, "customers.title"), &heads, rows);
    Ok(html! {
        @if page.is_empty_list(request) {
            (ui::empty_state(&tr!(lang, "customers.empty_title"), &tr!(lang, "customers.empty_text"), Some(new_customer_button(lang))))
        } @else {
            (page.show(member, request, &tr!(lang, "customers.search"), &[], table))
        }
    })
}
