//! Search: both sides are folded, each word is matched separately, with an index per portal. See
//! `docs/decisions/0026-search.md` and `docs/decisions/0040-an-index-that-grows.md`.

mod grams;
mod index;
mod query;
mod rebuild;

pub use index::Searched;
pub(crate) use index::searched;
pub use query::{Words, has_all_on_postgres, has_all_on_sqlite};
pub(crate) use rebuild::VERSION;
