//! The audit log: visibility of events, search, pages, exports, and retention.

use jiff::{SignedDuration, Timestamp};
use klantportaal::audit;
use klantportaal::audit::{Action, Actor, ActorKind, Event};
use klantportaal::audit_log::{AuditLog, Filter, LOOKED_THROUGH};
use klantportaal::db::{Single, ToParam};
use klantportaal::ids::{AccountId, DeveloperId, PortalId};
use klantportaal::tenant::Store;
use serde_json::Value;

use crate::support::{
    Answer, Browser, Database, Engine, InProcess, Instance, Migration, PASSWORD, Page, own_address,
};

const LOG: &str = "/manage/settings/audit-log";
const DEVELOPERS_LOG: &str = "/developers/audit-log";

/// Writes an event of a key into a log.
async fn write(
    server: &Instance,
    portal: &PortalId,
    actor: Actor<'_>,
    subject: &str,
    now: Timestamp,
) {
    let mut tx = server.db.begin().await.unwrap();
    let event = Event {
        action: Action::ApiKeyCreated,
        actor,
        subject,
        portal: Some(portal),
        developer: None,
        caller: None,
    };
    event.record(&mut tx, now).await.unwrap();
    tx.commit().await.unwrap();
}

/// The cells of a page's events, the newest first: who, what, to what, from where, without tags.
fn rows(page: &Page) -> Vec<[String; 4]> {
    let Some((_, body)) = page.html.split_once("<tbody") else { return Vec::new() };
    let text = |cell: &str| {
        let inner =
            cell.split_once("<div class=\"cell\">").unwrap().1.split("</div>").next().unwrap();
        inner
            .split('<')
            .map(|part| part.split_once('>').map_or(part, |(_, text)| text))
            .collect::<Vec<_>>()
            .join(" ")
            .trim()
            .to_owned()
    };
    let cells = |row: &str| row.split("<td").skip(1).map(text).collect::<Vec<_>>();
    body.split("</tbody")
        .next()
        .unwrap()
        .split("<tr")
        .skip(1)
        .map(|row| cells(row).try_into().unwrap())
        .collect()
}

fn subjects(page: &Page) -> Vec<String> {
    rows(page).into_iter().map(|[_, _, subject, _]| subject).collect()
}

async fn found(browser: &Browser, query: &str) -> Vec<String> {
    subjects(&browser.page(&format!("{LOG}?{query}")).await)
}

/// The lines of a CSV file, each in its cells; good enough for cells without line ends.
fn csv(answer: &Answer) -> Vec<Vec<String>> {
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("text/csv; charset=utf-8")),
        "{answer}"
    );
    assert_eq!(
        answer.header("content-disposition"),
        Some("attachment; filename=\"audit-log.csv\"")
    );
    let text = String::from_utf8(answer.bytes.clone()).unwrap();
    let text = text.strip_prefix('\u{feff}').unwrap();
    let cells = |line: &str| {
        let (mut cells, mut quoted) = (vec![String::new()], false);
        for c in line.chars() {
            match c {
                '"' => quoted = !quoted,
                ';' if !quoted => cells.push(String::new()),
                c => cells.last_mut().unwrap().push(c),
            }
        }
        cells
    };
    text.split_terminator("\r\n").map(cells).collect()
}

async fn as_developer(server: &Instance, developer: &DeveloperId) -> (String, Browser) {
    let sql = "SELECT a.email AS value FROM accounts a JOIN developer_members m ON m.account_id = a.id WHERE m.developer_id = ?1";
    let Single(email) =
        server.db.row::<Single<String>>(sql, &[developer.to_param()]).await.unwrap().unwrap();
    let browser = Browser::new(&server.url);
    let form = browser
        .page("/developers/login")
        .await
        .form()
        .with("email", &email)
        .with("password", PASSWORD);
    assert_eq!(form.send(&browser).await.status, 303);
    (email, browser)
}

both_engines! {
    async fn a_search_looks_through_so_many_events_at_a_time_and_can_go_on(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        write(&server, &portal.id, Actor::Operator, "naald", Timestamp::UNIX_EPOCH).await;
        let many = "INSERT INTO audit_events (id, portal_id, actor_kind, actor, action, subject, address, user_agent, search, created_at)
             WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?2)
             SELECT 'evt_hooi' || CAST(n AS TEXT), CAST(?1 AS TEXT), 'operator', '', 'api_key_created', 'hooi', '', '', 'hooi', 1000 + n FROM numbers";
        let count = i64::try_from(LOOKED_THROUGH).unwrap();
        server.db.execute(many, &[portal.id.to_param(), count.to_param()]).await.unwrap();
        let first = browser.page(&format!("{LOG}?search=naald")).await;
        assert!(first.says("Niets gevonden in 50000 gebeurtenissen") && rows(&first).is_empty(), "{}", first.html);
        let older = first.html.split("href=\"").find(|part| part.contains("before=")).unwrap();
        let older = older.split('"').next().unwrap().replace("&amp;", "&");
        let second = browser.page(&older).await;
        assert_eq!(rows(&second).len(), 1, "{}", second.html);
        let csv = browser.get(&format!("{LOG}/audit-log.csv?search=naald")).await;
        assert_eq!(csv.text().matches("naald").count(), 1, "{csv}");
        let json = browser.get(&format!("{LOG}/audit-log.json?search=naald")).await;
        let events: Value = serde_json::from_str(&json.text()).unwrap();
        assert_eq!(events.as_array().unwrap().len(), 1, "{events}");
    }

    async fn an_owner_reads_who_did_what_to_what_and_from_where(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let form = browser.page("/manage/settings/api-keys/new").await.form().with("name", "kassa <b>").with("scope", "customers.read");
        let agent = [("user-agent", "Mozilla/5.0 (X11; Linux) Gecko/1 Firefox/130.0")];
        assert_eq!(browser.post_with(&form.action, &form.fields, &agent).await.status, 200);
        let ran = server.cli(&["api-key", "create", "--portal", portal.id.as_str(), "--name", "opdrachtregel", "--scope", "customers.read"]);
        ran.json();
        let mut told = rows(&browser.page(&format!("{LOG}?action=api_key_created")).await);
        told.sort();
        assert_eq!(told, [
            ["De beheerder van de server", "API-sleutel gemaakt", "opdrachtregel", "–"],
            [portal.owner_email.as_str(), "API-sleutel gemaakt", "kassa &lt;b&gt;", &format!("{}  Firefox op Linux", own_address())],
        ]);
        assert!(browser.page("/manage").await.says(LOG), "the navigation leads there");
    }

    async fn a_log_is_seen_by_its_own_portal_only(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let (stranger, strangers) = server.portal_and_browser().await;
        write(server, &portal.id, Actor::System, "geheim ding", Timestamp::now()).await;
        write(server, &stranger.id, Actor::System, "eigen ding", Timestamp::now()).await;
        let own = browser.get(&format!("{LOG}/audit-log.json")).await.expect(200);
        let foreign_id = own.as_array().unwrap().iter().find(|event| event["subject"] == "geheim ding").unwrap()["id"].as_str().unwrap().to_owned();
        for query in ["", "search=geheim", "search=%25", "action=api_key_created", &format!("before=99999999999999-{foreign_id}"), "from=2000-01-01&to=2099-12-31"] {
            let answer = strangers.get(&format!("{LOG}?{query}")).await;
            assert!(answer.status == 200 && !answer.text().contains("geheim ding"), "{answer}");
        }
        for file in ["audit-log.csv", "audit-log.json"] {
            let answer = strangers.get(&format!("{LOG}/{file}")).await;
            assert!(answer.text().contains("eigen ding") && !answer.text().contains("geheim ding"), "{answer}");
            assert_eq!(Browser::new(&server.url).get(&format!("{LOG}/{file}")).await.status, 303, "nobody");
        }
    }

    async fn a_wrong_query_is_told_as_such(server: &Server) {
        let (_, browser) = server.portal_and_browser().await;
        for query in ["action=x", "from=24-11-2026", "to=morgen", "before=x", "before=5-evt_'", "search=%00", &format!("search={}", "x".repeat(201))] {
            for path in [LOG.to_owned(), format!("{LOG}/audit-log.csv"), format!("{LOG}/audit-log.json")] {
                assert_eq!(browser.get(&format!("{path}?{query}")).await.status, 400, "{path}?{query}");
            }
        }
        assert_eq!(browser.get(&format!("{LOG}/audit-log.csv?before=5-evt_a")).await.status, 400, "a file has no pages");
        assert!(browser.page(&format!("{LOG}?search=nergens")).await.says("Geen gebeurtenissen gevonden"));
    }

    async fn a_search_means_every_character_as_it_is(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        for subject in ["100% wol", "100x wol", "a_b", "axb", r"c\d", "Élan"] {
            write(server, &portal.id, Actor::App("Planbord"), subject, Timestamp::now()).await;
        }
        for (search, expected) in [("100%25", vec!["100% wol"]), ("a_b", vec!["a_b"]), (r"c%5Cd", vec![r"c\d"]), ("%C3%89LAN", vec!["Élan"]), ("%25", vec!["100% wol"])] {
            assert_eq!(found(&browser, &format!("search={search}")).await, expected, "{search}");
        }
        assert_eq!(found(&browser, "search=PLANBORD&action=api_key_created").await.len(), 6);
        assert_eq!(found(&browser, "search=x&action=api_key_revoked").await.len(), 0);
    }

    async fn days_are_those_of_the_portal(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        // Half past eleven in the evening and half past midnight, in Amsterdam.
        for (subject, at) in [("laat", "2026-11-23T22:30:00Z"), ("vroeg", "2026-11-23T23:30:00Z")] {
            write(server, &portal.id, Actor::System, subject, at.parse().unwrap()).await;
        }
        assert_eq!(found(&browser, "from=2026-11-23&to=2026-11-23").await, ["laat"]);
        assert_eq!(found(&browser, "from=2026-11-24&to=2026-11-24").await, ["vroeg"]);
        assert_eq!(found(&browser, "to=2026-11-24").await, ["vroeg", "laat"]);
        assert!(found(&browser, "from=2026-11-25&to=2026-11-24").await.is_empty());
        assert!(browser.page(&format!("{LOG}?to=2026-11-24")).await.says("24 nov 2026 00:30:00"));
    }

    async fn pages_follow_each_other_without_a_gap_though_all_happened_at_once(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let mut tx = server.db.begin().await.unwrap();
        for number in 0..120 {
            let subject = format!("sleutel {number:03}");
            let event = Event { action: Action::ApiKeyRevoked, actor: Actor::Operator, subject: &subject, portal: Some(&portal.id), developer: None, caller: None };
            event.record(&mut tx, "2026-11-24T12:00:00Z".parse().unwrap()).await.unwrap();
        }
        tx.commit().await.unwrap();
        let query = "action=api_key_revoked&search=sleutel";
        let (mut address, mut seen, mut sizes) = (format!("{LOG}?{query}"), Vec::new(), Vec::new());
        loop {
            let page = browser.page(&address).await;
            sizes.push(rows(&page).len());
            seen.extend(subjects(&page));
            match page.html.split(r#"href=""#).map(|rest| rest.split('"').next().unwrap()).find(|link| link.contains("before=")) {
                Some(link) => address = link.replace("&amp;", "&"),
                None => break,
            }
        }
        assert_eq!(sizes, [50, 50, 20]);
        let shown = seen.clone();
        seen.sort();
        assert_eq!(seen, (0..120).map(|number| format!("sleutel {number:03}")).collect::<Vec<_>>(), "each once");
        // The file holds the same, in the same order.
        let lines = csv(&browser.get(&format!("{LOG}/audit-log.csv?{query}")).await);
        assert_eq!(lines[0], ["Wanneer", "Wie", "Wat", "Betreft", "IP-adres", "Programma", "Code"]);
        assert_eq!(lines[1..].iter().map(|line| line[3].clone()).collect::<Vec<_>>(), shown);
        assert_eq!(lines[1][..3], ["2026-11-24T13:00:00+01:00", "De beheerder van de server", "API-sleutel ingetrokken"]);
        let json = browser.get(&format!("{LOG}/audit-log.json?{query}")).await.expect(200);
        assert_eq!(json.as_array().unwrap().iter().map(|event| event["subject"].as_str().unwrap()).collect::<Vec<_>>(), shown);
    }

    async fn a_file_is_separated_as_its_readers_spreadsheet_expects(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        write(server, &portal.id, Actor::App("een;twee,drie"), "x", Timestamp::now()).await;
        for (lang, first_line, cell) in [
            ("nl", "\u{feff}Wanneer;Wie;Wat;Betreft;IP-adres;Programma;Code\r\n", ";\"een;twee,drie (App)\";"),
            ("en", "\u{feff}When,Who,What,", ",\"een;twee,drie (App)\","),
        ] {
            browser.set_cookie("language", lang);
            let text = String::from_utf8(browser.get(&format!("{LOG}/audit-log.csv")).await.bytes).unwrap();
            assert!(text.starts_with(first_line) && text.contains(cell) && text.ends_with("\r\n"), "{text}");
        }
    }

    async fn a_long_log_is_saved_whole(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let mut tx = server.db.begin().await.unwrap();
        let now = Timestamp::now();
        for _ in 0..1001 {
            let event = Event { action: Action::ApiKeyRevoked, actor: Actor::System, subject: "x", portal: Some(&portal.id), developer: None, caller: None };
            event.record(&mut tx, now).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(csv(&browser.get(&format!("{LOG}/audit-log.csv?action=api_key_revoked")).await).len(), 1002);
        let json = browser.get(&format!("{LOG}/audit-log.json?action=api_key_revoked")).await.expect(200);
        let mut ids: Vec<&str> = json.as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 1001);
        let none = browser.get(&format!("{LOG}/audit-log.json?search=nergens")).await.expect(200);
        assert_eq!(none, Value::Array(Vec::new()));
    }

    async fn a_file_does_no_harm_in_a_spreadsheet(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        for subject in ["=1+1", "+1", "-1", "@a", "\t=1", "a,\"b\""] {
            write(server, &portal.id, Actor::App(subject), subject, Timestamp::now()).await;
        }
        let lines = csv(&browser.get(&format!("{LOG}/audit-log.csv?action=api_key_created")).await);
        for line in &lines[1..] {
            for cell in line {
                assert!(!cell.starts_with(['=', '+', '-', '@', '\t']), "{cell:?}");
            }
        }
        assert!(lines.iter().any(|line| line[3] == "'=1+1") && lines.iter().any(|line| line[3] == "a,b"), "{lines:?}");
    }

    async fn a_developer_reads_of_a_portal_its_name_only(server: &Server) {
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        app.connect(&browser).await;
        let (_, developers) = as_developer(server, &app.developer).await;
        let page = developers.page(&format!("{DEVELOPERS_LOG}?action=grant_allowed")).await;
        assert_eq!(rows(&page), [["Bakkerij Jansen  Portaal", "App toegang gegeven", "Boekhoud &lt;b&gt;Hulp&lt;/b&gt;", "–"]]);
        let file = developers.get(&format!("{DEVELOPERS_LOG}/audit-log.json")).await;
        assert!(!file.text().contains(&portal.owner_email) && file.text().contains("grant_allowed"), "{file}");
        // The portal's own log tells who it was.
        let page = browser.page(&format!("{LOG}?action=grant_allowed")).await;
        assert!(page.says(&portal.owner_email) && page.says(&own_address().to_string()), "{}", page.html);
        // Another developer sees nothing of it.
        let other = server.app().await;
        let (_, others) = as_developer(server, &other.developer).await;
        assert!(!others.get(&format!("{DEVELOPERS_LOG}/audit-log.json")).await.text().contains("grant_allowed"));
    }

    async fn a_portal_is_told_when_an_app_it_uses_is_gone(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        app.connect(&browser).await;
        let (email, developers) = as_developer(server, &app.developer).await;
        let delete = format!("/developers/apps/{}/delete", app.id);
        assert_eq!(developers.page(&delete).await.form().send(&developers).await.status, 303);
        let page = browser.page(&format!("{LOG}?action=app_deleted")).await;
        assert!(page.says("Koppelaars &amp; Zonen") && !page.says(&email), "{}", page.html);
        assert!(developers.page(&format!("{DEVELOPERS_LOG}?action=app_deleted")).await.says(&email));
    }

    async fn a_person_sees_what_was_done_with_their_account_and_tried_with_their_address(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let (other, others) = server.portal_and_browser().await;
        let id: AccountId = server.owner(&portal).await.id;
        let further = server.further_portal(&portal, "Tweede").await;
        for (actor, subject) in [(Actor::Person(&id, &portal.owner_email), "eigen"), (Actor::Stranger(&portal.owner_email), "poging"), (Actor::System, "server")] {
            write(server, &further, actor, subject, Timestamp::now()).await;
        }
        // What is told in the logs of two portals is shown once.
        let now = Timestamp::now();
        for portal_id in [&portal.id, &further] {
            write(server, portal_id, Actor::Person(&id, &portal.owner_email), "tweemaal", now).await;
        }
        let page = browser.page("/manage/account/activity?action=api_key_created").await;
        let mut told = subjects(&page);
        told.sort();
        assert_eq!(told, ["eigen", "poging", "tweemaal"]);
        let profile = browser.page("/manage/account").await;
        assert!(profile.says(">eigen<") && profile.says("/manage/account/activity"), "{}", profile.html);
        let strangers = others.page("/manage/account/activity").await;
        assert!(!strangers.says(">eigen<") && !strangers.says(&portal.owner_email), "{}", strangers.html);
        assert_eq!(others.get("/manage/account/activity?action=x").await.status, 400);
        let _ = other;
    }

    async fn events_are_added_and_never_changed(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let sandboxed = server.further_portal(&portal, "Weg").await;
        for id in [&portal.id, &sandboxed] {
            write(server, id, Actor::System, "blijft", Timestamp::now()).await;
        }
        let rewritten = server.db.execute("UPDATE audit_events SET subject = 'anders' WHERE portal_id = ?1", &[portal.id.to_param()]).await;
        assert!(rewritten.is_err(), "an event was changed");
        let deleted = server.db.execute("DELETE FROM audit_events WHERE portal_id = ?1", &[portal.id.to_param()]).await;
        assert!(deleted.is_err(), "an event was deleted");
        // Nor written over, be it found by its id or, on SQLite, by its place.
        let copy = |insert: &str, columns: &str, values: &str| {
            format!("{insert} INTO audit_events ({columns}, actor_kind, actor, action, subject, address, user_agent, search, created_at) SELECT {values}, actor_kind, actor, action, 'anders', address, user_agent, search, created_at FROM audit_events WHERE subject = 'blijft'")
        };
        let over: &[String] = match server.database.engine() {
            Engine::Sqlite => &[copy("INSERT OR REPLACE", "id", "id"), copy("REPLACE", "rowid, id", "rowid, 'evt_anders'")],
            Engine::Postgres => &[copy("INSERT", "id", "id") + " ON CONFLICT (id) DO UPDATE SET subject = EXCLUDED.subject"],
        };
        for statement in over {
            let statement: &'static str = statement.clone().leak();
            assert!(server.db.execute(statement, &[]).await.is_err(), "{statement}");
        }
        assert!(found(&browser, "search=blijft").await.len() == 1);
        // With its portal it goes.
        assert_eq!(server.db.execute("DELETE FROM portals WHERE id = ?1", &[sandboxed.to_param()]).await.unwrap(), 1);
        let left: Option<Single<i64>> = server.db.row("SELECT COUNT(*) AS value FROM audit_events WHERE portal_id = ?1", &[sandboxed.to_param()]).await.unwrap();
        assert_eq!(left.unwrap().0, 0);
    }

    async fn events_of_before_the_upgrade_are_found_and_stay_too(engine: Engine) {
        let database = Database::fresh(engine).await;
        let migrations = Migration::up_to("0009");
        for migration in &migrations {
            let number: u32 = migration.number().parse().unwrap();
            database.script(&migration.script(engine)).await;
            if number == 1 {
                database.script("CREATE TABLE schema_migrations (version BIGINT PRIMARY KEY)").await;
            }
            database.script(&format!("INSERT INTO schema_migrations (version) VALUES ({number})")).await;
        }
        database
            .script(
                "INSERT INTO portals (id, name, created_at) VALUES ('prt_oud', 'Oud', 1);
                 INSERT INTO audit_events (id, portal_id, account_id, actor, action, subject, address, user_agent, created_at) VALUES
                     ('evt_a', 'prt_oud', 'acc_a', 'Jan@example.nl', 'api_key_created', 'KASSA', '192.0.2.1', 'curl', 1),
                     ('evt_b', 'prt_oud', NULL, 'operator', 'api_key_revoked', 'KASSA', '', '', 2),
                     ('evt_c', 'prt_oud', NULL, 'Planbord', 'tokens_returned', 'Planbord', '192.0.2.1', '', 3),
                     ('evt_d', 'prt_oud', NULL, '', 'leak_reported', 'KASSA', '192.0.2.2', '', 4)",
            )
            .await;
        let db = database.open().await;
        let log = AuditLog::Portal(Store::open(db.reading(), "prt_oud".parse().unwrap()));
        let kinds: Vec<ActorKind> = log.search(&Filter::default(), None, 9).await.unwrap().events.iter().map(|event| event.actor_kind).collect();
        assert_eq!(kinds, [ActorKind::Stranger, ActorKind::App, ActorKind::Operator, ActorKind::Person]);
        let kassa = Filter { text: Some("jan@example.nl kassa 192.0.2.1".into()), ..Filter::default() };
        assert_eq!(log.search(&kassa, None, 9).await.unwrap().events.len(), 1);
        assert!(db.execute("DELETE FROM audit_events", &[]).await.is_err() && db.execute("UPDATE audit_events SET actor = ''", &[]).await.is_err());
    }

    async fn events_are_kept_for_as_long_as_is_set(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (portal, browser) = server.portal_and_browser().await;
        let now = Timestamp::now();
        let age = |days: i64| now - SignedDuration::from_hours(24 * days);
        for (subject, days) in [("jong", 1), ("oud", 399), ("ouder", 401)] {
            write(&server, &portal.id, Actor::System, subject, age(days)).await;
        }
        let own = "action=api_key_created";
        audit::clean_up(&server.cleaner(), 0, now).await.unwrap();
        assert_eq!(found(&browser, own).await, ["jong", "oud", "ouder"]);
        audit::clean_up(&server.cleaner(), server.server.config.audit_days, now).await.unwrap();
        assert_eq!(found(&browser, own).await, ["jong", "oud"]);
        audit::clean_up(&server.cleaner(), 30, now).await.unwrap();
        assert_eq!(found(&browser, own).await, ["jong"]);
    }
}
