//! `/v1/tickets`.

use futures_util::future::join_all;
use klantportaal::db::{Single, ToParam};
use serde_json::{Value, json};

use crate::customers::fields;
use crate::support::tickets::{CHAT, CLOSED, OPEN, add};
use crate::support::{Answer, InProcess, Instance, Key};

const PATH: &str = "/v1/tickets";

fn at(id: &str) -> String {
    format!("{PATH}/{id}")
}

fn texts(ticket: &Value) -> Vec<&str> {
    let messages = ticket["messages"].as_array().unwrap().iter();
    messages.map(|message| message["message"].as_str().unwrap()).collect()
}

async fn reply(key: &Key, id: &str, message: &str) -> Answer {
    key.post(&at(id), json!({ "message": message })).await
}

async fn close(key: &Key, id: &str) -> Answer {
    key.call(reqwest::Method::PATCH, &at(id), None).await
}

/// The texts of all rows that the statement selects for a ticket.
async fn of_ticket(server: &Instance, sql: &'static str, id: &str) -> Vec<String> {
    let rows: Vec<Single<String>> = server.db.rows(sql, &[id.to_param()]).await.unwrap();
    rows.into_iter().map(|Single(text)| text).collect()
}

async fn events(server: &Instance, id: &str) -> Vec<String> {
    let sql = "SELECT type AS value FROM events WHERE resource_id = ?1 ORDER BY sequence";
    of_ticket(server, sql, id).await
}

/// The changes of its state, in order.
async fn changes(server: &Instance, id: &str) -> Vec<String> {
    let sql = "SELECT changes AS value FROM history WHERE row_id = ?1 ORDER BY number";
    of_ticket(server, sql, id).await
}

both_engines! {
    async fn a_ticket_is_shown_in_the_contracts_shape_without_internal_notes(server: &Server) {
        let portal = server.portal().await;
        let key = portal.key().await;
        let customer = key.post("/v1/customers", fields("Bakkerij")).await.expect(200);
        let customer = customer["id"].as_str().unwrap();
        let id = add(&portal.store, Some(customer), &CLOSED).await;
        let shown = key.get(&at(&id)).await.expect(200);
        let ticket = json!({
            "id": id, "customerId": customer, "title": "Lekkage", "source": "portal", "status": "closed",
            "createdAt": shown["createdAt"], "updatedAt": shown["createdAt"],
        });
        let messages = shown["messages"].as_array().unwrap();
        assert_eq!(texts(&shown), ["<p>De ketel lekt.</p>", "<p>Wij komen morgen.</p>"]);
        assert!(messages[0]["id"].as_str().unwrap().starts_with("tim_"));
        assert_eq!(messages[0], json!({
            "id": messages[0]["id"], "postedBy": "Jan Pieterse", "isPostedByCustomer": true,
            "message": "<p>De ketel lekt.</p>", "postedAt": shown["createdAt"], "attachments": [],
        }));
        assert_eq!(messages[1]["isPostedByCustomer"], false);
        assert_eq!(key.get(PATH).await.expect(200)["data"], json!([ticket]), "lists have no messages");
        for found in ["?search=lekkage", "?search=Ketel", "?search=morgen%20lekk", "?status=closed&source=portal", &format!("?customerId={customer}&sort=title")] {
            assert_eq!(key.get(&format!("{PATH}{found}")).await.expect(200)["data"], json!([ticket]), "{found}");
        }
        for none in ["?search=garantie", "?search=ketel%20garantie", "?status=open", "?source=chat", "?customerId=cst_abc12345def678"] {
            assert_eq!(key.get(&format!("{PATH}{none}")).await.expect(200)["data"], json!([]), "{none}");
        }
    }

    async fn a_reply_is_made_safe_and_opens_a_closed_ticket_again(server: &Server) {
        let portal = server.portal().await;
        let key = portal.key().await;
        let id = add(&portal.store, None, &CLOSED).await;
        let html = "<p onclick=\"x()\">Wij <b>komen</b><script>alert(1)</script></p><img src=x onerror=alert(1)>";
        let replied = reply(&key, &id, html).await.expect(200);
        assert_eq!((&replied["status"], texts(&replied)[2]), (&json!("open"), "<p>Wij <b>komen</b></p>"));
        assert_eq!((&replied["messages"][2]["postedBy"], &replied["messages"][2]["isPostedByCustomer"]), (&json!("sleutel"), &json!(false)));
        assert_eq!(key.get(&at(&id)).await.expect(200), replied);
        let found = async |text: &str| {
            key.get(&format!("{PATH}?search={text}")).await.expect(200)["data"].as_array().unwrap().len()
        };
        assert_eq!((found("komen").await, found("ketel").await, found("strong").await, found("onclick").await), (1, 1, 0, 0));
        assert_eq!(events(server, &id).await, ["ticket-reply-employee"]);
        let sql = "SELECT data AS value FROM events WHERE resource_id = ?1";
        let data: Value = serde_json::from_str(&of_ticket(server, sql, &id).await[0]).unwrap();
        assert_eq!(texts(&data), ["<p>Wij <b>komen</b></p>"], "an event has the new message only");
        for wrong in [json!({}), json!({ "message": "" }), json!({ "message": "<p>&nbsp;</p>" }), json!({ "message": "<script>a</script>" }), json!({ "message": "x".repeat(20_001) }), json!({ "message": 1 })] {
            assert_eq!(key.post(&at(&id), wrong.clone()).await.faulty_fields(), ["message"], "{wrong}");
        }
        assert_eq!(key.get(&at(&id)).await.expect(200), replied);
    }

    async fn a_ticket_of_an_earlier_version_is_found_by_all_messages_once_something_is_written(server: &Server) {
        let portal = server.portal().await;
        let key = portal.key().await;
        let id = add(&portal.store, None, &CLOSED).await;
        server.db.execute("UPDATE tickets SET words = NULL WHERE id = ?1", &[id.to_param()]).await.unwrap();
        reply(&key, &id, "<p>Tot straks.</p>").await.expect(200);
        for (text, count) in [("straks", 1), ("lekt%20morgen", 1), ("garantie", 0)] {
            let found = key.get(&format!("{PATH}?search={text}")).await.expect(200);
            assert_eq!(found["data"].as_array().unwrap().len(), count, "{text}");
        }
    }

    async fn a_chat_takes_no_reply_and_can_be_closed(server: &Server) {
        let portal = server.portal().await;
        let key = portal.key().await;
        let id = add(&portal.store, None, &CHAT).await;
        let answer = reply(&key, &id, "Ja").await;
        assert_eq!((answer.status, answer.faulty_fields()), (422, vec!["message".to_owned()]), "{answer}");
        assert!(events(server, &id).await.is_empty());
        assert_eq!(close(&key, &id).await.expect(200)["status"], "closed");
    }

    async fn closing_takes_no_body_and_closes_once(server: &Server) {
        let portal = server.portal().await;
        let key = portal.key().await;
        let id = add(&portal.store, None, &OPEN).await;
        let stale = key.request(reqwest::Method::PATCH, &at(&id)).header("if-match", "\"99\"");
        assert_eq!(Answer::to(stale).await.status, 412);
        let closed = close(&key, &id).await.expect(200);
        assert_eq!((&closed["status"], texts(&closed).len()), (&json!("closed"), 1));
        assert_eq!(close(&key, &id).await.expect(200), closed);
        assert_eq!(changes(server, &id).await.len(), 1, "it was closed once");
        assert!(events(server, &id).await.is_empty(), "the contract has no event of it");
    }

    async fn of_many_who_reply_and_close_at_once_nothing_is_lost(server: &Server) {
        let portal = server.portal().await;
        let key = portal.key().await;
        let id = add(&portal.store, None, &OPEN).await;
        let answers = join_all((0..20).map(async |number| {
            if number % 2 == 0 { reply(&key, &id, &format!("{number}")).await } else { close(&key, &id).await }
        })).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        let ticket = key.get(&at(&id)).await.expect(200);
        let mut told = texts(&ticket);
        told.sort_unstable();
        assert_eq!(told, ["0", "10", "12", "14", "16", "18", "2", "4", "6", "8", "<p>De ketel lekt.</p>"]);
        assert_eq!(events(server, &id).await, vec!["ticket-reply-employee"; 10]);
        // Each change of the state is that of the one before, and the last is the state.
        let changes = changes(server, &id).await;
        let states: Vec<(String, String)> = changes.iter().map(|change| {
            let fields: Value = serde_json::from_str(change).unwrap();
            (fields[0]["old"].as_str().unwrap().to_owned(), fields[0]["new"].as_str().unwrap().to_owned())
        }).collect();
        assert!(states.iter().all(|(old, new)| old != new), "{states:?}");
        assert!(states.windows(2).all(|pair| pair[0].1 == pair[1].0), "{states:?}");
        assert_eq!(states.last().map_or("open", |(_, new)| new), ticket["status"].as_str().unwrap());
        // By twenty at once it is closed once.
        let other = add(&portal.store, None, &OPEN).await;
        let answers = join_all((0..20).map(|_| close(&key, &other))).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        assert_eq!(self::changes(server, &other).await.len(), 1);
    }

    async fn a_ticket_has_room_for_so_many_messages(server: &Server) {
        let portal = server.portal().await;
        let key = portal.key().await;
        let id = add(&portal.store, None, &OPEN).await;
        let full = "UPDATE tickets SET messages = 499 WHERE id = ?1";
        server.db.execute(full, &[id.to_param()]).await.unwrap();
        let answers = join_all((0..5).map(|_| reply(&key, &id, "Ja"))).await;
        let count = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
        assert_eq!((count(200), count(409)), (1, 4), "{answers:?}");
        close(&key, &id).await.expect(200);
    }

    async fn tickets_go_with_their_customer_and_come_back(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let customer = key.post("/v1/customers", fields("Bakkerij")).await.expect(200);
        let customer = customer["id"].as_str().unwrap();
        let id = add(&portal.store, Some(customer), &CLOSED).await;
        let before = key.get(&at(&id)).await.expect(200);
        key.delete(&format!("/v1/customers/{customer}")).await.expect_nothing();
        key.get(&at(&id)).await.expect(404);
        let bin = browser.page("/manage/customers/bin").await;
        assert_eq!(bin.form_to("/bin/restore").send(&browser).await.status, 303);
        assert_eq!(key.get(&at(&id)).await.expect(200), before);
        let found = key.get(&format!("{PATH}?search=lekkage")).await.expect(200);
        assert_eq!(found["data"].as_array().unwrap().len(), 1, "it is found again");
        let found = key.get(&format!("{PATH}?search=ketel")).await.expect(200);
        assert_eq!(found["data"].as_array().unwrap().len(), 1, "by what was written in it, too");
        // Without its customer it comes back without a customer.
        let delete = browser.page(&format!("/manage/tickets/{id}/delete")).await.form_to("/delete");
        assert_eq!(delete.send(&browser).await.status, 303);
        key.delete(&format!("/v1/customers/{customer}")).await.expect_nothing();
        let bin = browser.page("/manage/tickets/bin").await;
        assert_eq!(bin.form_to("/bin/restore").send(&browser).await.status, 303);
        let restored = key.get(&at(&id)).await.expect(200);
        assert_eq!((&restored["customerId"], texts(&restored)), (&Value::Null, texts(&before)));
        reply(&key, &id, "Ja").await.expect(200);
    }
}
