//! What a resource says of its rows, to import them; and reading a row of a file.

use std::collections::HashMap;
use std::marker::PhantomData;

use jiff::tz::TimeZone;

use crate::changes::Change;
use crate::error::{Error, Message, Result};
use crate::fields::{Fields, FromFields};
use crate::i18n::Lang;
use crate::ids::DeletionId;
use crate::quotas::{PortalQuota, Quotas};
use crate::spreadsheet;
use crate::tenant::{Store, StoreTx};
use crate::unicode::fold;
use crate::values::{FieldInfo, Input, Record};
use crate::web::Section;

/// A row that has one of the [keys](Imported::keys) that were looked for.
#[derive(Debug, Clone)]
pub struct Existing {
    /// The key.
    pub key: String,
    /// The row's id.
    pub id: String,
}

/// Reads a cell as a form sends it.
type ReadCell = Box<dyn Fn(&str) -> Result<String, Message> + Send + Sync>;

/// A column beside the fields, such as of one that a portal has added.
pub struct MoreColumn {
    /// The name in forms.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Reads a cell as a form sends it, or says what is wrong with it.
    pub read: ReadCell,
}

/// A resource whose rows can be imported. The same functions create, change and delete them as everywhere
/// else, so quotas, search index, totals and events are the same.
pub trait Imported: Send + Sync + 'static {
    /// Its fields.
    type Details: Record + Clone + Send + Sync;
    /// A new row, as it is read.
    type New: FromFields + Send;

    /// The section of its pages.
    const SECTION: Section;
    /// The kind of the rows, as in the search index.
    const KIND: &'static str;
    /// The name of its kind of job. It never changes.
    const JOB: &'static str;
    /// The prefix of the labels' text keys.
    const LABELS: &'static str;
    /// How other programs call the fields, in any case, without spaces and punctuation.
    const HEADS: &'static [(&'static str, &'static [&'static str])];
    /// The limit on its rows.
    const QUOTA: PortalQuota;

    /// The columns of a portal beside the fields.
    fn more_columns(store: &Store) -> impl Future<Output = Result<Vec<MoreColumn>>> + Send;

    /// The most rows that a portal can have.
    fn most(quotas: &Quotas) -> u32;

    /// The fields of a new row.
    fn details(new: Self::New) -> Self::Details;

    /// What a row has in common with its duplicates.
    fn keys(details: &Self::Details) -> Vec<String>;

    /// The portal's rows with one of these keys.
    fn existing(
        tx: &mut StoreTx,
        rows: &[Self::Details],
    ) -> impl Future<Output = Result<Vec<Existing>>> + Send;

    /// Creates a row; returns its id.
    fn create(
        tx: &mut StoreTx,
        change: &Change<'_>,
        quotas: &Quotas,
        details: Self::Details,
    ) -> impl Future<Output = Result<String>> + Send;

    /// Changes the fields that are in `fields`.
    fn update(
        tx: &mut StoreTx,
        change: &Change<'_>,
        id: &str,
        fields: Fields,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Deletes a row unless it was changed since it was created; false if it was, or is gone. The
    /// transaction locks the portal.
    fn delete_unchanged(
        tx: &mut StoreTx,
        change: &Change<'_>,
        id: &str,
        deletion: &DeletionId,
    ) -> impl Future<Output = Result<bool>> + Send;
}

/// The fields that a column of a file can fill.
pub(super) fn columns<R: Imported>() -> impl Iterator<Item = &'static FieldInfo> {
    R::Details::FIELDS.iter().filter(|field| field.has_input())
}

/// The label of a field; the name itself if it is none.
pub(super) fn label<R: Imported>(lang: Lang, field: &str) -> String {
    let is_field = R::Details::FIELDS.iter().any(|known| known.name == field);
    if is_field {
        lang.text(&format!("{}{field}", R::LABELS)).into_owned()
    } else {
        field.to_owned()
    }
}

/// A head or choice as it is compared: its letters and digits.
fn bare(text: &str) -> String {
    fold(text).chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// The fields that columns with these heads probably fill: by the names in the API, the labels in both
/// languages, and what other programs call them.
pub(super) fn guess<R: Imported>(heads: &[String], more: &[MoreColumn]) -> Vec<String> {
    let names = |field: &str| -> Vec<String> {
        let labels = Lang::ALL.map(|lang| bare(&label::<R>(lang, field)));
        let others = R::HEADS.iter().filter(|(known, _)| *known == field);
        let others = others.flat_map(|(_, heads)| heads.iter().map(|head| (*head).to_owned()));
        [bare(field)].into_iter().chain(labels).chain(others).collect()
    };
    let own = columns::<R>().map(|field| (field.name, names(field.name)));
    let more = more.iter().map(|column| {
        let key = column.name.rsplit('.').next().unwrap_or_default();
        (column.name.as_str(), vec![bare(&column.label), bare(key)])
    });
    let fields: Vec<(&str, Vec<String>)> = own.chain(more).collect();
    let mut guessed: Vec<String> = Vec::with_capacity(heads.len());
    for head in heads {
        let head = bare(head);
        let fits = |(field, names): &&(&str, Vec<String>)| {
            names.contains(&head) && guessed.iter().all(|known| known != field)
        };
        let field = fields.iter().find(fits).map_or("", |(field, _)| field);
        guessed.push(field.to_owned());
    }
    guessed
}

/// What is wrong with a field of a row; with the row itself if the name is empty.
pub(super) type Faults = Vec<(String, Message)>;

/// A row that can be imported.
pub(super) struct GoodRow<R: Imported> {
    pub(super) details: R::Details,
    /// The fields that the file has for it.
    pairs: Vec<(String, String)>,
}

impl<R: Imported> GoodRow<R> {
    /// What the file has for a column beside the fields.
    pub(super) fn cell(&self, name: &str) -> &str {
        let found = self.pairs.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, text)| text)
    }
}

/// Reads the rows of a file.
pub(super) struct RowReader<R> {
    fields: Vec<String>,
    /// By field, the values of its choices by what people call them.
    choices: HashMap<String, HashMap<String, &'static str>>,
    more: Vec<MoreColumn>,
    lang: Lang,
    zone: TimeZone,
    resource: PhantomData<fn() -> R>,
}

impl<R: Imported> RowReader<R> {
    /// A reader of rows whose columns fill these fields, of which `more` aren't the resource's own, written
    /// in this language.
    pub(super) fn new(
        fields: Vec<String>,
        more: Vec<MoreColumn>,
        lang: Lang,
        zone: TimeZone,
    ) -> Self {
        let mut choices = HashMap::new();
        for field in R::Details::FIELDS {
            let names = match (field.input)() {
                Input::Choice(names) => Lang::ALL
                    .into_iter()
                    .flat_map(names)
                    .flat_map(|(value, name)| [(bare(&name), value), (bare(value), value)])
                    .collect(),
                Input::Checkbox => {
                    let yes = ["ja", "yes", "1", "x", "true", "waar"].map(|yes| (yes, "true"));
                    let no = ["nee", "no", "0", "false", "onwaar"].map(|no| (no, ""));
                    yes.into_iter()
                        .chain(no)
                        .map(|(name, value)| (name.to_owned(), value))
                        .collect()
                }
                Input::Line { .. } | Input::Area | Input::Elsewhere => continue,
            };
            choices.insert(field.name.to_owned(), names);
        }
        Self { fields, choices, more, lang, zone, resource: PhantomData }
    }

    fn form(&self, pairs: Vec<(String, String)>) -> Fields {
        Fields::pairs(pairs).in_language(self.lang).in_zone(&self.zone)
    }

    /// The fields that a row of the file changes of an existing one.
    pub(super) fn changes(&self, row: GoodRow<R>) -> Fields {
        self.form(row.pairs)
    }

    /// Reads a row.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(super) fn read(&self, cells: &[String]) -> Result<GoodRow<R>, Faults> {
        let more = cells.get(self.fields.len()..).unwrap_or_default();
        if cells.len() < self.fields.len() || more.iter().any(|cell| !cell.trim().is_empty()) {
            let (found, expected) = (cells.len(), self.fields.len());
            let fault = Message::with_two("transfer.import.cells", found, expected);
            return Err(vec![(String::new(), fault)]);
        }
        let (mut pairs, mut faults) = (Vec::new(), Vec::new());
        for (field, cell) in self.fields.iter().zip(cells) {
            let text = spreadsheet::read(cell).trim();
            if field.is_empty() || text.is_empty() {
                continue;
            }
            if columns::<R>().all(|own| own.name != field) {
                // One that was deleted since the columns were chosen is passed over.
                match self
                    .more
                    .iter()
                    .find(|more| more.name == *field)
                    .map(|more| (more.read)(text))
                {
                    Some(Ok(value)) => pairs.push((field.clone(), value)),
                    Some(Err(message)) => faults.push((field.clone(), message)),
                    None => {}
                }
                continue;
            }
            let choice = self.choices.get(field).and_then(|names| names.get(&bare(text)));
            pairs.push((field.clone(), choice.map_or(text, |value| value).to_owned()));
        }
        match self.form(pairs.clone()).read::<R::New>() {
            Ok(new) if faults.is_empty() => Ok(GoodRow { details: R::details(new), pairs }),
            Ok(_) => Err(faults),
            Err(Error::Invalid(errors)) => {
                let own = errors.iter().map(|(field, message)| (field.to_owned(), message.clone()));
                Err(own.chain(faults).collect())
            }
            Err(error) => Err(vec![(String::new(), error_message(&error))]),
        }
    }
}

fn error_message(error: &Error) -> Message {
    match error {
        Error::BadRequest(message) | Error::Conflict(message) => message.clone(),
        _ => Message::new("transfer.import.unreadable_row"),
    }
}
