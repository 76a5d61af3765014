//! Files in the search of everything.

use jiff::tz::TimeZone;

use super::size::readable_size;
use super::{Entry, SECTION, queries};
use crate::i18n::Lang;
use crate::lists::{Part, Positioned};
use crate::resources::{Finding, Hit, MOST_HITS};
use crate::tenant::Store;

/// The newest files and directories whose names contain all words of a text.
pub(super) fn find<'a>(store: &'a Store, text: &'a str, zone: &'a TimeZone) -> Finding<'a> {
    Box::pin(async move {
        let rows = queries::list(store, &Part::matching(text, MOST_HITS), zone).await?;
        let hit = |Positioned { row, .. }: Positioned<Entry>| Hit {
            path: format!("{}/{}", SECTION.path, row.id),
            detail: row
                .file_id()
                .map(|_| readable_size(Lang::default(), row.bytes()))
                .unwrap_or_default(),
            name: row.name,
        };
        Ok(rows.into_iter().map(hit).collect())
    })
}
