//! Files for programs to try an API with, made of the OpenAPI document: its operations with the example
//! values of the reference, and the address and the key as variables.

mod insomnia;
mod postman;

pub(super) use insomnia::insomnia;
pub(super) use postman::postman;

/// The name of the collections.
const NAME: &str = "Klantportaal API";

/// What the reader of a collection must know first.
const ABOUT: &str = "Set the variable `token` to an API key (`kpk_…`) or an access token (`kpa_…`) of a test portal.";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::docs::openapi::{self, operations};
    use crate::docs::places::Places;
    use crate::docs::reference::Reference;
    use crate::i18n::Lang;

    fn made(make: impl Fn(Reference<'_>) -> Value) -> (Value, Value) {
        let places = Places::for_tests();
        let document = openapi::document(&places);
        let made = make(Reference { lang: Lang::En, places: &places, document: &document });
        (made, document)
    }

    #[test]
    fn postman_gets_every_operation_with_its_variables() {
        let (collection, document) = made(postman);
        assert!(collection["info"]["schema"].as_str().unwrap().ends_with("v2.1.0/collection.json"));
        assert_eq!(collection["auth"]["bearer"][0]["value"], "{{token}}");
        let folders = collection["item"].as_array().unwrap();
        let requests: Vec<&Value> =
            folders.iter().flat_map(|folder| folder["item"].as_array().unwrap()).collect();
        assert_eq!(requests.len(), operations(&document).count());
        for item in requests {
            let (name, request) = (item["name"].as_str().unwrap(), &item["request"]);
            let url = &request["url"];
            let path = url["path"].as_array().unwrap();
            let named: BTreeSet<&str> =
                path.iter().filter_map(|part| part.as_str().unwrap().strip_prefix(':')).collect();
            let given: BTreeSet<&str> = url["variable"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(|variable| variable["key"].as_str())
                .collect();
            assert_eq!(named, given, "{name}");
            assert!(url["raw"].as_str().unwrap().starts_with("{{api}}/"), "{name}");
            if let Some(raw) = request["body"]["raw"].as_str() {
                assert!(serde_json::from_str::<Value>(raw).unwrap().is_object(), "{name}");
                assert_eq!(request["header"][0]["value"], "application/json", "{name}");
            }
        }
    }

    #[test]
    fn insomnia_gets_them_in_folders_that_are_there() {
        let (export, document) = made(insomnia);
        let resources = export["resources"].as_array().unwrap();
        let ids: BTreeSet<&str> =
            resources.iter().map(|resource| resource["_id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), resources.len(), "ids are unique");
        for resource in resources.iter().filter(|resource| resource["_type"] != "workspace") {
            assert!(ids.contains(resource["parentId"].as_str().unwrap()), "{resource}");
        }
        let requests = resources.iter().filter(|resource| resource["_type"] == "request");
        assert_eq!(requests.count(), operations(&document).count());
        assert!(!export.to_string().contains("/{"), "every place in a path has an example");
    }
}
