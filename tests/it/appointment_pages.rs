//! The pages of appointments: making, moving, scheduling and cancelling one, and the calendar.

use klantportaal::db::{Single, ToParam};
use serde_json::{Value, json};

use crate::customers::fields;
use crate::support::{Browser, FilledForm, Instance, Key};

const LIST: &str = "/manage/appointments";
const NEW: &str = "/manage/appointments/new";

/// The form of a page, filled in.
async fn filled(browser: &Browser, page: &str, from: &str, to: &str) -> FilledForm {
    fill(browser.page(page).await.form_to(page), from, to)
}

fn fill(form: FilledForm, from: &str, to: &str) -> FilledForm {
    let form = form.with("name", "Onderhoud").with("startsAt", from).with("endsAt", to);
    form.with("attendeeName", "Sanne").with("attendeeEmail", "sanne@korenaar.example")
}

/// Sends a form; the path that it leads to.
async fn sent(browser: &Browser, form: FilledForm) -> String {
    let answer = form.send(browser).await;
    assert_eq!(answer.status, 303, "{answer}");
    answer.header("location").unwrap().to_owned()
}

async fn shown(key: &Key, page: &str) -> Value {
    key.get(&page.replace("/manage", "/v1")).await.expect(200)
}

async fn actions(server: &Instance, portal: &str) -> Vec<String> {
    let sql = "SELECT DISTINCT action AS value FROM audit_events
         WHERE portal_id = ?1 AND action LIKE 'appointment%' ORDER BY action";
    let rows: Vec<Single<String>> = server.db.rows(sql, &[portal.to_param()]).await.unwrap();
    rows.into_iter().map(|Single(action)| action).collect()
}

both_engines! {
    async fn an_appointment_is_made_moved_cancelled_deleted_and_restored(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let empty = browser.page(&format!("{LIST}/new")).await.form_to("/new").send_to_page(&browser).await;
        assert!(empty.html.contains("error-summary"), "each field that is missing is named: {}", empty.html);
        let form = filled(&browser, NEW, "2031-07-01T10:00", "2031-07-01T11:00").await;
        let page = sent(&browser, form.clone()).await;
        assert_eq!(sent(&browser, form).await, page, "a form that is sent twice makes one");
        assert_eq!(shown(&key, &page).await["status"], "scheduled");
        let taken = filled(&browser, NEW, "2031-07-01T10:30", "2031-07-01T11:30").await.send_to_page(&browser).await;
        assert!(taken.says("van 10:00 tot 11:00"), "{}", taken.html);

        // A request takes no time, and is scheduled when the other has moved.
        let request = filled(&browser, NEW, "2031-07-01T11:00", "2031-07-01T12:00").await.with("pending", "true");
        let request = sent(&browser, request).await;
        assert_eq!(shown(&key, &request).await["status"], "pending");
        let edit = format!("{page}/edit");
        assert!(browser.page(&edit).await.says(r#"value="2031-07-01T10:00:00""#));
        let moved = filled(&browser, &edit, "2031-07-01T11:30:00", "2031-07-01T12:30:00").await;
        assert_eq!(sent(&browser, moved).await, page);
        assert_eq!(shown(&key, &page).await["startsAt"], "2031-07-01T11:30:00+02:00");
        let schedule = browser.page(&request).await.form_to("/schedule");
        let refused = schedule.clone().send_to_page(&browser).await;
        assert!(refused.says("van 11:30 tot 12:30"), "{}", refused.html);
        sent(&browser, filled(&browser, &edit, "2031-07-01T12:00:00", "2031-07-01T12:30:00").await).await;
        for _ in 0..2 {
            assert_eq!(sent(&browser, schedule.clone()).await, request, "also if it is sent twice");
        }
        assert_eq!(shown(&key, &request).await["status"], "scheduled");

        let cancel = browser.page(&format!("{page}/cancel")).await.form_to("/cancel");
        sent(&browser, cancel).await;
        assert_eq!(shown(&key, &page).await["status"], "canceled");
        let canceled = browser.page(&page).await;
        assert!(canceled.says("Geannuleerd") && !canceled.html.contains("/cancel\""), "{}", canceled.html);
        assert_eq!(canceled.html.matches("timeline-head").count(), 4, "made, moved twice, cancelled: {}", canceled.html);

        let delete = browser.page(&format!("{request}/delete")).await.form_to("/delete");
        assert_eq!(sent(&browser, delete).await, LIST);
        assert_eq!(browser.get(&request).await.status, 404);
        let restore = browser.page(&format!("{LIST}/bin")).await.form_to("/bin/restore");
        sent(&browser, restore).await;
        assert_eq!(shown(&key, &request).await["status"], "scheduled");
        let id = request.rsplit('/').next().unwrap();
        let events = "SELECT type AS value FROM events WHERE resource_id = ?1 ORDER BY sequence";
        let events: Vec<Single<String>> = server.db.rows(events, &[id.to_param()]).await.unwrap();
        let events: Vec<&str> = events.iter().map(|Single(event)| event.as_str()).collect();
        assert_eq!(events, ["appointment-created", "appointment-canceled", "appointment-created"]);
        let delete = browser.page(&format!("{page}/delete")).await.form_to("/delete");
        sent(&browser, delete).await;
        let id = page.rsplit('/').next().unwrap();
        let discard = browser.page(&format!("{LIST}/bin/{id}/delete")).await.form_to("/delete");
        sent(&browser, discard).await;
        assert_eq!(actions(server, portal.id.as_str()).await, [
            "appointment_canceled", "appointment_changed", "appointment_created", "appointment_deleted",
            "appointment_deleted_for_good", "appointment_restored", "appointment_scheduled",
        ]);
    }

    async fn an_appointment_is_made_from_a_customers_page(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let customer = key.post("/v1/customers", fields("Bakkerij")).await.expect(200);
        let id = customer["id"].as_str().unwrap();
        let path = format!("{LIST}/with/{id}");
        assert!(browser.page(&format!("/manage/customers/{id}")).await.html.contains(&path));
        let chosen = browser.page(&format!("{path}?day=2031-07-01")).await;
        assert!(chosen.html.contains(r#"value="2031-07-01T09:00""#), "{}", chosen.html);
        assert_eq!(chosen.form_to(&path).field("customerId"), Some(id));
        // The person is the customer unless somebody else is named; without a customer somebody must be.
        let optional = async |page: &str| browser.page(page).await.html.matches("(optioneel)").count();
        assert_eq!((optional(&path).await, optional(NEW).await), (4, 2));
        let form = filled(&browser, &path, "2031-07-01T10:00", "2031-07-01T11:00").await;
        let form = form.with("attendeeName", "").with("attendeeEmail", "");
        let page = sent(&browser, form).await;
        let made = shown(&key, &page).await;
        assert_eq!((&made["customerId"], &made["attendeeName"]), (&json!(id), &customer["companyName"]));
        // Whoever edits it changes nothing about that.
        let edit = filled(&browser, &format!("{page}/edit"), "2031-07-01T10:00", "2031-07-01T11:00").await;
        sent(&browser, edit.with("name", "Reparatie").with("customerId", "cst_abc12345def678")).await;
        let changed = shown(&key, &page).await;
        assert_eq!((&changed["customerId"], &changed["name"]), (&json!(id), &json!("Reparatie")));
        assert!(browser.page(&format!("/manage/customers/{id}")).await.says("Reparatie"));
    }

    async fn choosing_a_customer_keeps_what_was_typed(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let mut ids = Vec::new();
        for name in ["Bakkerij De Korenaar", "Bakkerij Oven", "Slagerij Vos"] {
            ids.push(key.post("/v1/customers", fields(name)).await.expect(200)["id"].as_str().unwrap().to_owned());
        }
        let (_, stranger) = server.portal_and_browser().await;
        let typed = filled(&browser, NEW, "2031-07-01T10:00", "2031-07-01T11:00").await.with("onlineMeetingLink", "https://bellen.example/a").with("pending", "true");
        let kept = ["Onderhoud", "2031-07-01T10:00", "2031-07-01T11:00", "Sanne", "sanne@korenaar.example", "https://bellen.example/a"];
        // By the button; by Enter, which presses the first button; and by saving before it was searched.
        for form in [typed.clone().with("findCustomer", "true"), typed.clone()] {
            let found = form.with("customerSearch", " bakkerij ").send_to_page(&browser).await;
            assert!(found.says("Bakkerij De Korenaar") && found.says("Bakkerij Oven") && !found.says("Slagerij Vos"), "{}", found.html);
            let form = found.form_to(NEW);
            for value in kept {
                assert!(found.html.contains(&format!(" value=\"{value}\"")), "{value}: {}", found.html);
            }
            assert_eq!(form.field("pending"), Some("true"));
            assert_eq!(form.field("customerId"), Some(""), "nobody is chosen yet");
        }
        let none = typed.clone().with("customerSearch", "loodgieter").send_to_page(&browser).await;
        assert!(none.says("Geen klant gevonden met “loodgieter”.") && none.html.contains(" value=\"Onderhoud\""), "{}", none.html);
        assert_eq!(key.get("/v1/appointments").await.expect(200)["data"], json!([]), "nothing is saved meanwhile");
        // The only one is chosen; another search keeps it.
        let one = typed.clone().with("customerSearch", "vos").send_to_page(&browser).await;
        assert!(one.says("Afspraak met Slagerij Vos"), "{}", one.html);
        let form = fill(one.form_to(NEW), "2031-07-01T10:00", "2031-07-01T11:00");
        assert_eq!(form.field("customerId"), Some(ids[2].as_str()));
        let more = form.with("customerSearch", "oven").send_to_page(&browser).await;
        let form = fill(more.form_to(NEW), "2031-07-01T10:00", "2031-07-01T11:00").with("customerSearch", "oven");
        assert_eq!(form.field("customerId"), Some(ids[2].as_str()));
        assert!(more.html.contains(&ids[1]), "{}", more.html);
        let page = sent(&browser, form.with("customerId", &ids[1]).with("attendeeName", "").with("attendeeEmail", "")).await;
        let made = shown(&key, &page).await;
        assert_eq!((&made["customerId"], &made["attendeeName"], &made["status"]), (&json!(ids[1]), &json!("Bakkerij Oven"), &json!("pending")));
        // From a customer's page another can be chosen, or none.
        let with = format!("{LIST}/with/{}", ids[0]);
        let form = filled(&browser, &with, "2031-07-02T10:00", "2031-07-02T11:00").await;
        let page = sent(&browser, form.clone().with("customerId", "")).await;
        assert_eq!(shown(&key, &page).await["customerId"], json!(null));
        // Another portal's isn't found, nor taken.
        let foreign = filled(&stranger, NEW, "2031-07-01T10:00", "2031-07-01T11:00").await;
        let nothing = foreign.clone().with("customerSearch", "bakkerij").send_to_page(&stranger).await;
        assert!(nothing.says("Geen klant gevonden"), "{}", nothing.html);
        let refused = foreign.with("customerId", &ids[0]).send_to_page(&stranger).await;
        assert!(refused.html.contains("error-summary") && !refused.says("Korenaar"), "{}", refused.html);
        browser.get("/language/en?next=/manage").await;
        let english = typed.with("customerSearch", "bakker").send_to_page(&browser).await;
        assert!(english.says("No customer") && english.says("Find a customer"), "{}", english.html);
    }

    async fn the_calendar_shows_a_week_or_a_day(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        let make = async |name: &str, from: &str, to: &str| {
            let body = json!({ "name": name, "startsAt": from, "endsAt": to, "attendeeName": "S", "attendeeEmail": "s@korenaar.example" });
            let made = key.post("/v1/appointments", body).await.expect(200);
            made["id"].as_str().unwrap().to_owned()
        };
        make("Maandag vroeg", "2031-06-30 07:15", "2031-06-30 08:00").await;
        make("Over de nacht", "2031-07-01 22:00", "2031-07-02 02:00").await;
        make("Een week later", "2031-07-07 10:00", "2031-07-07 11:00").await;
        let gone = make("Afgezegd", "2031-07-03 10:00", "2031-07-03 11:00").await;
        key.delete(&format!("/v1/appointments/{gone}")).await.expect(200);
        let week = browser.page(&format!("{LIST}/calendar?day=2031-07-03")).await;
        assert!(week.says("Week 27") && week.says("Maandag vroeg"), "{}", week.html);
        assert_eq!(week.html.matches("Over de nacht").count(), 2, "on both days: {}", week.html);
        assert!(!week.says("Een week later") && !week.says("Afgezegd"), "{}", week.html);
        assert!(browser.page(&format!("{LIST}/calendar?day=2031-07-10")).await.says("Een week later"));
        let day = browser.page(&format!("{LIST}/calendar?day=2031-07-02&view=day")).await;
        assert!(day.says("Over de nacht") && day.says("22:00–02:00") && !day.says("Maandag vroeg"), "{}", day.html);
        for other in ["?day=morgen", "?day=9999-12-31", "?view=year", "?day=0001-01-01&view=day"] {
            let answer = browser.get(&format!("{LIST}/calendar{other}")).await;
            assert!([200, 404].contains(&answer.status), "{answer}");
        }
        let (_, stranger) = server.portal_and_browser().await;
        assert!(!stranger.page(&format!("{LIST}/calendar?day=2031-07-03")).await.says("Maandag vroeg"));
    }
}
