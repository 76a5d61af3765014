//! `/v1/customer-groups`.

use futures_util::future::{join, join_all};
use klantportaal::accounts::Session;
use klantportaal::auth::{Token, TokenKind};
use klantportaal::caller::Caller;
use klantportaal::changes::{Author, Change};
use klantportaal::ids::{AccountId, CustomerGroupId, CustomerId, SessionId};
use klantportaal::resources::customer_groups::queries;
use klantportaal::time::amsterdam;
use serde_json::{Value, json};

use crate::customers::fields;
use crate::support::operations::missing;
use crate::support::{InProcess, Key};

async fn customer(key: &Key, name: &str) -> Value {
    key.post("/v1/customers", fields(name)).await.expect(200)
}

/// A session of an account, which is the author of changes.
fn session(account: AccountId) -> Session {
    let now = jiff::Timestamp::now();
    Session {
        token_hash: Token::random(TokenKind::Session).hash(),
        id: SessionId::random(),
        account_id: account,
        name: "Eigenaar".to_owned(),
        email: "eigenaar@example.nl".to_owned(),
        portal_id: None,
        developer_id: None,
        authenticated_at: now,
        second_factor_at: None,
        has_second_factor: false,
        kept: false,
        created_at: now,
        last_seen_at: now,
    }
}

fn id(row: &Value) -> &str {
    row["id"].as_str().unwrap()
}

fn path(group: &Value) -> String {
    format!("/v1/customer-groups/{}", id(group))
}

/// The ids of a group's customers, sorted.
async fn members(key: &Key, group: &Value) -> Vec<String> {
    let page = key.get(&format!("{}/customers", path(group))).await.expect(200);
    let mut ids: Vec<String> =
        page["data"].as_array().unwrap().iter().map(|row| id(row).to_owned()).collect();
    ids.sort();
    ids
}

fn sorted(rows: &[&Value]) -> Vec<String> {
    let mut ids: Vec<String> = rows.iter().map(|row| id(row).to_owned()).collect();
    ids.sort();
    ids
}

both_engines! {
    async fn a_group_is_made_and_shown_in_the_contracts_shape(server: &Server) {
        let key = server.portal().await.key().await;
        let made = key.post("/v1/customer-groups", json!({ "name": " Vaste klanten " })).await.expect(200);
        assert!(id(&made).starts_with("cug_"));
        assert_eq!(made, json!({ "id": id(&made), "name": "Vaste klanten", "createdAt": made["createdAt"], "updatedAt": made["createdAt"] }));
        assert!(made["createdAt"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
        assert_eq!(key.get(&path(&made)).await.expect(200), made);
        assert_eq!(key.get("/v1/customer-groups").await.expect(200)["data"], json!([made]));
        assert!(members(&key, &made).await.is_empty());
    }

    async fn a_group_starts_with_those_customers_that_exist(server: &Server) {
        let (key, stranger) = (server.portal().await.key().await, server.portal().await.key().await);
        let (one, two, foreign) = (customer(&key, "Een").await, customer(&key, "Twee").await, customer(&stranger, "Vreemd").await);
        let ids = [id(&one), id(&two), id(&one), id(&foreign), &missing(id(&one))];
        let group = key.post("/v1/customer-groups", json!({ "name": "Leden", "customers": ids })).await.expect(200);
        assert_eq!(members(&key, &group).await, sorted(&[&one, &two]));
        let shown = key.get(&format!("/v1/customers/{}", id(&one))).await.expect(200);
        assert_eq!(shown["customerGroups"], json!([id(&group)]));
        let untouched = stranger.get(&format!("/v1/customers/{}", id(&foreign))).await.expect(200);
        assert_eq!(untouched["customerGroups"], json!([]));
    }

    async fn customers_are_put_in_and_answered_unpaged(server: &Server) {
        let (key, stranger) = (server.portal().await.key().await, server.portal().await.key().await);
        let foreign = customer(&stranger, "Vreemd").await;
        let group = key.post("/v1/customer-groups", json!({ "name": "Leden" })).await.expect(200);
        let mut rows = Vec::new();
        for number in 0..17 {
            rows.push(customer(&key, &format!("Klant {number}")).await);
        }
        let mut ids: Vec<String> = rows.iter().map(|row| id(row).to_owned()).collect();
        ids.extend([id(&foreign).to_owned(), missing(id(&foreign))]);
        let added = key.post(&format!("{}/customers", path(&group)), json!({ "customers": ids })).await.expect(200);
        assert_eq!(added.as_object().unwrap().keys().collect::<Vec<_>>(), ["data"]);
        let added = added["data"].as_array().unwrap();
        assert_eq!(sorted(&added.iter().collect::<Vec<_>>()), sorted(&rows.iter().collect::<Vec<_>>()));
        assert!(added.iter().all(|row| row["customerGroups"] == json!([id(&group)])), "{added:?}");
        // Once more changes nothing.
        key.post(&format!("{}/customers", path(&group)), json!({ "customers": [id(&rows[0])] })).await.expect(200);
        let first = key.get(&format!("{}/customers", path(&group))).await.expect(200);
        assert_eq!((first["data"].as_array().unwrap().len(), first["to"].as_i64()), (15, Some(15)));
        let second = key.get(first["next_page_url"].as_str().unwrap()).await.expect(200);
        assert_eq!((second["data"].as_array().unwrap().len(), &second["next_page_url"]), (2, &Value::Null));
    }

    async fn a_customer_is_in_several_groups_and_taken_out_of_one(server: &Server) {
        let key = server.portal().await.key().await;
        let one = customer(&key, "Een").await;
        let mut groups = Vec::new();
        for name in ["A", "B"] {
            groups.push(key.post("/v1/customer-groups", json!({ "name": name, "customers": [id(&one)] })).await.expect(200));
        }
        let shown = async || key.get(&format!("/v1/customers/{}", id(&one))).await.expect(200)["customerGroups"].clone();
        assert_eq!(shown().await, json!(sorted(&[&groups[0], &groups[1]])));
        let membership = format!("{}/customers/{}", path(&groups[0]), id(&one));
        key.delete(&membership).await.expect_nothing();
        assert_eq!(shown().await, json!([id(&groups[1])]));
        key.delete(&membership).await.expect(404);
        assert_eq!(members(&key, &groups[1]).await, [id(&one)]);
    }

    async fn a_group_is_renamed(server: &Server) {
        let key = server.portal().await.key().await;
        let mut group = key.post("/v1/customer-groups", json!({ "name": "Oud" })).await.expect(200);
        group["name"] = json!("Nieuw");
        let renamed = key.patch(&path(&group), json!({ "name": "Nieuw" })).await.expect(200);
        group["updatedAt"] = renamed["updatedAt"].clone();
        assert_eq!(renamed, group);
        assert_eq!(key.get(&path(&group)).await.expect(200), group);
        assert_eq!(key.get("/v1/customer-groups?search=nieuw").await.expect(200)["data"], json!([group]));
        assert_eq!(key.get("/v1/customer-groups?search=oud").await.expect(200)["data"], json!([]));
    }

    async fn a_deleted_group_leaves_its_customers(server: &Server) {
        let key = server.portal().await.key().await;
        let mut one = customer(&key, "Een").await;
        let group = key.post("/v1/customer-groups", json!({ "name": "Weg", "customers": [id(&one)] })).await.expect(200);
        key.delete(&path(&group)).await.expect_nothing();
        key.get(&path(&group)).await.expect(404);
        key.delete(&path(&group)).await.expect(404);
        key.patch(&path(&group), json!({ "name": "Terug" })).await.expect(404);
        key.get(&format!("{}/customers", path(&group))).await.expect(404);
        key.post(&format!("{}/customers", path(&group)), json!({ "customers": [id(&one)] })).await.expect(404);
        let left = key.get("/v1/customers").await.expect(200)["data"].clone();
        one["updatedAt"] = left[0]["updatedAt"].clone();
        assert_eq!(left, json!([one]));
    }

    async fn changes_at_once_lose_nothing_and_do_not_stop_each_other(server: &Server) {
        let key = server.portal().await.key().await;
        let mut customers = Vec::new();
        for number in 0..20 {
            customers.push(id(&customer(&key, &format!("Klant {number}")).await).to_owned());
        }
        let backwards: Vec<&String> = customers.iter().rev().collect();
        for _ in 0..5 {
            let mut groups = Vec::new();
            for (name, members) in [("Gaat weg", json!(backwards)), ("Vooruit", json!([])), ("Achteruit", json!([])), ("Loopt leeg", json!(customers))] {
                groups.push(key.post("/v1/customer-groups", json!({ "name": name, "customers": members })).await.expect(200));
            }
            let paths: Vec<String> = groups.iter().map(path).collect();
            let members = paths.iter().map(|path| format!("{path}/customers")).collect::<Vec<_>>();
            let leaving = [3, 4].map(|number: usize| format!("{}/{}", members[3], customers[number]));
            let answers = tokio::join!(
                key.post(&members[1], json!({ "customers": customers })),
                key.post(&members[2], json!({ "customers": backwards })),
                key.delete(&paths[0]),
                key.delete(&leaving[0]),
                key.delete(&leaving[1]),
                key.post("/v1/customer-groups", json!({ "name": "Nieuw", "customers": backwards })),
            );
            answers.0.expect(200);
            answers.1.expect(200);
            answers.2.expect_nothing();
            answers.3.expect_nothing();
            answers.4.expect_nothing();
            groups[0] = answers.5.expect(200);
            for (number, customer) in customers.iter().enumerate() {
                let shown = key.get(&format!("/v1/customers/{customer}")).await.expect(200);
                let inside = if matches!(number, 3 | 4) { &groups[..3] } else { &groups[..] };
                assert_eq!(shown["customerGroups"], json!(sorted(&inside.iter().collect::<Vec<_>>())), "customer {number}");
            }
            for group in &groups {
                key.delete(&path(group)).await.expect_nothing();
            }
        }
    }

    async fn a_group_goes_while_its_customers_are_saved(engine: Engine) {
        let server = InProcess::start(engine).await;
        let portal = server.portal().await;
        let (key, store) = (portal.key().await, &portal.store);
        let session = session(server.owner(&portal).await.id);
        let caller = Caller { address: "192.0.2.1".parse().unwrap(), user_agent: String::new() };
        let (author, now) = (Author::Person(&session), jiff::Timestamp::now());
        let change = Change { author, caller: Some(&caller), now, zone: &amsterdam() };
        for _ in 0..10 {
            let mut customers: Vec<CustomerId> = Vec::new();
            for number in 0..8 {
                customers.push(id(&customer(&key, &format!("Klant {number}")).await).parse().unwrap());
            }
            let mut groups: Vec<CustomerGroupId> = Vec::new();
            for name in ["Gaat weg", "Blijft"] {
                let group = key.post("/v1/customer-groups", json!({ "name": name, "customers": customers })).await.expect(200);
                groups.push(id(&group).parse().unwrap());
            }
            let saved = join_all(customers.iter().map(async |customer| {
                let mut tx = store.begin().await?;
                tx.hold_portal().await?;
                queries::set_groups(&mut tx, &change, customer, &groups).await?;
                klantportaal::error::Result::<()>::Ok(tx.commit().await?)
            }));
            let path = format!("/v1/customer-groups/{}", groups[0]);
            let deleted = key.delete(&path);
            let (saved, deleted) = join(saved, deleted).await;
            deleted.expect_nothing();
            saved.into_iter().for_each(Result::unwrap);
            for customer in &customers {
                let shown = key.get(&format!("/v1/customers/{customer}")).await.expect(200);
                assert_eq!(shown["customerGroups"], json!([groups[1]]));
            }
        }
    }

    async fn every_faulty_field_is_named_at_once(server: &Server) {
        let key = server.portal().await.key().await;
        let group = key.post("/v1/customer-groups", json!({ "name": "Leden" })).await.expect(200);
        let (groups, members) = ("/v1/customer-groups".to_owned(), format!("{}/customers", path(&group)));
        for (path, body, faulty) in [
            (&groups, json!({}), vec!["name"]),
            (&groups, json!({ "name": "a".repeat(101), "customers": "cst_een" }), vec!["customers", "name"]),
            (&groups, json!({ "name": 1, "customers": [1] }), vec!["customers", "name"]),
            (&groups, json!({ "name": "Goed", "customers": ["cug_abc"] }), vec!["customers"]),
            (&groups, json!({ "name": "Goed", "customers": null }), vec!["customers"]),
            (&members, json!({}), vec!["customers"]),
            (&members, json!({ "customers": {} }), vec!["customers"]),
            (&members, json!({ "customers": ["", "cst_x'"] }), vec!["customers"]),
        ] {
            assert_eq!(key.post(path, body.clone()).await.faulty_fields(), faulty, "{body}");
        }
        assert_eq!(key.patch(&path(&group), json!({})).await.faulty_fields(), ["name"]);
        assert_eq!(key.get(&groups).await.expect(200)["data"], json!([group]), "nothing was made or changed");
    }
}
