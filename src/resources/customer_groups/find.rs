//! Groups in the search of everything.

use jiff::tz::TimeZone;

use super::{CustomerGroup, SECTION, queries};
use crate::lists::{Part, Positioned};
use crate::resources::{Finding, Hit, MOST_HITS};
use crate::tenant::Store;

/// The newest groups whose names contain all words of a text.
pub(super) fn find<'a>(store: &'a Store, text: &'a str, zone: &'a TimeZone) -> Finding<'a> {
    Box::pin(async move {
        let rows = queries::list(store, &Part::matching(text, MOST_HITS), zone).await?;
        let hit = |Positioned { row, .. }: Positioned<CustomerGroup>| Hit {
            path: format!("{}/{}", SECTION.path, row.id),
            name: row.name,
            detail: String::new(),
        };
        Ok(rows.into_iter().map(hit).collect())
    })
}
