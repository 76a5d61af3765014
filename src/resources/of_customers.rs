//! What other resources have of a customer. Customers know none of those resources: here is what goes
//! into the bin with a customer, and how a resource shows its rows on the customer's page.

use std::pin::Pin;

use maud::Markup;

use crate::error::Result;
use crate::ids::CustomerId;
use crate::manage::Member;
use crate::search::{Searched, searched};
use crate::trash::KeptRows;

/// Shows a resource's rows of a customer, as a section of the customer's page.
pub type CustomerSection = for<'a> fn(&'a Member, &'a CustomerId) -> ShownSection<'a>;

/// What a [`CustomerSection`] returns, in time.
pub type ShownSection<'a> = Pin<Box<dyn Future<Output = Result<Markup>> + Send + 'a>>;

/// The searchable text of issued punch cards: their codes, with and without the hyphen.
pub(super) const ISSUED_PUNCH_CARDS: Searched =
    searched!("issued_punch_card", "issued_punch_cards", "code || ' ' || replace(code, '-', '')");

/// What is kept of issued punch cards when what `own` refers to is deleted. They come back unless the
/// other row that they refer to is gone.
pub(super) const fn issued_punch_cards(
    own: &'static str,
    refers_to: (&'static str, &'static str),
) -> KeptRows {
    KeptRows {
        table: "issued_punch_cards",
        own,
        columns: &[
            &["id", "punch_card_id", "customer_id", "code", "punches", "punches_left"],
            &["expires_at", "created_at"],
        ],
        refers_to: Some(refers_to),
        searched: Some(ISSUED_PUNCH_CARDS),
    }
}
