//! Exporting a list: CSV for spreadsheets, NDJSON for programs. It is read page after page while it is
//! sent, so its size doesn't matter to the memory or to other requests.

use axum::body::{Body, Bytes};
use futures_util::stream;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::lists::{Listed, Part, Position, Positioned};
use crate::spreadsheet::Sheet;
use crate::tenant::Store;
use crate::values::Record;

/// How many rows are read at once.
const PAGE: i64 = 200;

/// A resource whose list can be exported.
pub trait Exported: Listed<Parent = ()> + Send + Sync + Sized {
    /// Its fields: the columns of a CSV file.
    type Details: Record;
    /// Its representation in the API: the lines of an NDJSON file.
    type View: Serialize;
    /// The prefix of the labels' text keys.
    const LABELS: &'static str;

    /// The fields of a row.
    fn details(&self) -> &Self::Details;

    /// The row as the API shows it, with times of this zone.
    fn into_view(self, zone: &TimeZone) -> Self::View;

    /// The columns of a CSV file beside the fields, such as those that a portal has added.
    type More: Send + Sync;

    /// Those columns of a portal.
    fn more(store: &Store) -> impl Future<Output = Result<Self::More>> + Send;

    /// Their heads.
    fn more_heads(more: &Self::More) -> Vec<String>;

    /// A row's cells in them.
    fn more_cells(&self, more: &Self::More, lang: Lang) -> Vec<String>;

    /// A page of the list.
    fn page(
        store: &Store,
        part: &Part<Self>,
        zone: &TimeZone,
    ) -> impl Future<Output = Result<Vec<Positioned<Self>>>> + Send;

    /// The row with this id, if the portal has it.
    fn row(store: &Store, id: &str) -> impl Future<Output = Result<Option<Self>>> + Send;
}

/// The rows that are exported.
pub(super) enum Source<L> {
    /// A list, from its first row on.
    List(Part<L>),
    /// A few rows, which are read already.
    Rows(Vec<L>),
}

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// CSV for the spreadsheets of people with the page's language.
    Csv,
    /// An object of the API on each line.
    Ndjson,
}

impl Format {
    pub(super) const ALL: [Self; 2] = [Self::Csv, Self::Ndjson];

    /// Its name in addresses, which is also how its files' names end.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Ndjson => "application/x-ndjson",
        }
    }
}

/// An export in progress.
pub(super) struct Export<L: Exported> {
    pub(super) store: Store,
    pub(super) format: Format,
    pub(super) lang: Lang,
    pub(super) zone: TimeZone,
    more: L::More,
    /// The rows that are still to be read.
    left: Option<Source<L>>,
    is_first: bool,
}

impl<L: Exported> Export<L> {
    /// An export of these rows.
    pub(super) fn new(
        (store, more): (Store, L::More),
        source: Source<L>,
        format: Format,
        lang: Lang,
        zone: TimeZone,
    ) -> Self {
        let left = Some(match source {
            Source::List(list) => Source::List(list.from_start(PAGE)),
            rows @ Source::Rows(_) => rows,
        });
        Self { store, format, lang, zone, more, left, is_first: true }
    }

    /// The file, which is read while it is sent.
    pub(super) fn into_body(self) -> Body {
        Body::from_stream(stream::try_unfold(self, |mut export| async move {
            let part = export.next().await?;
            Ok::<_, Error>(part.map(|part| (Bytes::from(part), export)))
        }))
    }

    /// The next part of the file, if there is one.
    async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let rows = match self.left.take() {
            None => return Ok(None),
            Some(Source::List(part)) => self.page(part).await?,
            Some(Source::Rows(rows)) => rows,
        };
        let rows = rows.into_iter();
        let is_first = std::mem::replace(&mut self.is_first, false);
        let part = match self.format {
            Format::Csv => self.csv(rows, is_first).map_err(Error::internal)?,
            Format::Ndjson => self.ndjson(rows).map_err(Error::internal)?,
        };
        Ok(Some(part))
    }

    /// The next rows of a list.
    async fn page(&mut self, part: Part<L>) -> Result<Vec<L>> {
        let mut rows = L::page(&self.store, &part, &self.zone).await?;
        let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
        if rows.len() > page {
            rows.truncate(page);
            let last = rows.last().map(|last| last.position.clone());
            self.left = last.map(|last: Position| Source::List(part.beyond(last)));
        }
        Ok(rows.into_iter().map(|positioned| positioned.row).collect())
    }

    fn csv(&self, rows: impl Iterator<Item = L>, is_first: bool) -> csv::Result<Vec<u8>> {
        let mut sheet = if is_first {
            let mut heads = heads::<L>(self.lang);
            heads.extend(L::more_heads(&self.more));
            Sheet::new(self.lang, heads.iter().map(String::as_str))?
        } else {
            Sheet::more(self.lang)
        };
        for row in rows {
            let cells = row.details().texts(self.lang, &self.zone);
            let cells = L::Details::FIELDS.iter().zip(&cells);
            let cells = cells.filter(|(field, _)| field.has_input());
            let more = row.more_cells(&self.more, self.lang);
            let more = more.iter().map(String::as_str);
            sheet.row(cells.map(|(_, text)| text.as_str()).chain(more))?;
        }
        sheet.into_bytes()
    }

    fn ndjson(&self, rows: impl Iterator<Item = L>) -> serde_json::Result<Vec<u8>> {
        let mut lines = Vec::new();
        for row in rows {
            serde_json::to_writer(&mut lines, &row.into_view(&self.zone))?;
            lines.push(b'\n');
        }
        Ok(lines)
    }
}

/// The heads of the columns: the fields' labels.
fn heads<L: Exported>(lang: Lang) -> Vec<String> {
    let fields = L::Details::FIELDS.iter().filter(|field| field.has_input());
    fields.map(|field| lang.text(&format!("{}{}", L::LABELS, field.name)).into_owned()).collect()
}
