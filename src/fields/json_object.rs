//! Reads a JSON object with unique names. RFC 8259 section 4 doesn't define duplicate names, and
//! parsers differ, so they are reported as errors.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::error::{Error, FieldErrors, Message, Result};

/// The byte order mark that some programs put before UTF-8 text; a parser can skip it (RFC 8259
/// section 8.1).
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The maximum number of duplicate names to report.
const MOST_TOLD: usize = 50;

/// The maximum depth of objects and lists in each other. No body needs half of it.
const DEEPEST: usize = 16;

/// The maximum length of a name in a reported path, in characters; longer ones are cut.
const LONGEST_STEP: usize = 64;

/// The text without the mark, if it begins with one.
pub fn without_byte_order_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body)
}

/// The members of the object.
///
/// # Errors
/// [`Error::BadRequest`] when the body is not a JSON object, or too deep; [`Error::Invalid`] with
/// each duplicate name, such as `lines.0.vatRate`.
pub(crate) fn read(body: &[u8]) -> Result<Map<String, Value>> {
    match read_value(body)? {
        Value::Object(members) => Ok(members),
        _ => Err(Error::BadRequest(Message::new("error.json_object"))),
    }
}

/// A value of any type.
///
/// # Errors
/// As [`read`].
pub(super) fn read_value(body: &[u8]) -> Result<Value> {
    let body = without_byte_order_mark(body);
    let mut repeated = BTreeSet::new();
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = Reader { place: &Place::Root, repeated: &mut repeated }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| Error::BadRequest(Message::with("error.json_syntax", error)))?;
    if repeated.is_empty() {
        return Ok(value);
    }
    let mut errors = FieldErrors::default();
    for name in repeated {
        errors.add(&name, Message::new("field.repeated"));
    }
    Err(Error::Invalid(errors))
}

/// Where a value is. Its path is written only for an error: a body could have many names within a
/// very long one.
#[derive(Clone, Copy)]
enum Place<'a> {
    Root,
    Item(&'a Place<'a>, usize),
    Member(&'a Place<'a>, &'a str),
}

impl Place<'_> {
    fn depth(&self) -> usize {
        match self {
            Self::Root => 1,
            Self::Item(outer, _) | Self::Member(outer, _) => outer.depth() + 1,
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Item(outer, index) => write!(f, "{outer}.{index}"),
            Self::Member(outer, name) => {
                let dot = if matches!(outer, Place::Root) { "" } else { "." };
                let end = name.char_indices().nth(LONGEST_STEP).map_or(name.len(), |(end, _)| end);
                let more = if end < name.len() { "…" } else { "" };
                write!(f, "{outer}{dot}{}{more}", &name[..end])
            }
        }
    }
}

/// Reads a value, and collects the duplicate names in it.
struct Reader<'a> {
    place: &'a Place<'a>,
    repeated: &'a mut BTreeSet<String>,
}

impl Reader<'_> {
    /// Refuses an object or a list within too many others.
    fn expect_not_too_deep<E: serde::de::Error>(&self) -> Result<(), E> {
        if self.place.depth() <= DEEPEST {
            Ok(())
        } else {
            Err(E::custom(format_args!("more than {DEEPEST} objects and lists in each other")))
        }
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        self.expect_not_too_deep()?;
        let mut values = Vec::new();
        loop {
            let place = Place::Item(self.place, values.len());
            let item = Reader { place: &place, repeated: &mut *self.repeated };
            match seq.next_element_seed(item)? {
                Some(value) => values.push(value),
                None => return Ok(Value::Array(values)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        self.expect_not_too_deep()?;
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let place = Place::Member(self.place, &name);
            if members.contains_key(&name) && self.repeated.len() < MOST_TOLD {
                self.repeated.insert(place.to_string());
            }
            let member = Reader { place: &place, repeated: &mut *self.repeated };
            let value = map.next_value_seed(member)?;
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn repeated(body: &str) -> Vec<String> {
        match read(body.as_bytes()) {
            Ok(_) => Vec::new(),
            Err(Error::Invalid(errors)) => {
                errors.to_json().into_keys().map(str::to_owned).collect()
            }
            Err(error) => panic!("{body}: {error}"),
        }
    }

    #[test]
    fn a_repeated_name_is_told_however_deep_it_is() {
        assert_eq!(repeated(r#"{"a": 1, "b": 2, "a": 1}"#), ["a"]);
        assert_eq!(repeated(r#"{"a": 1, "\u0061": 2}"#), ["a"], "however it is written");
        assert_eq!(
            repeated(r#"{"lines": [{}, {"vat": {"x": 1, "x": 2}}, {"y": 1, "y": 1, "y": 1}]}"#),
            ["lines.1.vat.x", "lines.2.y"]
        );
        assert!(repeated(r#"{"a": {"a": {"a": 1}}, "b": [{"a": 1}, {"a": 1}]}"#).is_empty());
        let many: String =
            (0..500).map(|number| format!("\"{number}\":1,\"{number}\":2,")).collect();
        assert_eq!(repeated(&format!("{{{many}\"x\":1}}")).len(), MOST_TOLD);
    }

    #[test]
    fn a_byte_order_mark_is_passed_over_once() {
        assert_eq!(read(b"\xef\xbb\xbf{\"a\":1}").unwrap()["a"], json!(1));
        assert!(read(b"\xef\xbb\xbf\xef\xbb\xbf{}").is_err());
        assert!(read(b"\xef\xbb\xbf").is_err());
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for body in
            ["", "[]", "3", "null", "{", "{\"a\":1", "{}{}", "{\"a\":1e999}", "{\"a\":\"\\ud800\"}"]
        {
            assert!(matches!(read(body.as_bytes()), Err(Error::BadRequest(_))), "{body}");
        }
        assert!(matches!(read(b"{\"a\":\"\xff\"}"), Err(Error::BadRequest(_))));
        for deep in ["[".repeat(100_000), "{\"a\":".repeat(100_000)] {
            assert!(matches!(read(deep.as_bytes()), Err(Error::BadRequest(_))));
        }
    }

    #[test]
    fn objects_and_lists_are_read_to_a_bounded_depth() {
        let nested = |depth: usize| {
            let (open, close) = ("[".repeat(depth - 1), "]".repeat(depth - 1));
            format!(r#"{{"a": {open}{close}}}"#)
        };
        assert!(read(nested(DEEPEST).as_bytes()).is_ok());
        let Err(Error::BadRequest(message)) = read(nested(DEEPEST + 1).as_bytes()) else {
            panic!("too deep")
        };
        assert!(message.text(crate::i18n::Lang::En).contains("in each other"), "{message}");
    }

    #[test]
    fn the_names_around_a_repeated_one_are_cut() {
        let long = "é".repeat(500);
        let paths = repeated(&format!(r#"{{"{long}": {{"a": 1, "a": 2}}}}"#));
        assert_eq!(paths, [format!("{}….a", "é".repeat(LONGEST_STEP))]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_the_library_reads_it(body in r#"[\[\]{}:,"a0-9.e \\u-]{0,40}"#) {
            let (ours, theirs) = (read(body.as_bytes()), serde_json::from_str::<Value>(&body));
            match (ours, theirs) {
                (Ok(ours), theirs) => prop_assert_eq!(Value::Object(ours), theirs.unwrap()),
                (Err(Error::Invalid(_)), theirs) => prop_assert!(theirs.unwrap().is_object()),
                (Err(_), theirs) => prop_assert!(!theirs.is_ok_and(|value| value.is_object())),
            }
        }
    }
}
