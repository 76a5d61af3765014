//! Customers in the search of everything.

use jiff::tz::TimeZone;

use super::{Customer, SECTION, queries};
use crate::lists::{Part, Positioned};
use crate::resources::{Finding, Hit, MOST_HITS};
use crate::tenant::Store;

/// The newest customers that contain all words of a text.
pub(super) fn find<'a>(store: &'a Store, text: &'a str, zone: &'a TimeZone) -> Finding<'a> {
    Box::pin(async move {
        let rows = queries::list(store, &Part::matching(text, MOST_HITS), zone).await?;
        let hit = |Positioned { row, .. }: Positioned<Customer>| Hit {
            name: row.details.name().to_owned(),
            detail: row.details.city.to_string(),
            path: format!("{}/{}", SECTION.path, row.id),
        };
        Ok(rows.into_iter().map(hit).collect())
    })
}
