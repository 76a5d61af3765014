//! The existing schema, as statements, and the expected one.

use super::{Db, DbError, Single, params};

/// The statements of the current schema. `tests/it/migrations.rs` compares them with the
/// migrations.
pub(super) const EXPECTED_ON_SQLITE: &str = include_str!("../../docs/schema/sqlite.sql");
pub(super) const EXPECTED_ON_POSTGRES: &str = include_str!("../../docs/schema/postgres.sql");

pub const ON_SQLITE: &str = "
    SELECT sql || ';' AS value FROM sqlite_schema
    WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'
    ORDER BY tbl_name, CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 1 ELSE 2 END, name";

/// Each table with its columns and constraints, or view, then its indexes, then its triggers, then all
/// functions. Functions of extensions are not ours.
pub const ON_POSTGRES: &str = r#"
    WITH tables AS (
        SELECT c.oid, c.relname FROM pg_class c
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
    ), parts AS (
        SELECT t.oid, 0 AS rank, lpad(a.attnum::text, 4, '0') AS place,
            format('    %s %s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
                CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END,
                coalesce(CASE a.attgenerated WHEN 's' THEN ' GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ') STORED'
                    ELSE ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) END, '')) AS text
        FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
        UNION ALL
        SELECT t.oid, 1, c.contype::text || c.conname, '    ' || pg_get_constraintdef(c.oid)
        FROM tables t JOIN pg_constraint c ON c.conrelid = t.oid AND c.contype IN ('p', 'u', 'f', 'c')
    )
    SELECT text AS value FROM (
        SELECT t.relname::text AS owner, 0 AS rank, '' AS name, format(E'CREATE TABLE %s (\n%s\n);', t.relname,
            (SELECT string_agg(p.text, E',\n' ORDER BY p.rank, p.place COLLATE "C") FROM parts p WHERE p.oid = t.oid)) AS text
        FROM tables t
        UNION ALL
        SELECT c.relname::text, 0, '', format(E'CREATE VIEW %s AS\n%s', c.relname, pg_get_viewdef(c.oid))
        FROM pg_class c WHERE c.relkind = 'v' AND c.relnamespace = 'public'::regnamespace
            AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
        UNION ALL
        SELECT t.relname::text, 1, i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) || ';'
        FROM tables t JOIN pg_index i ON i.indrelid = t.oid
        WHERE NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u'))
        UNION ALL
        SELECT t.relname::text, 2, g.tgname::text, pg_get_triggerdef(g.oid) || ';'
        FROM tables t JOIN pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal
        UNION ALL
        SELECT '~', 3, p.proname::text, trim(E'\n' FROM pg_get_functiondef(p.oid)) || ';'
        FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    ) AS everything
    ORDER BY owner COLLATE "C", rank, name COLLATE "C""#;

/// The differences from the expected schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Differences {
    /// Missing statements, such as `CREATE INDEX a_by_b`.
    pub missing: Vec<String>,
    /// Statements that differ.
    pub different: Vec<String>,
}

impl Db {
    /// Compares the tables, views, indexes, triggers and functions with those of this version.
    /// Additional ones are ignored.
    ///
    /// # Errors
    /// As [`Db::row`].
    pub async fn schema_differences(&self) -> Result<Differences, DbError> {
        let (asked, expected) = match self {
            Self::Sqlite(_) => (ON_SQLITE, EXPECTED_ON_SQLITE),
            Self::Postgres(_) => (ON_POSTGRES, EXPECTED_ON_POSTGRES),
        };
        let found: Vec<Single<String>> = self.rows(asked, params![]).await?;
        let found: Vec<String> = found.into_iter().map(|Single(text)| text).collect();
        Ok(differences(expected, &found))
    }
}

fn differences(expected: &str, found: &[String]) -> Differences {
    let mut differences = Differences::default();
    for statement in expected.trim_end().split("\n\n").filter(|text| text.starts_with("CREATE ")) {
        let name = name_of(statement);
        let same_name = || found.iter().filter(|other| name_of(other) == name);
        // A statement can itself contain an empty line.
        if same_name().any(|other| other.starts_with(statement)) {
            continue;
        }
        match same_name().next() {
            Some(_) => differences.different.push(name.to_owned()),
            None => differences.missing.push(name.to_owned()),
        }
    }
    differences
}

/// A statement up to the name of the object it creates.
fn name_of(statement: &str) -> &str {
    let line = statement.lines().next().unwrap_or_default();
    let words = ["TABLE", "VIEW", "INDEX", "TRIGGER", "FUNCTION"];
    let mut end = 0;
    let mut is_name = false;
    for word in line.split(' ') {
        end += word.len() + 1;
        if is_name {
            break;
        }
        is_name = words.contains(&word);
    }
    let name = line.get(..end - 1).unwrap_or(line);
    name.split('(').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lacks_or_differs_is_told_by_its_name() {
        let expected = "CREATE TABLE a (\n    id TEXT\n);\n\nCREATE UNIQUE INDEX a_by_id ON a (id);\n\n\
            CREATE TRIGGER a_deleted AFTER DELETE ON a\nBEGIN\n\n    SELECT 1;\nEND;\n";
        let found: Vec<String> = [
            "CREATE TABLE a (\n    id TEXT\n);",
            "CREATE UNIQUE INDEX a_by_id ON a (id);",
            "CREATE TRIGGER a_deleted AFTER DELETE ON a\nBEGIN\n\n    SELECT 1;\nEND;",
            "CREATE INDEX own ON a (id);",
        ]
        .map(str::to_owned)
        .into();
        assert_eq!(differences(expected, &found), Differences::default());
        let mut other = found.clone();
        other[1] = other[1].replace("(id)", "(id, id)");
        let told = differences(expected, &other);
        assert_eq!(
            (told.missing, told.different),
            (vec![], vec!["CREATE UNIQUE INDEX a_by_id".to_owned()])
        );
        let told = differences(expected, &found[..1]);
        assert_eq!(told.missing, ["CREATE UNIQUE INDEX a_by_id", "CREATE TRIGGER a_deleted"]);
    }

    #[test]
    fn names_end_where_their_columns_begin() {
        for (statement, name) in [
            ("CREATE TABLE a(id)", "CREATE TABLE a"),
            ("CREATE VIRTUAL TABLE a USING fts5 (b)", "CREATE VIRTUAL TABLE a"),
            ("CREATE VIEW a AS\n SELECT", "CREATE VIEW a"),
            (
                "CREATE OR REPLACE FUNCTION public.a()\n RETURNS",
                "CREATE OR REPLACE FUNCTION public.a",
            ),
            ("CREATE INDEX a ON public.b", "CREATE INDEX a"),
        ] {
            assert_eq!(name_of(statement), name);
        }
    }
}
