//! The statements of searches: rows whose indexed text contains words.

use super::declared::{List, Listed};
use crate::search::{has_all_on_postgres, has_all_on_sqlite};
use crate::tenant::TenantSql;

/// How many numbers of entries share their tokens in PostgreSQL's index; see its definition.
const BLOCK: i64 = 65_536;

/// The statements of searches in a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hits {
    /// Rows before the number `?2` with the tokens `?3` and the patterns `?6`, the newest first, at
    /// most `?4`, without the first `?5`.
    pub(super) newest: TenantSql,
    /// The same, among the newest thousand only.
    pub(super) among_newest: TenantSql,
    /// The number of rows of `newest`.
    pub(super) count: TenantSql,
    /// The number before which the rows after (`?2`, `?3`) are.
    pub(super) number: TenantSql,
}

/// The number of rows of a statement, as `value`.
pub(super) fn counted(sql: &str) -> String {
    format!("SELECT count(*) AS value FROM ({sql}) counted")
}

/// The condition that an entry `e` is of the portal's rows in a list.
fn entry(list: &List) -> String {
    format!("e.portal_id = ?1 AND e.kind = '{}'", list.kind)
}

/// The join of an entry `e` with its row `c`.
fn row(list: &List) -> String {
    format!("JOIN {} c ON c.portal_id = e.portal_id AND c.id = e.row_id", list.table)
}

/// `FROM` with the rows `c` with the tokens and patterns at these places, and a condition to which
/// more can be added. The rows come in no order.
pub(super) fn from_hits(list: &List, tokens: usize, patterns: usize) -> [String; 2] {
    let patterns = format!("?{patterns}");
    let (entry, row) = (entry(list), row(list));
    let has_all = has_all_on_sqlite("e.text", &patterns);
    let on_sqlite = format!(
        "FROM search_grams
         CROSS JOIN search_entries e ON e.number = search_grams.rowid CROSS {row}
         WHERE search_grams MATCH ?{tokens} AND {entry} AND {has_all}"
    );
    let has_all = has_all_on_postgres("e.text", &patterns);
    let blocks = blocks(list, &format!("?{tokens}"), &i64::MAX.to_string());
    let on_postgres = format!(
        "FROM {blocks} SELECT e.portal_id, e.row_id FROM hits JOIN search_entries e ON e.number = hits.rowid
             WHERE {entry} AND {has_all}
         ) AS e {row} WHERE TRUE"
    );
    [on_sqlite, on_postgres]
}

/// PostgreSQL's index is unordered, but its tokens are those of a block of numbers. So the blocks
/// are searched one after the other, the newest first. The start of a lateral subquery, which can
/// use its `hits`.
fn blocks(list: &List, tokens: &str, before: &str) -> String {
    let (kind, entry) = (list.kind, entry(list));
    let end = |is_newest: bool| {
        let (compared, number, order) =
            if is_newest { ("<", before, " DESC") } else { (">=", "0", "") };
        // By all columns of the index, so that it leads there however many rows others have.
        format!(
            "(SELECT CASE WHEN {entry} THEN e.number END / {BLOCK} FROM search_entries e
              WHERE (e.portal_id, e.kind, e.number) {compared} (?1, '{kind}', {number})
              ORDER BY e.portal_id{order}, e.kind{order}, e.number{order} LIMIT 1)"
        )
    };
    let of_block = |block: &str, tokens: &str| {
        format!(
            "string_to_array(to_hex({block}) || '.' || replace({tokens}, ' ', ' ' || to_hex({block}) || '.'), ' ')"
        )
    };
    format!(
        "generate_series({newest}, {oldest}, -1) AS block
         CROSS JOIN LATERAL (
             WITH hits AS MATERIALIZED (SELECT g.rowid FROM search_grams g WHERE {held} @> {asked})",
        newest = end(true),
        oldest = end(false),
        held = of_block(&format!("g.rowid / {BLOCK}"), "g.grams"),
        asked = of_block("block", &format!("CAST({tokens} AS TEXT)")),
    )
}

impl Hits {
    /// The statements that select these columns.
    pub(super) fn of<L: Listed>(columns: &str) -> Self {
        let list = L::LIST;
        let (entry, row) = (entry(list), row(list));
        // The index returns rows ordered by number, so only a page is read.
        let on_sqlite = |columns: &str| {
            format!(
                "SELECT {columns} FROM search_grams
                 CROSS JOIN search_entries e ON e.number = search_grams.rowid CROSS {row}
                 WHERE search_grams MATCH ?3 AND search_grams.rowid < ?2 AND {entry} AND {}
                 ORDER BY search_grams.rowid DESC LIMIT ?4 OFFSET ?5",
                has_all_on_sqlite("e.text", "?6")
            )
        };
        // Stops when the page is full. The most frequent matches are found among the newest rows,
        // which are searched first without the index.
        let has_all = has_all_on_postgres("e.text", "?6");
        let blocks = blocks(list, "?3", "?2");
        let on_postgres = |columns: &str| {
            format!(
                "SELECT {columns} FROM (
                     SELECT e.portal_id, e.row_id, e.number
                     FROM {blocks}
                         SELECT e.portal_id, e.row_id, e.number
                         FROM hits JOIN search_entries e ON e.number = hits.rowid
                         WHERE e.number < ?2 AND {entry} AND {has_all} ORDER BY e.number DESC
                     ) AS e
                     LIMIT ?4 OFFSET ?5
                 ) AS e {row} ORDER BY e.number DESC"
            )
        };
        let among_newest = format!(
            "SELECT {columns} FROM (
                 SELECT e.* FROM search_entries e WHERE {entry} AND e.number < ?2
                 ORDER BY e.number DESC LIMIT 1000
             ) e {row}
             WHERE CAST(?3 AS TEXT) IS NOT NULL AND {has_all} ORDER BY e.number DESC LIMIT ?4 OFFSET ?5"
        );
        let (table, age) = (list.table, list.sorts[0].key);
        let number = format!(
            "SELECT COALESCE(
                 (SELECT e.number FROM search_entries e WHERE {entry} AND e.row_id = ?3),
                 (SELECT e.number + 1 FROM {table} c
                  JOIN search_entries e ON {entry} AND e.row_id = c.id
                  WHERE c.portal_id = ?1 AND ({age}, c.id) < (?2, ?3)
                  ORDER BY {age} DESC, c.id DESC LIMIT 1),
                 0) AS value"
        );
        let newest = on_sqlite(columns).leak();
        Self {
            newest: TenantSql::per_engine(newest, on_postgres(columns).leak()),
            among_newest: TenantSql::per_engine(newest, among_newest.leak()),
            count: TenantSql::per_engine(
                counted(&on_sqlite("c.id")).leak(),
                counted(&on_postgres("c.id")).leak(),
            ),
            number: TenantSql::built(number),
        }
    }
}
