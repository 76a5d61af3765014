//! Takes in a file as it arrives: decodes it, finds its separator and its rows, and cuts it into pieces,
//! each of which is later imported in one transaction.

use csv::WriterBuilder;
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::decode::Decoder;
use crate::error::Message;

/// The most bytes of a row.
const LONGEST_ROW: usize = 128 * 1024;

/// The most columns of a file.
pub(super) const MOST_COLUMNS: usize = 100;

/// The most rows of a file.
const MOST_ROWS: i64 = 500_000;

/// The most rows of a piece.
const ROWS_OF_PIECE: i64 = 100;

/// From this many bytes on, a piece is complete.
const BYTES_OF_PIECE: usize = 64 * 1024;

/// How much of a file is read to find the separator.
const SAMPLE: usize = 16 * 1024;

/// What a file is taken in as.
pub(super) struct Intake {
    decoder: Decoder,
    /// The text that was read before the separator is known.
    sample: String,
    reader: Option<Reader>,
    /// The cells of the row that is being read, and where each ends.
    cells: Vec<u8>,
    length: usize,
    ends: [usize; MOST_COLUMNS * 2],
    count: usize,
    /// The number of the row, from 1.
    row: i64,
    heads: Vec<String>,
    piece: csv::Writer<Vec<u8>>,
    rows_of_piece: i64,
    ready: Vec<Vec<u8>>,
    rows: i64,
}

/// A file that was taken in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// The heads of its columns.
    pub(super) heads: Vec<String>,
    /// The number of its rows, without empty ones.
    pub(super) rows: i64,
}

/// Writes a piece.
fn writer() -> csv::Writer<Vec<u8>> {
    WriterBuilder::new().flexible(true).from_writer(Vec::new())
}

/// The rows of a piece: the number of each, and its cells.
pub(super) fn rows_of_piece(content: &[u8]) -> Vec<(i64, Vec<String>)> {
    let reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(content);
    let rows = reader.into_records().filter_map(Result::ok);
    let row = |row: csv::StringRecord| {
        let mut cells = row.iter().map(str::to_owned);
        Some((cells.next()?.parse().ok()?, cells.collect()))
    };
    rows.filter_map(row).collect()
}

/// What stands most often between the cells of the first line; of two that do, the one that is rarer in
/// texts.
fn separator_of(sample: &str) -> u8 {
    let (mut is_quoted, mut counts) = (false, [(b';', 0), (b'\t', 0), (b',', 0)]);
    for byte in sample.bytes() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' | b'\r' if !is_quoted => break,
            byte if !is_quoted => {
                for (_, count) in counts.iter_mut().filter(|(separator, _)| *separator == byte) {
                    *count += 1;
                }
            }
            _ => {}
        }
    }
    counts
        .into_iter()
        .rev()
        .max_by_key(|(_, count)| *count)
        .map_or(b';', |(separator, _)| separator)
}

impl Intake {
    pub(super) fn new() -> Self {
        Self {
            decoder: Decoder::new(),
            sample: String::new(),
            reader: None,
            cells: vec![0; LONGEST_ROW],
            length: 0,
            ends: [0; MOST_COLUMNS * 2],
            count: 0,
            row: 1,
            heads: Vec::new(),
            piece: writer(),
            rows_of_piece: 0,
            ready: Vec::new(),
            rows: 0,
        }
    }

    /// Takes more bytes; returns the pieces that are complete.
    ///
    /// # Errors
    /// Why the file can't be read.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<Vec<Vec<u8>>, Message> {
        let text = self.decoder.decode(bytes, false)?;
        self.read(&text, false)?;
        Ok(std::mem::take(&mut self.ready))
    }

    /// The end of the file: the last pieces, and what it is.
    ///
    /// # Errors
    /// As [`Intake::take`].
    pub(super) fn end(mut self) -> Result<(Vec<Vec<u8>>, Taken), Message> {
        let text = self.decoder.decode(&[], true)?;
        self.read(&text, true)?;
        // Ends the last line, or goes on in a quoted cell.
        self.parse(b"\n")?;
        if self.length > 0 || self.count > 0 {
            return Err(Message::with("transfer.import.open_quote", self.row));
        }
        self.cut();
        match (self.heads.is_empty(), self.rows) {
            (true, _) => Err(Message::new("transfer.import.empty")),
            (_, 0) => Err(Message::new("transfer.import.only_heads")),
            (_, rows) => Ok((self.ready, Taken { heads: self.heads, rows })),
        }
    }

    fn read(&mut self, text: &str, is_last: bool) -> Result<(), Message> {
        if self.reader.is_some() {
            return self.parse(text.as_bytes());
        }
        self.sample.push_str(text);
        if self.sample.len() < SAMPLE && !is_last {
            return Ok(());
        }
        let separator = separator_of(&self.sample);
        self.reader = Some(ReaderBuilder::new().delimiter(separator).build());
        let sample = std::mem::take(&mut self.sample);
        self.parse(sample.as_bytes())
    }

    fn parse(&mut self, mut input: &[u8]) -> Result<(), Message> {
        while !input.is_empty() {
            let Some(reader) = &mut self.reader else { return Ok(()) };
            let (cells, ends) = (&mut self.cells[self.length..], &mut self.ends[self.count..]);
            let (result, read, written, ended) = reader.read_record(input, cells, ends);
            input = &input[read..];
            self.length += written;
            self.count += ended;
            match result {
                ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
                ReadRecordResult::OutputFull => {
                    return Err(Message::with("transfer.import.long_row", self.row));
                }
                ReadRecordResult::OutputEndsFull => {
                    return Err(Message::with("transfer.import.many_columns", MOST_COLUMNS));
                }
                ReadRecordResult::Record => self.end_row()?,
            }
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), Message> {
        let text = String::from_utf8_lossy(&self.cells[..self.length]).into_owned();
        let starts = [0].into_iter().chain(self.ends[..self.count].iter().copied());
        let ends = self.ends[..self.count].iter().copied();
        let cells: Vec<&str> =
            starts.zip(ends).map(|(start, end)| text.get(start..end).unwrap_or_default()).collect();
        (self.length, self.count) = (0, 0);
        let number = self.row;
        self.row += 1;
        let is_blank = cells.iter().all(|cell| cell.trim().is_empty());
        if self.heads.is_empty() && !is_blank {
            if cells.len() > MOST_COLUMNS {
                return Err(Message::with("transfer.import.many_columns", MOST_COLUMNS));
            }
            self.heads = cells.iter().map(|cell| cell.trim().to_owned()).collect();
            return Ok(());
        }
        if is_blank {
            return Ok(());
        }
        self.rows += 1;
        if self.rows > MOST_ROWS {
            return Err(Message::with("transfer.import.many_rows", MOST_ROWS));
        }
        let number = number.to_string();
        let row = [number.as_str()].into_iter().chain(cells);
        self.piece.write_record(row).map_err(|_| Message::new("transfer.import.binary"))?;
        self.rows_of_piece += 1;
        let is_large = self.piece.flush().is_ok() && self.piece.get_ref().len() >= BYTES_OF_PIECE;
        if is_large || self.rows_of_piece == ROWS_OF_PIECE {
            self.cut();
        }
        Ok(())
    }

    /// Ends a piece.
    fn cut(&mut self) {
        let piece = std::mem::replace(&mut self.piece, writer());
        if std::mem::take(&mut self.rows_of_piece) > 0 {
            self.ready.extend(piece.into_inner());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Rows = Vec<(i64, Vec<String>)>;

    /// The heads and rows of a file that arrives in pieces of a size.
    fn taken(bytes: &[u8], size: usize) -> Result<(Vec<String>, Rows), Message> {
        let (mut intake, mut pieces) = (Intake::new(), Vec::new());
        for piece in bytes.chunks(size) {
            pieces.extend(intake.take(piece)?);
        }
        let (last, taken) = intake.end()?;
        pieces.extend(last);
        let rows: Rows = pieces.iter().flat_map(|piece| rows_of_piece(piece)).collect();
        assert_eq!(taken.rows, i64::try_from(rows.len()).unwrap());
        Ok((taken.heads, rows))
    }

    fn row(number: i64, cells: &[&str]) -> (i64, Vec<String>) {
        (number, cells.iter().map(|cell| (*cell).to_owned()).collect())
    }

    #[test]
    fn each_separator_is_found_and_quoted_cells_stay_whole() {
        for size in [1, 7, 10_000] {
            for text in [
                "Naam;\"Plaats, land\"\r\nA;\"b;c\"\"\nd\"\r\n\r\n;\r\nB;e",
                "Naam,\"Plaats, land\"\nA,\"b;c\"\"\nd\"\n\n,\nB,e\n",
                "Naam\tPlaats, land\nA\t\"b;c\"\"\nd\"\n\n\t\nB\te\n",
            ] {
                let (heads, rows) = taken(text.as_bytes(), size).unwrap();
                assert_eq!(heads, ["Naam", "Plaats, land"]);
                assert_eq!(rows, [row(2, &["A", "b;c\"\nd"]), row(4, &["B", "e"])], "{text:?}");
            }
        }
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told() {
        let long = format!("naam\n{}", "a".repeat(10_000_000));
        let quoted = format!("naam\n\"{}", "a".repeat(10_000_000));
        let wide = format!("{}\n", "a;".repeat(300));
        let one_more = format!("{}a\n", "a;".repeat(MOST_COLUMNS));
        for (text, key) in [
            ("", "empty"),
            ("\n\r\n", "empty"),
            ("naam;plaats", "only_heads"),
            ("naam;plaats\n;\n", "only_heads"),
            ("naam\n\"a", "open_quote"),
            ("naam\n\"", "open_quote"),
            (&long, "long_row"),
            (&quoted, "long_row"),
            (&wide, "many_columns"),
            (&one_more, "many_columns"),
            ("a\0b", "binary"),
        ] {
            let fault = serde_json::to_value(taken(text.as_bytes(), 60_000).unwrap_err()).unwrap();
            assert_eq!(fault["key"], format!("transfer.import.{key}"), "{:.30}", text);
        }
    }

    proptest! {
        #[test]
        fn any_cells_are_read_as_they_were_written(
            rows in proptest::collection::vec(proptest::collection::vec("[^\0]{0,12}", 3), 1..250),
            size in 1_usize..500,
        ) {
            let mut writer = WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
            writer.write_record(["a", "b", "c"]).unwrap();
            rows.iter().for_each(|row| writer.write_record(row).unwrap());
            let (_, read) = taken(&writer.into_inner().unwrap(), size).unwrap_or_default();
            let read: Vec<Vec<String>> = read.into_iter().map(|(_, cells)| cells).collect();
            let is_blank = |row: &&Vec<String>| row.iter().all(|cell| cell.trim().is_empty());
            let written: Vec<Vec<String>> = rows.iter().filter(|row| !is_blank(row)).cloned().collect();
            prop_assert_eq!(read, written);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), size in 1_usize..50) {
            let _ = taken(&bytes, size);
        }
    }
}
