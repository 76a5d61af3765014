//! The statements of a list, and which of them serves a request.
//!
//! Their number is fixed, so that nobody can fill the engines' caches of prepared statements by
//! asking for one combination of filters after the other: a statement with filters has all of them,
//! and a parameter that isn't given leaves no row out.

use std::marker::PhantomData;

use jiff::tz::TimeZone;

use super::declared::{Link, Listed};
use super::hits::{Hits, from_hits};
use super::part::{Direction, Part};
use super::position::{Position, Positioned};
use crate::db::{FromRow, Param, Single, ToParam, params};
use crate::error::Result;
use crate::search::{has_all_on_postgres, has_all_on_sqlite};
use crate::tenant::{Store, TenantSql};

/// How many rows a page can skip on the spot. Skipping more is slow.
const DEEP: i64 = 1500;

/// From this number of hits on, the rows of an order are searched one after the other: one of them
/// is soon a hit. Fewer hits are found by the index and then sorted.
const MANY_HITS: i64 = 1000;

/// The maximum of rows of a search or of filters that are counted to show their number.
pub const MAX_COUNTED: i64 = 10_000;

/// The place of the parameter after position, limit and offset.
const FIRST: usize = 6;

/// The statements of the list of `L`. Each has the position (`?2`, `?3`), the limit `?4` and the
/// offset `?5`, then the parent if there is one, the patterns of a search, the filters, and the
/// tokens of a search.
#[derive(Debug)]
pub struct Statements<L> {
    /// By order; see [`Part::order_place`].
    orders: Vec<InOrder>,
    /// The numbers of rows.
    count: InOrder,
    hits: Hits,
    /// The number of all rows of the portal.
    total: TenantSql,
    list: PhantomData<fn() -> L>,
}

/// The statements in one order.
#[derive(Debug)]
struct InOrder {
    /// All rows, up to the offset.
    all: TenantSql,
    /// The rows that meet the filters and contain the words, searched in this order.
    narrowed: TenantSql,
    /// The same, by each filter through a link: its rows are found first, and then sorted.
    linked: Vec<Option<TenantSql>>,
    /// The same, by the words: the hits are found first, and then sorted.
    hits: TenantSql,
}

/// The number of rows of a statement, as `value`.
pub(super) fn counted(sql: &str) -> String {
    format!("SELECT count(*) AS value FROM ({sql}) counted")
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
struct Builder<'a, W> {
    columns: &'a str,
    key: &'static str,
    direction: Direction,
    wrap: W,
}

impl<W: Fn(String) -> String> Builder<'_, W> {
    fn sql(&self, from: &str) -> &'static str {
        let (columns, key) = (self.columns, self.key);
        let (order, beyond) = match self.direction {
            Direction::Ascending => ("", ">"),
            Direction::Descending => (" DESC", "<"),
        };
        let sql = format!(
            "SELECT {columns} {from} AND ({key}, c.id) {beyond} (?2, ?3)
             ORDER BY {key}{order}, c.id{order} LIMIT ?4 OFFSET ?5"
        );
        (self.wrap)(sql).leak()
    }

    fn build<L: Listed>(&self) -> InOrder {
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

/// The way in which the rows of a request are found.
enum Way {
    All,
    Narrowed,
    Linked(usize),
    NewestHits,
    SortedHits,
}

impl<L: Listed> Statements<L> {
    /// The statements that select these columns of a row `c`.
    pub fn new(columns: &str) -> Self {
        let sorts = L::LIST.sorts;
        let positioned =
            |key: &str| format!("{key} AS position_key, c.id AS position_id, {columns}");
        let orders = sorts.iter().flat_map(|sort| {
            [Direction::Ascending, Direction::Descending].map(|direction| {
                let columns = positioned(sort.key);
                Builder { columns: &columns, key: sort.key, direction, wrap: |sql: String| sql }
                    .build::<L>()
            })
        });
        let count = Builder {
            columns: "c.id",
            key: sorts[0].key,
            direction: Direction::Descending,
            wrap: |sql: String| counted(&sql),
        };
        Self {
            orders: orders.collect(),
            count: count.build::<L>(),
            hits: Hits::of::<L>(&positioned(sorts[0].key)),
            total: TenantSql::built(format!(
                "SELECT row_count AS value FROM portal_totals WHERE portal_id = ?1 AND kind = '{}'",
                L::LIST.kind
            )),
            list: PhantomData,
        }
    }

    /// How the rows of a request are found.
    async fn way(&self, store: &Store, part: &Part<L>) -> Result<Way> {
        if !part.is_narrowed() {
            return Ok(Way::All);
        }
        if L::LIST.within.is_some() {
            return Ok(Way::Narrowed);
        }
        let linked = |name: &str| {
            let filters = L::LIST.filters.iter();
            filters.enumerate().find(|(_, filter)| filter.name == name && filter.link().is_some())
        };
        if let Some((place, _)) = part.asked().find_map(|(filter, _)| linked(filter.name)) {
            return Ok(Way::Linked(place));
        }
        if part.words().is_empty() {
            return Ok(if part.is_filtered() { Way::Narrowed } else { Way::All });
        }
        if part.is_newest_first() && !part.is_filtered() {
            return Ok(Way::NewestHits);
        }
        let many = self.count_hits(store, part, MANY_HITS).await? == MANY_HITS;
        Ok(if many { Way::Narrowed } else { Way::SortedHits })
    }

    /// The parameters after the offset.
    fn narrowing<'a>(
        store: &Store,
        part: &Part<L>,
        zone: &TimeZone,
        parent: Option<Param<'a>>,
        way: &Way,
    ) -> Vec<Param<'a>> {
        let mut params: Vec<Param<'a>> = parent.into_iter().collect();
        let words = part.words();
        if !matches!(way, Way::All) {
            params.push((!words.is_empty()).then(|| words.patterns()).to_param().to_owned());
            params.extend(part.filter_params(zone));
        }
        if matches!(way, Way::SortedHits) {
            let tokens = words.tokens(store.portal(), L::LIST.kind);
            params.push(tokens.to_param().to_owned());
        }
        params
    }

    /// The requested rows, and one more if there is a next page.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::error::Error::Unavailable) when too many searches of the
    /// portal are already waiting.
    pub async fn page<T>(
        &self,
        store: &Store,
        part: &Part<L>,
        zone: &TimeZone,
    ) -> Result<Vec<Positioned<T>>>
    where
        L: Listed<Parent = ()>,
        T: FromRow + Send + 'static,
    {
        self.rows(store, part, zone, None).await
    }

    /// The same, of those within a parent.
    ///
    /// # Errors
    /// As [`Statements::page`].
    pub async fn page_within<T>(
        &self,
        store: &Store,
        parent: &L::Parent,
        part: &Part<L>,
        zone: &TimeZone,
    ) -> Result<Vec<Positioned<T>>>
    where
        L::Parent: ToParam,
        T: FromRow + Send + 'static,
    {
        self.rows(store, part, zone, Some(parent.to_param())).await
    }

    async fn rows<T: FromRow + Send + 'static>(
        &self,
        store: &Store,
        part: &Part<L>,
        zone: &TimeZone,
        parent: Option<Param<'_>>,
    ) -> Result<Vec<Positioned<T>>> {
        let way = self.way(store, part).await?;
        if matches!(way, Way::NewestHits) {
            return self.newest_hits(store, part, zone).await;
        }
        let Position { key, id } = part.start(zone);
        let (limit, offset) = (part.limit(), part.offset());
        let is_quick = matches!(way, Way::All) && parent.is_none() && offset <= DEEP;
        let mut params = params![key, id, limit, offset].to_vec();
        params.extend(Self::narrowing(store, part, zone, parent, &way));
        let sql = self.orders[part.order_place()].by(&way);
        Ok(if is_quick {
            store.rows(sql, &params).await?
        } else {
            store.long_rows(sql, &params).await?
        })
    }

    /// The newest rows that contain the words, in the order in which the index has them.
    async fn newest_hits<T: FromRow + Send + 'static>(
        &self,
        store: &Store,
        part: &Part<L>,
        zone: &TimeZone,
    ) -> Result<Vec<Positioned<T>>> {
        let words = part.words();
        let before = if part.has_position() {
            let Position { key, id } = part.start(zone);
            let number = store.row(self.hits.number, params![key, id]).await?;
            number.map_or(0, |Single(number)| number)
        } else {
            i64::MAX
        };
        let (tokens, patterns) = (words.tokens(store.portal(), L::LIST.kind), words.patterns());
        let (limit, offset) = (part.limit(), part.offset());
        let params = params![before, tokens, limit, offset, patterns];
        if store.is_postgres() {
            let newest: Vec<Positioned<T>> =
                store.long_rows(self.hits.among_newest, params).await?;
            if newest.len() as i64 == limit {
                return Ok(newest);
            }
        }
        Ok(store.long_rows(self.hits.newest, params).await?)
    }

    /// How many rows contain the words, but at most this many.
    async fn count_hits(&self, store: &Store, part: &Part<L>, most: i64) -> Result<i64> {
        let words = part.words();
        let (tokens, patterns) = (words.tokens(store.portal(), L::LIST.kind), words.patterns());
        let params = params![i64::MAX, tokens, most, 0_i64, patterns];
        Ok(one(store.long_rows(self.hits.count, params).await?))
    }

    /// The number of rows on all pages. Those of a search or of filters are counted up to `most`.
    ///
    /// # Errors
    /// As [`Statements::page`].
    pub async fn count(
        &self,
        store: &Store,
        part: &Part<L>,
        zone: &TimeZone,
        most: i64,
    ) -> Result<i64>
    where
        L: Listed<Parent = ()>,
    {
        self.count_up_to(store, part, zone, None, most).await
    }

    /// The same, of those within a parent.
    ///
    /// # Errors
    /// As [`Statements::page`].
    pub async fn count_within(
        &self,
        store: &Store,
        parent: &L::Parent,
        part: &Part<L>,
        zone: &TimeZone,
        most: i64,
    ) -> Result<i64>
    where
        L::Parent: ToParam,
    {
        self.count_up_to(store, part, zone, Some(parent.to_param()), most).await
    }

    async fn count_up_to(
        &self,
        store: &Store,
        part: &Part<L>,
        zone: &TimeZone,
        parent: Option<Param<'_>>,
        most: i64,
    ) -> Result<i64> {
        let way = self.way(store, part).await?;
        if matches!(way, Way::NewestHits) {
            return self.count_hits(store, part, most).await;
        }
        if matches!(way, Way::All) && parent.is_none() {
            let total: Option<Single<i64>> = store.row(self.total, params![]).await?;
            return Ok(total.map_or(0, |Single(total)| total));
        }
        let Position { key, id } = Part::<L>::first(1).beginning(zone);
        let mut params = params![key, id, most, 0_i64].to_vec();
        params.extend(Self::narrowing(store, part, zone, parent, &way));
        Ok(one(store.long_rows(self.count.by(&way), &params).await?))
    }
}

#[cfg(test)]
impl<L: Listed> Statements<L> {
    /// Statements in the orders of the list that read no other rows than their page, or than those
    /// that meet the filters; and those that read the rows of a link first.
    pub(crate) fn ordered_and_linked(&self) -> [Vec<&'static str>; 2] {
        let orders = self.orders.iter();
        let ordered = orders.clone().flat_map(|order| [order.all, order.narrowed]);
        let linked = orders.flat_map(|order| order.linked.iter().flatten().copied());
        [ordered.map(TenantSql::on_sqlite).collect(), linked.map(TenantSql::on_sqlite).collect()]
    }
}

impl InOrder {
    fn by(&self, way: &Way) -> TenantSql {
        match way {
            Way::All => self.all,
            Way::Linked(place) => self.linked[*place].unwrap_or(self.narrowed),
            Way::SortedHits | Way::NewestHits => self.hits,
            Way::Narrowed => self.narrowed,
        }
    }
}

/// The number that a statement like [`counted`] gave.
fn one(rows: Vec<Single<i64>>) -> i64 {
    rows.first().map_or(0, |Single(count)| *count)
}
