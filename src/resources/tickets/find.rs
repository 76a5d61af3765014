//! Tickets in the search of everything.

use jiff::tz::TimeZone;

use super::links::ticket_path;
use super::{Ticket, queries};
use crate::lists::{Part, Positioned};
use crate::resources::{Finding, Hit, MOST_HITS};
use crate::tenant::Store;

/// The newest tickets whose titles and messages contain all words of a text.
pub(super) fn find<'a>(store: &'a Store, text: &'a str, zone: &'a TimeZone) -> Finding<'a> {
    Box::pin(async move {
        let rows = queries::list(store, &Part::matching(text, MOST_HITS), zone).await?;
        let hit = |Positioned { row, .. }: Positioned<Ticket>| Hit {
            path: ticket_path(&row.id),
            name: row.title,
            detail: row.customer_name.unwrap_or_default(),
        };
        Ok(rows.into_iter().map(hit).collect())
    })
}
