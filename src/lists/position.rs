//! Positions in lists: where a page ended.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::declared::{KeyKind, Sort};
use crate::db::{Column, DbError, FromColumn, FromRow, Param, Row, ToParam};

/// The maximum length of a position, in bytes.
const LONGEST: usize = 600;

/// What a row is ordered by, beside its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// A BIGINT.
    Number(i64),
    /// A TEXT.
    Text(String),
}

/// A row's position in an order. It stays the same while other rows are added, changed or deleted,
/// also when the row itself is deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The row's key in the order.
    pub key: Key,
    /// Its id, which orders rows with the same key.
    pub id: String,
}

/// A row with its position.
#[derive(Debug, Clone)]
pub struct Positioned<T> {
    /// The position.
    pub position: Position,
    /// The row.
    pub row: T,
}

impl ToParam for Key {
    fn to_param(&self) -> Param<'_> {
        match self {
            Self::Number(number) => number.to_param(),
            Self::Text(text) => text.to_param(),
        }
    }
}

impl FromColumn for Key {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Int(number) => Some(Self::Number(number)),
            Column::Text(text) => Some(Self::Text(text.to_owned())),
            _ => None,
        }
    }
}

impl<T: FromRow> FromRow for Positioned<T> {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let position = Position { key: row.read("position_key")?, id: row.read("position_id")? };
        Ok(Self { position, row: T::from_row(row)? })
    }
}

impl Position {
    /// The position as a parameter: `1764000000000-cst_abc`, or for another order than the list's
    /// own `companyName.amFuc2Vu-cst_abc`, so that it isn't taken for one of another order.
    pub(super) fn write(&self, sort: &Sort, is_own: bool) -> String {
        let key = match &self.key {
            Key::Number(number) => number.to_string(),
            Key::Text(text) => BASE64_URL_SAFE_NO_PAD.encode(text),
        };
        let order = if is_own { String::new() } else { format!("{}.", sort.field) };
        format!("{order}{key}-{}", self.id)
    }

    /// Reads what [`Position::write`] wrote. Anybody can make one up, which is as if they had asked
    /// for the rows after it: it is only ever compared with rows of their own portal.
    pub(super) fn read(text: &str, sort: &Sort, is_own: bool) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let rest = if is_own { text } else { text.strip_prefix(sort.field)?.strip_prefix('.')? };
        let (key, id) = rest.rsplit_once('-')?;
        let is_id = (1..=48).contains(&id.len())
            && id.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        let key = match sort.kind {
            KeyKind::Number => Key::Number(key.parse().ok().filter(|number| *number >= 0)?),
            KeyKind::Text => {
                let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(key).ok()?).ok()?;
                Key::Text(Some(text).filter(|text| !text.contains('\0'))?)
            }
        };
        is_id.then(|| Self { key, id: id.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGE: Sort = Sort::by_number("createdAt", "c.created_at");
    const CHANGE: Sort = Sort::by_number("updatedAt", "c.updated_at");
    const NAME: Sort = Sort::by_text("name", "c.name_key");

    fn position(key: Key) -> Position {
        Position { key, id: "cst_a1".to_owned() }
    }

    #[test]
    fn a_position_reads_back_in_its_own_order_only() {
        let number = position(Key::Number(1_764_000_000_000));
        let text = position(Key::Text("café-zwaan – ß".to_owned()));
        let empty = position(Key::Text(String::new()));
        for (known, sort, is_own) in [
            (&number, AGE, true),
            (&number, CHANGE, false),
            (&text, NAME, false),
            (&empty, NAME, false),
        ] {
            let written = known.write(&sort, is_own);
            assert_eq!(Position::read(&written, &sort, is_own).as_ref(), Some(known), "{written}");
            for (other, is_own_of_other) in [(AGE, true), (CHANGE, false), (NAME, false)] {
                let read = Position::read(&written, &other, is_own_of_other);
                assert_eq!(read.is_some(), other == sort, "{written} as {}", other.field);
            }
        }
        assert_eq!(number.write(&AGE, true), "1764000000000-cst_a1");
    }

    #[test]
    fn nothing_else_is_a_position() {
        for wrong in [
            "",
            "-",
            "5",
            "5-",
            "x-cst_a",
            "-5-cst_a",
            "5-cst_%",
            "5-cst_A",
            "99999999999999999999-cst_a",
            "+5 -cst_a",
        ] {
            assert_eq!(Position::read(wrong, &AGE, true), None, "{wrong}");
        }
        let nul = BASE64_URL_SAFE_NO_PAD.encode("a\0");
        let bytes = BASE64_URL_SAFE_NO_PAD.encode(b"\xff\xfe");
        for wrong in
            ["", "name.", "name.-", "name.%-cst_a", "name.YQ==-cst_a", "YQ-cst_a", "names.YQ-cst_a"]
                .map(str::to_owned)
                .into_iter()
                .chain([
                    format!("name.{nul}-cst_a"),
                    format!("name.{bytes}-cst_a"),
                    "a".repeat(700),
                ])
        {
            assert_eq!(Position::read(&wrong, &NAME, false), None, "{wrong}");
        }
    }
}
