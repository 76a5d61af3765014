//! `/v1/punch-cards`, and the issued ones.

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use klantportaal::db::{Single, ToParam};
use serde_json::{Value, json};

use crate::customers::fields;
use crate::support::operations::missing;
use crate::support::{InProcess, Key};

const PATH: &str = "/v1/punch-cards";

fn card() -> Value {
    json!({ "name": "Koffiekaart", "punches": 10, "punchLabel": "kopje koffie" })
}

fn with(mut body: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn id(row: &Value) -> &str {
    row["id"].as_str().unwrap()
}

fn at(card: &Value) -> String {
    format!("{PATH}/{}", id(card))
}

async fn make(key: &Key, body: Value) -> Value {
    key.post(PATH, body).await.expect(200)
}

async fn customer(key: &Key, name: &str) -> Value {
    key.post("/v1/customers", fields(name)).await.expect(200)
}

/// A card that a new customer has, and its path.
async fn issued(key: &Key, card: &Value) -> (Value, String) {
    let customer = customer(key, "Houder").await;
    let path = format!("{}/issued", at(card));
    let issued = key.post(&path, json!({ "customerId": id(&customer) })).await.expect(200);
    let path = format!("{path}/{}", id(&issued));
    (issued, path)
}

async fn stamp(key: &Key, path: &str, stamps: i64) -> crate::support::Answer {
    key.post(&format!("{path}/stamp"), json!({ "stamps": stamps })).await
}

fn moment(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

both_engines! {
    async fn a_punch_card_is_made_and_shown_in_the_contracts_shape(server: &Server) {
        let key = server.portal().await.key().await;
        let body = json!({
            "name": " Koffiekaart ", "punches": 10, "punchLabel": "kopje koffie", "description": "Tien kopjes",
            "forSale": true, "price": "27.00", "vatRate": 9, "expiryValue": "12", "expirePeriod": "months",
        });
        let made = make(&key, body).await;
        assert!(id(&made).starts_with("pcd_"));
        assert_eq!(made, json!({
            "id": id(&made), "name": "Koffiekaart", "description": "Tien kopjes", "punches": 10,
            "punchLabel": "kopje koffie", "forSale": true, "price": "27.00", "vatRate": 9, "expiryValue": 12,
            "expiryPeriode": "months", "createdAt": made["createdAt"], "updatedAt": made["createdAt"],
        }));
        assert_eq!(key.get(&at(&made)).await.expect(200), made);
        assert_eq!(key.get(PATH).await.expect(200)["data"], json!([made]));
        let plain = make(&key, card()).await;
        for (name, value) in [("description", Value::Null), ("price", Value::Null), ("vatRate", Value::Null), ("expiryValue", Value::Null), ("expiryPeriode", Value::Null), ("forSale", json!(false))] {
            assert_eq!(plain[name], value, "{name}");
        }
        let number = make(&key, with(card(), json!({ "expiryValue": 3, "expirePeriod": "days" }))).await;
        assert_eq!(number["expiryValue"], 3);
        let found = key.get(&format!("{PATH}?search=kopje")).await.expect(200);
        assert_eq!(found["data"].as_array().unwrap().len(), 3);
    }

    async fn what_is_wrong_with_a_punch_card_is_said_of_each_field(server: &Server) {
        let key = server.portal().await.key().await;
        for (more, faulty) in [
            (json!({ "forSale": true }), vec!["price", "vatRate"]),
            (json!({ "forSale": true, "price": "27.00" }), vec!["vatRate"]),
            (json!({ "forSale": true, "price": 27, "vatRate": 6 }), vec!["price", "vatRate"]),
            (json!({ "forSale": "yes" }), vec!["forSale"]),
            (json!({ "price": "27,00" }), vec!["price"]),
            (json!({ "punches": 0 }), vec!["punches"]),
            (json!({ "punches": 1001 }), vec!["punches"]),
            (json!({ "punches": "10" }), vec!["punches"]),
            (json!({ "punches": 1.5 }), vec!["punches"]),
            (json!({ "expiryValue": 12 }), vec!["expirePeriod"]),
            (json!({ "expirePeriod": "months" }), vec!["expiryValue"]),
            (json!({ "expiryValue": 0, "expirePeriod": "months" }), vec!["expiryValue"]),
            (json!({ "expiryValue": "x", "expirePeriod": "weeks" }), vec!["expirePeriod", "expiryValue"]),
            (json!({ "name": "", "punchLabel": "\u{200b}" }), vec!["name", "punchLabel"]),
        ] {
            let answer = key.post(PATH, with(card(), more.clone())).await;
            assert_eq!((answer.status, answer.faulty_fields()), (422, faulty.into_iter().map(str::to_owned).collect()), "{more}");
        }
        assert_eq!(key.post(PATH, json!({})).await.faulty_fields(), ["name", "punchLabel", "punches"]);
        assert_eq!(key.get(PATH).await.expect(200)["data"], json!([]));
    }

    async fn the_sale_of_a_punch_card_is_changed(server: &Server) {
        let key = server.portal().await.key().await;
        let made = make(&key, card()).await;
        let patch = async |body: Value| key.patch(&at(&made), body).await;
        assert_eq!(patch(json!({ "forSale": true })).await.faulty_fields(), ["price", "vatRate"]);
        assert_eq!(patch(json!({ "price": "1.00" })).await.faulty_fields(), ["forSale"]);
        let sold = patch(json!({ "forSale": true, "price": "25.00", "vatRate": 9 })).await.expect(200);
        assert_eq!((&sold["forSale"], &sold["price"], &sold["vatRate"]), (&json!(true), &json!("25.00"), &json!(9)));
        let dearer = patch(json!({ "forSale": true, "price": "30.00" })).await.expect(200);
        assert_eq!((&dearer["price"], &dearer["vatRate"]), (&json!("30.00"), &json!(9)));
        let kept = patch(json!({ "forSale": false })).await.expect(200);
        assert_eq!((&kept["forSale"], &kept["price"], &kept["name"]), (&json!(false), &json!("30.00"), &made["name"]));
        assert_eq!(key.get(&at(&made)).await.expect(200), kept);
    }

    async fn a_card_is_issued_and_stamped_until_it_is_full(server: &Server) {
        let key = server.portal().await.key().await;
        let made = make(&key, card()).await;
        let (issued, path) = issued(&key, &made).await;
        assert!(id(&issued).starts_with("pcb_"));
        assert_eq!(issued, json!({
            "id": id(&issued), "punchCardId": id(&made), "customerId": issued["customerId"], "punchesLeft": 10,
            "status": "active", "expiresAt": null, "issuedAt": issued["issuedAt"], "code": issued["code"],
        }));
        assert_eq!(key.get(&path).await.expect(200), issued);
        let stamped = stamp(&key, &path, 3).await.expect(200);
        assert_eq!(stamped, with(issued.clone(), json!({ "punchesLeft": 7 })));
        let too_many = stamp(&key, &path, 8).await;
        assert_eq!((too_many.status, too_many.faulty_fields()), (422, vec!["stamps".to_owned()]), "{too_many}");
        let full = stamp(&key, &path, 7).await.expect(200);
        assert_eq!((&full["punchesLeft"], &full["status"]), (&json!(0), &json!("fully_used")));
        assert_eq!(stamp(&key, &path, 1).await.status, 422);
        // A mistake is corrected, up to a card without any stamp.
        assert_eq!(stamp(&key, &path, -10).await.expect(200)["punchesLeft"], 10);
        assert_eq!(stamp(&key, &path, -1).await.status, 422);
        for wrong in [json!({ "stamps": 0 }), json!({ "stamps": 1001 }), json!({ "stamps": "1" }), json!({ "stamps": 1.5 }), json!({ "stamps": null }), json!({})] {
            let answer = key.post(&format!("{path}/stamp"), wrong.clone()).await;
            assert_eq!((answer.status, answer.faulty_fields()), (422, vec!["stamps".to_owned()]), "{wrong}");
        }
        assert_eq!(key.get(&path).await.expect(200), issued);
    }

    async fn of_fifty_stamps_at_once_only_those_that_are_left_count(server: &Server) {
        let key = server.portal().await.key().await;
        let made = make(&key, with(card(), json!({ "punches": 30 }))).await;
        let (_, path) = issued(&key, &made).await;
        let answers = join_all((0..50).map(|_| stamp(&key, &path, 1))).await;
        let count = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
        assert_eq!((count(200), count(422)), (30, 20));
        let mut left: Vec<i64> = answers.iter().filter(|answer| answer.status == 200).map(|answer| answer.json()["punchesLeft"].as_i64().unwrap()).collect();
        left.sort_unstable();
        assert_eq!(left, (0..30).collect::<Vec<_>>(), "each saw its own stamp");
        let back = join_all((0..50).map(|_| stamp(&key, &path, -1))).await;
        assert_eq!(back.iter().filter(|answer| answer.status == 200).count(), 30);
        assert_eq!(key.get(&path).await.expect(200)["punchesLeft"], 30);
        let sql = "SELECT count(*) AS value FROM history WHERE kind = 'issued_punch_card' AND row_id = ?1";
        let id = path.rsplit('/').next().unwrap();
        let entries: Option<Single<i64>> = server.db.row(sql, &[id.to_param()]).await.unwrap();
        assert_eq!(entries.unwrap().0, 61, "one when it was issued, and one for each stamp");
    }

    async fn fifty_cards_are_issued_at_once(server: &Server) {
        let key = server.portal().await.key().await;
        let (made, holder) = (make(&key, card()).await, customer(&key, "Houder").await);
        let (path, body) = (format!("{}/issued", at(&made)), json!({ "customerId": id(&holder) }));
        let answers = join_all((0..50).map(|_| key.post(&path, body.clone()))).await;
        let mut codes: Vec<String> = Vec::new();
        for answer in answers {
            codes.push(answer.expect(200)["code"].as_str().unwrap().to_owned());
        }
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), 50, "each has a code of its own");
        let one = key.get(&format!("{path}?search={}", codes[7])).await.expect(200);
        assert_eq!(one["data"][0]["code"], json!(codes[7]));
        let first = key.get(&path).await.expect(200);
        assert_eq!((first["data"].as_array().unwrap().len(), first["to"].as_i64()), (15, Some(15)));
        let of_other = key.get(&format!("{path}?customerId=cst_abc12345def678")).await.expect(200);
        assert_eq!(of_other["data"], json!([]));
        let totals = "SELECT row_count AS value FROM portal_totals WHERE kind = 'issued_punch_card' AND row_count = 50";
        assert!(server.db.row::<Single<i64>>(totals, &[]).await.unwrap().is_some());
    }

    async fn a_card_expires_at_the_end_of_a_day(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let key = server.portal().await.key().await;
        let made = make(&key, with(card(), json!({ "expiryValue": 2, "expirePeriod": "days" }))).await;
        let (issued, path) = issued(&key, &made).await;
        let end = moment(&issued["expiresAt"]);
        assert!(issued["expiresAt"].as_str().unwrap().contains("T23:59:59+0"), "{issued}");
        server.clock.advance(end - server.clock.now() - SignedDuration::from_secs(1));
        assert_eq!(stamp(&key, &path, 1).await.expect(200)["status"], "active");
        server.clock.advance(SignedDuration::from_secs(2));
        let late = stamp(&key, &path, 1).await;
        assert_eq!((late.status, late.faulty_fields()), (422, vec!["stamps".to_owned()]), "{late}");
        assert_eq!(stamp(&key, &path, -1).await.status, 422);
        let shown = key.get(&path).await.expect(200);
        assert_eq!((&shown["status"], &shown["punchesLeft"]), (&json!("expired"), &json!(9)));
    }

    async fn ids_of_another_portal_are_those_of_nothing(server: &Server) {
        let (key, stranger) = (server.portal().await.key().await, server.portal().await.key().await);
        let (made, other) = (make(&key, card()).await, make(&key, card()).await);
        let (issued, path) = issued(&key, &made).await;
        let foreign = customer(&stranger, "Vreemd").await;
        for holder in [id(&foreign), &missing(id(&foreign)), "cst_", "x"] {
            let answer = key.post(&format!("{}/issued", at(&made)), json!({ "customerId": holder })).await;
            assert_eq!((answer.status, answer.faulty_fields()), (422, vec!["customerId".to_owned()]), "{holder}");
        }
        // Nor is an issued card one of another punch card.
        let elsewhere = format!("{}/issued/{}", at(&other), id(&issued));
        key.get(&elsewhere).await.expect(404);
        assert_eq!(stamp(&key, &elsewhere, 1).await.status, 404);
        assert_eq!(stamp(&stranger, &path, 1).await.status, 404);
        assert_eq!(key.get(&path).await.expect(200), issued);
    }

    async fn cards_go_with_their_customer_and_come_back(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let made = make(&key, card()).await;
        let (issued, path) = issued(&key, &made).await;
        stamp(&key, &path, 4).await.expect(200);
        let holder = issued["customerId"].as_str().unwrap();
        key.delete(&format!("/v1/customers/{holder}")).await.expect_nothing();
        key.get(&path).await.expect(404);
        assert_eq!(stamp(&key, &path, 1).await.status, 404);
        let bin = browser.page("/manage/customers/bin").await;
        let restore = bin.forms().into_iter().find(|form| form.field("id") == Some(holder)).unwrap();
        assert_eq!(restore.send(&browser).await.status, 303);
        let back = key.get(&path).await.expect(200);
        assert_eq!(back, with(issued.clone(), json!({ "punchesLeft": 6 })));
        let list = format!("{}/issued?search={}", at(&made), issued["code"].as_str().unwrap());
        assert_eq!(key.get(&list).await.expect(200)["data"], json!([back]), "it is found again");
        let ended = "SELECT count(*) AS value FROM history WHERE row_id = ?1 AND ended_at IS NOT NULL";
        let ended: Option<Single<i64>> = server.db.row(ended, &[id(&issued).to_param()]).await.unwrap();
        assert_eq!(ended.unwrap().0, 0, "its history goes on");
    }

    async fn a_deleted_punch_card_takes_its_issued_ones_along(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let made = make(&key, card()).await;
        let (issued, path) = issued(&key, &made).await;
        key.delete(&at(&made)).await.expect_nothing();
        for gone in [&at(&made), &path, &format!("{}/issued", at(&made))] {
            key.get(gone).await.expect(404);
        }
        assert_eq!(stamp(&key, &path, 1).await.status, 404);
        let bin = browser.page("/manage/punch-cards/bin").await;
        assert_eq!(bin.form_to("/bin/restore").send(&browser).await.status, 303);
        assert_eq!(key.get(&path).await.expect(200), issued);
        let back = key.get(&at(&made)).await.expect(200);
        assert_eq!(with(back, json!({ "updatedAt": made["updatedAt"] })), made);
    }

    async fn a_full_portal_makes_and_issues_no_more(engine: Engine) {
        let flags = ["--max-punch-cards-per-portal=2", "--max-issued-punch-cards-per-portal=3"];
        let server = InProcess::start_with(engine, |_| flags.map(str::to_owned).into()).await;
        let key = server.portal().await.key().await;
        let cards = join_all((0..10).map(|_| key.post(PATH, card()))).await;
        let count = |answers: &[crate::support::Answer], status: u16| answers.iter().filter(|answer| answer.status == status).count();
        assert_eq!((count(&cards, 200), count(&cards, 409)), (2, 8));
        let made = key.get(PATH).await.expect(200)["data"][0].clone();
        let (path, body) = (format!("{}/issued", at(&made)), json!({ "customerId": id(&customer(&key, "Houder").await) }));
        let issued = join_all((0..10).map(|_| key.post(&path, body.clone()))).await;
        assert_eq!((count(&issued, 200), count(&issued, 409)), (3, 7));
    }
}
