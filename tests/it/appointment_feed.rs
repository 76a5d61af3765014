//! `/calendar/{link}`: the appointments as the calendar programs of members read them.

use jiff::SignedDuration;
use klantportaal::accounts::{Organisation, Role};
use klantportaal::db::{Single, ToParam};
use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, Authenticator, Browser, InProcess, Instance, Key};

const PAGE: &str = "/manage/appointments/feed";

/// Makes the member's link; its path.
async fn make(browser: &Browser) -> String {
    let form = browser.page(PAGE).await.form_to(PAGE);
    for _ in 0..2 {
        assert_eq!(
            form.send(browser).await.header("location"),
            Some(PAGE),
            "also if it is sent twice"
        );
    }
    path(browser).await
}

/// The path of the link that the page shows.
async fn path(browser: &Browser) -> String {
    let page = browser.page(PAGE).await;
    let start =
        page.html.find("/calendar/kpf_").unwrap_or_else(|| panic!("no link in {}", page.html));
    page.html[start..].split(['"', '<']).next().unwrap().to_owned()
}

async fn withdraw(browser: &Browser) {
    let page = format!("{PAGE}/withdraw");
    assert_eq!(browser.page(&page).await.form_to(&page).send(browser).await.status, 303);
}

/// What a program reads that knows nothing else.
async fn read(server: &Instance, path: &str, known: Option<&str>) -> Answer {
    let request = server.nobody().request(Method::GET, path);
    Answer::to(match known {
        Some(tag) => request.header("if-none-match", tag),
        None => request,
    })
    .await
}

async fn add(key: &Key, name: &str, day: &str) -> String {
    let body = json!({
        "name": name, "startsAt": format!("{day} 10:00"), "endsAt": format!("{day} 11:00"),
        "attendeeName": "Sanne", "attendeeEmail": "sanne@korenaar.example",
    });
    let made = key.post("/v1/appointments", body).await.expect(200);
    format!("/v1/appointments/{}", made["id"].as_str().unwrap())
}

/// The day so many days from now.
fn day(days: i64) -> String {
    let moment = jiff::Timestamp::now() + SignedDuration::from_hours(24 * days);
    moment.strftime("%Y-%m-%d").to_string()
}

async fn links(server: &Instance, portal: &str) -> i64 {
    let sql = "SELECT count(*) AS value FROM public_links WHERE portal_id = ?1";
    let count: Option<Single<i64>> = server.db.row(sql, &[portal.to_param()]).await.unwrap();
    count.unwrap().0
}

both_engines! {
    async fn a_calendar_program_reads_the_portals_appointments(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        for (name, days) in [("Lang geleden", -40), ("Vorige week", -7), ("Aanvraag", 7), ("Volgend jaar", 300), ("Later", 400)] {
            add(&key, name, &day(days)).await;
        }
        let canceled = add(&key, "Afgezegd", &day(8)).await;
        key.delete(&canceled).await.expect(200);
        let scheduled = add(&key, "Ingepland", &day(9)).await;
        key.patch(&scheduled, json!({ "status": "scheduled" })).await.expect(200);
        let path = make(&browser).await;
        let answer = read(server, &path, None).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/calendar; charset=utf-8")), "{answer}");
        let file = answer.text();
        for line in ["METHOD:PUBLISH", "SUMMARY:Vorige week", "SUMMARY:Aanvraag", "SUMMARY:Volgend jaar", "SUMMARY:Ingepland"] {
            assert!(file.contains(&format!("{line}\r\n")), "{line} in {file}");
        }
        for other in ["Lang geleden", "Later", "Afgezegd"] {
            assert!(!file.contains(other), "{other} in {file}");
        }
        assert_eq!((file.matches("STATUS:TENTATIVE").count(), file.matches("STATUS:CONFIRMED").count()), (3, 1));
        let id = scheduled.rsplit('/').next().unwrap();
        assert!(file.contains(&format!("UID:{id}@klantportaal\r\nSEQUENCE:2\r\n")), "{file}");

        let tag = answer.header("etag").unwrap().to_owned();
        for known in [tag.clone(), format!("\"a\", {tag}"), format!("W/{tag}")] {
            let again = read(server, &path, Some(&known)).await;
            assert_eq!((again.status, again.text().len(), again.header("etag")), (304, 0, Some(tag.as_str())), "{known}");
        }
        key.delete(&scheduled).await.expect(200);
        let changed = read(server, &path, Some(&tag)).await;
        assert!(changed.status == 200 && !changed.text().contains("Ingepland"), "{changed}");
        assert!(changed.header("x-robots-tag").is_some());
    }

    async fn a_link_that_was_withdrawn_looks_like_one_that_never_was(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let first = make(&browser).await;
        withdraw(&browser).await;
        let gone = read(server, &first, None).await;
        let never = format!("{}{}", &first[..first.len() - 4], if first.ends_with("aaaa") { "bbbb" } else { "aaaa" });
        let never = read(server, &never, None).await;
        assert_eq!((gone.status, never.status), (404, 404));
        assert_eq!(gone.text().replace(&first, "…").len(), never.text().replace(&first, "…").len());
        assert_eq!(links(server, portal.id.as_str()).await, 0);
        withdraw(&browser).await;
        let second = make(&browser).await;
        assert_ne!(first, second);
        assert_eq!((read(server, &first, None).await.status, read(server, &second, None).await.status), (404, 200));
        let actions = "SELECT action AS value FROM audit_events WHERE portal_id = ?1 AND action LIKE 'calendar_feed%' ORDER BY action";
        let actions: Vec<Single<String>> = server.db.rows(actions, &[portal.id.to_param()]).await.unwrap();
        let actions: Vec<&str> = actions.iter().map(|Single(action)| action.as_str()).collect();
        assert_eq!(actions, ["calendar_feed_created", "calendar_feed_created", "calendar_feed_withdrawn"]);
    }

    async fn a_link_is_its_members_own_and_ends_with_the_membership(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let (colleague, email) = server.person("Collega").await;
        server.let_in(&Organisation::Portal(portal.id.clone()), &colleague, Role::Member).await;
        let other = Browser::logged_in(&server.url, &email).await;
        let (own, theirs) = (make(&browser).await, make(&other).await);
        assert_ne!(own, theirs);
        assert_eq!(read(server, &theirs, None).await.status, 200);
        for (sql, status) in [
            ("UPDATE accounts SET disabled_at = 1 WHERE id = ?1", 404),
            ("UPDATE accounts SET disabled_at = NULL WHERE id = ?1", 200),
        ] {
            server.db.execute(sql, &[colleague.to_param()]).await.unwrap();
            assert_eq!(read(server, &theirs, None).await.status, status, "{sql}");
        }
        let leave = "/manage/settings/team/leave";
        assert_eq!(other.page(leave).await.form_to(leave).send(&other).await.status, 303);
        assert_eq!((read(server, &theirs, None).await.status, read(server, &own, None).await.status), (404, 200));
        assert_eq!(links(server, portal.id.as_str()).await, 1);
    }

    async fn a_link_works_only_with_the_second_factor_that_the_portal_requires(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let path = make(&browser).await;
        let mut tx = server.db.begin().await.unwrap();
        Organisation::Portal(portal.id.clone()).require_second_factor(&mut tx, true).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(read(&server, &path, None).await.status, 404);
        Authenticator::set_up(&browser, &server.clock).await;
        assert_eq!(read(&server, &path, None).await.status, 200);
    }

    async fn the_link_is_shown_to_who_gave_the_password_lately(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (_, browser) = server.portal_and_browser().await;
        make(&browser).await;
        server.clock.advance(SignedDuration::from_mins(10));
        let answer = browser.get(PAGE).await;
        assert!(answer.header("location").is_some_and(|to| to.contains("/reauthenticate?next=")), "{answer}");
    }
}
