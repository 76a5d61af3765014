//! The parameters of a request, each at most once (RFC 6749 section 3.1: a doubled one is an
//! error).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use url::form_urlencoded;

use super::ProtocolError;

/// Parameters by name. Empty ones count as absent (RFC 6749 section 3.1).
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    values: BTreeMap<String, String>,
    doubled: BTreeSet<String>,
}

impl Parameters {
    /// The parameters of a query or of a form body.
    pub fn form(text: &[u8]) -> Self {
        let mut parameters = Self::default();
        for (name, value) in form_urlencoded::parse(text) {
            parameters.add(name.into_owned(), value.into_owned());
        }
        parameters
    }

    /// The parameters of a JSON body: an object of texts.
    ///
    /// # Errors
    /// `invalid_request` when it is anything else.
    pub fn json(body: &[u8]) -> Result<Self, ProtocolError> {
        serde_json::from_slice(body).map_err(|_| {
            ProtocolError::invalid_request(
                "the body must be a JSON object whose values are strings",
            )
        })
    }

    fn add(&mut self, name: String, value: String) {
        if let Some(first) = self.values.insert(name.clone(), value) {
            self.values.insert(name.clone(), first);
            self.doubled.insert(name);
        }
    }

    /// The parameters of these names, and no others.
    #[must_use]
    pub fn only(&self, names: &[&str]) -> Self {
        let values = self.values.iter().filter(|(name, _)| names.contains(&name.as_str()));
        let doubled = self.doubled.iter().filter(|name| names.contains(&name.as_str()));
        Self {
            values: values.map(|(name, value)| (name.clone(), value.clone())).collect(),
            doubled: doubled.cloned().collect(),
        }
    }

    /// The parameters as a query, each once.
    pub fn to_query(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.values).finish()
    }

    /// The value of a parameter that is there and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The value of a parameter that must be there.
    ///
    /// # Errors
    /// `invalid_request` when it is not.
    pub fn require(&self, name: &str) -> Result<&str, ProtocolError> {
        self.get(name).ok_or_else(|| {
            ProtocolError::invalid_request(format!("the parameter {name} is missing"))
        })
    }

    /// Whether `name` came more than once.
    pub fn is_doubled(&self, name: &str) -> bool {
        self.doubled.contains(name)
    }

    /// Makes sure that no parameter came more than once.
    ///
    /// # Errors
    /// `invalid_request` when one did.
    pub fn check_doubled(&self) -> Result<(), ProtocolError> {
        match self.doubled.first() {
            Some(name) => Err(ProtocolError::invalid_request(format!(
                "the parameter {name} was sent more than once"
            ))),
            None => Ok(()),
        }
    }
}

impl<'de> Deserialize<'de> for Parameters {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Parameters;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object whose values are strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parameters, A::Error> {
                let mut parameters = Parameters::default();
                while let Some((name, value)) = map.next_entry::<String, Option<String>>()? {
                    parameters.add(name, value.unwrap_or_default());
                }
                Ok(parameters)
            }
        }

        deserializer.deserialize_map(Pairs)
    }
}

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_and_json_say_the_same() {
        let form = Parameters::form(b"a=1&b=x%20y&empty=");
        let json = Parameters::json(br#"{"a":"1","b":"x y","empty":""}"#).unwrap();
        assert_eq!(form, json);
        assert_eq!((form.get("b"), form.get("empty")), (Some("x y"), None));
        assert!(form.check_doubled().is_ok() && form.require("c").is_err());
    }

    #[test]
    fn a_doubled_parameter_is_found_in_both() {
        assert!(Parameters::form(b"a=1&b=2&a=1").check_doubled().is_err());
        assert!(Parameters::json(br#"{"a":"1","a":"1"}"#).unwrap().check_doubled().is_err());
    }

    #[test]
    fn all_that_are_doubled_are_found() {
        let parameters = Parameters::form(b"a=1&a=2&b=1&b=2&c=1");
        assert_eq!(["a", "b", "c"].map(|name| parameters.is_doubled(name)), [true, true, false]);
    }

    #[test]
    fn others_are_let_go() {
        let parameters = Parameters::form(b"a=1&b=2&c=x%26y&b=3");
        assert_eq!(parameters.only(&["c", "a", "d"]).to_query(), "a=1&c=x%26y");
        assert!(
            parameters.only(&["a", "c"]).check_doubled().is_ok()
                && parameters.only(&["b"]).check_doubled().is_err()
        );
    }

    #[test]
    fn json_of_another_shape_is_refused() {
        for body in ["", "[]", "{\"a\":1}", "{\"a\":{}}", "{\"a\":\"1\"", "\"a\""] {
            assert!(Parameters::json(body.as_bytes()).is_err(), "{body}");
        }
    }
}
