//! Dates and times on pages.

use jiff::Timestamp;

use crate::i18n::{Lang, tr};
use crate::time::{amsterdam, readable, readable_day};

/// A date, for pages. A developer has no time zone of its own: times are in Amsterdam time, and say
/// so.
pub(super) fn day(lang: Lang, moment: Timestamp) -> String {
    readable_day(moment, &amsterdam(), lang)
}

/// A time, for pages.
pub(super) fn moment(lang: Lang, moment: Timestamp) -> String {
    tr!(lang, "developers.moment", moment = readable(moment, &amsterdam(), lang)).into_owned()
}
