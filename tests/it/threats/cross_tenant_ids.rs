//! Ids of another portal or developer, in every place of every page and form. The API's routes are
//! tested in `access.rs`; in both, a foreign id gets the same response as an unknown one.

use serde_json::{Value, json};

use crate::support::operations::{Ids, make_ids};
use crate::support::pages::{PageRoute, Party, fill, page_routes, places};
use crate::support::{Answer, Browser, FilledForm};

/// The routes with ids, except what everybody may see.
fn routes() -> Vec<PageRoute> {
    page_routes()
        .into_iter()
        .filter(|route| {
            let is_public = ["/oauth/apps/", "/requests/", "/shares/", "/calendar/"]
                .iter()
                .any(|start| route.template.starts_with(start));
            !places(&route.template).is_empty() && !is_public
        })
        .collect()
}

/// What a visitor is told, without what differs by itself.
fn told(answer: &Answer, ids: &Ids) -> (u16, String) {
    let mut text = answer.text().replace(answer.header("x-request-id").unwrap_or("-"), "…");
    for (kind, id) in ids {
        text = text.replace(id, kind);
    }
    (answer.status, without_random(&without_new_ids(&text)))
}

/// Without the ids that forms give to what they create.
fn without_new_ids(text: &str) -> String {
    let mut parts = text.split(r#"name="new" value=""#);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('"').unwrap().1)
}

/// Without what is made anew for each page: the mark of a form, the state and the challenge of an
/// example.
fn without_random(text: &str) -> String {
    let is_random = |word: &str| {
        word.len() >= 16
            && [char::is_uppercase, char::is_lowercase].iter().all(|kind| word.contains(kind))
    };
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c)));
    words.filter(|word| !is_random(word)).collect::<Vec<_>>().join(" ")
}

async fn call(browser: &Browser, route: &PageRoute, ids: &Ids, csrf: &str) -> Vec<Answer> {
    let path = fill(&route.template, ids);
    let mut answers = Vec::new();
    if route.get {
        answers.push(browser.get(&path).await);
    }
    if route.post {
        let form = browser
            .post(&path, &[("csrf".into(), csrf.into()), ("name".into(), "Gekaapt".into())])
            .await;
        let body = format!(
            "--grens\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n--grens--\r\n"
        );
        answers.push(if form.status == 400 {
            browser.post_raw(&path, "multipart/form-data; boundary=grens", body, &[]).await
        } else {
            form
        });
    }
    answers
}

/// Whatever the party sees of its own on pages with ids.
async fn everything(party: &Party) -> Vec<(String, u16, String)> {
    let mut all = Vec::new();
    for route in routes().iter().filter(|route| route.get) {
        let answer = party.browser.get(&party.path(route)).await;
        assert!(matches!(answer.status, 200 | 303), "{answer}");
        let (status, text) = told(&answer, &party.ids);
        all.push((route.template.clone(), status, text));
    }
    all
}

both_engines! {
    async fn a_strangers_id_is_answered_as_one_that_does_not_exist(server: &Server) {
        let (owner, stranger) = (Party::new(server).await, Party::new(server).await);
        let before = everything(&owner).await;
        let csrf = [stranger.browser.csrf("manage").await, stranger.browser.csrf("developers").await];
        let mut checked = 0;
        for route in routes() {
            let csrf = &csrf[usize::from(route.template.starts_with("/developers"))];
            let kinds: Vec<&str> = places(&route.template).iter().map(|(_, kind)| *kind).collect();
            // Each choice of which ids are the owner's; the others are the stranger's own.
            for choice in 1_u32..1 << kinds.len() {
                let (mut foreign, mut absent) = (stranger.ids.clone(), stranger.ids.clone());
                for (_, kind) in kinds.iter().enumerate().filter(|(index, _)| choice & (1 << index) != 0) {
                    let key = *owner.ids.get_key_value(*kind).unwrap().0;
                    foreign.insert(key, owner.ids[key].clone());
                    absent.insert(key, stranger.missing_ids()[key].clone());
                }
                let (refused, unknown) = (call(&stranger.browser, &route, &foreign, csrf).await, call(&stranger.browser, &route, &absent, csrf).await);
                for (refused, unknown) in refused.iter().zip(&unknown) {
                    assert_eq!(refused.status, 404, "{refused}");
                    assert_eq!(told(refused, &foreign), told(unknown, &absent), "{route:?}");
                    checked += 1;
                }
            }
        }
        assert!(checked >= 25, "only {checked}");
        assert_eq!(everything(&owner).await, before, "a stranger changed something");
    }

    async fn ids_in_bodies_and_forms_mean_the_own_portals_only(server: &Server) {
        let (owner, stranger) = (Party::new(server).await, Party::new(server).await);
        let key = server.portal().await.key().await;
        let own = make_ids(&key).await;
        let before = everything(&owner).await;
        let (foreign_customer, foreign_group) = (&owner.ids["customerId"], &owner.ids["customerGroupId"]);

        // By the API: passed over as ids that do not exist are.
        let group = key.post("/v1/customer-groups", json!({ "name": "Gekaapt", "customers": [foreign_customer, own["customerId"]] })).await.expect(200);
        let members = format!("/v1/customer-groups/{}/customers", group["id"].as_str().unwrap());
        let ids = |list: &Value| list["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(ids(&key.get(&members).await.expect(200)), [own["customerId"].as_str()]);
        assert!(ids(&key.post(&members, json!({ "customers": [foreign_customer] })).await.expect(200)).is_empty());
        assert_eq!(ids(&key.get(&members).await.expect(200)), [own["customerId"].as_str()]);
        key.post(&format!("/v1/customer-groups/{foreign_group}/customers"), json!({ "customers": [own["customerId"]] })).await.expect(404);
        key.delete(&format!("{members}/{foreign_customer}")).await.expect(404);

        // An appointment is made with the own customers only.
        let with = |customer: &str| json!({ "name": "A", "startsAt": "2031-01-01 10:00", "endsAt": "2031-01-01 11:00", "customerId": customer });
        key.post("/v1/appointments", with(foreign_customer)).await.expect(422);
        key.post("/v1/appointments", with(&own["customerId"])).await.expect(200);
        let found = key.get(&format!("/v1/appointments?customerId={foreign_customer}")).await.expect(200);
        assert_eq!(found["data"], json!([]));

        // It has a type of the own portal only.
        let path = "/manage/appointments/new";
        let form = stranger.browser.page(path).await.form_to(path).with("name", "A").with("attendeeName", "S");
        let form = form.with("attendeeEmail", "s@example.nl").with("startsAt", "2031-01-02T10:00").with("endsAt", "2031-01-02T11:00");
        let refused = form.with("type", &owner.ids["appointmentType"]).send_to_page(&stranger.browser).await;
        assert!(refused.says("bestaat niet meer"), "{}", refused.html);

        // A ticket is opened for the own customers only, and only the own members take care of it.
        let path = format!("/manage/tickets/with/{foreign_customer}");
        assert_eq!(stranger.browser.get(&path).await.status, 404);
        let found = key.get(&format!("/v1/tickets?customerId={foreign_customer}")).await.expect(200);
        assert_eq!(found["data"], json!([]));
        let page = format!("/manage/tickets/{}/assign", stranger.ids["ticketId"]);
        let assign = stranger.browser.page(&page).await.form_to("/assign");
        let refused = assign.with("assignee", &owner.ids["colleague"]).send_to_page(&stranger.browser).await;
        assert!(refused.html.contains("error-summary"), "{}", refused.html);

        // A punch card is issued to the own customers only, and stamped by the own portal only.
        let issued = |card: &str| format!("/v1/punch-cards/{card}/issued");
        key.post(&issued(&own["punchCardId"]), json!({ "customerId": foreign_customer })).await.expect(422);
        key.post(&issued(&owner.ids["punchCardId"]), json!({ "customerId": own["customerId"] })).await.expect(404);
        let stamp = format!("{}/{}/stamp", issued(&own["punchCardId"]), owner.ids["issuedPunchCardId"]);
        key.post(&stamp, json!({ "stamps": 1 })).await.expect(404);
        let found = key.get(&format!("{}?customerId={foreign_customer}", issued(&own["punchCardId"]))).await.expect(200);
        assert_eq!(found["data"], json!([]));

        // A file is put into the own directories only.
        let within = format!("/v1/files?directory={}", owner.ids["directoryId"]);
        assert_eq!(key.upload(&within, "a.txt", "een", &[]).await.faulty_fields(), ["directory"]);
        assert_eq!(key.post(&within, json!({ "name": "Gekaapt" })).await.faulty_fields(), ["directory"]);
        assert_eq!(key.get(&within).await.expect(200)["data"], json!([]));

        // Only the own files are shared, and with the own customers only.
        let share = |content: &str, customer: &str| json!({ "content": [content], "customerId": customer });
        let (file, customer) = (&own["fileOrDirId"], &own["customerId"]);
        for (kind, fault) in [("fileOrDirId", "content"), ("directoryId", "content"), ("customerId", "customerId")] {
            let foreign = &owner.ids[kind];
            let body = if fault == "content" { share(foreign, customer) } else { share(file, foreign) };
            assert_eq!(key.post("/v1/file-shares", body).await.faulty_fields(), [fault]);
        }
        let found = key.get(&format!("/v1/file-shares?customerId={foreign_customer}")).await.expect(200);
        assert_eq!(found["data"], json!([]));

        // Files are asked of the own customers only, and put into the own directories.
        for (field, kind) in [("customerId", "customerId"), ("directoryId", "directoryId")] {
            let mut body = json!({ "name": "A", "requestedFiles": [{ "name": "B" }] });
            body[field] = json!(owner.ids[kind]);
            assert_eq!(key.post("/v1/file-requests", body).await.faulty_fields(), [field]);
        }
        let found = key.get(&format!("/v1/file-requests?customerId={foreign_customer}")).await.expect(200);
        assert_eq!(found["data"], json!([]));

        // By the forms: a group of another portal is none.
        for path in ["/manage/customers/new".to_owned(), format!("/manage/customers/{}/edit", stranger.ids["customerId"])] {
            let mut form = stranger.browser.page(&path).await.form();
            form.fields.retain(|(name, _)| name != "groups");
            for (name, value) in [("companyName", "Gekaapt"), ("primaryEmail", "a@example.nl"), ("address", "B 1"), ("zipCode", "1234 AB"), ("city", "C"), ("countryCode", "NL"), ("anyway", "1")] {
                form = form.with(name, value);
            }
            form.fields.push(("groups".to_owned(), foreign_group.clone()));
            let answer = form.send(&stranger.browser).await;
            assert!(matches!(answer.status, 303 | 404), "{answer}");
            assert!(!stranger.browser.get(&path).await.text().contains(foreign_group.as_str()));
        }

        let filled = format!("/manage/customer-groups/{}/add", stranger.ids["customerGroupId"]);
        let form = stranger.browser.page(&filled).await.form_to("/add").with("customers", foreign_customer);
        assert_eq!(form.send(&stranger.browser).await.status, 303);
        let form = FilledForm { action: format!("/manage/customer-groups/{foreign_group}/add"), ..form.with("customers", &stranger.ids["customerId"]) };
        assert_eq!(form.send(&stranger.browser).await.status, 404);

        // Another's portal is neither opened nor given away.
        let portal = server.portal().await;
        let csrf = stranger.browser.csrf("manage").await;
        for id in [portal.id.as_str(), "prt_00000000000000", "x", ""] {
            let answer = stranger.browser.post("/manage/portals", &[("csrf".into(), csrf.clone()), ("portal".into(), id.into())]).await;
            assert_eq!((answer.status, answer.header("location")), (404, None), "{answer}");
            let consent = server.app().await.ask().form(&stranger.browser).await.with("decision", "allow").with("portal", id).send(&stranger.browser).await;
            assert_eq!((consent.status, consent.header("location")), (404, None), "{consent}");
        }
        assert_eq!(everything(&owner).await, before, "a stranger changed something");
    }
}
