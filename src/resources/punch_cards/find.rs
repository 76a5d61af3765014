//! Punch cards in the search of everything.

use jiff::tz::TimeZone;

use super::{PunchCard, SECTION, queries};
use crate::lists::{Part, Positioned};
use crate::resources::{Finding, Hit, MOST_HITS};
use crate::tenant::Store;

/// The newest punch cards that contain all words of a text.
pub(super) fn find<'a>(store: &'a Store, text: &'a str, zone: &'a TimeZone) -> Finding<'a> {
    Box::pin(async move {
        let rows = queries::list(store, &Part::matching(text, MOST_HITS), zone).await?;
        let hit = |Positioned { row, .. }: Positioned<PunchCard>| Hit {
            path: format!("{}/{}", SECTION.path, row.id),
            name: row.details.name.to_string(),
            detail: row.details.punch_label.to_string(),
        };
        Ok(rows.into_iter().map(hit).collect())
    })
}
