//! `/docs/openapi.json`: the OpenAPI document of the API, made from the routes themselves.

mod version_3_0;
mod webhooks;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::places::Places;
use crate::i18n::Lang;
use crate::resources;

/// The description of the API.
const ABOUT: &str = "Read and change the customers, customer groups, appointments, tickets, files, file shares, file requests and punch cards in a portal, and its webhooks. \
    Every call carries an API key (your own portal) or an access token (someone else's portal, after its owner's consent).";

/// The media type of uploads.
const UPLOAD: &str = "multipart/form-data";

/// The description of bearer authentication.
const BEARER: &str = "An API key (`kpk_…`) or an access token (`kpa_…`), in the header `Authorization: Bearer …`. \
    The header `Authentication: Bearer …` works too; send only one of the two.";

/// The description of OAuth.
const OAUTH: &str = "An access token (`kpa_…`) of an app with the portal owner's consent, in the header \
    `Authorization: Bearer …`. An app can bind its tokens to its own key (DPoP, RFC 9449). The header is then \
    `Authorization: DPoP …`, and the header `DPoP` contains a proof signed with that key.";

/// The whole document.
pub(super) fn document(places: &Places) -> Value {
    let mut document = resources::routes().into_openapi();
    document["info"] = json!({
        "title": "Klantportaal API",
        "description": ABOUT,
        "version": env!("CARGO_PKG_VERSION"),
        "license": { "name": env!("CARGO_PKG_LICENSE"), "identifier": env!("CARGO_PKG_LICENSE") },
        "contact": { "name": "Developer portal", "url": places.developers },
    });
    document["servers"] = json!([{ "url": places.api, "description": "This server" }]);
    let bearer = json!({ "type": "http", "scheme": "bearer", "description": BEARER });
    document["components"]["securitySchemes"] =
        json!({ "bearer": bearer, "oauth2": oauth2(places) });
    webhooks::add(&mut document);
    drop_unused(&mut document);
    for (_, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for (_, operation) in item.as_object_mut().into_iter().flatten() {
            // Linters only support scopes for OAuth.
            operation["security"][0]["bearer"] = json!([]);
        }
    }
    document
}

/// The document, which is in version 3.1, in version 3.0, which has no webhooks.
pub(super) fn in_version_3_0(document: &Value) -> Value {
    let mut older = version_3_0::document(document);
    webhooks::remove(&mut older);
    drop_unused(&mut older);
    older
}

fn oauth2(places: &Places) -> Value {
    let explained = |scope: crate::auth::Scope| {
        (scope.name().to_owned(), Value::from(scope.explanation(Lang::En)))
    };
    let scopes: Map<String, Value> =
        resources::route_scopes().all().iter().map(explained).collect();
    json!({
        "type": "oauth2",
        "description": OAUTH,
        "flows": { "authorizationCode": {
            "authorizationUrl": places.authorize,
            "tokenUrl": places.token,
            "refreshUrl": places.token,
            "scopes": scopes,
        } },
    })
}

/// Drops unreferenced schemas, such as those of ids in a path, which their parameters contain
/// inline.
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

    /// Its summary.
    pub(super) fn summary(self) -> &'a str {
        self.value["summary"].as_str().unwrap_or_default()
    }

    /// Its description, without the scope.
    pub(super) fn details(self) -> &'a str {
        let description = self.value["description"].as_str().unwrap_or_default();
        description.split("Requires the scope").next().unwrap_or_default().trim()
    }

    /// The schema of its body, if it takes one.
    pub(super) fn body(self) -> Option<&'a Value> {
        let content = &self.value["requestBody"]["content"];
        let kinds = ["application/json", UPLOAD];
        kinds.iter().map(|kind| &content[*kind]["schema"]).find(|schema| !schema.is_null())
    }

    /// Whether its body is an upload.
    pub(super) fn is_upload(self) -> bool {
        !self.value["requestBody"]["content"][UPLOAD].is_null()
    }

    /// Its area.
    pub(super) fn tag(self) -> &'a str {
        self.value["tags"][0].as_str().unwrap_or_default()
    }

    /// Its scope.
    pub(super) fn scope(self) -> Option<&'a str> {
        self.value["security"][1]["oauth2"][0].as_str()
    }
}

/// A type of event of the document.
#[derive(Clone, Copy)]
pub(super) struct Webhook<'a> {
    /// Its name.
    pub name: &'a str,
    value: &'a Value,
}

impl<'a> Webhook<'a> {
    /// What happened, in a few words.
    pub(super) fn summary(self) -> &'a str {
        self.value["summary"].as_str().unwrap_or_default()
    }

    /// Its area.
    pub(super) fn tag(self) -> &'a str {
        self.value["tags"][0].as_str().unwrap_or_default()
    }

    /// The schema of what is sent.
    pub(super) fn schema(self) -> &'a Value {
        &self.value["requestBody"]["content"]["application/json"]["schema"]
    }
}

/// All types of events of a document.
pub(super) fn webhooks(document: &Value) -> impl Iterator<Item = Webhook<'_>> {
    let all = document["webhooks"].as_object().into_iter().flatten();
    all.map(|(name, item)| Webhook { name, value: &item["post"] })
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
