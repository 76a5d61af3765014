//! The parameters of a request. Those that our endpoints read can be sent at most once, except
//! `resource`; all others are ignored (RFC 6749 sections 3.1 and 3.2, RFC 8707 section 2).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use url::form_urlencoded;

use super::ProtocolError;
use crate::fields::without_byte_order_mark;

/// The parameters that the endpoints read. They can be sent at most once, because two programs that
/// process a request could each pick another of two values.
const RECOGNISED: [&str; 24] = [
    "client_address",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "device_code",
    "dpop_jkt",
    "grant_type",
    "prompt",
    "redirect_uri",
    "refresh_token",
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "token",
    "token_type_hint",
    "user_code",
];

/// The only parameter that can be sent several times.
const RESOURCE: &str = "resource";

/// Parameters by name. Empty ones are treated as absent (RFC 6749 section 3.1).
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    values: BTreeMap<String, String>,
    /// Every `resource`, in order.
    resources: Vec<String>,
    doubled: BTreeSet<String>,
}

impl Parameters {
    /// The parameters of a query or of a form body.
    pub fn form(text: &[u8]) -> Self {
        let mut parameters = Self::default();
        for (name, value) in form_urlencoded::parse(text) {
            if name == RESOURCE {
                parameters.add_resource(value.into_owned());
            } else if is_recognised(&name) {
                parameters.add(name.into_owned(), value.into_owned());
            }
        }
        parameters
    }

    /// The parameters of a JSON body: an object of strings, without duplicate names.
    ///
    /// # Errors
    /// `invalid_request` when it is anything else. A duplicate name, whatever it is, is reported by
    /// [`Parameters::check_doubled`]: readers disagree on the meaning of such JSON (RFC 8259
    /// section 4).
    pub fn json(body: &[u8]) -> Result<Self, ProtocolError> {
        serde_json::from_slice(without_byte_order_mark(body)).map_err(|_| {
            ProtocolError::invalid_request(
                "the body must be a JSON object; the values of its parameters must be strings",
            )
        })
    }

    fn add_resource(&mut self, value: String) {
        if !value.is_empty() {
            self.resources.push(value);
        }
    }

    fn add(&mut self, name: String, value: String) {
        if let Some(first) = self.values.insert(name.clone(), value) {
            self.values.insert(name.clone(), first);
            self.doubled.insert(name);
        }
    }

    /// Only the parameters with these names.
    #[must_use]
    pub fn only(&self, names: &[&str]) -> Self {
        let values = self.values.iter().filter(|(name, _)| names.contains(&name.as_str()));
        let doubled = self.doubled.iter().filter(|name| names.contains(&name.as_str()));
        Self {
            values: values.map(|(name, value)| (name.clone(), value.clone())).collect(),
            resources: if names.contains(&RESOURCE) { self.resources.clone() } else { Vec::new() },
            doubled: doubled.cloned().collect(),
        }
    }

    /// The parameters as a query string, with every resource.
    pub fn to_query(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.values)
            .extend_pairs(self.resources.iter().map(|resource| (RESOURCE, resource)))
            .finish()
    }

    /// The requested resources (RFC 8707 section 2).
    pub fn resources(&self) -> &[String] {
        &self.resources
    }

    /// The value of a parameter, if present and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        debug_assert!(is_recognised(name), "{name} is dropped when a request is read");
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The value of a required parameter.
    ///
    /// # Errors
    /// `invalid_request` when it is missing.
    pub fn require(&self, name: &str) -> Result<&str, ProtocolError> {
        self.get(name).ok_or_else(|| {
            ProtocolError::invalid_request(format!("the parameter {name} is missing"))
        })
    }

    /// Whether `name` was sent more than once.
    pub fn is_doubled(&self, name: &str) -> bool {
        self.doubled.contains(name)
    }

    /// Checks that no parameter was sent more than once.
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

fn is_recognised(name: &str) -> bool {
    RECOGNISED.contains(&name)
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
                let (mut parameters, mut names) = (Parameters::default(), BTreeSet::new());
                while let Some(name) = map.next_key::<String>()? {
                    if name == RESOURCE {
                        parameters
                            .add_resource(map.next_value::<Option<String>>()?.unwrap_or_default());
                    } else if is_recognised(&name) {
                        let value = map.next_value::<Option<String>>()?.unwrap_or_default();
                        parameters.add(name.clone(), value);
                    } else {
                        // Read as a value, so that malformed JSON is found here too.
                        map.next_value::<serde_json::Value>()?;
                    }
                    if let Some(name) = names.replace(name) {
                        parameters.doubled.insert(name);
                    }
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
        let form = Parameters::form(b"code=1&scope=x%20y&state=&resource=r&other=1");
        let json = Parameters::json(
            br#"{"code":"1","scope":"x y","state":"","resource":"r","other":[1]}"#,
        );
        assert_eq!(form, json.unwrap());
        assert_eq!((form.get("scope"), form.get("state")), (Some("x y"), None));
        assert!(form.check_doubled().is_ok() && form.require("token").is_err());
    }

    #[test]
    fn a_doubled_parameter_is_found_in_both() {
        assert!(Parameters::form(b"code=1&scope=2&code=1").check_doubled().is_err());
        for json in
            [r#"{"code":"1","code":"1"}"#, r#"{"a":1,"a":1}"#, r#"{"resource":"a","resource":"b"}"#]
        {
            assert!(Parameters::json(json.as_bytes()).unwrap().check_doubled().is_err(), "{json}");
        }
    }

    #[test]
    fn what_nobody_reads_is_ignored_however_often_it_comes() {
        let parameters = Parameters::form(b"utm=1&code=1&utm=2&Code=2&code[]=3");
        assert_eq!((parameters.check_doubled().is_ok(), parameters.get("code")), (true, Some("1")));
        assert_eq!(parameters.to_query(), "code=1");
    }

    #[test]
    fn resources_may_be_several() {
        let parameters = Parameters::form(b"resource=a&resource=b%20c&resource=&code=1");
        assert_eq!(parameters.resources(), ["a", "b c"]);
        assert!(parameters.check_doubled().is_ok());
        assert_eq!(parameters.only(&["resource"]).to_query(), "resource=a&resource=b+c");
        assert_eq!(parameters.only(&["code"]).to_query(), "code=1");
    }

    #[test]
    fn all_that_are_doubled_are_found() {
        let parameters = Parameters::form(b"code=1&code=2&scope=1&scope=2&state=1");
        assert_eq!(
            ["code", "scope", "state"].map(|name| parameters.is_doubled(name)),
            [true, true, false]
        );
    }

    #[test]
    fn others_are_let_go() {
        let parameters = Parameters::form(b"code=1&scope=2&state=x%26y&scope=3");
        assert_eq!(parameters.only(&["state", "code", "token"]).to_query(), "code=1&state=x%26y");
        assert!(
            parameters.only(&["code", "state"]).check_doubled().is_ok()
                && parameters.only(&["scope"]).check_doubled().is_err()
        );
    }

    #[test]
    fn json_of_another_shape_is_refused() {
        for body in ["", "[]", r#"{"code":1}"#, r#"{"code":{}}"#, r#"{"code":"1""#, "\"code\""] {
            assert!(Parameters::json(body.as_bytes()).is_err(), "{body}");
        }
    }
}
