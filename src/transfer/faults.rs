//! What is wrong with the rows of a file: on the page, and as a file.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::import::{Import, MOST_FAULTS};
use super::imported::{Imported, label};
use crate::db::{from_row, params};
use crate::error::{Error, Message, Result};
use crate::i18n::{Lang, tr};
use crate::spreadsheet::Sheet;
use crate::tenant::{Store, TenantSql};

const FAULTS: TenantSql = TenantSql::new(
    "SELECT row_number, field, message FROM import_faults WHERE portal_id = ?1 AND import_id = ?2
     ORDER BY row_number, field LIMIT ?3",
);

struct Stored {
    row_number: i64,
    field: String,
    message: String,
}
from_row!(Stored { row_number, field, message });

/// A fault in words.
pub(super) struct Fault {
    pub(super) row: i64,
    /// The column, or the field if no column fills it; empty if it is the row itself.
    pub(super) column: String,
    pub(super) text: String,
}

/// The first faults of a file.
pub(super) async fn first<R: Imported>(
    store: &Store,
    import: &Import,
    most: i64,
    lang: Lang,
) -> Result<Vec<Fault>> {
    let (heads, fields) = (import.heads(), import.fields());
    let stored: Vec<Stored> = store.rows(FAULTS, params![import.id, most]).await?;
    let column = |field: &str| {
        let place = fields.iter().position(|known| known == field);
        let head = place.and_then(|place| heads.get(place)).cloned();
        head.unwrap_or_else(|| label::<R>(lang, field))
    };
    let fault = |Stored { row_number, field, message }: Stored| Fault {
        row: row_number,
        column: if field.is_empty() { String::new() } else { column(&field) },
        text: serde_json::from_str::<Message>(&message)
            .map_or_else(|_| String::new(), |message| message.text(lang)),
    };
    Ok(stored.into_iter().map(fault).collect())
}

/// All of them as a CSV file.
pub(super) async fn file<R: Imported>(
    store: &Store,
    import: &Import,
    lang: Lang,
) -> Result<Response> {
    let faults = first::<R>(store, import, MOST_FAULTS, lang).await?;
    let heads = [
        tr!(lang, "transfer.fault.row"),
        tr!(lang, "transfer.fault.column"),
        tr!(lang, "transfer.fault.text"),
    ];
    let mut sheet = Sheet::new(lang, heads.iter().map(AsRef::as_ref)).map_err(Error::internal)?;
    for Fault { row, column, text } in &faults {
        let row = row.to_string();
        sheet.row([row.as_str(), column, text]).map_err(Error::internal)?;
    }
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"faults.csv\""),
    ];
    Ok((headers, sheet.into_bytes().map_err(Error::internal)?).into_response())
}
