//! Webhooks in the search of everything.

use jiff::tz::TimeZone;

use super::{SECTION, Webhook, queries};
use crate::lists::{Part, Positioned};
use crate::resources::{Finding, Hit, MOST_HITS};
use crate::tenant::Store;

/// The newest webhooks whose address and type contain all words of a text.
pub(super) fn find<'a>(store: &'a Store, text: &'a str, zone: &'a TimeZone) -> Finding<'a> {
    Box::pin(async move {
        let rows = queries::list(store, &Part::matching(text, MOST_HITS), zone).await?;
        let hit = |Positioned { row, .. }: Positioned<Webhook>| Hit {
            path: format!("{}/{}", SECTION.path, row.id),
            name: row.url,
            detail: row.event.to_string(),
        };
        Ok(rows.into_iter().map(hit).collect())
    })
}
