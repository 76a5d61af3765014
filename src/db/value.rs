//! Statement parameters and row values, the same for both engines.

use std::borrow::Cow;

use tokio_postgres::types::{FromSql, Type};

use super::DbError;

/// A statement parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Param<'a> {
    /// SQL NULL.
    Null,
    /// A BOOLEAN.
    Bool(bool),
    /// A BIGINT.
    Int(i64),
    /// A TEXT.
    Text(Cow<'a, str>),
    /// A BYTEA.
    Bytes(Cow<'a, [u8]>),
}

/// A type that can be a statement parameter.
pub trait ToParam {
    /// The value, as passed to the engines.
    fn to_param(&self) -> Param<'_>;
}

/// The parameters of a statement: `params![&id, "text", 3]`.
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::db::ToParam::to_param(&$value)),*] };
}
pub(crate) use params;

impl Param<'_> {
    /// The same value, owned.
    pub fn to_owned(&self) -> Param<'static> {
        match self {
            Self::Null => Param::Null,
            Self::Bool(bool) => Param::Bool(*bool),
            Self::Int(int) => Param::Int(*int),
            Self::Text(text) => Param::Text(Cow::Owned(text.as_ref().to_owned())),
            Self::Bytes(bytes) => Param::Bytes(Cow::Owned(bytes.as_ref().to_owned())),
        }
    }
}

impl ToParam for str {
    fn to_param(&self) -> Param<'_> {
        Param::Text(Cow::Borrowed(self))
    }
}
impl ToParam for String {
    fn to_param(&self) -> Param<'_> {
        Param::Text(Cow::Borrowed(self))
    }
}
impl ToParam for i64 {
    fn to_param(&self) -> Param<'_> {
        Param::Int(*self)
    }
}
impl ToParam for u32 {
    fn to_param(&self) -> Param<'_> {
        Param::Int(i64::from(*self))
    }
}
impl ToParam for bool {
    fn to_param(&self) -> Param<'_> {
        Param::Bool(*self)
    }
}
impl ToParam for [u8] {
    fn to_param(&self) -> Param<'_> {
        Param::Bytes(Cow::Borrowed(self))
    }
}
impl ToParam for Vec<u8> {
    fn to_param(&self) -> Param<'_> {
        Param::Bytes(Cow::Borrowed(self))
    }
}
impl ToParam for jiff::Timestamp {
    fn to_param(&self) -> Param<'_> {
        Param::Int(self.as_millisecond())
    }
}
impl<T: ToParam> ToParam for Option<T> {
    fn to_param(&self) -> Param<'_> {
        self.as_ref().map_or(Param::Null, ToParam::to_param)
    }
}
impl<T: ToParam + ?Sized> ToParam for &T {
    fn to_param(&self) -> Param<'_> {
        (**self).to_param()
    }
}

/// A value of a row, borrowed from it.
#[derive(Debug, Clone, Copy)]
pub enum Column<'a> {
    /// SQL NULL.
    Null,
    /// A BOOLEAN on PostgreSQL (SQLite returns `Int`).
    Bool(bool),
    /// An integer of any width.
    Int(i64),
    /// A TEXT.
    Text(&'a str),
    /// A BYTEA.
    Bytes(&'a [u8]),
}

/// A type that can be read from a row's value; `None` if the value doesn't match.
pub trait FromColumn: Sized {
    /// Reads the value.
    fn from_column(column: Column<'_>) -> Option<Self>;
}

impl FromColumn for String {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Text(text) => Some(text.to_owned()),
            _ => None,
        }
    }
}
impl FromColumn for i64 {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Int(int) => Some(int),
            _ => None,
        }
    }
}
impl FromColumn for u32 {
    fn from_column(column: Column<'_>) -> Option<Self> {
        i64::from_column(column)?.try_into().ok()
    }
}
impl FromColumn for bool {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Bool(bool) => Some(bool),
            Column::Int(0) => Some(false),
            Column::Int(1) => Some(true),
            _ => None,
        }
    }
}
impl FromColumn for Vec<u8> {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Bytes(bytes) => Some(bytes.to_owned()),
            _ => None,
        }
    }
}
impl FromColumn for jiff::Timestamp {
    fn from_column(column: Column<'_>) -> Option<Self> {
        Self::from_millisecond(i64::from_column(column)?).ok()
    }
}
impl<T: FromColumn> FromColumn for Option<T> {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Null => Some(None),
            column => T::from_column(column).map(Some),
        }
    }
}

impl<'a> FromSql<'a> for Column<'a> {
    fn from_sql(
        ty: &Type,
        raw: &'a [u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(match *ty {
            Type::BOOL => Self::Bool(bool::from_sql(ty, raw)?),
            Type::INT8 => Self::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Self::Int(i32::from_sql(ty, raw)?.into()),
            Type::BYTEA => Self::Bytes(raw),
            _ => Self::Text(<&str>::from_sql(ty, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(
            *ty,
            Type::BOOL
                | Type::INT8
                | Type::INT4
                | Type::BYTEA
                | Type::TEXT
                | Type::VARCHAR
                | Type::NAME
        )
    }
}

/// A row of either engine, read from its first column to its last.
pub struct Row<'a> {
    source: Source<'a>,
    next: usize,
}

enum Source<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl<'a> Row<'a> {
    pub(super) const fn sqlite(row: &'a rusqlite::Row<'a>) -> Self {
        Self { source: Source::Sqlite(row), next: 0 }
    }

    pub(super) const fn postgres(row: &'a tokio_postgres::Row) -> Self {
        Self { source: Source::Postgres(row), next: 0 }
    }

    /// The next column's value. In debug builds the column must also be named `name`, so that a
    /// statement with columns in another order than its struct fails in the first test.
    ///
    /// # Errors
    /// When there is no further column or its value doesn't match `T`.
    pub fn read<T: FromColumn>(&mut self, name: &'static str) -> Result<T, DbError> {
        let index = self.next;
        self.next += 1;
        let column = match self.source {
            Source::Sqlite(row) => {
                debug_assert_eq!(row.as_ref().column_name(index).ok(), Some(name));
                match row.get_ref(index).map_err(DbError::Sqlite)? {
                    rusqlite::types::ValueRef::Null => Column::Null,
                    rusqlite::types::ValueRef::Integer(int) => Column::Int(int),
                    rusqlite::types::ValueRef::Text(text) => Column::Text(
                        std::str::from_utf8(text).map_err(|_| DbError::Column { column: name })?,
                    ),
                    rusqlite::types::ValueRef::Blob(bytes) => Column::Bytes(bytes),
                    rusqlite::types::ValueRef::Real(_) => {
                        return Err(DbError::Column { column: name });
                    }
                }
            }
            Source::Postgres(row) => {
                debug_assert_eq!(
                    row.columns().get(index).map(tokio_postgres::Column::name),
                    Some(name)
                );
                row.try_get(index).map_err(DbError::Postgres)?
            }
        };
        T::from_column(column).ok_or(DbError::Column { column: name })
    }
}

/// A type that can be read from a row.
pub trait FromRow: Sized {
    /// Reads the row's columns in order.
    ///
    /// # Errors
    /// When a column doesn't match.
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError>;
}

/// Reads a struct from the columns with the same names, in the listed order: `from_row!(Customer {
/// id, name })`.
macro_rules! from_row {
    ($type:ty { $($field:ident),+ $(,)? }) => {
        impl $crate::db::FromRow for $type {
            fn from_row(row: &mut $crate::db::Row<'_>) -> Result<Self, $crate::db::DbError> {
                Ok(Self { $($field: row.read(stringify!($field))?),+ })
            }
        }
    };
}
pub(crate) use from_row;

/// A single column whose name does not matter (`count(*)`, `RETURNING id`).
pub struct Single<T>(pub T);

impl<T: FromColumn> FromRow for Single<T> {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self(row.read("value")?))
    }
}
