//! Appointments in the search of everything.

use jiff::tz::TimeZone;

use super::links::appointment_path;
use super::{Appointment, queries};
use crate::lists::{Part, Positioned};
use crate::resources::{Finding, Hit, MOST_HITS};
use crate::tenant::Store;

/// The newest appointments that contain all words of a text.
pub(super) fn find<'a>(store: &'a Store, text: &'a str, zone: &'a TimeZone) -> Finding<'a> {
    Box::pin(async move {
        let rows = queries::list(store, &Part::matching(text, MOST_HITS), zone).await?;
        let hit = |Positioned { row, .. }: Positioned<Appointment>| Hit {
            path: appointment_path(&row.id),
            name: row.name().to_owned(),
            detail: row.attendee_name().to_owned(),
        };
        Ok(rows.into_iter().map(hit).collect())
    })
}
