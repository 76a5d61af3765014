//! The fields that a portal has added to its customers, and what their values can be.

use std::fmt;

use serde_json::{Number, Value as Json};

use super::custom_values::{CustomValues, plain};
use crate::db::{from_row, text_enum};
use crate::error::Message;
use crate::fields::Fields;
use crate::values::{Date, Value};

/// The most texts that a field offers to choose from.
pub(super) const MAX_CHOICES: usize = 50;

/// The maximum length of a text to choose, in characters.
pub(super) const LONGEST_CHOICE: usize = 100;

/// The maximum length of a text, in characters.
const LONGEST_LINE: usize = 200;

/// The maximum length of a text of several lines, in characters.
const LONGEST_TEXT: usize = 5000;

/// Larger numbers aren't exact in the languages of most clients.
const LARGEST: f64 = 1e15;

text_enum! {
    /// The kind of values of a custom field.
    pub FieldKind in "custom_fields.kind." {
        /// One line of text.
        Line = "text",
        /// Several lines of text.
        Lines = "longText",
        /// A number.
        Number = "number",
        /// A day.
        Date = "date",
        /// One of several texts.
        Choice = "choice",
        /// Yes or no.
        YesNo = "yesNo",
    }
}

/// A custom field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomField {
    /// The name on the wire.
    pub key: String,
    /// Its name in forms, and the path of its errors: `customFields.<key>`.
    pub path: String,
    /// What people call it.
    pub name: String,
    /// The kind of its values.
    pub kind: FieldKind,
    /// What can be chosen, a line for each.
    pub choices: String,
    /// Whether forms require it. Programs can leave it out, but not empty it.
    pub is_required: bool,
    /// The number of changes, plus one.
    pub revision: i64,
}
from_row!(CustomField { key, path, name, kind, choices, is_required, revision });

impl CustomField {
    /// Reads a value; `None` if it is empty.
    fn read(&self, sent: &Json) -> Result<Option<Json>, Message> {
        let text = match sent {
            Json::Bool(_) if self.kind != FieldKind::YesNo => return Err(self.fault()),
            Json::Number(_) if self.kind != FieldKind::Number => return Err(self.fault()),
            sent => plain(sent),
        };
        let text = text.trim();
        if text.is_empty() {
            return if self.is_required { Err(Message::new("field.required")) } else { Ok(None) };
        }
        let value = match self.kind {
            FieldKind::Line => Json::String(read_text(text, LONGEST_LINE, |c| c.is_control())?),
            FieldKind::Lines => {
                let is_wrong = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
                Json::String(read_text(text, LONGEST_TEXT, is_wrong)?)
            }
            FieldKind::Number => Json::Number(read_number(text).ok_or_else(|| self.fault())?),
            FieldKind::Date => Json::String(Date::read(text)?.to_string()),
            FieldKind::Choice if self.choices.lines().any(|choice| choice == text) => {
                Json::String(text.to_owned())
            }
            FieldKind::YesNo if matches!(text, "true" | "false") => Json::Bool(text == "true"),
            FieldKind::Choice | FieldKind::YesNo => return Err(self.fault()),
        };
        Ok(Some(value))
    }

    /// Reads a cell of a spreadsheet, which people fill in, as a form sends the value.
    pub(super) fn read_cell(&self, text: &str) -> Result<String, Message> {
        let folded = crate::unicode::fold(text);
        let known = match self.kind {
            FieldKind::YesNo if matches!(folded.as_str(), "ja" | "yes" | "1" | "x" | "waar") => {
                Some("true")
            }
            FieldKind::YesNo if matches!(folded.as_str(), "nee" | "no" | "0" | "onwaar") => {
                Some("false")
            }
            FieldKind::Choice => {
                self.choices.lines().find(|choice| crate::unicode::fold(choice) == folded)
            }
            _ => None,
        };
        let value = self.read(&Json::String(known.unwrap_or(text).to_owned()))?;
        Ok(value.as_ref().map_or_else(String::new, plain))
    }

    /// What its values must be.
    fn fault(&self) -> Message {
        match self.kind {
            FieldKind::Line | FieldKind::Lines => Message::new("field.not_text"),
            FieldKind::Number => Message::new("custom_fields.not_number"),
            FieldKind::Date => Message::new("field.date"),
            FieldKind::Choice => {
                Message::with("field.choice", self.choices.lines().collect::<Vec<_>>().join(", "))
            }
            FieldKind::YesNo => Message::with("field.choice", "true, false"),
        }
    }
}

fn path(key: &str) -> String {
    format!("customFields.{key}")
}

fn read_text(text: &str, longest: usize, is_wrong: fn(char) -> bool) -> Result<String, Message> {
    if text.chars().count() > longest {
        Err(Message::with("field.too_long", longest))
    } else if text.chars().any(is_wrong) {
        Err(Message::new("field.control_character"))
    } else {
        Ok(text.to_owned())
    }
}

/// A number with a point, or a comma as Dutch people write it. A whole one has no fraction.
fn read_number(text: &str) -> Option<Number> {
    let is_plain = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | ',' | 'e' | 'E');
    if !text.chars().all(is_plain) {
        return None;
    }
    let number: f64 = text.replace(',', ".").parse().ok()?;
    if number.abs() > LARGEST {
        return None;
    }
    match format!("{number}").parse::<i64>() {
        Ok(whole) => Some(whole.into()),
        Err(_) => Number::from_f64(number),
    }
}

/// The custom fields of a portal, in the order of its people.
#[derive(Debug, Clone, Default)]
pub struct CustomFields(pub Vec<CustomField>);

impl CustomFields {
    /// The field with this key.
    pub(super) fn get(&self, key: &str) -> Option<&CustomField> {
        self.0.iter().find(|field| field.key == key)
    }

    /// The values after a change: those that were sent, and those of before that weren't. What stays as
    /// it was is accepted, even if the field has changed since.
    pub(super) fn applied(
        &self,
        before: &CustomValues,
        sent: CustomValues,
        fields: &mut Fields,
    ) -> CustomValues {
        let mut values = before.clone();
        for (key, sent) in sent.0 {
            if before.0.get(&key).is_some_and(|stored| plain(stored) == plain(&sent)) {
                continue;
            }
            let read = match self.get(&key) {
                Some(field) => field.read(&sent),
                None if sent.is_null() => Ok(None),
                None => Err(self.unknown()),
            };
            match read {
                Ok(Some(value)) => {
                    values.0.insert(key, value);
                }
                Ok(None) => {
                    values.0.remove(&key);
                }
                Err(message) => fields.fault(&path(&key), message),
            }
        }
        values
    }

    /// Says which keys there are.
    fn unknown(&self) -> Message {
        if self.0.is_empty() {
            return Message::new("custom_fields.none_defined");
        }
        let keys: Vec<&str> = self.0.iter().map(|field| field.key.as_str()).collect();
        Message::with("custom_fields.unknown", keys.join(", "))
    }

    /// Checks a form of a customer with these values, in which required fields must be filled in.
    pub(super) fn check_form(&self, before: &CustomValues, fields: &mut Fields) {
        for field in &self.0 {
            let sent = fields.sent(&field.path).to_owned();
            if !sent.trim().is_empty() && sent == before.text(&field.key) {
                continue;
            }
            if let Err(message) = field.read(&Json::String(sent)) {
                fields.fault(&field.path, message);
            }
        }
    }

    /// A key for a new field with this name, which no other one in `taken` has.
    pub(super) fn new_key(name: &str, taken: &[String]) -> String {
        let key = key_of(name);
        let numbered = (2..).map(|number| format!("{key}{number}"));
        let mut keys = std::iter::once(key.clone()).chain(numbered);
        keys.find(|key| !taken.contains(key)).unwrap_or(key)
    }
}

/// The letters and digits of a name, as names on the wire are written: `aantalMedewerkers`.
fn key_of(name: &str) -> String {
    const LONGEST: usize = 40;
    let folded = crate::unicode::fold(name);
    let words = folded.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut key = String::new();
    for (place, word) in words.enumerate() {
        match word.chars().next() {
            Some(first) if place > 0 => {
                key.push(first.to_ascii_uppercase());
                key.push_str(&word[first.len_utf8()..]);
            }
            _ => key.push_str(word),
        }
    }
    key.truncate(LONGEST);
    match key.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => key,
        _ => format!("field{key}"),
    }
}

impl fmt::Display for FieldKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::i18n::Lang;

    fn field(kind: FieldKind) -> CustomField {
        CustomField {
            key: "f".to_owned(),
            path: path("f"),
            name: "F".to_owned(),
            kind,
            choices: "Horeca\nDetailhandel".to_owned(),
            is_required: false,
            revision: 1,
        }
    }

    #[test]
    fn each_kind_takes_its_own_values() {
        for (kind, sent, value) in [
            (FieldKind::Line, json!(" x "), json!("x")),
            (FieldKind::Lines, json!("a\nb"), json!("a\nb")),
            (FieldKind::Number, json!(12.5), json!(12.5)),
            (FieldKind::Number, json!(12.0), json!(12)),
            (FieldKind::Number, json!("-3,25"), json!(-3.25)),
            (FieldKind::Date, json!("2026-11-24"), json!("2026-11-24")),
            (FieldKind::Choice, json!("Horeca"), json!("Horeca")),
            (FieldKind::YesNo, json!(false), json!(false)),
            (FieldKind::YesNo, json!("true"), json!(true)),
        ] {
            assert_eq!(field(kind).read(&sent), Ok(Some(value)), "{kind} {sent}");
        }
        for kind in FieldKind::ALL {
            assert_eq!(field(kind).read(&json!(null)), Ok(None), "{kind}");
            assert_eq!(field(kind).read(&json!("")), Ok(None), "{kind}");
            let required = CustomField { is_required: true, ..field(kind) };
            assert!(required.read(&json!(null)).is_err(), "{kind}");
        }
    }

    #[test]
    fn each_kind_refuses_others() {
        for (kind, sent) in [
            (FieldKind::Line, json!(12)),
            (FieldKind::Line, json!("a\nb")),
            (FieldKind::Line, json!("x".repeat(LONGEST_LINE + 1))),
            (FieldKind::Lines, json!("x".repeat(LONGEST_TEXT + 1))),
            (FieldKind::Number, json!("twaalf")),
            (FieldKind::Number, json!("1.000,50")),
            (FieldKind::Number, json!("inf")),
            (FieldKind::Number, json!(1e16)),
            (FieldKind::Number, json!(true)),
            (FieldKind::Date, json!("24-11-2026")),
            (FieldKind::Choice, json!("horeca")),
            (FieldKind::YesNo, json!("ja")),
            (FieldKind::YesNo, json!(1)),
        ] {
            assert!(field(kind).read(&sent).is_err(), "{kind} {sent}");
        }
    }

    #[test]
    fn what_is_not_sent_stays_and_what_stays_is_not_checked() {
        let known = CustomFields(vec![
            CustomField { key: "a".to_owned(), ..field(FieldKind::Choice) },
            CustomField { key: "b".to_owned(), ..field(FieldKind::Number) },
        ]);
        let values = |json: Json| serde_json::from_value(json).map(CustomValues).unwrap();
        let before = values(json!({ "a": "Landbouw", "b": 1 }));
        let applied = |sent: Json| {
            let mut fields = Fields::none();
            let after = known.applied(&before, values(sent), &mut fields);
            let errors = fields.errors().list(Lang::En).into_iter().map(|(name, _)| name);
            (json!(after), errors.collect::<Vec<_>>())
        };
        assert_eq!(applied(json!({ "b": 2 })), (json!({ "a": "Landbouw", "b": 2 }), vec![]));
        assert_eq!(
            applied(json!({ "a": "Landbouw", "b": null })),
            (json!({ "a": "Landbouw" }), vec![])
        );
        assert_eq!(applied(json!({ "c": null })).1, Vec::<String>::new());
        let wrong = json!({ "a": "Visserij", "b": "x", "c": "y" });
        assert_eq!(applied(wrong).1, ["customFields.a", "customFields.b", "customFields.c"]);
    }

    #[test]
    fn keys_are_made_of_names_and_differ() {
        for (name, key) in [
            ("Branche", "branche"),
            ("Aantal medewerkers (fte)", "aantalMedewerkersFte"),
            ("Café-type", "cafeType"),
            ("2e adres", "field2eAdres"),
            ("日本", "field"),
        ] {
            assert_eq!(CustomFields::new_key(name, &[]), key, "{name}");
        }
        let taken = ["branche", "branche2"].map(str::to_owned);
        assert_eq!(CustomFields::new_key("Branche", &taken), "branche3");
    }
}
