//! Tables as CSV files (RFC 4180), the way spreadsheets open and save them.

use std::borrow::Cow;

use csv::{Terminator, Writer, WriterBuilder};

use crate::i18n::Lang;

/// The byte order mark by which spreadsheets recognise UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// What stands between the cells: where people write a decimal comma, spreadsheets expect a semicolon.
pub const fn delimiter(lang: Lang) -> char {
    match lang {
        Lang::Nl => ';',
        Lang::En => ',',
    }
}

/// Whether a spreadsheet would read a text as a formula, or does so once its apostrophes are removed.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').trim_start_matches(' ').starts_with([
        '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ])
}

/// A cell that no spreadsheet reads as a formula: with an apostrophe before it where needed, as OWASP
/// recommends. [`read`] removes it.
pub fn defused(text: &str) -> Cow<'_, str> {
    if is_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The text that [`defused`] wrote.
pub fn read(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if is_formula(text) => text,
        _ => cell,
    }
}

/// A file for the spreadsheets of people with this language, written in parts.
pub struct Sheet {
    writer: Writer<Vec<u8>>,
}

impl Sheet {
    /// A file that begins with these heads.
    ///
    /// # Errors
    /// As [`Sheet::row`].
    pub fn new<'a>(lang: Lang, heads: impl IntoIterator<Item = &'a str>) -> csv::Result<Self> {
        let mut sheet = Self::rows_only(lang, BYTE_ORDER_MARK.as_bytes().to_vec());
        sheet.row(heads)?;
        Ok(sheet)
    }

    /// The following part of such a file.
    pub fn more(lang: Lang) -> Self {
        Self::rows_only(lang, Vec::new())
    }

    fn rows_only(lang: Lang, start: Vec<u8>) -> Self {
        let delimiter = u8::try_from(delimiter(lang)).unwrap_or(b',');
        let writer = WriterBuilder::new()
            .delimiter(delimiter)
            .terminator(Terminator::CRLF)
            .from_writer(start);
        Self { writer }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When the rows of a file have different numbers of cells.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) -> csv::Result<()> {
        self.writer.write_record(cells.into_iter().map(|cell| defused(cell).into_owned()))
    }

    /// The bytes.
    ///
    /// # Errors
    /// Never: they are in memory.
    pub fn into_bytes(self) -> csv::Result<Vec<u8>> {
        self.writer.into_inner().map_err(|error| error.into_error().into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for (text, cell) in [
            ("jan@example.nl", "jan@example.nl"),
            ("", ""),
            ("=1+1", "'=1+1"),
            ("+31 73 123 45 67", "'+31 73 123 45 67"),
            ("-1", "'-1"),
            ("@SUM(1)", "'@SUM(1)"),
            (" =1", "' =1"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("'=1", "''=1"),
            ("'s Gravenhage", "'s Gravenhage"),
        ] {
            assert_eq!(defused(text), cell);
            assert_eq!(read(cell), text);
        }
        assert_eq!(read("+31 73"), "+31 73", "as another program writes it");
    }

    #[test]
    fn cells_with_separators_are_quoted() {
        for (lang, expected) in [
            (Lang::Nl, "\u{feff}Naam;Plaats\r\n\"a;b\";\"c\"\"d\ne\"\r\n"),
            (Lang::En, "\u{feff}Naam,Plaats\r\na;b,\"c\"\"d\ne\"\r\n"),
        ] {
            let mut sheet = Sheet::new(lang, ["Naam", "Plaats"]).unwrap();
            sheet.row(["a;b", "c\"d\ne"]).unwrap();
            assert_eq!(String::from_utf8(sheet.into_bytes().unwrap()).unwrap(), expected);
        }
    }

    proptest! {
        #[test]
        fn a_text_survives_its_way_through_a_cell(text in "['=+@a \t-]{0,6}|.{0,20}") {
            let cell = defused(&text);
            prop_assert_eq!(read(&cell), text.as_str());
        }
    }
}
