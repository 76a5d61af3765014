//! What a resource adds to the product.

use std::pin::Pin;

use jiff::tz::TimeZone;

use crate::db::DeleteBatch;
use crate::error::Result;
use crate::events::EventInfo;
use crate::http::Routes;
use crate::lists::SortKeys;
use crate::quotas::PortalQuota;
use crate::search::Searched;
use crate::tenant::Store;
use crate::trash::Trash;
use crate::web::{Pages, Section};

/// A row that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What it is called.
    pub name: String,
    /// What tells it from others with that name.
    pub detail: String,
    /// Its page.
    pub path: String,
}

/// Finds rows of the portal by words, in the portal's time zone: at most [`MOST_HITS`], and one more if
/// there are others.
pub type Find = for<'a> fn(&'a Store, &'a str, &'a TimeZone) -> Finding<'a>;

/// What [`Find`] returns, in time.
pub type Finding<'a> = Pin<Box<dyn Future<Output = Result<Vec<Hit>>> + Send + 'a>>;

/// The most rows of a resource that the search of everything shows.
pub const MOST_HITS: i64 = 5;

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
    /// Finds the newest rows that contain all words of a text, for the search of everything.
    pub find: Find,
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
