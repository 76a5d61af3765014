//! `/v1/customers`.

use serde_json::{Value, json};

use crate::support::operations::{Operation, make_ids, missing, operations};
use crate::support::{Answer, filled};

/// A customer's fields, all good.
pub fn fields(company_name: &str) -> Value {
    json!({
        "companyName": company_name,
        "address": "Dorpsstraat 1",
        "zipCode": "1234 AB",
        "city": "Ons Dorp",
        "primaryEmail": "jan@example.nl",
        "countryCode": "NL",
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
            "countryCode": "NL",
            "primaryEmail": "jan@example.nl",
            "phone": null,
            "customerType": "business",
            "contactPerson": null,
            "kvkNumber": null,
            "vatNumber": null,
            "language": null,
            "notes": null,
            "contacts": [],
            "customFields": {},
            "integration": null,
            "integrationId": null,
            "customerGroups": [],
            "createdAt": created_at,
            "updatedAt": created_at,
        });
        assert_eq!(made, expected);
        assert_eq!(key.get(&format!("/v1/customers/{id}")).await.expect(200), expected);
        assert_eq!(key.get("/v1/customers").await.expect(200)["data"], json!([expected]));
    }

    async fn the_country_is_the_netherlands_when_absent_and_written_in_capitals(server: &Server) {
        let key = server.portal().await.key().await;
        for (sent, kept, code) in [(Value::Null, "NL", "1234 AB"), (json!("be"), "BE", "1234"), (json!("DE"), "DE", "12345")] {
            let mut customer = but("countryCode", sent);
            customer["zipCode"] = json!(code);
            let made = key.post("/v1/customers", customer).await.expect(200);
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
        // Where any text is a postal code.
        let but = |name: &str, value: Value| {
            let mut fields = but(name, value);
            if name != "countryCode" {
                fields["countryCode"] = json!("AE");
            }
            fields
        };
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
            ("phone", "+31 73 123 45 67"),
            ("customerType", "private"),
            ("contactPerson", "Piet"),
            ("kvkNumber", "12345678"),
            ("vatNumber", "NL123456782B12"),
            ("language", "en"),
            ("notes", "Belt terug"),
        ] {
            expected[name] = json!(value);
            let changed = key.patch(&path, json!({ name: value })).await.expect(200);
            expected["updatedAt"] = changed["updatedAt"].clone();
            assert_eq!(changed, expected);
            assert_eq!(key.get(&path).await.expect(200), expected);
        }
    }

    async fn a_postal_code_is_one_of_its_country_and_written_as_there(server: &Server) {
        let key = server.portal().await.key().await;
        assert_eq!(key.post("/v1/customers", but("zipCode", json!("6711aa"))).await.expect(200)["zipCode"], "6711 AA");
        for wrong in ["12", "1234", "0123 AB", "1234 SS", "x"] {
            assert_eq!(key.post("/v1/customers", but("zipCode", json!(wrong))).await.faulty_fields(), ["zipCode"], "{wrong}");
        }
        let made = key.post("/v1/customers", fields("Jansen")).await.expect(200);
        let path = format!("/v1/customers/{}", made["id"].as_str().unwrap());
        assert_eq!(key.patch(&path, json!({ "countryCode": "BE" })).await.faulty_fields(), ["zipCode"], "the two go together");
        let moved = key.patch(&path, json!({ "countryCode": "BE", "zipCode": "BE-9000" })).await.expect(200);
        assert_eq!((&moved["countryCode"], &moved["zipCode"]), (&json!("BE"), &json!("9000")));
        assert_eq!(key.patch(&path, json!({ "zipCode": "1234 AB" })).await.faulty_fields(), ["zipCode"]);
        assert_eq!(key.get(&path).await.expect(200), moved);
    }

    async fn what_is_ours_is_written_checked_and_emptied(server: &Server) {
        let key = server.portal().await.key().await;
        let mut sent = fields("Jansen");
        for (name, value) in [
            ("phone", " 073  123 45 67 "), ("customerType", "private"), ("contactPerson", "Sanne"), ("kvkNumber", "1234 5678"),
            ("vatNumber", "nl 1234.56.782.b12"), ("language", "en"), ("notes", "Regel 1\nRegel 2"),
        ] {
            sent[name] = json!(value);
        }
        let made = key.post("/v1/customers", sent).await.expect(200);
        for (name, kept) in [
            ("phone", "073 123 45 67"), ("customerType", "private"), ("contactPerson", "Sanne"), ("kvkNumber", "12345678"),
            ("vatNumber", "NL123456782B12"), ("language", "en"), ("notes", "Regel 1\nRegel 2"),
        ] {
            assert_eq!(made[name], kept);
        }
        let path = format!("/v1/customers/{}", made["id"].as_str().unwrap());
        for (name, wrong) in [
            ("phone", json!("bel mij")), ("phone", json!("12345")), ("phone", json!(31)), ("customerType", json!("vip")), ("customerType", json!(null)),
            ("kvkNumber", json!("1234567")), ("vatNumber", json!("NL123456789B01")), ("language", json!("fr")), ("notes", json!("a".repeat(5001))), ("notes", json!("a\u{0}b")),
        ] {
            assert_eq!(key.patch(&path, json!({ name: wrong })).await.faulty_fields(), [name], "{wrong}");
            assert_eq!(key.post("/v1/customers", but(name, wrong.clone())).await.status, if wrong.is_null() { 200 } else { 422 }, "{name} {wrong}");
        }
        assert_eq!(key.get(&path).await.expect(200), made);
        for (name, empty) in [("phone", json!(null)), ("contactPerson", json!("")), ("kvkNumber", json!(null)), ("vatNumber", json!(" ")), ("language", json!(null)), ("notes", json!(null))] {
            assert_eq!(key.patch(&path, json!({ name: empty })).await.expect(200)[name], Value::Null);
        }
        // Who sends back what was read changes nothing.
        let mut read = key.get(&path).await.expect(200);
        let sent_back = key.patch(&path, read.clone()).await.expect(200);
        read["updatedAt"] = sent_back["updatedAt"].clone();
        assert_eq!(sent_back, read);
    }

    async fn of_two_changes_at_once_none_is_lost(server: &Server) {
        let key = server.portal().await.key().await;
        let made = key.post("/v1/customers", fields("Jansen")).await.expect(200);
        let path = format!("/v1/customers/{}", made["id"].as_str().unwrap());
        for round in 0..40 {
            let (city, name, notes) = (format!("Stad {round}"), format!("Naam {round}"), format!("Notitie {round}"));
            let answers = tokio::join!(
                key.patch(&path, json!({ "city": city })),
                key.patch(&path, json!({ "companyName": name })),
                key.patch(&path, json!({ "notes": notes })),
            );
            answers.0.expect(200);
            answers.1.expect(200);
            answers.2.expect(200);
            let now = key.get(&path).await.expect(200);
            assert_eq!((&now["city"], &now["companyName"], &now["notes"]), (&json!(city), &json!(name), &json!(notes)), "round {round}");
            for word in [&city, &name] {
                let found = key.get(&format!("/v1/customers?search={}", word.replace(' ', "+"))).await.expect(200);
                assert_eq!(found["data"][0]["id"], made["id"], "the search index has both changes");
            }
        }
    }

    async fn of_many_that_expect_the_same_revision_one_changes_it(server: &Server) {
        let key = server.portal().await.key().await;
        let customer = key.post("/v1/customers", fields("Jansen")).await;
        let group = key.post("/v1/customer-groups", json!({ "name": "Leden" })).await;
        for (made, list, name) in [(customer, "/v1/customers", "city"), (group, "/v1/customer-groups", "name")] {
            let mut tag = made.header("etag").unwrap().to_owned();
            let path = format!("{list}/{}", made.expect(200)["id"].as_str().unwrap());
            for _ in 0..5 {
                let change = |number: usize| {
                    let request = key.request(reqwest::Method::PATCH, &path).header("if-match", &tag);
                    Answer::to(request.json(&json!({ name: format!("Keuze {number}") })))
                };
                let answers = futures_util::future::join_all((0..6).map(change)).await;
                let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
                assert_eq!((won.len(), lost.len()), (1, 5));
                lost.iter().for_each(|answer| assert_eq!(answer.status, 412, "{answer}"));
                let now = key.get(&path).await;
                assert_eq!(now.header("etag"), won[0].header("etag"));
                assert_ne!(now.header("etag"), Some(tag.as_str()));
                tag = now.header("etag").unwrap().to_owned();
                assert_eq!(now.expect(200), won[0].expect(200));
            }
        }
    }

    async fn every_change_keeps_to_the_revision_that_it_expects(server: &Server) {
        let key = server.portal().await.key().await;
        let ids = make_ids(&key).await;
        let send = async |operation: &Operation, tag: &str| {
            let request = key.request(operation.method.clone(), &operation.path(&ids)).header("if-match", tag);
            Answer::to(match operation.body_with(&ids) {
                Some(body) => filled(request, &operation.method, &operation.path(&ids), &body),
                None => request,
            })
            .await
        };
        let mut all: Vec<Operation> = operations();
        // Members go before what they are members of.
        all.sort_by_key(|operation| std::cmp::Reverse(operation.template.len()));
        let changes = all.iter().filter(|operation| operation.method != reqwest::Method::GET);
        let (deletions, others): (Vec<_>, Vec<_>) = changes.partition(|operation| operation.method == reqwest::Method::DELETE);
        assert!(deletions.len() >= 3 && others.len() >= 5);
        let seen = async || {
            let mut seen = Vec::new();
            for path in ["/v1/customers", "/v1/customer-groups"] {
                seen.push(key.get(path).await.expect(200)["data"].clone());
            }
            seen.push(key.get(&format!("/v1/customer-groups/{}/customers", ids["customerGroupId"])).await.expect(200)["data"].clone());
            seen
        };
        let before = seen().await;
        for operation in others.iter().chain(&deletions) {
            for tag in ["\"99999\"", "\"else\"", "W/\"1\""] {
                let answer = send(operation, tag).await;
                assert_eq!(answer.status, 412, "{operation}: {answer}");
            }
            assert_eq!(send(operation, "1").await.status, 400, "{operation}");
        }
        assert_eq!(seen().await, before);
        for operation in others.iter().chain(&deletions) {
            let answer = send(operation, "*").await;
            assert!(answer.status == 200 || answer.status == 204, "{operation}: {answer}");
        }
    }

    async fn of_a_change_and_a_deletion_at_once_only_one_is_done(server: &Server) {
        let key = server.portal().await.key().await;
        for (list, body, name) in [
            ("/v1/customers", fields("Jansen"), "city"),
            ("/v1/customer-groups", json!({ "name": "Leden" }), "name"),
        ] {
            for round in 0..10 {
                let made = key.post(list, body.clone()).await;
                let tag = made.header("etag").unwrap().to_owned();
                let path = format!("{list}/{}", made.expect(200)["id"].as_str().unwrap());
                let with_tag = |method| key.request(method, &path).header("if-match", &tag);
                let (change, deletion) = tokio::join!(
                    Answer::to(with_tag(reqwest::Method::PATCH).json(&json!({ name: "Anders" }))),
                    Answer::to(with_tag(reqwest::Method::DELETE)),
                );
                match (change.status, deletion.status) {
                    (200, 412) => assert_eq!(key.get(&path).await.expect(200)[name], "Anders"),
                    (404, 204) => assert_eq!(key.get(&path).await.status, 404),
                    _ => panic!("{list}, round {round}: {change}, {deletion}"),
                }
            }
        }
    }

    async fn who_knows_the_revision_is_spared_the_answer(server: &Server) {
        let key = server.portal().await.key().await;
        let made = key.post("/v1/customers", fields("Jansen")).await;
        let (id, tag) = (made.expect(200)["id"].as_str().unwrap().to_owned(), made.header("etag").unwrap().to_owned());
        let path = format!("/v1/customers/{id}");
        let get = async |known: &str| Answer::to(key.request(reqwest::Method::GET, &path).header("if-none-match", known)).await;
        let spared = get(&format!("\"other\", {tag}")).await;
        assert_eq!((spared.status, spared.bytes.len(), spared.header("etag")), (304, 0, Some(tag.as_str())));
        assert!(spared.header("x-request-id").is_some());
        assert_eq!(get("\"other\"").await.expect(200)["id"], json!(id));
        // Its groups are part of what is shown of it.
        key.post("/v1/customer-groups", json!({ "name": "Leden", "customers": [id] })).await.expect(200);
        assert_eq!(get(&tag).await.expect(200)["customerGroups"].as_array().unwrap().len(), 1);
        let faulty = Answer::to(key.request(reqwest::Method::PATCH, &path).header("if-match", "7").json(&json!({ "city": "X" }))).await;
        assert_eq!(faulty.status, 400, "{faulty}");
        let elsewhere = Answer::to(key.request(reqwest::Method::PATCH, &path.replace(&id, &missing(&id))).header("if-match", &tag).json(&json!({ "city": "X" }))).await;
        assert_eq!(elsewhere.status, 404);
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
