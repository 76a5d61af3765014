//! The form around a table whose rows can be ticked, and the bar of buttons for them.

use maud::{Markup, html};

use super::hidden::FormMark;

/// The bar below the table. Without a script it is always there; with one it appears when a row is
/// ticked.
pub struct BulkBar<'a> {
    /// Its label, for screen readers.
    pub label: &'a str,
    /// What says that one row is ticked.
    pub one: &'a str,
    /// What says how many are ticked, with `#` for the number.
    pub several: &'a str,
    /// Its fields and buttons. Enter in the table is the first button, so it should change little.
    pub buttons: Markup,
}

/// A form that posts what is ticked in the table.
pub fn bulk_form(action: &str, mark: &FormMark, table: Markup, bar: &BulkBar<'_>) -> Markup {
    html! {
        form.bulk method="post" action=(action) novalidate {
            (mark)
            (table)
            p.visually-hidden.bulk-status role="status" data-one=(bar.one) data-several=(bar.several) {}
            div.bulk-bar role="group" aria-label=(bar.label) {
                p.bulk-count hidden aria-hidden="true" {}
                (bar.buttons)
            }
        }
    }
}
