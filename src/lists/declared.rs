//! What a resource declares of its list.

use super::direction::Direction;
use super::filter::Filter;
use super::link::Link;

/// The declaration of a list. Expressions are over a row of the table, which is called `c`.
#[derive(Debug)]
pub struct List {
    /// The kind of its rows, in the search index and in the totals of portals.
    pub kind: &'static str,
    /// Its table, with the columns `portal_id`, `id` and `created_at`.
    pub table: &'static str,
    /// What only the rows of one parent are in the list by, such as the customers of a group.
    pub within: Option<Link>,
    /// Its orders. The first is that of age; without a choice the list is in it, the newest first.
    pub sorts: &'static [Sort],
    /// Its filters. Each is a parameter.
    pub filters: &'static [Filter],
}

/// Something that has a list, such as a resource.
pub trait Listed: 'static {
    /// The id of the row that it is a list of; `()` if it is one of the whole portal.
    type Parent;

    /// The declaration.
    const LIST: &'static List;

    /// The order in which pages show it without a choice, as the parameter `sort`; without one that of
    /// age. Then nothing on the page leads to the order of age, the newest first.
    const PAGE_ORDER: Option<&'static str> = None;
}

/// An order of a list. Rows with the same key are ordered by their ids, so the order is total. There
/// must be an index on `portal_id`, the key and `id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// The field that it is the order of, as the API calls it.
    pub field: &'static str,
    /// The expression that the rows are ordered by. It is never NULL: where a column can be, it is
    /// `COALESCE(column, …)`, and so is the expression of the index.
    pub(super) key: &'static str,
    pub(super) kind: KeyKind,
}

/// The type of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyKind {
    Number,
    Text,
}

impl Sort {
    /// By a BIGINT that isn't negative, such as a time.
    pub const fn by_number(field: &'static str, key: &'static str) -> Self {
        Self { field, key, kind: KeyKind::Number }
    }

    /// By a TEXT that both engines compare byte by byte: a column with a
    /// [`sort_key`](fn@super::sort_key), or one of ASCII, with `COLLATE "C"` on PostgreSQL.
    pub const fn by_text(field: &'static str, key: &'static str) -> Self {
        Self { field, key, kind: KeyKind::Text }
    }

    /// The direction that people expect first: of texts the beginning of the alphabet, of times the
    /// newest.
    pub const fn first_direction(&self) -> Direction {
        match self.kind {
            KeyKind::Number => Direction::Descending,
            KeyKind::Text => Direction::Ascending,
        }
    }
}
