//! What connects the rows of a list with others.

/// A table that connects rows of the list with others, such as customers with groups. It has a
/// `portal_id`, and an index on `portal_id` and `other`.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    /// The table.
    pub table: &'static str,
    /// The column with the id of the list's row.
    pub own: &'static str,
    /// The column with the other's id.
    pub other: &'static str,
}
