//! The events of resources, as the webhooks of the OpenAPI document.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

use crate::events::{Event, EventInfo};
use crate::resources;

/// The area of the reference.
const TAG: &str = "Events";

/// The description of the area.
const ABOUT: &str = "What happened in a portal, as it is sent to webhooks.";

/// Adds all events, and the schemas of what they carry.
pub(super) fn add(document: &mut Value) {
    let mut generator = SchemaSettings::draft07()
        .with(|settings| settings.definitions_path = "#/components/schemas/".into())
        .into_generator();
    for event in resources::events() {
        let object = object_name(event.name);
        document["components"]["schemas"][&object] = schema(&event, &mut generator);
        document["webhooks"][event.name] = json!({ "post": {
            "operationId": event.name,
            "summary": event.about.trim_end_matches('.'),
            "tags": [TAG],
            "security": [],
            "requestBody": {
                "required": true,
                "content": { "application/json": {
                    "schema": { "$ref": format!("#/components/schemas/{object}") },
                } },
            },
            "responses": { "204": { "description": "The event has arrived" } },
        } });
    }
    if let Some(tags) = document.get_mut("tags").and_then(Value::as_array_mut) {
        tags.push(json!({ "name": TAG, "description": ABOUT }));
    }
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        for (name, schema) in generator.take_definitions(true) {
            schemas.entry(name).or_insert(schema);
        }
    }
}

/// Removes them from a document, for versions of OpenAPI that have no webhooks.
pub(super) fn remove(document: &mut Value) {
    if let Some(document) = document.as_object_mut() {
        document.remove("webhooks");
    }
    if let Some(tags) = document.get_mut("tags").and_then(Value::as_array_mut) {
        tags.retain(|tag| tag["name"] != TAG);
    }
}

/// The schema of an event of this type.
fn schema(event: &EventInfo, generator: &mut SchemaGenerator) -> Value {
    let mut schema = Event::json_schema(generator).to_value();
    schema["description"] = event.about.into();
    let fields = &mut schema["properties"];
    fields["type"]["enum"] = json!([event.name]);
    let mut data = (event.schema_of_data)(generator).to_value();
    data["description"] = fields["data"]["description"].take();
    fields["data"] = data;
    schema
}

/// The name of an event's schema: `CustomerCreatedEvent` for `customer-created`.
fn object_name(event: &str) -> String {
    let words = event.split('-').map(|word| {
        let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        first.to_uppercase() + rest
    });
    words.chain(["Event".to_owned()]).collect()
}
