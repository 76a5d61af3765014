//! The id of the row that a form creates, which the form carries: one that is sent twice creates one row.

use maud::Markup;

use crate::fields::Fields;
use crate::ids::Id;
use crate::ui;

const FIELD: &str = "new";

/// The id that was sent, or else a new one.
pub fn new_id<T: Id>(fields: &Fields) -> T {
    fields.sent(FIELD).parse().unwrap_or_else(|_| T::random())
}

/// The hidden field with the id.
pub fn new_id_field(id: &impl Id) -> Markup {
    ui::hidden(FIELD, &id.to_string())
}
