//! Files of a resource's rows: exporting a list. A resource says in one file what its rows are like. See `docs/decisions/0055-csv.md`.

mod export;
mod export_page;

pub use export::Exported;
pub use export_page::{Asked as ExportAsked, export};
