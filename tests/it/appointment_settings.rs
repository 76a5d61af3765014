//! The types of appointments, the opening hours and the closed days of a portal, on their pages.

use futures_util::future::join_all;
use klantportaal::accounts::{Organisation, Role};
use klantportaal::db::{Single, ToParam};
use klantportaal::ids::{AppointmentTypeId, ClosedDayId};

use crate::support::{Answer, Browser, FilledForm, Instance, Page, Portal};

pub const SETTINGS: &str = "/manage/settings/appointments";

/// The fields of the forms of this file and of appointments.
const FIELDS: [&str; 23] = [
    "name",
    "duration",
    "bufferBefore",
    "bufferAfter",
    "notice",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "firstDay",
    "lastDay",
    "type",
    "startsAt",
    "endsAt",
    "onlineMeetingLink",
    "attendeeName",
    "attendeeEmail",
    "reminderHours",
    "outside",
    "pending",
];

/// A form of a page, with what its fields show.
pub fn filled_in(page: &Page, part: &str) -> FilledForm {
    let shown = FIELDS.iter().filter_map(|name| Some((name, shown(page, name)?)));
    shown.fold(page.form_to(part), |form, (name, value)| form.with(name, &value))
}

/// The value of an input that isn't a checkbox, or of a select.
fn shown(page: &Page, name: &str) -> Option<String> {
    let start = page.html.find(&format!(r#" name="{name}""#))?;
    let tag = &page.html[page.html[..start].rfind('<')?..];
    let (part, end) = match tag.strip_prefix("<select") {
        Some(select) => (select.split("</select>").next()?, "\" selected"),
        None => (tag.split('>').next().filter(|tag| !tag.contains("checkbox"))?, "\""),
    };
    let values = part.split("value=\"").skip(1);
    let mut chosen = values.filter_map(|rest| {
        let (value, after) = rest.split_once('"')?;
        format!("\"{after}").starts_with(end).then(|| value.to_owned())
    });
    Some(chosen.next().unwrap_or_default())
}

/// The form at a path below the settings.
pub async fn form(browser: &Browser, part: &str) -> FilledForm {
    let path = format!("{SETTINGS}/{part}");
    filled_in(&browser.page(&path).await, &path)
}

/// Adds a type that takes so many minutes, with these buffers and hours of notice.
pub async fn add_type(browser: &Browser, name: &str, [duration, before, after, notice]: [i64; 4]) {
    let form = form(browser, "types/new").await.with("name", name);
    let numbers = [
        ("duration", duration),
        ("bufferBefore", before),
        ("bufferAfter", after),
        ("notice", notice),
    ];
    let form = numbers.iter().fold(form, |form, (name, value)| form.with(name, &value.to_string()));
    sent(&form.send(browser).await);
}

/// Sets the same hours for each day from Monday to Friday.
pub async fn open(browser: &Browser, hours: &str) {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday"];
    let form = form(browser, "hours").await;
    let form = days.iter().fold(form, |form, day| form.with(day, hours));
    sent(&form.send(browser).await);
}

/// Closes the portal from one day to another.
pub async fn close(browser: &Browser, name: &str, first: &str, last: &str) -> Answer {
    let form = form(browser, "closed/new").await.with("name", name);
    form.with("firstDay", first).with("lastDay", last).send(browser).await
}

fn sent(answer: &Answer) {
    assert_eq!((answer.status, answer.header("location")), (303, Some(SETTINGS)), "{answer}");
}

/// The id of the type with this name.
pub async fn type_id(server: &Instance, portal: &Portal, name: &str) -> String {
    let sql = "SELECT id AS value FROM appointment_types WHERE portal_id = ?1 AND name = ?2";
    let params = [portal.id.to_param(), name.to_param()];
    server.db.row::<Single<String>>(sql, &params).await.unwrap().unwrap().0
}

async fn count(server: &Instance, portal: &Portal, table: &str) -> i64 {
    let sql = format!("SELECT count(*) AS value FROM {table} WHERE portal_id = ?1");
    let sql: &'static str = sql.leak();
    server.db.row::<Single<i64>>(sql, &[portal.id.to_param()]).await.unwrap().unwrap().0
}

async fn actions(server: &Instance, portal: &Portal) -> Vec<String> {
    let sql = "SELECT action AS value FROM audit_events WHERE portal_id = ?1
         AND (action LIKE 'appointment_type%' OR action LIKE 'opening%' OR action LIKE 'closed%') ORDER BY action";
    let rows: Vec<Single<String>> = server.db.rows(sql, &[portal.id.to_param()]).await.unwrap();
    rows.into_iter().map(|Single(action)| action).collect()
}

both_engines! {
    async fn a_type_is_added_changed_and_deleted(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        assert!(browser.page(SETTINGS).await.says("Er zijn nog geen soorten"));
        let new = form(&browser, "types/new").await.with("name", "Onderhoud").with("duration", "90");
        for _ in 0..2 {
            sent(&new.send(&browser).await);
        }
        assert_eq!(count(server, &portal, "appointment_types").await, 1, "a form that is sent twice adds one");
        let page = format!("types/{}", type_id(server, &portal, "Onderhoud").await);
        let change = form(&browser, &page).await;
        for (field, wrong) in [("name", ""), ("duration", "4"), ("duration", "1441"), ("bufferBefore", "481"), ("bufferAfter", "-1"), ("notice", "een dag")] {
            let page = change.clone().with(field, wrong).send_to_page(&browser).await;
            assert!(page.html.contains("error-summary"), "{field} {wrong}: {}", page.html);
        }
        let other = form(&browser, &page).await.with("name", "Reparatie");
        for _ in 0..2 {
            sent(&change.clone().with("bufferBefore", "15").send(&browser).await);
        }
        // What the second left as it was takes what the first saved.
        sent(&other.send(&browser).await);
        let shown = form(&browser, &page).await;
        assert_eq!((shown.field("name"), shown.field("bufferBefore")), (Some("Reparatie"), Some("15")));
        let delete = form(&browser, &format!("{page}/delete")).await;
        sent(&delete.send(&browser).await);
        assert_eq!(browser.get(&format!("{SETTINGS}/{page}")).await.status, 404);
        assert_eq!(actions(server, &portal).await, [
            "appointment_type_changed", "appointment_type_changed", "appointment_type_created", "appointment_type_deleted",
        ]);
    }

    async fn of_fifty_at_once_only_the_last_free_places_are_taken(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        for number in 0..48 {
            let sql = "INSERT INTO appointment_types (portal_id, id, name, duration, buffer_before, buffer_after, notice, created_at)
                 VALUES (?1, ?2, ?3, 60, 0, 0, 0, 1)";
            let (id, name) = (AppointmentTypeId::random(), format!("Soort {number}"));
            server.db.execute(sql, &[portal.id.to_param(), id.to_param(), name.to_param()]).await.unwrap();
        }
        let form = form(&browser, "types/new").await.with("name", "Nog een");
        let forms: Vec<FilledForm> = (0..50).map(|_| form.clone().with("new", AppointmentTypeId::random().as_str())).collect();
        let answers = join_all(forms.iter().map(|form| form.send(&browser))).await;
        let added = answers.iter().filter(|answer| answer.header("location") == Some(SETTINGS)).count();
        assert_eq!((added, count(server, &portal, "appointment_types").await), (2, 50));
        let refused = forms.last().unwrap().clone().with("new", AppointmentTypeId::random().as_str());
        let page = refused.send_to_page(&browser).await;
        assert!(page.says("Er zijn al 50 soorten afspraken"), "{}", page.html);
        assert!(!browser.page(SETTINGS).await.html.contains("types/new"), "no more is offered");
    }

    async fn opening_hours_are_set_by_day(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        assert!(browser.page(SETTINGS).await.says("Er zijn nog geen openingstijden"));
        for wrong in ["9-17, 18", "17-9", "9-13, 12-17", "altijd"] {
            let page = form(&browser, "hours").await.with("monday", wrong).send_to_page(&browser).await;
            assert!(page.html.contains("error-summary") && page.says("09:00-12:30"), "{wrong}: {}", page.html);
        }
        let (one, other) = (form(&browser, "hours").await, form(&browser, "hours").await);
        for _ in 0..2 {
            sent(&one.clone().with("monday", "9-12.30; 13-17").send(&browser).await);
        }
        let clash = other.with("monday", "10-16").send_to_page(&browser).await;
        assert!(clash.says("09:00-12:30, 13:00-17:00") && clash.html.contains(r#"value="10-16""#), "{}", clash.html);
        let page = browser.page(SETTINGS).await;
        assert!(page.says("09:00-12:30, 13:00-17:00") && page.says("Gesloten"), "{}", page.html);
        sent(&form(&browser, "hours").await.with("monday", "").send(&browser).await);
        assert!(browser.page(SETTINGS).await.says("Er zijn nog geen openingstijden"));
        assert_eq!(actions(server, &portal).await, ["opening_hours_changed"; 2]);
    }

    async fn days_are_closed_and_opened_again(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        for (first, last) in [("", ""), ("2031-07-21", "2031-07-20"), ("2031-07-21", "2032-07-21"), ("2031-02-30", "")] {
            let form = form(&browser, "closed/new").await.with("name", "Bouwvak");
            let page = form.with("firstDay", first).with("lastDay", last).send_to_page(&browser).await;
            assert!(page.html.contains("error-summary"), "{first} {last}: {}", page.html);
        }
        sent(&close(&browser, "Bouwvak", "2031-07-21", "2031-08-08").await);
        // The same days again, and one of them alone.
        let again = close(&browser, "Vakantie", "2031-07-21", "2031-08-08").await;
        assert!(again.text().contains("Deze dagen staan er al"), "{again}");
        sent(&close(&browser, "Jubileum", "2031-08-08", "").await);
        assert_eq!(count(server, &portal, "closed_days").await, 2);
        let page = browser.page(SETTINGS).await;
        assert!(page.says("21 jul 2031 – 8 aug 2031") && page.says("Jubileum"), "{}", page.html);
        let calendar = browser.page("/manage/appointments/calendar?day=2031-07-21").await;
        assert_eq!(calendar.html.matches("Bouwvak").count(), 7, "{}", calendar.html);
        let delete = page.forms().into_iter().find(|form| form.action.ends_with("/delete")).unwrap();
        sent(&delete.send(&browser).await);
        assert_eq!(delete.send(&browser).await.status, 404, "it is gone");
        assert_eq!(count(server, &portal, "closed_days").await, 1);
        assert_eq!(actions(server, &portal).await, ["closed_day_added", "closed_day_added", "closed_day_deleted"]);
    }

    async fn public_holidays_are_ticked_and_added_once(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let page = browser.page(&format!("{SETTINGS}/closed/holidays")).await;
        let form = page.form_to("/closed/holidays");
        let ticked = form.fields.iter().filter(|(name, _)| name == "holiday").count();
        assert!(page.says("Goede Vrijdag") && page.says("Koningsdag") && ticked >= 9, "{ticked}: {}", page.html);
        assert!(page.choices("holiday").len() > ticked, "most people work on Good Friday");
        let none = form.clone().without("holiday").send_to_page(&browser).await;
        assert!(none.says("Vink ten minste één dag aan"), "{}", none.html);
        let answers = join_all((0..10).map(|_| form.send(&browser))).await;
        answers.iter().for_each(sent);
        let added = count(server, &portal, "closed_days").await;
        assert_eq!(added, i64::try_from(ticked).unwrap(), "each once, also when ten do it at once");
        let left = browser.page(&format!("{SETTINGS}/closed/holidays")).await.choices("holiday").len();
        assert_eq!(left, page.choices("holiday").len() - ticked, "the others are still offered");
        assert!(browser.page(SETTINGS).await.says("Eerste Kerstdag"));
        // A day that isn't a holiday is none, whoever sends it.
        sent(&form.without("holiday").with("holiday", "2031-07-22").send(&browser).await);
        assert_eq!(count(server, &portal, "closed_days").await, added);
    }

    async fn a_portal_has_five_hundred_closed_days_at_most(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let sql = "INSERT INTO closed_days (portal_id, id, name, first_day, last_day) VALUES (?1, ?2, 'Dicht', ?3, ?3)";
        let mut tx = server.db.begin().await.unwrap();
        for number in 0..499 {
            let day = format!("{}-{:02}-01", 2100 + number / 12, number % 12 + 1);
            let id = ClosedDayId::random();
            tx.execute(sql, &[portal.id.to_param(), id.to_param(), day.to_param()]).await.unwrap();
        }
        tx.commit().await.unwrap();
        let form = form(&browser, "closed/new").await.with("name", "Dicht");
        let forms: Vec<FilledForm> = (1..10)
            .map(|day| form.clone().with("firstDay", &format!("2031-07-0{day}")).with("new", ClosedDayId::random().as_str()))
            .collect();
        let answers = join_all(forms.iter().map(|form| form.send(&browser))).await;
        let added = answers.iter().filter(|answer| answer.header("location") == Some(SETTINGS)).count();
        assert_eq!((added, count(server, &portal, "closed_days").await), (1, 500));
        let refused = form.with("firstDay", "2031-08-01").send_to_page(&browser).await;
        assert!(refused.says("ten hoogste 500"), "{}", refused.html);
    }

    async fn only_who_manages_the_business_changes_them(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        add_type(&browser, "Onderhoud", [90, 0, 0, 0]).await;
        let (account, email) = server.person("Monteur").await;
        server.let_in(&Organisation::Portal(portal.id.clone()), &account, Role::Member).await;
        let member = Browser::logged_in(&server.url, &email).await;
        for part in ["", "/types/new", "/hours", "/closed/new", "/closed/holidays"] {
            assert_eq!(member.get(&format!("{SETTINGS}{part}")).await.status, 403, "{part}");
        }
        assert!(member.page("/manage/appointments/new").await.says("Onderhoud (90 minuten)"), "but every member chooses them");
    }
}
