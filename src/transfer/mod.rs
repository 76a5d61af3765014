//! Files of a resource's rows: exporting a list, and importing rows. A resource says in one file what its
//! rows are like. See `docs/decisions/0055-csv.md`.

mod clean_up;
mod decode;
mod export;
mod export_page;
mod faults;
mod import;
mod import_page;
mod import_pages;
mod imported;
mod intake;
mod upload;
mod work;

pub use clean_up::clean_up;
pub use export::Exported;
pub use export_page::{Asked as ExportAsked, export, export_ticked};
pub use import_pages::pages as import_pages;
pub use imported::{Existing, Imported, MoreColumn};
pub use work::{ImportContext, ImportJob};

/// What is read of a file that was exported with these rows.
#[cfg(test)]
pub(crate) fn exported_and_read<R: Imported>(
    rows: &[R::Details],
    lang: crate::i18n::Lang,
) -> Vec<R::Details> {
    use crate::values::Record;

    let zone = jiff::tz::TimeZone::UTC;
    let fields = R::Details::FIELDS.iter();
    let heads: Vec<String> = fields.map(|field| imported::label::<R>(lang, field.name)).collect();
    let mut sheet = crate::spreadsheet::Sheet::new(lang, heads.iter().map(String::as_str)).unwrap();
    for row in rows {
        let cells = row.texts(lang, &zone);
        sheet.row(cells.iter().map(String::as_str)).unwrap();
    }
    let mut intake = intake::Intake::new();
    let mut pieces = intake.take(&sheet.into_bytes().unwrap()).unwrap();
    let (last, taken) = intake.end().unwrap();
    pieces.extend(last);
    let reader = imported::RowReader::<R>::new(
        imported::guess::<R>(&taken.heads, &[]),
        Vec::new(),
        lang,
        zone,
    );
    let rows = pieces.iter().flat_map(|piece| intake::rows_of_piece(piece));
    rows.map(|(_, cells)| match reader.read(&cells) {
        Ok(row) => row.details,
        Err(faults) => panic!("{faults:?} in {cells:?}"),
    })
    .collect()
}
