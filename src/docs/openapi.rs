//! `/docs/openapi.json`: the OpenAPI document of the API, made from the routes themselves.

use std::collections::BTreeSet;

use aide::openapi::{Info, OpenApi, ReferenceOr, SecurityScheme, Server as ServerObject};
use serde_json::Value;

use super::places::Places;
use crate::resources;

/// What the API is, for the document.
const ABOUT: &str = "Reads and changes what is in a portal: customers and customer groups. \
    Every call carries an API key (your own portal) or an access token (someone else's portal, after its owner's consent).";

/// How a call carries its token.
const BEARER: &str = "An API key (`kpk_…`) or an access token (`kpa_…`), in the header `Authorization: Bearer …`. \
    The header `Authentication: Bearer …` is read in the same way; send one of the two.";

/// The whole document.
pub(super) fn document(places: &Places) -> Value {
    let mut document = OpenApi {
        info: Info {
            title: "Klantportaal API".to_owned(),
            description: Some(ABOUT.to_owned()),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..Info::default()
        },
        servers: vec![ServerObject { url: places.api.clone(), ..ServerObject::default() }],
        ..resources::routes().into_openapi()
    };
    let bearer = SecurityScheme::Http {
        scheme: "bearer".to_owned(),
        bearer_format: None,
        description: Some(BEARER.to_owned()),
        extensions: Default::default(),
    };
    let components = document.components.get_or_insert_default();
    components.security_schemes.insert("bearer".to_owned(), ReferenceOr::Item(bearer));
    let mut document = serde_json::to_value(&document)
        .unwrap_or_else(|error| unreachable!("the document is plain data: {error}"));
    drop_unused(&mut document);
    document
}

/// Drops the schemas that nothing refers to, such as those of the ids in a path: their parameters
/// hold all of them.
fn drop_unused(document: &mut Value) {
    loop {
        let mut used = BTreeSet::new();
        references(document, &mut used);
        let Some(schemas) = document["components"]["schemas"].as_object_mut() else { return };
        let before = schemas.len();
        schemas.retain(|name, _| used.contains(&format!("#/components/schemas/{name}")));
        if schemas.len() == before {
            return;
        }
    }
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

/// One operation of the document.
#[derive(Clone, Copy)]
pub(super) struct Operation<'a> {
    /// The HTTP method, in lower case.
    pub method: &'a str,
    /// The path, with its parameters in braces.
    pub path: &'a str,
    /// The operation object.
    pub value: &'a Value,
}

impl<'a> Operation<'a> {
    /// Its id, which is unique.
    pub(super) fn id(self) -> &'a str {
        self.value["operationId"].as_str().unwrap_or_default()
    }

    /// What it does, in a few words.
    pub(super) fn summary(self) -> &'a str {
        self.value["summary"].as_str().unwrap_or_default()
    }

    /// The summary without what comes after a comma.
    pub(super) fn title(self) -> &'a str {
        self.summary().split([',', ';']).next().unwrap_or_default()
    }

    /// The area that it belongs to.
    pub(super) fn tag(self) -> &'a str {
        self.value["tags"][0].as_str().unwrap_or_default()
    }

    /// The scope that it needs.
    pub(super) fn scope(self) -> Option<&'a str> {
        self.value["security"][0]["bearer"][0].as_str()
    }
}

/// All operations of a document, in the order of its paths.
pub(super) fn operations(document: &Value) -> impl Iterator<Item = Operation<'_>> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        ["get", "post", "put", "patch", "delete"]
            .into_iter()
            .filter_map(move |method| Some(Operation { method, path, value: item.get(method)? }))
    })
}
