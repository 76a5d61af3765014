//! The contract (`contract/openapi.yaml`) against the document that our code generates: every
//! operation of the contract must match ours, field by field.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::support::operations::{document, resolve};

/// What ours has and the contract has not, and why.
const OURS: [(&str, &str); 3] = [
    (
        "GET /portal",
        "what every app asks first: whose portal its token is for, and what it can do there",
    ),
    (
        "GET /tickets/{ticketId}/attachments/{attachmentId}/download",
        "the contract lists attachments and leaves their download to us",
    ),
    (
        "PATCH /customer-groups/{customerGroupId}",
        "a group that can be made must be renamable; the contract leaves edits of groups to us",
    ),
];

/// Query parameters of every list that ours has beyond the contract, and why.
const OUR_PARAMETERS: [(&str, &str); 4] = [
    ("search", "the contract leaves search on lists to us"),
    ("sort", "and so it does the order"),
    ("per_page", "so that whoever reads many needs fewer requests; without it there are 15"),
    ("after", "so that whoever follows next_page_url misses nothing; page alone works as it says"),
];

/// Filters that the contract leaves to us, by the list that has them.
const OUR_FILTERS: [(&str, &[&str]); 10] = [
    ("/webhooks", &["type", "createdFrom", "createdTo"]),
    (
        "/customers",
        &[
            "customerGroupId",
            "customerType",
            "createdFrom",
            "createdTo",
            "updatedFrom",
            "updatedTo",
        ],
    ),
    ("/customer-groups", &["customerId", "createdFrom", "createdTo", "updatedFrom", "updatedTo"]),
    (
        "/customer-groups/{customerGroupId}/customers",
        &["customerType", "createdFrom", "createdTo", "updatedFrom", "updatedTo"],
    ),
    (
        "/appointments",
        &[
            "status",
            "customerId",
            "startsFrom",
            "startsTo",
            "createdFrom",
            "createdTo",
            "updatedFrom",
            "updatedTo",
        ],
    ),
    ("/file-requests", &["customerId", "createdFrom", "createdTo"]),
    ("/file-shares", &["customerId", "createdFrom", "createdTo"]),
    (
        "/tickets",
        &["status", "source", "customerId", "createdFrom", "createdTo", "updatedFrom", "updatedTo"],
    ),
    ("/punch-cards", &["createdFrom", "createdTo", "updatedFrom", "updatedTo"]),
    ("/punch-cards/{punchCardId}/issued", &["customerId", "createdFrom", "createdTo"]),
];

/// Fields that ours has beyond the contract: what a business writes down of its customers (the contract
/// shows `phone`, and does not say how it is written), when something was last changed, the code by
/// which a punch card is found at the counter, where a file is, and what an appointment is about, in which
/// time zone it was agreed, and where it takes place online (the contract shows that only); and until when,
/// with which password and how often files are shared, and by when they are asked for.
const OUR_FIELDS: [&str; 21] = [
    "directoryId",
    "phone",
    "customerType",
    "contactPerson",
    "kvkNumber",
    "vatNumber",
    "language",
    "notes",
    "contacts",
    "customFields",
    "updatedAt",
    "code",
    "name",
    "timeZone",
    "onlineMeetingLink",
    "dueAt",
    "expiresAt",
    "password",
    "hasPassword",
    "downloads",
    "firstDownloadedAt",
];

/// Fields of error bodies that ours has beyond the contract, and why.
const OUR_ERROR_FIELDS: [(&str, &str); 2] = [
    ("requestId", "by which the operator finds the request in the log"),
    (
        "errors",
        "all errors have one schema, as generators of clients ask; it is sent with 422 only",
    ),
];

/// Types of events of the contract that nothing emits yet. Take one out when its resource emits it.
const PENDING_EVENTS: [&str; 16] = [
    "offer-created",
    "offer-deleted",
    "offer-accepted",
    "offer-rejected",
    "invoice-created",
    "invoice-chargeback",
    "invoice-paid",
    "invoice-deleted",
    "payment-link-created",
    "payment-link-expired",
    "payment-link-paid",
    "subscription-created",
    "subscription-updated",
    "subscription-deleted",
    "subscription-payment-created",
    "subscription-payment-updated",
];

#[test]
fn every_type_of_event_is_the_contracts_and_the_contracts_are_there_or_pending() {
    let contract = contract();
    let types = contract["components"]["schemas"]["WebhookType"]["enum"].as_array().unwrap();
    let mut ours: Vec<&str> = klantportaal::resources::events().map(|event| event.name).collect();
    assert!(ours.contains(&"customer-created"), "{ours:?}");
    ours.extend(PENDING_EVENTS);
    ours.sort_unstable();
    let mut theirs: Vec<&str> = types.iter().filter_map(Value::as_str).collect();
    theirs.sort_unstable();
    assert_eq!(ours, theirs);
}

fn contract() -> Value {
    serde_saphyr::from_str(include_str!("../../contract/openapi.yaml")).unwrap()
}

/// The operations of a document, by `METHOD /path`.
fn operations(document: &Value) -> BTreeMap<String, &Value> {
    let mut all = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            all.insert(format!("{} {path}", method.to_uppercase()), operation);
        }
    }
    all
}

/// Each operation that both have: its name, the contract's, ours.
fn shared(test: impl Fn(&str, &Value, &Value)) {
    let (contract, ours) = (contract(), document());
    let ours = operations(&ours);
    let mut count = 0;
    for (name, operation) in operations(&contract) {
        if let Some(our) = ours.get(&name) {
            test(&name, operation, our);
            count += 1;
        }
    }
    assert!(count >= 12, "only {count} operations are shared");
}

/// A schema as far as it matters: `$ref` and `allOf` resolved, types as a sorted list, texts left
/// out.
fn shape(document: &Value, schema: &Value) -> Value {
    let schema = resolve(document, schema);
    if let Some(parts) = schema["allOf"].as_array() {
        let mut whole = json!({});
        for part in parts.iter().map(|part| shape(document, part)) {
            merge(&mut whole, part);
        }
        return whole;
    }
    if let Some(choices) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        // Only ever "this or null".
        let (null, other): (Vec<&Value>, Vec<&Value>) =
            choices.iter().partition(|choice| choice["type"] == "null");
        assert_eq!((null.len(), other.len()), (1, 1), "{schema}");
        let mut whole = shape(document, other[0]);
        whole["types"].as_array_mut().unwrap().push(json!("null"));
        whole["types"].as_array_mut().unwrap().sort_by_key(Value::to_string);
        return whole;
    }
    let mut shape_of = Map::new();
    let mut types = match &schema["type"] {
        Value::Array(types) => types.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    };
    types.sort_by_key(Value::to_string);
    shape_of.insert("types".into(), types.into());
    if let Some(properties) = schema["properties"].as_object() {
        let properties: Map<String, Value> = properties
            .iter()
            .map(|(name, property)| (name.clone(), shape(document, property)))
            .collect();
        shape_of.insert("properties".into(), properties.into());
    }
    for name in ["items", "additionalProperties"] {
        if schema[name].is_object() {
            shape_of.insert(name.into(), shape(document, &schema[name]));
        }
    }
    for name in ["pattern", "enum", "minProperties"] {
        if !schema[name].is_null() {
            shape_of.insert(name.into(), schema[name].clone());
        }
    }
    // Ours tells numbers' sizes too, which are no formats of texts.
    if schema["format"]
        .as_str()
        .is_some_and(|format| !format.starts_with("int") && !format.starts_with("uint"))
    {
        shape_of.insert("format".into(), schema["format"].clone());
    }
    let required: BTreeSet<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    shape_of.insert("required".into(), json!(required));
    shape_of.into()
}

fn merge(whole: &mut Value, part: Value) {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            for (name, value) in part {
                merge(whole.entry(name).or_insert(Value::Null), value);
            }
        }
        (Value::Array(whole), Value::Array(part)) => {
            whole.extend(part);
            whole.sort_by_key(Value::to_string);
            whole.dedup();
        }
        (whole, part) => *whole = part,
    }
}

/// Answers always hold all of their fields, so what the contract leaves optional there is no
/// difference.
fn without_required(mut shape: Value) -> Value {
    if let Value::Object(map) = &mut shape {
        map.remove("required");
    }
    match shape {
        Value::Object(map) => map
            .into_iter()
            .map(|(name, value)| (name, without_required(value)))
            .collect::<Map<_, _>>()
            .into(),
        other => other,
    }
}

/// What each answer holds, by status.
fn answers(document: &Value, operation: &Value) -> BTreeMap<String, Value> {
    let responses = operation["responses"].as_object().unwrap().iter();
    responses
        .map(|(status, response)| {
            let schema = resolve(document, response).pointer("/content/application~1json/schema");
            (status.clone(), schema.map_or(Value::Null, |schema| shape(document, schema)))
        })
        .collect()
}

fn parameters<'a>(
    document: &'a Value,
    operation: &'a Value,
    place: &str,
) -> BTreeMap<&'a str, Value> {
    let all = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|parameter| resolve(document, parameter));
    all.filter(|parameter| parameter["in"] == *place)
        .map(|parameter| {
            (
                parameter["name"].as_str().unwrap(),
                without_required(shape(document, &parameter["schema"])),
            )
        })
        .collect()
}

/// Those of [`OUR_FIELDS`] that the contract has at some places only, as their descriptions say.
const PARTLY_OURS: [&str; 1] = ["onlineMeetingLink"];

/// The names of the properties in a document that are marked as ours.
fn marked(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            let properties = members.get("properties").and_then(Value::as_object);
            for (name, property) in properties.into_iter().flatten() {
                names.extend((property["x-extension"] == true).then(|| name.clone()));
            }
            members.values().for_each(|value| marked(value, names));
        }
        Value::Array(values) => values.iter().for_each(|value| marked(value, names)),
        _ => {}
    }
}

#[test]
fn our_fields_are_marked_as_extensions_and_no_others_are() {
    let mut names = BTreeSet::new();
    marked(&document(), &mut names);
    for partly in PARTLY_OURS {
        assert!(names.insert(partly.to_owned()), "{partly} is marked where the contract has it");
    }
    assert_eq!(names, OUR_FIELDS.map(str::to_owned).into());
}

#[test]
fn what_is_marked_as_an_extension_is_not_in_the_contract() {
    let whole = self::contract();
    shared(|name, contract, our| {
        for parameter in our["parameters"].as_array().into_iter().flatten() {
            let is_theirs = contract["parameters"].as_array().into_iter().flatten();
            let is_theirs = is_theirs
                .map(|theirs| resolve(&whole, theirs)["name"].clone())
                .any(|theirs| theirs == parameter["name"]);
            let is_marked = parameter["schema"]["x-extension"] == true;
            assert!(!(is_theirs && is_marked), "{name}: {}", parameter["name"]);
        }
    });
}

/// Takes the fields out that ours has beyond the contract.
fn without_ours(theirs: &Value, ours: &mut Value) {
    if let (Value::Object(theirs), Value::Object(ours)) = (theirs, ours) {
        if let Some(properties) = ours.get_mut("properties").and_then(Value::as_object_mut) {
            let known = theirs.get("properties").and_then(Value::as_object);
            properties.retain(|name, _| {
                known.is_some_and(|known| known.contains_key(name))
                    || !OUR_FIELDS.contains(&name.as_str())
            });
        }
        for (name, value) in ours.iter_mut() {
            without_ours(theirs.get(name).unwrap_or(&Value::Null), value);
        }
    }
}

#[test]
fn what_is_not_built_yet_is_listed_and_nothing_else_is() {
    let (contract, ours) = (contract(), document());
    let (contract, ours) = (operations(&contract), operations(&ours));
    let missing: BTreeSet<&str> =
        contract.keys().filter(|name| !ours.contains_key(*name)).map(String::as_str).collect();
    let listed: Vec<&str> = include_str!("contract_pending.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    assert_eq!(
        listed.iter().copied().collect::<BTreeSet<_>>(),
        missing,
        "tests/it/contract_pending.txt is out of date"
    );
    assert_eq!(listed.len(), missing.len(), "tests/it/contract_pending.txt names something twice");
    assert_eq!(contract.len(), 83, "the contract changed");
}

#[test]
fn what_we_have_beyond_the_contract_is_listed_with_a_reason() {
    let (contract, ours) = (contract(), document());
    let (contract, ours) = (operations(&contract), operations(&ours));
    let beyond: Vec<&str> =
        ours.keys().filter(|name| !contract.contains_key(*name)).map(String::as_str).collect();
    assert_eq!(beyond, OURS.map(|(name, _)| name));
}

#[test]
fn each_operation_asks_the_contracts_scope() {
    shared(|name, contract, our| {
        let scopes = &contract["security"][0]["bearer"];
        assert_eq!(contract["security"], json!([{ "bearer": scopes }]), "{name}");
        // An app's token is one of the two kinds of bearer token; the document says how it is had.
        assert_eq!(our["security"], json!([{ "bearer": scopes }, { "oauth2": scopes }]), "{name}");
    });
}

#[test]
fn each_body_has_the_contracts_fields() {
    let (contract, ours) = (contract(), document());
    shared(|name, theirs, our| {
        let body = |document: &Value, operation: &Value| {
            let content = operation
                .pointer("/requestBody/content")
                .map(|content| content.as_object().unwrap().clone())
                .unwrap_or_default();
            let shapes: BTreeMap<String, Value> = content
                .into_iter()
                .map(|(kind, media)| (kind, shape(document, &media["schema"])))
                .collect();
            (operation.pointer("/requestBody/required").cloned(), shapes)
        };
        let (mut our, theirs) = (body(&ours, our), body(&contract, theirs));
        for (kind, shape) in &mut our.1 {
            without_ours(theirs.1.get(kind).unwrap_or(&Value::Null), shape);
        }
        assert_eq!(our, theirs, "{name}");
    });
}

#[test]
fn each_good_answer_has_the_contracts_status_and_fields() {
    let (contract, ours) = (contract(), document());
    shared(|name, theirs, our| {
        let good = |document: &Value, operation: &Value| -> BTreeMap<String, Value> {
            let answers = answers(document, operation)
                .into_iter()
                .filter(|(status, _)| status.starts_with('2'));
            answers.map(|(status, shape)| (status, without_required(shape))).collect()
        };
        let (mut our, theirs) = (good(&ours, our), good(&contract, theirs));
        for (status, shape) in &mut our {
            without_ours(theirs.get(status).unwrap_or(&Value::Null), shape);
        }
        assert_eq!(our, theirs, "{name}");
    });
}

#[test]
fn each_error_has_the_contracts_fields() {
    let (contract, ours) = (contract(), document());
    let any =
        |name: &str| shape(&contract, &json!({ "$ref": format!("#/components/schemas/{name}") }));
    let (error, validation_error) = (any("Error"), any("ValidationError"));
    shared(|name, theirs, our| {
        let theirs = answers(&contract, theirs);
        for (status, mut shape) in
            answers(&ours, our).into_iter().filter(|(status, _)| status.starts_with('4'))
        {
            // Where ours tells an error that the contract leaves out, it has the shape of all such
            // errors.
            let expected = theirs.get(&status).unwrap_or(if status == "422" {
                &validation_error
            } else {
                &error
            });
            let properties = shape["properties"].as_object_mut().unwrap();
            for (field, _) in OUR_ERROR_FIELDS {
                assert!(properties.contains_key(field), "{name} {status} lacks {field}");
                if expected["properties"][field].is_null() {
                    properties.remove(field);
                }
            }
            assert_eq!(
                without_required(shape),
                without_required(expected.clone()),
                "{name} {status}"
            );
        }
    });
}

#[test]
fn each_operation_tells_the_errors_that_it_can_answer() {
    shared(|name, theirs, our| {
        let told = |operation: &Value| -> BTreeSet<String> {
            operation["responses"].as_object().unwrap().keys().cloned().collect()
        };
        let mut expected = told(theirs);
        // The contract has 422 on every change; without a body nothing can be faulty.
        if our["requestBody"].is_null() {
            expected.remove("422");
        }
        let told = told(our);
        assert!(expected.is_subset(&told), "{name}: {expected:?} is not within {told:?}");
    });
}

/// The names of an operation's header parameters.
fn headers(operation: &Value) -> Vec<&str> {
    let all = operation["parameters"].as_array().into_iter().flatten();
    let headers = all.filter(|parameter| parameter["in"] == "header");
    headers.filter_map(|parameter| parameter["name"].as_str()).collect()
}

#[test]
fn each_operation_tells_its_preconditions() {
    let document = document();
    let mut with_revisions = 0;
    for (name, operation) in operations(&document) {
        let (headers, responses) = (headers(operation), &operation["responses"]);
        if !name.starts_with("GET ") {
            assert!(headers.contains(&"If-Match"), "{name}");
            assert!(responses["412"].is_object(), "{name}");
            continue;
        }
        let has_revision = responses["200"]["headers"]["ETag"].is_object();
        with_revisions += usize::from(has_revision);
        assert_eq!(headers.contains(&"If-None-Match"), has_revision, "{name}");
        assert_eq!(responses["304"]["headers"]["ETag"].is_object(), has_revision, "{name}");
        assert!(responses["304"]["content"].is_null(), "{name}");
    }
    assert!(with_revisions >= 2, "{with_revisions}");
}

#[test]
fn each_operation_takes_the_contracts_parameters() {
    let (contract, ours) = (contract(), document());
    shared(|name, theirs, our| {
        let names = |document: &Value, operation: &Value| -> Vec<String> {
            parameters(document, operation, "path").into_keys().map(str::to_owned).collect()
        };
        assert_eq!(names(&ours, our), names(&contract, theirs), "{name}");
        let (theirs, mut our) =
            (parameters(&contract, theirs, "query"), parameters(&ours, our, "query"));
        for (parameter, _) in OUR_PARAMETERS {
            assert_eq!(
                our.remove(parameter).is_some(),
                theirs.contains_key("page"),
                "{name}: {parameter} belongs to lists"
            );
        }
        let list = OUR_FILTERS.iter().find(|(path, _)| name == format!("GET {path}"));
        for filter in list.map_or(&[][..], |(_, filters)| filters) {
            assert!(our.remove(*filter).is_some(), "{name}: {filter}");
        }
        assert_eq!(our.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>(), "{name}");
    });
}

#[test]
fn the_comparison_sees_differences() {
    let document = json!({ "components": { "schemas": { "A": { "type": ["string", "null"], "title": "x" } } } });
    let a = shape(&document, &json!({ "$ref": "#/components/schemas/A" }));
    assert_eq!(
        a,
        shape(
            &document,
            &json!({ "anyOf": [{ "type": "string", "description": "y" }, { "type": "null" }] })
        )
    );
    for other in [
        json!({ "type": "string" }),
        json!({ "type": ["integer", "null"] }),
        json!({ "type": ["string", "null"], "pattern": "^a" }),
    ] {
        assert_ne!(a, shape(&document, &other), "{other}");
    }
    let both = shape(
        &document,
        &json!({ "allOf": [{ "type": "object", "properties": { "a": {} } }, { "properties": { "b": {} } }] }),
    );
    assert_eq!(both["properties"].as_object().unwrap().keys().collect::<Vec<_>>(), ["a", "b"]);
}
