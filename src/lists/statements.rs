//! The statements of a list, and which of them serves a request.
//!
//! Their number is fixed, so that nobody can fill the engines' caches of prepared statements by
//! asking for one combination of filters after the other: a statement with filters has all of them,
//! and a parameter that isn't given leaves no row out.

use std::marker::PhantomData;

use jiff::tz::TimeZone;

use super::declared::Listed;
use super::direction::Direction;
use super::hits::{Hits, counted};
use super::in_order::{Builder, InOrder, Way};
use super::part::Part;
use super::position::{Position, Positioned};
use crate::db::{FromRow, Param, Single, ToParam, params};
use crate::error::Result;
use crate::tenant::{Store, TenantSql};

/// How many rows a page can skip on the spot. Skipping more is slow.
const DEEP: i64 = 1500;

/// From this number of hits on, the rows of an order are searched one after the other: one of them
/// is soon a hit. Fewer hits are found by the index and then sorted.
const MANY_HITS: i64 = 1000;

/// The maximum of rows of a search or of filters that are counted to show their number.
pub const MAX_COUNTED: i64 = 10_000;

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

/// The number that a statement like [`counted`] gave.
fn one(rows: Vec<Single<i64>>) -> i64 {
    rows.first().map_or(0, |Single(count)| *count)
}
