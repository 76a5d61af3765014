//! The country codes of ISO 3166-1 alpha-2. Their names are in `locales/country.yml` under
//! `country.<code>`.

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{Input, Value, text_value};
use crate::error::Message;
use crate::i18n::Lang;
use crate::unicode::fold;

/// The most common countries, which a form offers first.
const NEAR: [&str; 6] = ["NL", "BE", "DE", "FR", "LU", "GB"];

const CODES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD \
    CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF \
    GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN \
    KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA \
    NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI \
    SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI \
    VN VU WF WS YE YT ZA ZM ZW";

/// A country code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Country(pub String);

text_value!(Country);

/// The default country.
impl Default for Country {
    fn default() -> Self {
        Self("NL".to_owned())
    }
}

impl Value for Country {
    const LONGEST: usize = 2;
    const HAS_DEFAULT: bool = true;

    fn stand_in() -> Self {
        Self::default()
    }

    fn read(text: &str) -> Result<Self, Message> {
        let code = text.to_ascii_uppercase();
        if Self::exists(&code) { Ok(Self(code)) } else { Err(Message::new("field.country")) }
    }

    fn schema() -> Json {
        json!({ "type": "string", "minLength": 2, "maxLength": 2 })
    }

    fn input() -> Input {
        Input::Choice(Self::choices)
    }
}

impl Country {
    /// Whether an upper-case code is a country code.
    pub(super) fn exists(code: &str) -> bool {
        CODES.split(' ').any(|known| known == code)
    }

    /// The country's name in a language.
    pub fn name(&self, lang: Lang) -> String {
        name(&self.0, lang)
    }

    /// Codes and names to choose from: the common ones first, the others by name.
    fn choices(lang: Lang) -> Vec<(&'static str, String)> {
        let others = CODES.split(' ').filter(|code| !NEAR.contains(code));
        let mut others: Vec<_> = others.map(|code| (code, name(code, lang))).collect();
        others.sort_by_cached_key(|(_, name)| fold(name));
        NEAR.into_iter().map(|code| (code, name(code, lang))).chain(others).collect()
    }
}

fn name(code: &str, lang: Lang) -> String {
    lang.text(&format!("country.{code}")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_can_be_chosen_once_and_has_a_name() {
        for lang in Lang::ALL {
            let choices = Country::choices(lang);
            assert_eq!((choices.len(), choices[0].0), (249, "NL"));
            assert!(choices.iter().all(|(_, name)| !name.starts_with("country.")));
        }
        let dutch = Country::default();
        assert_eq!(
            (dutch.name(Lang::Nl), dutch.name(Lang::En)),
            ("Nederland".into(), "Netherlands".into())
        );
    }

    #[test]
    fn codes_are_told_from_other_letters_and_kept_in_capitals() {
        assert_eq!(CODES.split(' ').count(), 249);
        assert_eq!(Country::read("be"), Ok(Country("BE".into())));
        for wrong in ["XX", "N", "ß", "éé", "N "] {
            assert!(Country::read(wrong).is_err(), "{wrong}");
        }
    }
}
