//! `/v1/customers`.

use serde_json::{Value, json};

use crate::support::operations::missing;

/// A customer's fields, all good.
pub fn fields(company_name: &str) -> Value {
    json!({
        "companyName": company_name,
        "address": "Dorpsstraat 1",
        "zipCode": "1234 AB",
        "city": "Ons Dorp",
        "primaryEmail": "jan@example.nl",
        "countryCode": "BE",
    })
}

/// The fields with one of them different; `Null` leaves it out.
fn but(name: &str, value: Value) -> Value {
    let mut fields = fields("Jansen");
    match value {
        Value::Null => drop(fields.as_object_mut().unwrap().remove(name)),
        value => fields[name] = value,
    }
    fields
}

/// Each required text with the most characters that it may have.
const TEXTS: [(&str, usize); 4] =
    [("companyName", 200), ("address", 200), ("zipCode", 20), ("city", 100)];

both_engines! {
    async fn a_customer_is_made_and_shown_in_the_contracts_shape(server: &Server) {
        let key = server.portal().await.key().await;
        let made = key.post("/v1/customers", fields(" Bakkerij Jänsen ")).await.expect(200);
        let (id, created_at) = (made["id"].as_str().unwrap(), made["createdAt"].as_str().unwrap());
        assert!(id.starts_with("cst_") && id.len() == 18, "{id}");
        let moment: jiff::Timestamp = created_at.parse().unwrap();
        assert!(jiff::Timestamp::now().duration_since(moment).as_secs().abs() < 60, "{created_at} is not now");
        let amsterdam = moment.in_tz("Europe/Amsterdam").unwrap();
        assert_eq!(created_at, amsterdam.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string());
        let expected = json!({
            "id": id,
            "companyName": "Bakkerij Jänsen",
            "address": "Dorpsstraat 1",
            "zipCode": "1234 AB",
            "city": "Ons Dorp",
            "countryCode": "BE",
            "primaryEmail": "jan@example.nl",
            "phone": null,
            "integration": null,
            "integrationId": null,
            "customerGroups": [],
            "createdAt": created_at,
        });
        assert_eq!(made, expected);
        assert_eq!(key.get(&format!("/v1/customers/{id}")).await.expect(200), expected);
        assert_eq!(key.get("/v1/customers").await.expect(200)["data"], json!([expected]));
    }

    async fn the_country_is_the_netherlands_when_absent_and_written_in_capitals(server: &Server) {
        let key = server.portal().await.key().await;
        for (sent, kept) in [(Value::Null, "NL"), (json!("be"), "BE"), (json!("DE"), "DE")] {
            let made = key.post("/v1/customers", but("countryCode", sent)).await.expect(200);
            assert_eq!(made["countryCode"], kept);
        }
    }

    async fn every_faulty_field_is_named_at_once(server: &Server) {
        let key = server.portal().await.key().await;
        let required = ["address", "city", "companyName", "primaryEmail", "zipCode"];
        assert_eq!(key.post("/v1/customers", json!({})).await.faulty_fields(), required);
        let all = ["address", "city", "companyName", "countryCode", "primaryEmail", "zipCode"];
        let wrong = json!({ "companyName": 1, "address": null, "zipCode": [], "city": {}, "primaryEmail": true, "countryCode": 31 });
        assert_eq!(key.post("/v1/customers", wrong).await.faulty_fields(), all);
        assert_eq!(key.get("/v1/customers").await.expect(200)["data"], json!([]), "nothing was made");
    }

    async fn each_field_has_its_bounds(server: &Server) {
        let key = server.portal().await.key().await;
        for (name, longest) in TEXTS {
            let just = "é".repeat(longest);
            assert_eq!(key.post("/v1/customers", but(name, json!(just))).await.expect(200)[name], just);
            for wrong in [json!("é".repeat(longest + 1)), json!(""), json!(" \t "), json!("a\u{0}b"), json!("a\u{1b}b")] {
                assert_eq!(key.post("/v1/customers", but(name, wrong.clone())).await.faulty_fields(), [name], "{wrong}");
            }
        }
        for wrong in ["jan", "jan@", "jan@example", "@example.nl", "jan@example.nl\nBcc: x@y.nl", "Jan <jan@example.nl>"] {
            assert_eq!(key.post("/v1/customers", but("primaryEmail", json!(wrong))).await.faulty_fields(), ["primaryEmail"], "{wrong}");
        }
        for wrong in ["", "N", "NLD", "XX", "ß", "éé"] {
            assert_eq!(key.post("/v1/customers", but("countryCode", json!(wrong))).await.faulty_fields(), ["countryCode"], "{wrong}");
        }
    }

    async fn a_patch_changes_what_it_names_and_nothing_else(server: &Server) {
        let key = server.portal().await.key().await;
        let mut expected = key.post("/v1/customers", fields("Jansen")).await.expect(200);
        let path = format!("/v1/customers/{}", expected["id"].as_str().unwrap());
        for (name, value) in [
            ("companyName", "De Vries"),
            ("address", "Plein 2"),
            ("zipCode", "4321 BA"),
            ("city", "Elders"),
            ("primaryEmail", "piet@example.nl"),
            ("countryCode", "FR"),
        ] {
            expected[name] = json!(value);
            assert_eq!(key.patch(&path, json!({ name: value })).await.expect(200), expected);
            assert_eq!(key.get(&path).await.expect(200), expected);
        }
    }

    async fn a_patch_of_nothing_or_of_faulty_fields_changes_nothing(server: &Server) {
        let key = server.portal().await.key().await;
        let made = key.post("/v1/customers", fields("Jansen")).await.expect(200);
        let path = format!("/v1/customers/{}", made["id"].as_str().unwrap());
        assert!(!key.patch(&path, json!({})).await.faulty_fields().is_empty());
        assert!(!key.patch(&path, json!({ "id": "cst_andere", "phone": "06" })).await.faulty_fields().is_empty());
        let wrong = json!({ "companyName": "Goed", "city": "", "countryCode": null });
        assert_eq!(key.patch(&path, wrong).await.faulty_fields(), ["city", "countryCode"]);
        assert_eq!(key.get(&path).await.expect(200), made);
    }

    async fn what_a_client_may_not_set_stays_as_it_is(server: &Server) {
        let key = server.portal().await.key().await;
        let mut sent = fields("Jansen");
        for (name, value) in [("id", json!("cst_zelfgekozen")), ("createdAt", json!("2000-01-01T00:00:00+00:00")), ("portalId", json!("prt_ander"))] {
            sent[name] = value;
        }
        let made = key.post("/v1/customers", sent).await.expect(200);
        assert_ne!(made["id"], "cst_zelfgekozen");
        assert!(!made["createdAt"].as_str().unwrap().starts_with("2000"));
    }

    async fn a_deleted_customer_is_gone_everywhere(server: &Server) {
        let key = server.portal().await.key().await;
        let id = key.post("/v1/customers", fields("Jansen")).await.expect(200)["id"].as_str().unwrap().to_owned();
        let other = key.post("/v1/customers", fields("De Vries")).await.expect(200);
        let group = key.post("/v1/customer-groups", json!({ "name": "Leden", "customers": [id] })).await.expect(200);
        let (path, members) = (format!("/v1/customers/{id}"), format!("/v1/customer-groups/{}/customers", group["id"].as_str().unwrap()));
        assert_eq!(key.get(&members).await.expect(200)["data"][0]["id"], json!(id));
        key.delete(&path).await.expect_nothing();
        key.get(&path).await.expect(404);
        key.patch(&path, json!({ "city": "Elders" })).await.expect(404);
        key.delete(&path).await.expect(404);
        assert_eq!(key.get("/v1/customers").await.expect(200)["data"], json!([other]));
        assert_eq!(key.get(&members).await.expect(200)["data"], json!([]));
    }

    async fn an_id_that_does_not_exist_is_not_found(server: &Server) {
        let key = server.portal().await.key().await;
        let id = key.post("/v1/customers", fields("Jansen")).await.expect(200)["id"].as_str().unwrap().to_owned();
        key.get(&format!("/v1/customers/{}", missing(&id))).await.expect(404);
        // The same letters under another kind's prefix are another id.
        key.get(&format!("/v1/customers/{}", id.replace("cst_", "cug_"))).await.expect(404);
    }
}
