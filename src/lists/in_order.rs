//! The statements of a list in one order.

use super::declared::Listed;
use super::direction::Direction;
use super::hits::from_hits;
use super::link::Link;
use crate::search::{has_all_on_postgres, has_all_on_sqlite};
use crate::tenant::TenantSql;

/// The place of the parameter after position, limit and offset.
const FIRST: usize = 6;

/// The statements in one order.
#[derive(Debug)]
pub(super) struct InOrder {
    /// All rows, up to the offset.
    pub(super) all: TenantSql,
    /// The rows that meet the filters and contain the words, searched in this order.
    pub(super) narrowed: TenantSql,
    /// The same, by each filter through a link: its rows are found first, and then sorted.
    pub(super) linked: Vec<Option<TenantSql>>,
    /// The same, by the words: the hits are found first, and then sorted.
    pub(super) hits: TenantSql,
}

/// The way in which the rows of a request are found.
pub(super) enum Way {
    All,
    Narrowed,
    Linked(usize),
    NewestHits,
    SortedHits,
}

impl InOrder {
    /// The statement that finds the rows in this way.
    pub(super) fn by(&self, way: &Way) -> TenantSql {
        match way {
            Way::All => self.all,
            Way::Linked(place) => self.linked[*place].unwrap_or(self.narrowed),
            Way::SortedHits | Way::NewestHits => self.hits,
            Way::Narrowed => self.narrowed,
        }
    }
}

/// `FROM` with the rows `c` of a list, or those that a link connects with the parameter at a place.
fn from_rows(table: &str, link: Option<(Link, usize)>) -> String {
    match link {
        None => format!("FROM {table} c WHERE c.portal_id = ?1"),
        Some((Link { table: links, own, other }, place)) => format!(
            "FROM {links} k CROSS JOIN {table} c
             WHERE k.portal_id = ?1 AND k.{other} = ?{place} AND c.portal_id = k.portal_id AND c.id = k.{own}"
        ),
    }
}

/// Builds the statements of one order, around which `wrap` is put.
pub(super) struct Builder<'a, W> {
    pub(super) columns: &'a str,
    pub(super) key: &'static str,
    pub(super) direction: Direction,
    pub(super) wrap: W,
}

impl<W: Fn(String) -> String> Builder<'_, W> {
    fn sql(&self, from: &str) -> &'static str {
        let (columns, key) = (self.columns, self.key);
        let (order, beyond) = match self.direction {
            Direction::Ascending => ("", ">"),
            Direction::Descending => (" DESC", "<"),
        };
        // SQLite bounds an index by an expression, but not by a row value with one.
        let sql = format!(
            "SELECT {columns} {from} AND {key} {beyond}= ?2 AND ({key}, c.id) {beyond} (?2, ?3)
             ORDER BY {key}{order}, c.id{order} LIMIT ?4 OFFSET ?5"
        );
        (self.wrap)(sql).leak()
    }

    /// The statements.
    pub(super) fn build<L: Listed>(&self) -> InOrder {
        let list = L::LIST;
        let within = list.within.map(|link| (link, FIRST));
        let patterns = FIRST + usize::from(within.is_some());
        let filter_place = |filter: usize| patterns + 1 + filter;
        let filters: String = list
            .filters
            .iter()
            .enumerate()
            .map(|(place, filter)| {
                format!(" AND {}", filter.condition(filter_place(place), self.key))
            })
            .collect();
        let kind = list.kind;
        let has_words = |has_all: String| {
            format!(
                " AND (CAST(?{patterns} AS TEXT) IS NULL OR COALESCE((SELECT {has_all} FROM search_entries e
                     WHERE e.portal_id = ?1 AND e.kind = '{kind}' AND e.row_id = c.id), FALSE))"
            )
        };
        let place = format!("?{patterns}");
        let on_sqlite = has_words(has_all_on_sqlite("e.text", &place));
        let on_postgres = has_words(has_all_on_postgres("e.text", &place));
        let narrowed = |link: Option<(Link, usize)>| {
            let from = from_rows(list.table, link);
            TenantSql::per_engine(
                self.sql(&format!("{from}{filters}{on_sqlite}")),
                self.sql(&format!("{from}{filters}{on_postgres}")),
            )
        };
        let linked = |place: usize| {
            let link = list.filters[place].link()?;
            Some(narrowed(Some((link, filter_place(place)))))
        };
        let [hits_on_sqlite, hits_on_postgres] =
            from_hits(list, filter_place(list.filters.len()), patterns)
                .map(|from| self.sql(&format!("{from}{filters}")));
        InOrder {
            all: TenantSql::new(self.sql(&from_rows(list.table, within))),
            narrowed: narrowed(within),
            linked: (0..list.filters.len()).map(linked).collect(),
            hits: TenantSql::per_engine(hits_on_sqlite, hits_on_postgres),
        }
    }
}
