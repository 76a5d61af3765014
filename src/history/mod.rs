//! The history of rows: what was changed, when, and by whom. It is shown on the pages of those rows.
//! An entry is written in the transaction of its change, so there is none without the other. See
//! `docs/decisions/0053-history.md`.
//!
//! A resource adds an entry with [`Change::note`](crate::changes::Change::note), and reads them with
//! [`entries`].

mod differences;
mod entry;
mod note;
mod retention;

pub use differences::differences;
pub use entry::{AuthorKind, Entry, FieldChange, What, entries};
pub use note::MAX_ENTRIES;
pub use retention::clean_up;
