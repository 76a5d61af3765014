//! A Postman collection (schema v2.1.0).

use serde_json::{Value, json};

use super::{ABOUT, NAME};
use crate::docs::openapi::Operation;
use crate::docs::reference::{Area, Entry, Reference};

/// The schema of such a file.
const SCHEMA: &str = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";

/// The collection: a folder for each area, a request for each operation.
pub(in crate::docs) fn postman(reference: Reference<'_>) -> Value {
    let folder = |area: Area<'_>| {
        let operations = area.entries(reference.document).filter_map(|entry| match entry {
            Entry::Operation(_, operation) => Some(item(reference, operation)),
            _ => None,
        });
        let items: Vec<Value> = operations.collect();
        (!items.is_empty())
            .then(|| json!({ "name": area.name, "description": area.about, "item": items }))
    };
    let folders: Vec<Value> = Area::all(reference.document).filter_map(folder).collect();
    json!({
        "info": {
            "name": NAME,
            "description": ABOUT,
            "version": env!("CARGO_PKG_VERSION"),
            "schema": SCHEMA,
        },
        "auth": { "type": "bearer", "bearer": [{ "key": "token", "value": "{{token}}", "type": "string" }] },
        "variable": [
            { "key": "api", "value": reference.places.api, "type": "string" },
            { "key": "token", "value": "", "type": "string" },
        ],
        "item": folders,
    })
}

fn item(reference: Reference<'_>, operation: Operation<'_>) -> Value {
    let (call, values) = (reference.call(operation), reference.path_values(operation));
    // A path variable is `:name` here.
    let path = operation.path.replace('{', ":").replace('}', "");
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let variables: Vec<Value> =
        values.iter().map(|(name, value)| json!({ "key": name, "value": value })).collect();
    let parameters = operation.value["parameters"].as_array().into_iter().flatten();
    let query: Vec<Value> = parameters
        .filter(|parameter| parameter["in"] == "query")
        .map(|parameter| {
            json!({
                "key": parameter["name"],
                "value": "",
                "description": parameter["schema"]["description"],
                "disabled": true,
            })
        })
        .collect();
    let mut request = json!({
        "method": operation.method.to_uppercase(),
        "description": operation.details(),
        "header": [],
        "url": {
            "raw": format!("{{{{api}}}}{path}"),
            "host": ["{{api}}"],
            "path": segments,
            "query": query,
            "variable": variables,
        },
    });
    if let Some(body) = &call.body {
        request["header"] = json!([{ "key": "Content-Type", "value": "application/json" }]);
        let raw = serde_json::to_string_pretty(body).unwrap_or_default();
        request["body"] =
            json!({ "mode": "raw", "raw": raw, "options": { "raw": { "language": "json" } } });
    }
    if call.upload.is_some() {
        let file = json!({ "key": "file", "type": "file", "src": null });
        request["body"] = json!({ "mode": "formdata", "formdata": [file] });
    }
    json!({ "name": operation.summary(), "request": request, "response": [] })
}
