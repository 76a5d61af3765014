//! An Insomnia export (format 4). Insomnia also imports the OpenAPI document, but then without example
//! ids, and without an environment for the key.

use serde_json::{Value, json};

use super::{ABOUT, NAME};
use crate::docs::openapi::Operation;
use crate::docs::reference::{Area, Entry, Reference};

/// The id of the workspace.
const WORKSPACE: &str = "wrk_klantportaal";

/// The export: a workspace with a folder for each area, a request for each operation, and an environment
/// with the address and the key.
pub(in crate::docs) fn insomnia(reference: Reference<'_>) -> Value {
    let mut resources = vec![
        json!({
            "_type": "workspace", "_id": WORKSPACE, "parentId": null,
            "name": NAME, "description": ABOUT, "scope": "collection",
        }),
        json!({
            "_type": "environment", "_id": "env_klantportaal", "parentId": WORKSPACE,
            "name": "Base environment", "data": { "api": reference.places.api, "token": "" },
        }),
    ];
    for area in Area::all(reference.document) {
        let group = format!("fld_{}", area.slug());
        let operations = area.entries(reference.document).filter_map(|entry| match entry {
            Entry::Operation(_, operation) => Some(request(reference, operation, &group)),
            _ => None,
        });
        let operations: Vec<Value> = operations.collect();
        if !operations.is_empty() {
            resources.push(json!({
                "_type": "request_group", "_id": group, "parentId": WORKSPACE,
                "name": area.name, "description": area.about,
            }));
            resources.extend(operations);
        }
    }
    json!({
        "_type": "export",
        "__export_format": 4,
        "__export_source": format!("klantportaal:{}", env!("CARGO_PKG_VERSION")),
        "resources": resources,
    })
}

fn request(reference: Reference<'_>, operation: Operation<'_>, group: &str) -> Value {
    let call = reference.call(operation);
    let parameters = operation.value["parameters"].as_array().into_iter().flatten();
    let query: Vec<Value> = parameters
        .filter(|parameter| parameter["in"] == "query")
        .map(|parameter| json!({ "name": parameter["name"], "value": "", "disabled": true }))
        .collect();
    let mut request = json!({
        "_type": "request",
        "_id": format!("req_{}", operation.id()),
        "parentId": group,
        "name": operation.summary(),
        "description": operation.details(),
        "method": operation.method.to_uppercase(),
        "url": format!("{{{{ _.api }}}}{}", call.path),
        "parameters": query,
        "headers": [],
        "authentication": { "type": "bearer", "token": "{{ _.token }}" },
    });
    if let Some(body) = &call.body {
        let text = serde_json::to_string_pretty(body).unwrap_or_default();
        request["headers"] = json!([{ "name": "Content-Type", "value": "application/json" }]);
        request["body"] = json!({ "mimeType": "application/json", "text": text });
    }
    if call.upload.is_some() {
        let file = json!({ "name": "file", "type": "file", "fileName": "" });
        request["body"] = json!({ "mimeType": "multipart/form-data", "params": [file] });
    }
    request
}
