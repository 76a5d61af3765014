//! What a resource adds to the product.

use crate::db::DeleteBatch;
use crate::events::EventInfo;
use crate::http::Routes;
use crate::lists::SortKeys;
use crate::quotas::PortalQuota;
use crate::search::Searched;
use crate::trash::Trash;
use crate::web::{Pages, Section};

/// A resource. What is listed here is all that the rest of the product knows of it.
pub struct Resource {
    /// Its routes in the API, each with its scope, and its part of the reference.
    pub api: fn() -> Routes,
    /// Its section in the manage portal: an entry in the menu, and a number on the start page.
    pub section: Section,
    /// The pages of the section.
    pub pages: fn() -> Pages,
    /// Its rows in the search index.
    pub searched: Searched,
    /// The names that its rows are sorted by.
    pub sort_keys: SortKeys,
    /// The limit on its rows in a portal, which also counts them.
    pub quota: PortalQuota,
    /// What is kept of its deleted rows, unless they are deleted for good at once.
    pub trash: Option<&'static Trash>,
    /// The types of its events.
    pub events: &'static [EventInfo],
    /// Deletes its rows with a portal (`?2`), in the order of their references. They may refer to rows of
    /// resources that are listed before it.
    pub removal: &'static [DeleteBatch],
}
