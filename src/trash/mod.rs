//! The bin: what was deleted can be restored for 30 days. See `docs/decisions/0054-the-bin.md`.
//!
//! A resource declares with a [`Trash`] what is kept of its rows. The rows themselves leave their
//! tables, so no query can find what was deleted.

mod bounds;
mod declared;
mod kept_rows;

pub use bounds::clean_up;
pub use declared::{Deleted, Trash};
pub use kept_rows::{KeptRows, MOST_DEPENDENT};
