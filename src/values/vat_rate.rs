//! Rates of value-added tax.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};

use super::{Input, Value, value_schema};
use crate::db::{Column, FromColumn, Param, ToParam};
use crate::error::Message;
use crate::fields::Fields;
use crate::i18n::Lang;

/// A Dutch rate of VAT. In the API and the database it is its number of percents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VatRate {
    /// 0 %: exempt, or reverse-charged.
    Zero,
    /// 9 %, the reduced rate.
    Low,
    /// 21 %, the general rate.
    High,
}

value_schema!(VatRate);

impl VatRate {
    /// All of them, the highest first, as forms offer them.
    pub const ALL: [Self; 3] = [Self::High, Self::Low, Self::Zero];

    /// The rate in percent.
    pub const fn percent(self) -> i64 {
        match self {
            Self::Zero => 0,
            Self::Low => 9,
            Self::High => 21,
        }
    }

    /// The rate of so many percent.
    pub fn from_percent(percent: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|rate| rate.percent() == percent)
    }

    /// The texts that forms send.
    const fn name(self) -> &'static str {
        match self {
            Self::Zero => "0",
            Self::Low => "9",
            Self::High => "21",
        }
    }

    const fn wrong() -> Message {
        Message::new("field.vat_rate")
    }
}

impl fmt::Display for VatRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for VatRate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.percent())
    }
}

impl ToParam for VatRate {
    fn to_param(&self) -> Param<'_> {
        Param::Int(self.percent())
    }
}

impl FromColumn for VatRate {
    fn from_column(column: Column<'_>) -> Option<Self> {
        i64::from_column(column).and_then(Self::from_percent)
    }
}

impl Value for VatRate {
    const LONGEST: usize = 2;

    fn stand_in() -> Self {
        Self::High
    }

    fn read(text: &str) -> Result<Self, Message> {
        Self::ALL.into_iter().find(|rate| rate.name() == text).ok_or(Self::wrong())
    }

    fn schema() -> Json {
        json!({ "type": "integer", "enum": [0, 9, 21] })
    }

    fn input() -> Input {
        Input::Choice(|_: Lang| Self::ALL.map(|rate| (rate.name(), format!("{rate}%"))).into())
    }

    fn from_field(fields: &mut Fields, name: &str) -> Self {
        let Some(percent) = fields.whole_number(name) else { return Self::stand_in() };
        Self::from_percent(percent).unwrap_or_else(|| {
            fields.fault(name, Self::wrong());
            Self::stand_in()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{from_form, from_json};
    use super::*;

    #[test]
    fn a_rate_is_a_number_in_json_and_a_choice_in_forms() {
        for rate in VatRate::ALL {
            let percent = rate.percent();
            assert_eq!(from_json(&format!(r#"{{"value": {percent}}}"#)), Ok(rate));
            assert_eq!(from_form(&percent.to_string(), Lang::Nl), Ok(rate));
            assert_eq!(serde_json::to_value(rate).unwrap(), json!(percent));
            assert_eq!(VatRate::from_column(Column::Int(percent)), Some(rate));
        }
        for wrong in
            ["6", "21.0", "21.5", "-9", "\"21\"", "null", "true", "1e1", "99999999999999999999"]
        {
            assert!(from_json::<VatRate>(&format!(r#"{{"value": {wrong}}}"#)).is_err(), "{wrong}");
        }
        for wrong in ["6", "", "21%", "2 1", "hoog"] {
            assert!(from_form::<VatRate>(wrong, Lang::Nl).is_err(), "{wrong}");
        }
        assert_eq!(VatRate::from_column(Column::Int(6)), None);
    }
}
