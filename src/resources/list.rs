//! Lists of resources, newest first: a page of all, or of search results.

use crate::db::{FromRow, Single, params};
use crate::error::Result;
use crate::http::{ListRequest, Position};
use crate::search::{has_all_on_postgres, has_all_on_sqlite};
use crate::tenant::{Store, TenantSql};

/// How many rows a page can skip on the spot. Skipping more is slow.
const DEEP: i64 = 1500;

/// How many numbers of entries share their tokens in PostgreSQL's index; see its definition.
const BLOCK: i64 = 65_536;

/// The statements of a resource's list.
#[derive(Debug, Clone, Copy)]
pub struct Listed {
    kind: &'static str,
    /// After (`?2`, `?3`), at most `?4`, without the first `?5`.
    all: TenantSql,
    /// The number of rows of `all`.
    count_all: TenantSql,
    /// Rows before the number `?2` with the tokens `?3` and the patterns `?4`, at most `?5`,
    /// without the first `?6`.
    found: TenantSql,
    /// The same, among the newest thousand only.
    found_among_newest: TenantSql,
    /// The number of rows of `found`.
    count_found: TenantSql,
    /// The number before which the rows after (`?2`, `?3`) are.
    number: TenantSql,
}

/// A statement that is built once and lives as long as the program.
pub(super) fn statement(sql: String) -> TenantSql {
    TenantSql::new(sql.leak())
}

/// The number of rows of a statement, as `value`.
pub(super) fn counted(sql: &str) -> String {
    format!("SELECT count(*) AS value FROM ({sql}) counted")
}

impl Listed {
    /// The list of a table's rows, which have this kind in the search index. The table is aliased
    /// as `c` in `columns`, and has `portal_id`, `id` and `created_at`.
    pub(super) fn new(kind: &'static str, table: &str, columns: &str) -> Self {
        let all = |columns: &str| {
            format!(
                "SELECT {columns} FROM {table} c
                 WHERE c.portal_id = ?1 AND (c.created_at, c.id) < (?2, ?3)
                 ORDER BY c.created_at DESC, c.id DESC LIMIT ?4 OFFSET ?5"
            )
        };
        let row = format!("JOIN {table} c ON c.portal_id = e.portal_id AND c.id = e.row_id");
        let entry = format!("e.portal_id = ?1 AND e.kind = '{kind}'");
        // The index returns rows ordered by number, so only a page is read.
        let on_sqlite = |columns: &str| {
            format!(
                "SELECT {columns} FROM search_grams
                 CROSS JOIN search_entries e ON e.number = search_grams.rowid CROSS {row}
                 WHERE search_grams MATCH ?3 AND search_grams.rowid < ?2 AND {entry} AND {}
                 ORDER BY search_grams.rowid DESC LIMIT ?5 OFFSET ?6",
                has_all_on_sqlite("e.text", "?4")
            )
        };
        // This index is unordered, but its tokens are those of a block of numbers. So the blocks are
        // searched one after the other, the newest first, until the page is full. The most frequent
        // matches are found among the newest rows, which are searched first without the index.
        let has_all = has_all_on_postgres("e.text", "?4");
        let end = |newest: bool| {
            let (compared, number, order) =
                if newest { ("<", "?2", " DESC") } else { (">=", "0", "") };
            // By all columns of the index, so that it leads there however many rows others have.
            format!(
                "(SELECT CASE WHEN {entry} THEN e.number END / {BLOCK} FROM search_entries e
                  WHERE (e.portal_id, e.kind, e.number) {compared} (?1, '{kind}', {number})
                  ORDER BY e.portal_id{order}, e.kind{order}, e.number{order} LIMIT 1)"
            )
        };
        let tokens = |block: &str, tokens: &str| {
            format!(
                "string_to_array(to_hex({block}) || '.' || replace({tokens}, ' ', ' ' || to_hex({block}) || '.'), ' ')"
            )
        };
        let on_postgres = |columns: &str| {
            format!(
                "SELECT {columns} FROM (
                     SELECT e.portal_id, e.row_id, e.number
                     FROM generate_series({newest}, {oldest}, -1) AS block
                     CROSS JOIN LATERAL (
                         WITH hits AS MATERIALIZED (SELECT g.rowid FROM search_grams g WHERE {held} @> {asked})
                         SELECT e.portal_id, e.row_id, e.number
                         FROM hits JOIN search_entries e ON e.number = hits.rowid
                         WHERE e.number < ?2 AND {entry} AND {has_all} ORDER BY e.number DESC
                     ) AS e
                     LIMIT ?5 OFFSET ?6
                 ) AS e {row} ORDER BY e.number DESC",
                newest = end(true),
                oldest = end(false),
                held = tokens(&format!("g.rowid / {BLOCK}"), "g.grams"),
                asked = tokens("block", "CAST(?3 AS TEXT)"),
            )
        };
        let among_newest = format!(
            "SELECT {columns} FROM (
                 SELECT e.* FROM search_entries e WHERE {entry} AND e.number < ?2
                 ORDER BY e.number DESC LIMIT 1000
             ) e {row}
             WHERE CAST(?3 AS TEXT) IS NOT NULL AND {has_all} ORDER BY e.number DESC LIMIT ?5 OFFSET ?6"
        );
        let number = format!(
            "SELECT COALESCE(
                 (SELECT e.number FROM search_entries e WHERE {entry} AND e.row_id = ?3),
                 (SELECT e.number + 1 FROM {table} c
                  JOIN search_entries e ON {entry} AND e.row_id = c.id
                  WHERE c.portal_id = ?1 AND (c.created_at, c.id) < (?2, ?3)
                  ORDER BY c.created_at DESC, c.id DESC LIMIT 1),
                 0) AS value"
        );
        let found = on_sqlite(columns).leak();
        Self {
            kind,
            all: statement(all(columns)),
            count_all: statement(counted(&all("c.id"))),
            found: TenantSql::per_engine(found, on_postgres(columns).leak()),
            found_among_newest: TenantSql::per_engine(found, among_newest.leak()),
            count_found: TenantSql::per_engine(
                counted(&on_sqlite("c.id")).leak(),
                counted(&on_postgres("c.id")).leak(),
            ),
            number: statement(number),
        }
    }

    /// The requested rows, and one more if there is a next page.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::error::Error::Unavailable) when too many searches of the
    /// portal are already waiting.
    pub async fn page<T: FromRow + Send + 'static>(
        &self,
        store: &Store,
        request: &ListRequest,
    ) -> Result<Vec<T>> {
        let (words, after) = (request.words(), request.after());
        let (limit, offset) = (request.limit(), request.offset());
        if words.is_empty() {
            let params = params![after.at, after.id, limit, offset];
            return Ok(if offset > DEEP {
                store.long_rows(self.all, params).await?
            } else {
                store.rows(self.all, params).await?
            });
        }
        let before = if request.has_position() {
            let number = store.row(self.number, params![after.at, after.id]).await?;
            number.map_or(0, |Single(number)| number)
        } else {
            i64::MAX
        };
        let (tokens, patterns) = (words.tokens(store.portal(), self.kind), words.patterns());
        let params = params![before, tokens, patterns, limit, offset];
        if store.is_postgres() {
            let newest: Vec<T> = store.long_rows(self.found_among_newest, params).await?;
            if newest.len() as i64 == limit {
                return Ok(newest);
            }
        }
        Ok(store.long_rows(self.found, params).await?)
    }

    /// How many rows there are, but at most as many as the pages before the requested one hold.
    ///
    /// # Errors
    /// As [`Listed::page`].
    pub async fn count_before(&self, store: &Store, request: &ListRequest) -> Result<i64> {
        let (words, start) = (request.words(), Position::start());
        let most = request.rows_before();
        if words.is_empty() {
            let params = params![start.at, start.id, most, 0_i64];
            return Ok(one(store.long_rows(self.count_all, params).await?));
        }
        let (tokens, patterns) = (words.tokens(store.portal(), self.kind), words.patterns());
        let params = params![i64::MAX, tokens, patterns, most, 0_i64];
        Ok(one(store.long_rows(self.count_found, params).await?))
    }
}

/// The number that a statement like [`counted`] gave.
pub(super) fn one(rows: Vec<Single<i64>>) -> i64 {
    rows.first().map_or(0, |Single(count)| *count)
}
