//! The list of one's sessions, and logging out elsewhere.

use jiff::SignedDuration;
use reqwest::header::USER_AGENT;

use klantportaal::db::Single;

use crate::support::{Answer, Browser, Engine, InProcess, Instance, PASSWORD, Page, own_address};

const PAGE: &str = "/manage/account/sessions";

/// What the page tells of each session: the texts of its rows.
fn rows(page: &Page) -> Vec<String> {
    let (_, body) = page.html.split_once("<tbody").unwrap();
    body.split("<tr").skip(1).map(|row| row.split("</tr>").next().unwrap().to_owned()).collect()
}

/// The address that a row's button posts to.
fn end_of(row: &str) -> Option<String> {
    Some(row.split_once("action=\"")?.1.split('"').next().unwrap().to_owned())
}

async fn send(browser: &Browser, action: &str) -> Answer {
    let csrf = browser.page("/manage/account").await.form().field("csrf").unwrap().to_owned();
    browser.post(action, &[("csrf".to_owned(), csrf)]).await
}

/// Logs in on the developers' site too.
async fn as_developer(server: &Instance, email: &str) -> Browser {
    let browser = Browser::new(&server.url);
    let form = browser
        .page("/developers/login")
        .await
        .form()
        .with("email", email)
        .with("password", PASSWORD);
    assert_eq!(form.send(&browser).await.status, 303);
    browser
}

fn is_logged_out(answer: &Answer, site: &str) -> bool {
    answer.status == 303
        && answer.header("location").is_some_and(|path| path.starts_with(&format!("/{site}/login")))
}

both_engines! {
    async fn a_person_sees_all_their_sessions_and_nobody_elses(server: &Server) {
        let (portal, laptop) = server.portal_and_browser().await;
        let (other, _) = server.portal_and_browser().await;
        as_developer(server, &portal.owner_email).await;
        let form = Browser::new(&server.url);
        let (page, headers) = (form.page("/manage/login").await.form(), [(USER_AGENT.as_str(), "Mozilla/5.0 (X11; Linux) Gecko/1 Firefox/130.0 <b>")]);
        let fields = page.with("email", &portal.owner_email).with("password", PASSWORD).fields;
        assert_eq!(form.post_with("/manage/login", &fields, &headers).await.status, 303);
        let page = laptop.page(PAGE).await;
        let rows = rows(&page);
        assert_eq!(rows.len(), 3, "{}", page.html);
        assert_eq!(rows.iter().filter(|row| row.contains("deze browser")).count(), 1);
        assert_eq!(rows.iter().filter(|row| row.contains("Firefox op Linux")).count(), 1);
        assert_eq!(rows.iter().filter(|row| row.contains("Ontwikkelaars")).count(), 1);
        assert!(rows.iter().all(|row| row.contains(&own_address().to_string()) && !row.contains("<b>")));
        assert_eq!(rows.iter().filter_map(|row| end_of(row)).count(), 2, "one logs this browser out by the menu");
        assert!(!page.says(&other.owner_email));
    }

    async fn a_session_is_ended_from_elsewhere(server: &Server) {
        let (portal, laptop) = server.portal_and_browser().await;
        let phone = Browser::logged_in(&server.url, &portal.owner_email).await;
        let developer = as_developer(server, &portal.owner_email).await;
        let rows = rows(&laptop.page(PAGE).await);
        let row = rows.iter().find(|row| row.contains("Ontwikkelaars")).unwrap();
        assert_eq!(send(&laptop, &end_of(row).unwrap()).await.status, 303);
        assert!(is_logged_out(&developer.get("/developers/welcome").await, "developers"));
        assert_eq!(phone.get("/manage").await.status, 200);
        assert_eq!(send(&laptop, &end_of(row).unwrap()).await.status, 404, "it is over");
    }

    async fn all_others_end_at_once_and_this_one_stays(server: &Server) {
        let (portal, laptop) = server.portal_and_browser().await;
        let (_, stranger) = server.portal_and_browser().await;
        let phone = Browser::logged_in(&server.url, &portal.owner_email).await;
        let developer = as_developer(server, &portal.owner_email).await;
        assert_eq!(send(&laptop, "/manage/account/sessions/end-others").await.status, 303);
        assert!(is_logged_out(&phone.get("/manage").await, "manage"));
        assert!(is_logged_out(&developer.get("/developers/welcome").await, "developers"));
        for browser in [&laptop, &stranger] {
            assert_eq!(browser.get("/manage").await.status, 200);
        }
    }

    async fn nobody_ends_anothers_session(server: &Server) {
        let (portal, victim) = server.portal_and_browser().await;
        let (_, thief) = server.portal_and_browser().await;
        Browser::logged_in(&server.url, &portal.owner_email).await;
        let end = rows(&victim.page(PAGE).await).iter().find_map(|row| end_of(row)).unwrap();
        assert_eq!(send(&thief, &end).await.status, 404);
        assert_eq!(send(&thief, "/manage/account/sessions/nonsense/end").await.status, 404);
        assert_eq!(victim.post(&end, &[]).await.status, 403, "without the form's secret");
        assert!(is_logged_out(&Browser::new(&server.url).get(PAGE).await, "manage"));
        assert_eq!(rows(&victim.page(PAGE).await).len(), 2);
    }

    async fn what_was_seen_last_is_written_down_every_few_minutes_only(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (_, browser) = server.portal_and_browser().await;
        let visit = async |minutes: i64, user_agent: &str| {
            server.clock.advance(SignedDuration::from_mins(minutes));
            let request = server.http.get(format!("{}/manage", server.url)).header("cookie", format!("manage={}", browser.cookie("manage").unwrap()));
            assert_eq!(Answer::to(request.header(USER_AGENT, user_agent)).await.status, 200);
        };
        visit(4, "A Edg/1 Windows").await;
        assert!(!browser.page(PAGE).await.says("Edge op Windows"));
        server.queue_is_empty().await;
        // PostgreSQL's snapshot is that of all databases of the cluster, which other tests write in meanwhile.
        let sqlite = (engine == Engine::Sqlite).then(|| rusqlite::Connection::open(server.database.folder().join("klantportaal.db")).unwrap());
        let written = async || match &sqlite {
            Some(connection) => connection.query_row("PRAGMA data_version", [], |row| row.get::<_, i64>(0)).unwrap().to_string(),
            None => {
                let Single(snapshot): Single<String> = server.db.row("SELECT pg_current_snapshot()::text AS value", &[]).await.unwrap().unwrap();
                snapshot
            }
        };
        let mut is_quiet = false;
        for _ in 0..50 {
            let before = written().await;
            assert_eq!(browser.get("/manage").await.status, 200);
            is_quiet |= written().await == before;
        }
        assert!(is_quiet, "a page that is only looked at writes nothing");
        visit(1, "A Edg/1 Windows").await;
        assert!(browser.page(PAGE).await.says("Edge op Windows"));
    }
}
