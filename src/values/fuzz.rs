//! Fuzz target: bodies shaped like an invoice's, with lines, an address and files, in JSON, in forms
//! and in uploads.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use proptest::prelude::*;
use schemars::SchemaGenerator;
use serde_json::{Map, Value as Json, json};

use super::*;
use crate::error::Error;
use crate::fields::ignored::IgnoredFields;
use crate::fields::{Fields, FromFields, Uploaded};
use crate::fuzz::{changes, config};
use crate::ids::CustomerId;

body! {
    /// A line of an invoice.
    Line {
        /// What it is for
        description "description": Text<200> = "Onderhoud",
        /// Amount without VAT
        amount "amountExclVat": Money = "125.00",
        /// Rate of VAT
        vat_rate "vatRate": VatRate = 21,
        /// How many
        quantity "quantity": Option<Whole<1, 999>> = 1,
    }
}

body! {
    /// Where it is sent.
    Address {
        /// City
        city "city": Text<100> = "Den Bosch",
        /// Country code
        country "countryCode": Country = "NL",
    }
}

body! {
    /// An invoice.
    Invoice checked by Invoice::check {
        /// Whom it is for
        customer "customerId": CustomerId = "cst_abc12345def678",
        /// The date on it
        issued_at "issuedAt": Date = "2026-11-24",
        /// When it was paid
        paid_at "paidAt": Option<DateTime> = "2026-11-24 02:48:00",
        /// Where it is sent
        address "address": Nested<Address> = { "city": "Den Bosch" },
        /// Its lines
        lines "lines": List<Line, 1, 3> = [],
        /// Whether the customer gets mail
        notify "sendNotification": bool = false,
    }
}

impl Invoice {
    /// Nothing can be paid before it was issued.
    fn check(&mut self, fields: &mut Fields) {
        let paid = self.paid_at.map(|paid| amsterdam().to_datetime(paid.moment()).date());
        let is_faulty = ["issuedAt", "paidAt"].iter().any(|name| fields.errors().has(name));
        if !is_faulty && paid.is_some_and(|paid| paid < self.issued_at.day()) {
            fields.fault("paidAt", Message::new("field.date"));
        }
    }
}

body! {
    /// An upload.
    Uploading {
        /// Who signs
        signers "signers": List<Address, 1, 2> = [],
        /// What is signed
        documents "documents": Files<0, 5> = ["…"],
    }
}

fn amsterdam() -> TimeZone {
    TimeZone::get("Europe/Amsterdam").unwrap()
}

/// The invoice in some fields, or the names of those that are faulty.
fn read<T: FromFields>(fields: Fields) -> Result<T, Vec<String>> {
    fields.in_zone(&amsterdam()).read().map_err(|error| match error {
        Error::Invalid(errors) => errors.to_json().into_keys().map(str::to_owned).collect(),
        error => panic!("{error}"),
    })
}

fn faulty(body: &Json) -> Vec<String> {
    let fields = Fields::json(body.to_string().as_bytes()).unwrap();
    read::<Invoice>(fields).map_or_else(|names| names, |_| Vec::new())
}

fn line() -> Json {
    json!({ "description": "Onderhoud", "amountExclVat": "125.00", "vatRate": 21 })
}

fn invoice() -> Json {
    json!({
        "customerId": "cst_abc12345def678",
        "issuedAt": "2026-11-24",
        "address": { "city": "Den Bosch" },
        "lines": [line(), { "description": "Korting", "amountExclVat": "0.05", "vatRate": 9, "quantity": 2 }],
        "sendNotification": true,
    })
}

/// The same with another value somewhere.
fn with(pointer: &str, value: Json) -> Json {
    let mut body = invoice();
    let (outer, name) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(outer).unwrap() {
        Json::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        object => object[name] = value,
    }
    body
}

/// The texts of a body as a form has them: `lines.0.vatRate`.
fn pairs(path: &str, body: &Json, pairs: &mut Vec<(String, String)>) {
    let join =
        |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match body {
        Json::Object(members) => {
            members.iter().for_each(|(name, value)| self::pairs(&join(name), value, pairs))
        }
        Json::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, value)| self::pairs(&join(&index.to_string()), value, pairs)),
        Json::String(text) => pairs.push((path.to_owned(), text.clone())),
        other => pairs.push((path.to_owned(), other.to_string())),
    }
}

fn form_of(body: &Json) -> Vec<(String, String)> {
    let mut all = Vec::new();
    pairs("", body, &mut all);
    all
}

#[test]
fn an_invoice_is_read_with_all_that_is_in_it() {
    let fields = |body: &Json| Fields::json(body.to_string().as_bytes()).unwrap();
    let read: Invoice = read(fields(&with("/paidAt", json!("2026-11-24 00:30")))).unwrap();
    assert_eq!(read.paid_at.unwrap().to_string(), "2026-11-23T23:30:00+00:00");
    assert_eq!(
        (read.address.0.city.as_str(), read.address.0.country.as_str()),
        ("Den Bosch", "NL")
    );
    let [first, second] = read.lines.0.as_slice() else { panic!("two lines") };
    assert_eq!(
        (first.amount.cents(), first.vat_rate, first.quantity),
        (12_500, VatRate::High, None)
    );
    assert_eq!((second.amount.cents(), second.quantity.map(Whole::get)), (5, Some(2)));
    assert_eq!((first.description.as_str(), second.description.as_str()), ("Onderhoud", "Korting"));
    assert!(read.notify && read.customer.as_str() == "cst_abc12345def678");
}

#[test]
fn every_fault_is_named_by_its_path_at_once() {
    let body = json!({
        "customerId": "cug_abc",
        "issuedAt": "2024-04-31",
        "paidAt": 3,
        "address": { "city": "", "countryCode": "XX" },
        "lines": [
            { "description": "a", "amountExclVat": 12.5, "vatRate": 6 },
            line(),
            { "vatRate": "21", "quantity": 0 },
        ],
        "sendNotification": "yes",
    });
    let expected = [
        "address.city",
        "address.countryCode",
        "customerId",
        "issuedAt",
        "lines.0.amountExclVat",
        "lines.0.vatRate",
        "lines.2.amountExclVat",
        "lines.2.description",
        "lines.2.quantity",
        "lines.2.vatRate",
        "paidAt",
        "sendNotification",
    ];
    assert_eq!(faulty(&body), expected);
    assert_eq!(faulty(&json!({})), ["address", "customerId", "issuedAt", "lines"]);
    assert_eq!(faulty(&with("/paidAt", json!("2026-11-23"))), ["paidAt"], "checked together");
}

#[test]
fn lists_and_objects_have_their_types_and_sizes() {
    for wrong in
        [json!(null), json!({}), json!("x"), json!([]), json!([line(), line(), line(), line()])]
    {
        assert_eq!(faulty(&with("/lines", wrong.clone())), ["lines"], "{wrong}");
    }
    assert_eq!(faulty(&with("/lines", json!([line(), 3, null]))), ["lines.1", "lines.2"]);
    let mut many = vec![json!({}); 3];
    many.extend([line(), json!({})]);
    let names = faulty(&with("/lines", json!(many)));
    assert!(names.contains(&"lines".to_owned()) && names.contains(&"lines.2.vatRate".to_owned()));
    assert!(
        !names.iter().any(|name| name.starts_with("lines.4")),
        "no more than the maximum are read"
    );
    for wrong in [json!(null), json!([]), json!("x"), json!(3)] {
        assert!(
            faulty(&with("/address", wrong.clone())).contains(&"address".to_owned()),
            "{wrong}"
        );
    }
}

#[test]
fn unknown_fields_are_noticed_at_every_depth() {
    let body = with(
        "/lines/0",
        json!({ "description": "a", "amountExclVat": "1.00", "vat_rate": 21, "colour": {} }),
    );
    let Err(Error::Invalid(errors)) =
        Fields::json(body.to_string().as_bytes()).unwrap().in_zone(&amsterdam()).read::<Invoice>()
    else {
        panic!("the rate is missing")
    };
    let errors = errors.to_json();
    assert_eq!(
        errors["lines.0.vatRate"],
        ["This field is required.", "You sent `lines.0.vat_rate`: did you mean `lines.0.vatRate`?"]
    );
    assert_eq!(errors.len(), 1, "{errors:?}");

    let body = with("/address/zip", json!({ "a": 1 }));
    let mut fields = Fields::json(body.to_string().as_bytes()).unwrap().in_zone(&amsterdam());
    let ignored = IgnoredFields::default();
    fields.read_noting::<Invoice>(&ignored).unwrap();
    let mut headers = axum::http::HeaderMap::new();
    ignored.tell(&mut headers);
    assert_eq!(headers["x-ignored-fields"], "address.zip");
}

#[test]
fn a_form_is_read_like_json_with_its_own_numbers_and_without_blank_rows() {
    let mut form = form_of(&invoice());
    for (name, text) in [("lines.1.amountExclVat", "1.234,5"), ("lines.7.description", "Extra")] {
        form.retain(|(known, _)| known != name);
        form.push((name.to_owned(), text.to_owned()));
    }
    form.extend(
        ["lines.2.description", "lines.2.vatRate"].map(|name| (name.to_owned(), " ".to_owned())),
    );
    assert_eq!(
        read::<Invoice>(Fields::pairs(form.clone())).unwrap_err(),
        ["lines.7.amountExclVat", "lines.7.vatRate"]
    );
    form.retain(|(name, _)| !name.starts_with("lines.7"));
    let read: Invoice = read(Fields::pairs(form)).unwrap();
    let amounts: Vec<i64> = read.lines.0.iter().map(|line| line.amount.cents()).collect();
    assert_eq!(amounts, [12_500, 123_450]);
    let typed = Fields::pairs(vec![("lines.1.city".to_owned(), "a".to_owned())]);
    assert_eq!((typed.sent("lines.1.city"), typed.has("lines")), ("a", true));
}

#[test]
fn an_upload_is_read_in_the_notation_of_the_api() {
    let text = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let upload = |texts, json| {
        read::<Uploading>(Fields::upload(Uploaded { texts, json, files: Vec::new() }).unwrap())
    };
    let cities = |read: Result<Uploading, Vec<String>>| -> Vec<String> {
        read.unwrap().signers.0.into_iter().map(|signer| signer.city.to_string()).collect()
    };
    let alone = upload(vec![text("signers[0][city]", "Delft")], Vec::new()).unwrap();
    assert!(alone.documents.0.is_empty(), "files can be left out");
    let texts = vec![text("signers[0][city]", "Delft"), text("signers.1.city", "Gouda")];
    assert_eq!(cities(upload(texts, Vec::new())), ["Delft", "Gouda"]);
    let json = |body: &str| ("signers".to_owned(), body.as_bytes().to_vec());
    let delft = json(r#"{"city": "Delft"}"#);
    assert_eq!(cities(upload(Vec::new(), vec![delft.clone()])), ["Delft"]);
    assert_eq!(cities(upload(Vec::new(), vec![delft.clone(), delft])), ["Delft", "Delft"]);
    assert_eq!(
        upload(vec![text("signers[1][city]", "")], Vec::new()).unwrap_err(),
        ["signers.1.city"]
    );
    assert_eq!(upload(Vec::new(), Vec::new()).unwrap_err(), ["signers"]);
}

#[test]
fn the_schema_comes_of_the_same_declaration() {
    let mut generator = SchemaGenerator::default();
    let schema = json!(<Invoice as schemars::JsonSchema>::json_schema(&mut generator));
    assert_eq!(schema["required"], json!(["customerId", "issuedAt", "address", "lines"]));
    let property = |name: &str| schema["properties"][name].clone();
    assert_eq!(property("customerId")["pattern"], "^cst_");
    assert_eq!(property("issuedAt")["format"], "date");
    assert_eq!(property("paidAt")["type"], json!(["string", "null"]));
    assert_eq!(
        (property("lines")["minItems"].clone(), property("lines")["maxItems"].clone()),
        (json!(1), json!(3))
    );
    assert_eq!(property("lines")["items"], json!({ "$ref": "#/$defs/Line" }));
    let line = json!(generator.definitions()["Line"]);
    assert_eq!(line["properties"]["amountExclVat"]["pattern"], r"^\d+\.\d{2}$");
    assert_eq!(line["properties"]["vatRate"]["enum"], json!([0, 9, 21]));
    assert_eq!(line["properties"]["vatRate"]["examples"], json!([21]));
    let upload = json!(<Uploading as schemars::JsonSchema>::json_schema(&mut generator));
    assert_eq!(
        upload["properties"]["documents"]["items"],
        json!({ "type": "string", "format": "binary" })
    );
    assert_eq!(upload["required"], json!(["signers"]));
}

/// JSON of any shape, with the names and nearly the values of an invoice.
fn any_json() -> impl Strategy<Value = Json> {
    let names = [
        "customerId",
        "issuedAt",
        "paidAt",
        "address",
        "lines",
        "sendNotification",
        "description",
        "amountExclVat",
        "vatRate",
        "quantity",
        "city",
        "countryCode",
        "vat_rate",
    ];
    let texts = [
        "",
        "1",
        "12.50",
        "2026-11-24",
        "2026-02-30",
        "2026-11-24 12:00",
        "NL",
        "cst_abc",
        "true",
        "Delft",
        "9999-12-31 23:59:59",
        "2999-12-31",
    ];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(|number| json!(number)),
        prop::sample::select(vec![0, 9, 21]).prop_map(Json::from),
        prop::sample::select(texts.to_vec()).prop_map(Json::from),
        "\\PC{0,12}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 24, 5, move |inner| {
        let name = prop::sample::select(names.to_vec()).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            prop::collection::vec((name, inner), 0..8)
                .prop_map(|members| Json::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_is_sent_is_read_or_refused_with_paths_that_lead_to_the_faults(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any_json()), 1..4),
    ) {
        let mut body = invoice();
        let members = body.as_object_mut().unwrap();
        for (at, value) in changes {
            let name = members.keys().nth(at.index(members.len())).unwrap().clone();
            members.insert(name, value);
        }
        for name in faulty(&body) {
            // The last step may be missing; all before it are there.
            let outer: Vec<&str> = name.split('.').collect();
            let mut at = &body;
            for step in &outer[..outer.len() - 1] {
                at = step.parse::<usize>().map_or_else(|_| &at[*step], |index| &at[index]);
                prop_assert!(!at.is_null(), "{name} in {body}");
            }
        }
    }

    #[test]
    fn a_form_has_the_faults_of_the_same_json(city in "[ a-z]{0,3}", cents in 0i64..2_000_000, rate in 0i64..30, quantity in -2i64..1200) {
        let amount = Money::from_cents(cents).unwrap();
        let body = with("/address/city", json!(city));
        let line = json!({ "description": "a", "amountExclVat": amount, "vatRate": rate, "quantity": quantity });
        let mut body = body;
        body["lines"][1] = line;
        let form = form_of(&body).into_iter().map(|(name, text)| {
            let text = if name.ends_with("amountExclVat") { text.replace('.', ",") } else { text };
            (name, text)
        });
        let in_form = read::<Invoice>(Fields::pairs(form.collect())).map_or_else(|names| names, |_| Vec::new());
        prop_assert_eq!(in_form, faulty(&body));
        let texts = form_of(&body);
        let upload = Fields::upload(Uploaded { texts, ..Uploaded::default() }).unwrap();
        let in_upload = read::<Invoice>(upload).map_or_else(|names| names, |_| Vec::new());
        prop_assert_eq!(in_upload, faulty(&body));
    }

    #[test]
    fn changed_bytes_never_do_harm(changes in changes()) {
        if let Ok(mut fields) = Fields::json(&changes.bytes(invoice().to_string().as_bytes())) {
            fields = fields.in_zone(&amsterdam());
            let _ = fields.read::<Invoice>();
        }
    }

    #[test]
    fn a_repeated_name_is_refused_wherever_it_is(pointer in prop::sample::select(vec!["", "/address", "/lines/0", "/lines/1"])) {
        let mut body = invoice();
        body.pointer_mut(pointer).unwrap()["MARK"] = json!(1);
        let text = body.to_string().replace("\"MARK\":1", "\"MARK\":1,\"MARK\":2");
        let Err(Error::Invalid(errors)) = Fields::json(text.as_bytes()) else { panic!("{text}") };
        let path = format!("{pointer}/MARK")[1..].replace('/', ".");
        let names: BTreeSet<&str> = errors.to_json().into_keys().collect();
        prop_assert_eq!(names, BTreeSet::from([path.as_str()]));
    }
}
