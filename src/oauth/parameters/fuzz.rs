//! Fuzz target: the parameters of forms, queries and JSON bodies.

use proptest::prelude::*;
use url::form_urlencoded::Serializer;

use super::*;
use crate::fuzz::{changes, config};

fn pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    let name =
        prop_oneof!["client_id|client_secret|grant_type|code|scope", "resource", "\\PC{0,8}"];
    prop::collection::vec((name, "\\PC{0,12}"), 0..6)
}

/// Each known name at most once, with its first value; duplicates are reported. There can be
/// several resources, and unknown names are dropped.
fn check(parameters: &Parameters, pairs: &[(String, String)]) -> Result<(), TestCaseError> {
    for (name, _) in pairs.iter().filter(|(name, _)| is_recognised(name)) {
        let values: Vec<&str> = pairs
            .iter()
            .filter(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
            .collect();
        prop_assert_eq!(parameters.get(name), Some(values[0]).filter(|value| !value.is_empty()));
        prop_assert_eq!(parameters.is_doubled(name), values.len() > 1);
    }
    let resources: Vec<&str> = pairs
        .iter()
        .filter(|(name, value)| name == RESOURCE && !value.is_empty())
        .map(|(_, value)| value.as_str())
        .collect();
    prop_assert_eq!(parameters.resources(), resources);
    prop_assert!(parameters.values.keys().all(|name| is_recognised(name)));
    let mut names: Vec<&str> =
        pairs.iter().map(|(name, _)| name.as_str()).filter(|name| is_recognised(name)).collect();
    names.sort_unstable();
    prop_assert_eq!(
        parameters.check_doubled().is_err(),
        names.windows(2).any(|two| two[0] == two[1])
    );
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn forms_and_json_say_the_same_and_no_name_counts_twice(pairs in pairs()) {
        let form = Parameters::form(Serializer::new(String::new()).extend_pairs(&pairs).finish().as_bytes());
        check(&form, &pairs)?;
        let members: Vec<String> = pairs.iter().map(|(name, value)| format!("{}:{}", serde_json::json!(name), serde_json::json!(value))).collect();
        let json = Parameters::json(format!("{{{}}}", members.join(",")).as_bytes()).unwrap();
        prop_assert_eq!((&json.values, &json.resources), (&form.values, &form.resources));
        // In JSON, every duplicate name is reported.
        let names: std::collections::BTreeSet<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
        prop_assert_eq!(json.check_doubled().is_err(), names.len() < pairs.len());
        // The stored query string has the same parameters, each name once, and nothing else.
        let names: Vec<&str> = pairs.iter().step_by(2).map(|(name, _)| name.as_str()).collect();
        let again = Parameters::form(form.only(&names).to_query().as_bytes());
        for (name, _) in pairs.iter().filter(|(name, _)| is_recognised(name)) {
            prop_assert_eq!(again.get(name), form.get(name).filter(|_| names.contains(&name.as_str())));
        }
        prop_assert!(again.check_doubled().is_ok());
    }

    #[test]
    fn any_body_is_answered(pairs in pairs(), changes in changes(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let form = Serializer::new(String::new()).extend_pairs(&pairs).finish();
        let json = serde_json::json!(pairs.iter().cloned().collect::<BTreeMap<_, _>>()).to_string();
        for body in [changes.bytes(form.as_bytes()), changes.bytes(json.as_bytes()), bytes] {
            let parsed: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
            check(&Parameters::form(&body), &parsed)?;
            if let Ok(parameters) = Parameters::json(&body) {
                // Only an object whose parameters are strings, according to another parser.
                let object: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&body).unwrap();
                let read = |name: &str| is_recognised(name) || name == RESOURCE;
                prop_assert!(object.iter().all(|(name, value)| !read(name) || value.is_string() || value.is_null()));
                prop_assert!(object.keys().filter(|name| is_recognised(name)).all(|name| parameters.values.contains_key(name)));
            }
        }
    }
}
