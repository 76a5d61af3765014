//! The section of customers, and what leads to its pages.

use maud::{Markup, html};

use super::Customer;
use crate::i18n::{Lang, tr};
use crate::ids::CustomerId;
use crate::ui::{self, ButtonStyle, Icon};
use crate::web::{MenuGroup, Section};

/// The section of these pages.
pub const SECTION: Section = Section {
    path: "/manage/customers",
    title: "manage.nav.customers",
    icon: Icon::Person,
    group: MenuGroup::Work,
    key: Some('c'),
};

/// Its path.
pub(super) const PATH: &str = SECTION.path;

/// The path of the list, with this query.
pub(super) fn list_path(query: &str) -> String {
    format!("{PATH}{query}")
}

/// The path of a customer's page.
pub fn customer_path(id: &CustomerId) -> String {
    page_path(id, "")
}

/// The path of a customer's page, which leads back to the list of this query.
pub(super) fn page_path(id: &CustomerId, query: &str) -> String {
    format!("{PATH}/{id}{query}")
}

/// The path of a customer's form, likewise.
pub(super) fn edit_path(id: &CustomerId, query: &str) -> String {
    format!("{PATH}/{id}/edit{query}")
}

/// The path of a customer's history, likewise.
pub(super) fn history_path(id: &CustomerId) -> String {
    format!("{PATH}/{id}/history")
}

/// The breadcrumbs from the list of this query through the customer to a page about it; without `here`,
/// to the customer's page itself.
pub(super) fn trail(lang: Lang, customer: &Customer, query: &str, here: Option<&str>) -> Markup {
    let (name, page) = (customer.details.name(), page_path(&customer.id, query));
    match here {
        Some(here) => SECTION.trail_from(query, lang, &[(name, &page)], here),
        None => SECTION.trail_from(query, lang, &[], name),
    }
}

/// A link to a customer's page.
pub fn customer_link(customer: &Customer) -> Markup {
    link_from(customer, "")
}

/// A link to a customer's page that leads back to the list of this query.
pub(super) fn link_from(customer: &Customer, query: &str) -> Markup {
    html! { a href=(page_path(&customer.id, query)) { (ui::name(customer.details.name())) } }
}

/// A customer's e-mail address, which can break before the `@`.
pub fn email_text(customer: &Customer) -> Markup {
    let email = &customer.details.primary_email.0;
    let (mailbox, domain) = email.split_at(email.rfind('@').unwrap_or_default());
    html! { (mailbox) wbr; (domain) }
}

/// The button that leads to the form for a new customer.
pub fn new_customer_button(lang: Lang) -> Markup {
    new_button(lang, "")
}

pub(super) fn new_button(lang: Lang, query: &str) -> Markup {
    let label = tr!(lang, "customers.new");
    ui::link_button(&label, &format!("{PATH}/new{query}"), ButtonStyle::Primary)
}
