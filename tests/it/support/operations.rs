//! Every operation of the API, taken from the generated OpenAPI document, with what a valid call of
//! it needs. New routes are included automatically.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use klantportaal::auth::Scope;
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::{Key, tickets};

/// An operation of the API.
#[derive(Clone)]
pub struct Operation {
    pub method: Method,
    /// The path with its parameters' names, without `/v1`.
    pub template: String,
    /// `None` where any valid token will do.
    pub scope: Option<Scope>,
    /// The schema of its body, if it takes one.
    body: Option<Value>,
}

/// Ids that exist in one portal, by the names that parameters have in paths.
pub type Ids = BTreeMap<&'static str, String>;

/// The generated OpenAPI document.
pub fn document() -> Value {
    klantportaal::resources::routes().into_openapi()
}

/// What a `$ref` points to.
pub fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => resolve(
            document,
            document
                .pointer(reference.trim_start_matches('#'))
                .unwrap_or_else(|| panic!("dangling {reference}")),
        ),
        None => schema,
    }
}

pub fn operations() -> Vec<Operation> {
    let document = document();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else {
                panic!("{path} has {method}")
            };
            let scopes: Vec<&str> = operation["security"]
                .as_array()
                .into_iter()
                .flatten()
                .flat_map(|security| security["bearer"].as_array().into_iter().flatten())
                .filter_map(Value::as_str)
                .collect();
            let scope = match scopes[..] {
                [scope] => Some(scope.parse().unwrap()),
                [] if path == "/portal" => None,
                _ => panic!("{method} {path} needs exactly one scope, not {scopes:?}"),
            };
            let body = ["application~1json", "multipart~1form-data"]
                .iter()
                .find_map(|kind| operation.pointer(&format!("/requestBody/content/{kind}/schema")))
                .map(|schema| resolve(&document, schema).clone());
            all.push(Operation { method, template: path.clone(), scope, body });
        }
    }
    assert!(all.len() >= 13, "the document lost its operations");
    all
}

/// The operations of the document, each with the statuses of its responses.
pub fn documented_statuses() -> Vec<(Operation, Vec<u16>)> {
    let document = document();
    operations()
        .into_iter()
        .map(|operation| {
            let method = operation.method.as_str().to_lowercase();
            let responses = &document["paths"][&operation.template][&method]["responses"];
            let statuses = responses.as_object().unwrap().keys();
            let statuses = statuses.map(|status| status.parse().unwrap()).collect();
            (operation, statuses)
        })
        .collect()
}

impl Operation {
    /// Whether a request's path is of this operation.
    pub fn has_path(&self, path: &str) -> bool {
        let Some(path) = path.strip_prefix("/v1") else { return false };
        let (own, parts) = (self.template.split('/'), path.split('/'));
        own.clone().count() == parts.clone().count()
            && own.zip(parts).all(|(own, part)| own == part || own.starts_with('{'))
    }

    /// The names of the path's parameters.
    pub fn parameters(&self) -> Vec<&str> {
        self.template
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .collect()
    }

    /// The path with these ids in it.
    pub fn path(&self, ids: &Ids) -> String {
        let mut path = format!("/v1{}", self.template);
        for parameter in self.parameters() {
            let id = ids.get(parameter).unwrap_or_else(|| {
                panic!(
                    "{}: teach tests/it/support/operations.rs to make a {parameter}",
                    self.template
                )
            });
            path = path.replace(&format!("{{{parameter}}}"), id);
        }
        path
    }

    /// A body that the operation takes, with these ids where its fields have their names.
    pub fn body_with(&self, ids: &Ids) -> Option<Value> {
        let mut body = self.body()?;
        for (name, value) in body.as_object_mut().into_iter().flatten() {
            if let Some(id) = ids.get(name.as_str()) {
                *value = if value.is_array() { json!([id]) } else { json!(id) };
            }
        }
        Some(body)
    }

    /// Such a body: what is required, or else one field.
    fn body(&self) -> Option<Value> {
        let schema = self.body.as_ref()?;
        let properties = schema["properties"]
            .as_object()
            .unwrap_or_else(|| panic!("{self}: its body has no properties"));
        let mut names: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        // What a schema can't say: they are required without a customer.
        let of_attendee = ["attendeeName", "attendeeEmail"];
        names.extend(of_attendee.into_iter().filter(|name| properties.contains_key(*name)));
        if names.is_empty() {
            // A file is sent by tests of their own.
            let is_text = |name: &&String| properties[*name]["format"] != "binary";
            names.extend(properties.keys().find(is_text).map(String::as_str));
        }
        Some(Value::Object(
            names
                .into_iter()
                .map(|name| (name.to_owned(), sample(&properties[name])))
                .collect::<Map<_, _>>(),
        ))
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.template)
    }
}

/// A value of a schema.
fn sample(schema: &Value) -> Value {
    let kind = schema["type"].as_str().or_else(|| {
        schema["type"]
            .as_array()?
            .iter()
            .find_map(|kind| kind.as_str().filter(|kind| *kind != "null"))
    });
    if let Some(example) = schema["examples"].get(0) {
        return example.clone();
    }
    match (kind, schema["format"].as_str()) {
        (Some("string"), Some("email")) => json!("iemand@example.nl"),
        (Some("string"), None) => json!("iets"),
        (Some("array"), _) => json!([]),
        (Some("boolean"), _) => json!(true),
        _ => panic!("teach tests/it/support/operations.rs to make a value of {schema}"),
    }
}

/// Makes one of each kind in the key's portal; they hang together as far as paths do.
pub async fn make_ids(key: &Key) -> Ids {
    let customer = json!({ "companyName": "A", "address": "B 1", "zipCode": "1234 AB", "city": "C", "primaryEmail": "a@example.nl", "contacts": [{ "name": "E" }] });
    let customer = id_of(&key.post("/v1/customers", customer).await.expect(200));
    let group = id_of(
        &key.post("/v1/customer-groups", json!({ "name": "D", "customers": [customer] }))
            .await
            .expect(200),
    );
    let card =
        json!({ "name": "F", "punches": 10, "punchLabel": "G", "price": "1.00", "vatRate": 9 });
    let card = id_of(&key.post("/v1/punch-cards", card).await.expect(200));
    let issued = json!({ "customerId": customer });
    let issued = key.post(&format!("/v1/punch-cards/{card}/issued"), issued).await.expect(200);
    // Of a type that nothing emits: tests send nothing to the internet.
    let webhook = json!({ "type": "offer-created", "url": "https://hooks.korenaar.example/" });
    let webhook = id_of(&key.post("/v1/webhooks", webhook).await.expect(200));
    // A day of its own, so that all can be scheduled.
    let day = Timestamp::now() + SignedDuration::from_hours(24 * rand::random_range(1..30_000));
    let day = &day.to_string()[..10];
    let appointment = json!({ "name": "J", "startsAt": format!("{day} 10:00"), "endsAt": format!("{day} 11:00"), "customerId": customer });
    let appointment = id_of(&key.post("/v1/appointments", appointment).await.expect(200));
    let store = key.store.as_ref().expect("a key of a portal");
    let ticket = tickets::add(store, Some(&customer), &tickets::OPEN).await;
    let file = id_of(&key.upload("/v1/files", "H.txt", "Een bestand", &[]).await.expect(200));
    let attachment = tickets::attach(store, &ticket, &file).await;
    let directory = id_of(&key.post("/v1/files", json!({ "name": "I" })).await.expect(200));
    let request = json!({ "name": "K", "requestedFiles": [{ "name": "L", "required": true }] });
    let request = key.post("/v1/file-requests", request).await.expect(200);
    let share = key.post("/v1/file-shares", json!({ "content": [file] })).await.expect(200);
    Ids::from([
        ("customerId", customer),
        ("customerGroupId", group),
        ("punchCardId", card),
        ("issuedPunchCardId", id_of(&issued)),
        ("webhookId", webhook),
        ("appointmentId", appointment),
        ("content", file.clone()),
        ("ticketId", ticket),
        ("attachmentId", attachment),
        ("fileOrDirId", file),
        ("requestId", id_of(&request)),
        ("requestLink", secret_of(&request["links"]["publicRequest"])),
        ("shareId", id_of(&share)),
        ("shareLink", secret_of(&share["links"]["publicShare"])),
        ("directoryId", directory),
    ])
}

/// The secret in a link that people without an account open.
fn secret_of(link: &Value) -> String {
    link["href"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

fn id_of(row: &Value) -> String {
    row["id"].as_str().unwrap().to_owned()
}

/// An id of the same kind that does not exist.
pub fn missing(id: &str) -> String {
    // A custom field has a name instead of an id.
    let prefix = id.split_once('_').map_or(String::new(), |(prefix, _)| format!("{prefix}_"));
    format!("{prefix}{:014x}", rand::random::<u64>() >> 8)
}
