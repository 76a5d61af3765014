//! Ignored fields: named in the response and the request log, and refused in a test portal.

use klantportaal::db::ToParam;
use reqwest::Method;
use serde_json::{Value, json};

use crate::customers::fields;
use crate::support::operations::{Ids, Operation, make_ids, operations};
use crate::support::{Answer, Instance, Key};

const HEADER: &str = "x-ignored-fields";
const JSON: Option<&str> = Some("application/json");

fn with(mut body: Value, more: Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// The operations, in an order in which each finds what it needs: deletions last, of members before
/// that of what they are members of.
fn in_order() -> Vec<Operation> {
    let mut all = operations();
    all.sort_by_key(|operation| {
        (operation.method == Method::DELETE, std::cmp::Reverse(operation.template.len()))
    });
    all
}

/// A key of a developer's test portal.
async fn test_portals_key(server: &Instance) -> Key {
    let (portal, app) = (server.portal().await, server.app().await);
    let sql = "UPDATE portals SET sandbox_of = ?2 WHERE id = ?1";
    server.db.execute(sql, &[portal.id.to_param(), app.developer.to_param()]).await.unwrap();
    portal.key().await
}

both_engines! {
    async fn a_business_s_portal_takes_the_rest_and_names_what_it_ignored(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let sent = with(fields("Jansen"), json!({ "shoeSize": 43, "company_name": "x" }));
        let made = key.post("/v1/customers", sent).await;
        assert_eq!(made.header(HEADER), Some("shoeSize, company_name"), "{made}");
        let made = made.expect(200);
        assert_eq!(made["companyName"], "Jansen");
        let path = format!("/v1/customers/{}", made["id"].as_str().unwrap());
        // Who sends back what it read changes what it means to, and nothing else.
        let back = key.patch(&path, with(made.clone(), json!({ "companyName": "De Jong" }))).await;
        let ignored: Vec<&str> = back.header(HEADER).unwrap().split(", ").collect();
        assert!(ignored.contains(&"id") && ignored.contains(&"createdAt"), "{back}");
        let back = back.expect(200);
        let changed = json!({ "companyName": "De Jong", "updatedAt": back["updatedAt"] });
        assert_eq!(back, with(made, changed));
        // Customers can be sorted, but not by this.
        let list = key.get("/v1/customers?limit=3&sort=name&page=1").await;
        assert_eq!((list.status, list.header(HEADER)), (200, Some("limit, sort")), "{list}");
        for path in ["/v1/customers", "/v1/customers?page=1&search=x", path.as_str()] {
            assert_eq!(key.get(path).await.header(HEADER), None, "{path}");
        }
        let log = browser.page(&format!("/manage/settings/api-keys/{}", key.id)).await;
        for names in ["shoeSize, company_name", "limit, sort"] {
            assert!(log.says(&format!(">{names}<")), "{names}: {}", log.html);
        }
    }

    async fn a_page_s_script_can_read_what_was_ignored(server: &Server) {
        let key = server.portal().await.key().await;
        let request = key.request(Method::GET, "/v1/customers?limit=3").header("Origin", "https://app.example");
        let answer = Answer::to(request).await;
        let exposed = answer.header("access-control-expose-headers").unwrap();
        assert!(exposed.contains(HEADER), "{answer}");
        assert!(exposed.split(',').any(|name| name == "etag"), "without it a script cannot send If-Match: {answer}");
    }

    async fn a_missing_field_beside_a_near_miss_asks_whether_that_was_meant(server: &Server) {
        for key in [server.portal().await.key().await, test_portals_key(server).await] {
            let mut sent = fields("Jansen");
            sent.as_object_mut().unwrap().remove("companyName");
            let refused = key.post("/v1/customers", with(sent, json!({ "company_name": "x" }))).await.expect(422);
            let messages = refused["errors"]["companyName"].to_string();
            assert!(messages.contains("did you mean `companyName`?"), "{refused}");
            let group = key.post("/v1/customer-groups", json!({ "Name": "x" })).await.expect(422);
            assert!(group["errors"]["name"].to_string().contains("did you mean `name`?"), "{group}");
            let id = key.post("/v1/customers", fields("Jansen")).await.expect(200)["id"].as_str().unwrap().to_owned();
            let nothing = key.patch(&format!("/v1/customers/{id}"), json!({ "zip_code": "x" })).await.expect(422);
            assert!(nothing["errors"].to_string().contains("did you mean `zipCode`?"), "{nothing}");
        }
    }

    async fn a_test_portal_refuses_whatever_it_does_not_read(server: &Server) {
        let key = test_portals_key(server).await;
        let made = key.post("/v1/customers", fields("Jansen")).await.expect(200);
        let path = format!("/v1/customers/{}", made["id"].as_str().unwrap());
        let sent = with(fields("Jansen"), json!({ "shoeSize": 43, "createdAt": "x", "country_code": 1, "primaryEmail": "x" }));
        let answer = key.post("/v1/customers", sent).await;
        assert_eq!(answer.faulty_fields(), ["country_code", "createdAt", "primaryEmail", "shoeSize"], "{answer}");
        assert_eq!(answer.header(HEADER), None, "{answer}");
        assert!(key.patch(&path, made.clone()).await.faulty_fields().contains(&"id".to_owned()));
        assert_eq!(key.get("/v1/customers?limit=3").await.faulty_fields(), ["limit"]);
        assert_eq!(key.get("/v1/customers?limit=3&page=0").await.faulty_fields(), ["limit", "page"]);
        let sort = key.get("/v1/customers?sort=name").await.expect(422);
        assert!(sort["errors"]["sort"].to_string().contains("companyName"), "{sort}");
        let near = key.get("/v1/customers?Page=2").await.expect(422);
        assert_eq!(near["errors"]["Page"][0], "This parameter does not exist: did you mean `page`?", "{near}");
        assert_eq!(key.get("/v1/customers").await.expect(200)["data"], json!([made]), "nothing was done");
    }

    async fn every_body_is_read_in_that_way(server: &Server) {
        let (key, strict) = (server.portal().await.key().await, test_portals_key(server).await);
        let (ids, strict_ids) = (make_ids(&key).await, make_ids(&strict).await);
        let mut tried = 0;
        for operation in in_order() {
            // What an operation reads no body for is named all the same.
            let call = async |key: &Key, ids| {
                let body = with(operation.body_with(ids).unwrap_or(json!({})), json!({ "onzin": 1 }));
                key.call(operation.method.clone(), &operation.path(ids), Some(&body)).await
            };
            let answer = call(&strict, &strict_ids).await;
            assert!(answer.faulty_fields().contains(&"onzin".to_owned()), "{operation}: {answer}");
            let answer = call(&key, &ids).await;
            assert_eq!(answer.header(HEADER), Some("onzin"), "{operation}: {answer}");
            assert!(answer.status < 300, "{operation}: {answer}");
            tried += 1;
        }
        assert!(tried >= 13, "{tried} operations");
    }

    async fn every_query_is_read_in_that_way(server: &Server) {
        let (key, strict) = (server.portal().await.key().await, test_portals_key(server).await);
        let (ids, strict_ids) = (make_ids(&key).await, make_ids(&strict).await);
        for operation in in_order() {
            let call = async |key: &Key, ids, query: &str| {
                key.call(operation.method.clone(), &format!("{}?{query}", operation.path(ids)), operation.body_with(ids).as_ref()).await
            };
            for (key, ids) in [(&key, &ids), (&strict, &strict_ids)] {
                let twice = call(key, ids, "onzin=1&onzin=1").await;
                assert_eq!(twice.faulty_fields(), ["onzin"], "{operation}: {twice}");
                assert!(twice.json()["errors"]["onzin"].to_string().contains("only once"), "{twice}");
            }
            let refused = call(&strict, &strict_ids, "onzin=1").await;
            assert_eq!(refused.faulty_fields(), ["onzin"], "{operation}: {refused}");
            assert_eq!(refused.json()["errors"]["onzin"][0], "This parameter does not exist. Leave it out.");
            assert_eq!(refused.json()["message"], "One or more fields or parameters are invalid.");
            let answer = call(&key, &ids, "onzin=1&x%20y").await;
            assert_eq!(answer.header(HEADER), Some("onzin, x+y"), "{operation}: {answer}");
            assert!(answer.status < 300, "{operation}: {answer}");
        }
        let nobody = server.nobody().get("/v1/customers?onzin=1&onzin=1").await;
        assert_eq!(nobody.status, 401, "{nobody}");
    }

    async fn a_body_of_which_no_field_can_be_told_is_named_as_a_whole(server: &Server) {
        let (key, strict) = (server.portal().await.key().await, test_portals_key(server).await);
        let (ids, strict_ids) = (make_ids(&key).await, make_ids(&strict).await);
        let path = |ids: &Ids| format!("/v1/customers/{}", ids["customerId"]);
        for body in ["x", "[1]", "null", "{"] {
            let send = async |key: &Key, ids| Answer::to(key.request(Method::GET, &path(ids)).body(body)).await;
            let refused = send(&strict, &strict_ids).await;
            assert_eq!(refused.faulty_fields(), ["body"], "{body}: {refused}");
            let answer = send(&key, &ids).await;
            assert_eq!((answer.status, answer.header(HEADER)), (200, Some("body")), "{body}: {answer}");
        }
        for key_and_ids in [(&key, &ids), (&strict, &strict_ids)] {
            for body in ["", " ", "{}"] {
                let answer = Answer::to(key_and_ids.0.request(Method::GET, &path(key_and_ids.1)).body(body)).await;
                assert_eq!((answer.status, answer.header(HEADER)), (200, None), "{body}: {answer}");
            }
        }
        let twice = Answer::to(key.request(Method::DELETE, &path(&ids)).body("{\"a\":1,\"a\":2}")).await;
        assert_eq!(twice.faulty_fields(), ["a"], "{twice}");
        assert_eq!(key.get(&path(&ids)).await.status, 200, "nothing was done");
    }

    async fn what_is_sent_twice_is_told_and_not_half_understood(server: &Server) {
        let key = server.portal().await.key().await;
        let twice = fields("Jansen").to_string().replacen('{', "{\"companyName\":\"Eerst\",", 1);
        assert_eq!(key.post_raw("/v1/customers", JSON, twice).await.faulty_fields(), ["companyName"]);
        let nested = fields("Jansen").to_string().replacen('{', "{\"lines\":[{},{\"vat\":1,\"vat\":2}],", 1);
        assert_eq!(key.post_raw("/v1/customers", JSON, nested).await.faulty_fields(), ["lines.1.vat"]);
        for (query, faulty) in [("x=1&x=2&page=1", vec!["x"]), ("page=1&page=2", vec!["page"]), ("page=1&page=1&search=a&search=b", vec!["page", "search"])] {
            assert_eq!(key.get(&format!("/v1/customers?{query}")).await.faulty_fields(), faulty, "{query}");
        }
        assert_eq!(key.get("/v1/customers").await.expect(200)["data"], json!([]));
    }

    async fn a_byte_order_mark_before_json_is_passed_over(server: &Server) {
        let key = server.portal().await.key().await;
        let body = [b"\xef\xbb\xbf", fields("Jansen").to_string().as_bytes()].concat();
        assert_eq!(key.post_raw("/v1/customers", JSON, body).await.expect(200)["companyName"], "Jansen");
        let app = server.app().await;
        let fields = json!({ "grant_type": "refresh_token", "refresh_token": "kpr_x", "client_id": app.id, "client_secret": app.secret });
        let body = [b"\xef\xbb\xbf", fields.to_string().as_bytes()].concat();
        app.call_raw(JSON, body).await.expect_oauth_error("invalid_grant");
    }
}
