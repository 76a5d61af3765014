//! Names of time zones.

use std::sync::LazyLock;

use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{Input, Value, text_value};
use crate::error::Message;
use crate::i18n::Lang;

/// The name of a time zone of a place (IANA), such as `Europe/Amsterdam`, or `UTC`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Zone(String);

text_value!(Zone);

/// The regions of places. Other names, such as `EST` and `Etc/GMT+1`, are older or turned round.
const REGIONS: [&str; 10] = [
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
];

/// All names, in order.
static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let is_place = |name: &String| {
        name == "UTC" || name.split_once('/').is_some_and(|(region, _)| REGIONS.contains(&region))
    };
    let known = jiff::tz::db().available().map(|name| name.to_string());
    let mut names: Vec<String> =
        known.filter(is_place).filter(|name| TimeZone::get(name).is_ok()).collect();
    names.sort_unstable();
    names.dedup();
    names
});

impl Value for Zone {
    const LONGEST: usize = 64;

    fn stand_in() -> Self {
        Self("Europe/Amsterdam".to_owned())
    }

    fn read(text: &str) -> Result<Self, Message> {
        let found = NAMES.binary_search_by(|name| name.as_str().cmp(text));
        found.map(|_| Self(text.to_owned())).map_err(|_| Message::new("field.time_zone"))
    }

    fn schema() -> Json {
        json!({ "type": "string", "maxLength": Self::LONGEST })
    }

    fn input() -> Input {
        Input::Choice(Self::choices)
    }
}

impl Zone {
    /// The zone that a portal already has, whatever its name.
    pub fn kept(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// All zones, each with the name of its place.
    fn choices(_: Lang) -> Vec<(&'static str, String)> {
        NAMES.iter().map(|name| (name.as_str(), name.replace('_', " "))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_zones_and_nothing_else_is() {
        for name in ["Europe/Amsterdam", "America/Curacao", "America/Argentina/Ushuaia", "UTC"] {
            assert_eq!(Zone::read(name).map(|zone| zone.0), Ok(name.to_owned()));
        }
        for wrong in ["Europe/Ede", "europe/amsterdam", "EST", "Etc/GMT+1", "+01:00", ""] {
            assert!(Zone::read(wrong).is_err(), "{wrong}");
        }
        let Input::Choice(choices) = Zone::input() else { panic!("a choice") };
        assert!(choices(Lang::Nl).contains(&("America/New_York", "America/New York".to_owned())));
    }
}
