//! When appointments can be: types with their buffers and notice, opening hours, and closed days.

use futures_util::future::join_all;
use jiff::SignedDuration;
use klantportaal::db::{Single, ToParam};
use serde_json::json;

use crate::appointment_settings::{SETTINGS, add_type, close, filled_in, form, open, type_id};
use crate::customers::fields;
use crate::support::{Browser, FilledForm, InProcess, Instance, Page};

const NEW: &str = "/manage/appointments/new";

/// The form of a new appointment on a day in July 2031; the first is a Tuesday.
async fn planned(browser: &Browser, from: &str, to: &str) -> FilledForm {
    let form = browser.page(NEW).await.form_to(NEW).with("name", "Onderhoud");
    let form =
        form.with("startsAt", &format!("2031-07-{from}")).with("endsAt", &format!("2031-07-{to}"));
    form.with("attendeeName", "Sanne").with("attendeeEmail", "sanne@korenaar.example")
}

/// Makes the appointment; its page.
async fn made(browser: &Browser, form: &FilledForm) -> String {
    let answer = form.send(browser).await;
    let page = answer.header("location").unwrap_or_default().to_owned();
    assert!(answer.status == 303 && page.contains("/apt_"), "{answer}");
    page
}

/// Sends a form that is refused; the page that says why.
async fn refused(browser: &Browser, form: &FilledForm) -> Page {
    let page = form.send_to_page(browser).await;
    assert!(page.html.contains("error-summary"), "{}", page.html);
    page
}

/// The times that the buttons of free moments have.
fn moments(page: &Page) -> Vec<String> {
    let buttons = page.html.split(r#"name="at" value=""#).skip(1);
    buttons.map(|rest| rest.split('"').next().unwrap()[11..].to_owned()).collect()
}

async fn buffers(server: &Instance, page: &str) -> String {
    let id = page.rsplit('/').next().unwrap();
    let sql = "SELECT COALESCE(type_name, '') || ' ' || buffer_before || ' ' || buffer_after AS value FROM appointments WHERE id = ?1";
    server.db.row::<Single<String>>(sql, &[id.to_param()]).await.unwrap().unwrap().0
}

both_engines! {
    async fn a_type_fills_the_duration_in_and_offers_free_moments(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        assert!(browser.page(NEW).await.says("om hier vrije momenten te zien"));
        add_type(&browser, "Onderhoud", [90, 0, 30, 0]).await;
        open(&browser, "9-12.30, 13-15").await;
        let id = type_id(server, &portal, "Onderhoud").await;
        made(&browser, &planned(&browser, "01T10:30", "01T11:30").await).await;
        let form = planned(&browser, "01T12:00", "01T12:05").await.with("type", &id).with("moments", "true");
        let page = form.send_to_page(&browser).await;
        // Until 10:00 with half an hour after it there is room for none; nor does one end after 12:30.
        assert_eq!(moments(&page), ["13:00", "13:30"], "{}", page.html);
        let shown = filled_in(&page, NEW);
        assert_eq!(shown.field("endsAt"), Some("2031-07-01T13:30"), "the duration of the type");
        assert_eq!((shown.field("name"), shown.field("type")), (Some("Onderhoud"), Some(id.as_str())), "what was typed stays");
        let page = shown.with("at", "2031-07-01T13:00").send_to_page(&browser).await;
        let chosen = filled_in(&page, NEW);
        assert_eq!((chosen.field("startsAt"), chosen.field("endsAt")), (Some("2031-07-01T13:00"), Some("2031-07-01T14:30")));
        let made = made(&browser, &chosen).await;
        assert_eq!(buffers(server, &made).await, "Onderhoud 0 30");
        let shown = browser.page(&made).await;
        assert!(shown.says("0 min. ervoor, 30 min. erna") && shown.says("Onderhoud"), "{}", shown.html);
        // The day is full then, and the next one is offered.
        let full = planned(&browser, "01T09:00", "01T10:00").await.with("type", &id).with("moments", "true");
        let full = full.send_to_page(&browser).await;
        assert!(moments(&full).is_empty() && full.says("Eerste vrije dag: 2 jul 2031"), "{}", full.html);
        let next = filled_in(&full, NEW).with("day", "2031-07-02").send_to_page(&browser).await;
        assert_eq!(filled_in(&next, NEW).field("startsAt"), Some("2031-07-02T09:00"));
        assert_eq!(moments(&next), ["09:00", "09:30", "10:00", "10:30", "11:00", "13:00", "13:30"]);
    }

    async fn slots_after_a_clock_change_are_what_the_clocks_show(server: &Server) {
        let (_, browser) = server.portal_and_browser().await;
        // On 27 October 2031, a Monday, the clocks have gone back the night before.
        open(&browser, "9-11").await;
        for day in ["2031-10-24", "2031-10-27", "2031-03-28", "2031-03-31"] {
            let page = browser.page(&format!("{NEW}?day={day}")).await;
            assert_eq!(moments(&page), ["09:00", "09:30", "10:00"], "{day}: {}", page.html);
            let form = filled_in(&page, NEW).with("name", "A").with("attendeeName", "S").with("attendeeEmail", "s@korenaar.example");
            let made = made(&browser, &form).await;
            assert!(browser.page(&made).await.says("09:00"), "{day}");
            assert_eq!(moments(&browser.page(&format!("{NEW}?day={day}")).await), ["10:00"], "{day}");
        }
    }

    async fn outside_of_the_opening_hours_takes_a_tick(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        open(&browser, "09:00-12:30, 13:00-17:00").await;
        close(&browser, "Bouwvak", "2031-07-21", "2031-07-25").await;
        for (from, to, told) in [
            ("01T08:30", "01T09:30", "buiten de openingstijden van die dag: 09:00-12:30, 13:00-17:00"),
            ("01T12:00", "01T13:30", "de openingstijden"),
            ("05T10:00", "05T11:00", "Op die dag van de week ben je gesloten"),
            ("21T10:00", "21T11:00", "Je bent die dag gesloten: Bouwvak"),
        ] {
            let form = planned(&browser, from, to).await;
            let page = refused(&browser, &form).await;
            assert!(page.says(told), "{from}: {}", page.html);
            made(&browser, &filled_in(&page, NEW).with("outside", "true")).await;
        }
        // A double booking it never is.
        let form = planned(&browser, "05T10:30", "05T11:30").await.with("outside", "true");
        assert!(refused(&browser, &form).await.says("van 10:00 tot 11:00"));
        // A request of a program isn't checked, but whoever schedules it is told.
        let body = json!({ "name": "A", "startsAt": "2031-07-06 10:00", "endsAt": "2031-07-06 11:00", "attendeeName": "S", "attendeeEmail": "s@korenaar.example" });
        let request = portal.key().await.post("/v1/appointments", body).await.expect(200);
        let page = format!("/manage/appointments/{}", request["id"].as_str().unwrap());
        let shown = browser.page(&page).await;
        assert!(shown.says("Op die dag van de week ben je gesloten"), "{}", shown.html);
        let schedule = shown.form_to("/schedule");
        assert!(schedule.send_to_page(&browser).await.says("Op die dag van de week"));
        assert!(!browser.page(&page).await.says("Ingepland"));
        for _ in 0..2 {
            assert_eq!(schedule.clone().with("outside", "true").send(&browser).await.header("location"), Some(page.as_str()));
        }
        assert!(browser.page(&page).await.says("Ingepland"));
        // What is there stays when something else of it changes, and a move is checked.
        let edit = filled_in(&browser.page(&format!("{page}/edit")).await, "/edit").with("name", "Anders");
        assert_eq!(edit.send(&browser).await.header("location"), Some(page.as_str()));
        let edit = filled_in(&browser.page(&format!("{page}/edit")).await, "/edit").with("endsAt", "2031-07-06T11:30");
        assert!(refused(&browser, &edit).await.says("Op die dag van de week"));
    }

    async fn the_notice_of_a_type_is_kept(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        add_type(&browser, "Onderhoud", [60, 0, 0, 48]).await;
        let id = type_id(&server, &portal, "Onderhoud").await;
        let zone = jiff::tz::TimeZone::get("Europe/Amsterdam").unwrap();
        let at = |hours: i64| {
            let moment = server.clock.now() + SignedDuration::from_hours(hours);
            zone.to_datetime(moment).strftime("%Y-%m-%dT%H:%M:%S").to_string()
        };
        let in_hours = async |hours: i64| {
            let form = planned(&browser, "01T10:00", "01T11:00").await.with("type", &id);
            form.with("startsAt", &at(hours)).with("endsAt", &at(hours + 1))
        };
        let soon = in_hours(47).await;
        assert!(refused(&browser, &soon).await.says("ten minste 48 uur van tevoren"));
        made(&browser, &soon.clone().with("outside", "true")).await;
        made(&browser, &in_hours(49).await).await;
        made(&browser, &in_hours(20).await.with("type", "")).await;
    }

    async fn a_deleted_type_stays_with_its_appointments(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        add_type(&browser, "Onderhoud", [60, 15, 30, 0]).await;
        add_type(&browser, "Opname", [60, 0, 0, 0]).await;
        let (id, other) = (type_id(server, &portal, "Onderhoud").await, type_id(server, &portal, "Opname").await);
        let page = made(&browser, &planned(&browser, "01T10:00", "01T11:00").await.with("type", &id)).await;
        let unsent = planned(&browser, "02T10:00", "02T11:00").await.with("type", &id);
        // A changed type changes none that is there, also when it is edited.
        let change = form(&browser, &format!("types/{id}")).await.with("bufferBefore", "60");
        assert_eq!(change.send(&browser).await.header("location"), Some(SETTINGS));
        let edit = filled_in(&browser.page(&format!("{page}/edit")).await, "/edit");
        assert_eq!(edit.with("name", "Anders").send(&browser).await.header("location"), Some(page.as_str()));
        assert_eq!(buffers(server, &page).await, "Onderhoud 15 30");
        let delete = form(&browser, &format!("types/{id}/delete")).await;
        assert_eq!(delete.send(&browser).await.status, 303);
        assert!(refused(&browser, &unsent).await.says("bestaat niet meer"));
        let edit = filled_in(&browser.page(&format!("{page}/edit")).await, "/edit");
        assert_eq!(edit.field("type"), Some(id.as_str()), "it keeps what it has");
        assert_eq!(edit.clone().with("name", "Nogmaals").send(&browser).await.header("location"), Some(page.as_str()));
        assert_eq!(buffers(server, &page).await, "Onderhoud 15 30");
        let edit = filled_in(&browser.page(&format!("{page}/edit")).await, "/edit");
        assert_eq!(edit.with("type", &other).send(&browser).await.header("location"), Some(page.as_str()));
        assert_eq!(buffers(server, &page).await, "Opname 0 0");
        let shown = browser.page(&page).await;
        assert!(shown.says("Soort") && !shown.html.contains("aty_"), "the history has its name: {}", shown.html);
        // Another portal's type is none.
        let (_, stranger) = server.portal_and_browser().await;
        let foreign = planned(&stranger, "01T10:00", "01T11:00").await.with("type", &other);
        assert!(refused(&stranger, &foreign).await.says("bestaat niet meer"));
    }

    async fn the_buffers_of_both_are_excluded(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        add_type(&browser, "Onderhoud", [60, 15, 30, 0]).await;
        let id = type_id(server, &portal, "Onderhoud").await;
        let page = made(&browser, &planned(&browser, "01T10:00", "01T11:00").await.with("type", &id)).await;
        for (from, to, of) in [("01T11:29", "01T12:00", ""), ("01T09:00", "01T09:46", ""), ("01T11:44", "01T12:00", &id), ("01T09:00", "01T09:16", &id)] {
            let form = planned(&browser, from, to).await.with("type", of).with("outside", "true");
            let page = refused(&browser, &form).await;
            assert!(page.says("te weinig tijd vrij") && page.says("van 10:00 tot 11:00"), "{from}: {}", page.html);
        }
        made(&browser, &planned(&browser, "01T11:45", "01T12:00").await.with("type", &id)).await;
        made(&browser, &planned(&browser, "01T09:00", "01T09:45").await).await;
        // The database itself says so, whoever writes.
        let apt = page.rsplit('/').next().unwrap();
        for set in ["buffer_before = 16", "buffer_after = 31", "starts_at = starts_at - 1", "ends_at = ends_at + 1"] {
            let sql: &'static str = format!("UPDATE appointments SET {set} WHERE id = ?1").leak();
            assert!(server.db.execute(sql, &[apt.to_param()]).await.is_err(), "{set}");
        }
        // A program's request has no buffers of its own, and keeps clear of those of others.
        let key = portal.key().await;
        let body = |from: &str, to: &str| json!({ "name": "A", "startsAt": format!("2031-07-01 {from}"), "endsAt": format!("2031-07-01 {to}"),
            "attendeeName": "S", "attendeeEmail": "s@korenaar.example" });
        assert_eq!(key.post("/v1/appointments", body("11:00", "11:15")).await.faulty_fields(), ["startsAt"]);
        key.post("/v1/appointments", body("12:30", "13:00")).await.expect(200);
    }

    async fn of_fifty_at_once_whose_buffers_overlap_one_is_made(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        add_type(&browser, "Onderhoud", [30, 60, 60, 0]).await;
        let id = type_id(server, &portal, "Onderhoud").await;
        // None overlaps another: half an hour each, one after the other within the buffers of all.
        let form = planned(&browser, "01T10:00", "01T10:01").await.with("type", &id);
        let forms: Vec<FilledForm> = (0..50)
            .map(|number| {
                let times = [format!("2031-07-01T10:{number:02}"), format!("2031-07-01T10:{:02}", number + 1)];
                let form = form.clone().with("startsAt", &times[0]).with("endsAt", &times[1]);
                form.with("new", klantportaal::ids::AppointmentId::random().as_str())
            })
            .collect();
        let answers = join_all(forms.iter().map(|form| form.send(&browser))).await;
        let made = answers.iter().filter(|answer| answer.header("location").is_some_and(|page| page.contains("/apt_"))).count();
        let sql = "SELECT count(*) AS value FROM appointments WHERE portal_id = ?1";
        let rows: Option<Single<i64>> = server.db.row(sql, &[portal.id.to_param()]).await.unwrap();
        assert_eq!((made, rows.unwrap().0), (1, 1));
    }

    async fn what_comes_back_with_its_customer_keeps_clear_of_buffers(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        add_type(&browser, "Onderhoud", [60, 30, 0, 0]).await;
        let id = type_id(server, &portal, "Onderhoud").await;
        let key = portal.key().await;
        let customer = key.post("/v1/customers", fields("Bakkerij")).await.expect(200);
        let customer = customer["id"].as_str().unwrap();
        let with = async |from: &str, to: &str, of: &str| {
            let path = format!("/manage/appointments/with/{customer}");
            let form = browser.page(&path).await.form_to(&path).with("name", "Onderhoud").with("type", of);
            let form = form.with("startsAt", &format!("2031-07-{from}")).with("endsAt", &format!("2031-07-{to}"));
            made(&browser, &form).await
        };
        let (taken, kept) = (with("01T10:00", "01T11:00", &id).await, with("02T10:00", "02T11:00", &id).await);
        key.delete(&format!("/v1/customers/{customer}")).await.expect_nothing();
        // It ends within the time before the first.
        made(&browser, &planned(&browser, "01T09:00", "01T09:31").await).await;
        made(&browser, &planned(&browser, "02T09:00", "02T09:30").await).await;
        let restore = browser.page("/manage/customers/bin").await.form_to("/bin/restore");
        assert_eq!(restore.send(&browser).await.status, 303);
        assert!(browser.page(&taken).await.says("Aanvraag") && browser.page(&kept).await.says("Ingepland"));
        assert_eq!(buffers(server, &taken).await, "Onderhoud 30 0");
    }
}
