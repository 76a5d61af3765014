//! A deleted app stops working at once; its history in the portals stays visible.

use std::path::Path;

use futures_util::future::{join, join_all};
use jiff::{SignedDuration, Timestamp};
use klantportaal::accounts::Organisation;
use klantportaal::accounts::Role;
use klantportaal::clients::App as StoredApp;
use klantportaal::clients::{AppProtection, ClientKeys, delete_app, list_all_apps};
use klantportaal::db::{Single, ToParam};
use klantportaal::ids::GrantId;
use klantportaal::oauth::{ConnectedApp, clean_up};

use crate::support::{App, Browser, InProcess, Instance, PASSWORD, Portal};

const APPS: &str = "/manage/settings/connected-apps";

/// How many grants of an app count.
const LIVE: &str = "SELECT COUNT(*) AS value FROM grants WHERE app_id = ?1 AND revoked_at IS NULL";

async fn grant_of(portal: &Portal) -> GrantId {
    ConnectedApp::list(&portal.store).await.unwrap().remove(0).id
}

/// The browser of somebody of the app's developer.
async fn developers_browser(server: &Instance, app: &App) -> Browser {
    let (account, email) = server.person("Ontwikkelaar").await;
    server.let_in(&Organisation::Developer(app.developer.clone()), &account, Role::Owner).await;
    let browser = Browser::new(&server.url);
    let form = browser.page("/developers/login").await.form();
    assert_eq!(
        form.with("email", &email).with("password", PASSWORD).send(&browser).await.status,
        303
    );
    browser
}

async fn count(server: &Instance, sql: &'static str, app: &App) -> i64 {
    let count: Option<Single<i64>> = server.db.row(sql, &[app.id.to_param()]).await.unwrap();
    count.unwrap().0
}

both_engines! {
    async fn nothing_counts_an_app_that_was_deleted(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, (_, browser)) = (server.device_app(klantportaal::clients::ClientType::Confidential).await, server.portal_and_browser().await);
        let logo = klantportaal::values::Logo { logo: b"GIF89a\x01\0\x01\0\0\0\0".to_vec(), logo_type: "image/gif".into() };
        StoredApp::set_logo(&server.db, &app.developer, &app.id, Some(&logo)).await.unwrap();
        let (tokens, code, pushed) = (app.connect(&browser).await, app.code(&browser).await, app.ask_pushed(&app.ask()).await);
        let asked = app.post("/oauth/device", &app.signed(&[("scope", crate::support::SCOPE)]), &[]).await.expect(200);
        let device = format!("/manage/device?user_code={}", asked["user_code"].as_str().unwrap());
        assert_eq!(browser.get(&device).await.status, 200);
        let developers = developers_browser(&server, &app).await;
        let edit = developers.page(&format!("/developers/apps/{}/edit", app.id)).await.form();
        let delete = format!("/developers/apps/{}/delete", app.id);
        assert_eq!(developers.page(&delete).await.form().send(&developers).await.status, 303);

        server.bearer(&tokens.access).get("/v1/customers").await.expect(401);
        app.refresh(&tokens.refresh).await.expect_oauth_error("invalid_client");
        app.exchange(&code).await.expect_oauth_error("invalid_client");
        for path in ["/oauth/par", "/oauth/device", "/oauth/revoke", "/oauth/introspect"] {
            app.post(path, &app.signed(&[("token", &tokens.access), ("scope", "customers.read")]), &[]).await.expect_oauth_error("invalid_client");
        }
        for ask in [&app.ask(), &pushed] {
            assert_eq!(browser.get(&ask.path()).await.status, 400);
        }
        assert!(browser.page(&device).await.says("field-user_code-error"));
        assert_eq!(browser.get(&format!("/oauth/apps/{}/logo", app.id)).await.status, 404);
        for page in ["", "/usage", "/edit", "/rotate", "/keys", "/delete", "/logo"] {
            assert_eq!(developers.get(&format!("/developers/apps/{}{page}", app.id)).await.status, 404, "{page}");
        }
        let csrf = developers.csrf("developers").await;
        for page in ["/rotate", "/keys", "/keys/remove", "/delete"] {
            let path = format!("/developers/apps/{}{page}", app.id);
            assert_eq!(developers.post(&path, &[("csrf".into(), csrf.clone())]).await.status, 404, "{page}");
        }
        let body = format!("--grens\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n--grens--\r\n");
        assert_eq!(developers.post_raw(&edit.action, "multipart/form-data; boundary=grens", body, &[]).await.status, 404);
        assert!(!developers.page("/developers/apps").await.says(app.id.as_str()));
        assert!(list_all_apps(&server.db).await.unwrap().iter().all(|known| known.id != app.id));

        // Nor what lies below the pages.
        let (db, now) = (&server.db, Timestamp::now());
        assert!(delete_app(db, &app.developer, &app.id, now).await.is_err(), "once is enough");
        assert!(StoredApp::set_logo(db, &app.developer, &app.id, None).await.is_err());
        assert!(AppProtection::default().save(db, &app.developer, &app.id).await.is_err());
        assert!(ClientKeys::of(db, &app.id).await.unwrap().is_none());
        let mut tx = db.begin().await.unwrap();
        assert!(StoredApp::hold(&mut tx, &app.id).await.is_err());
        drop(tx);
        assert_eq!(count(&server, "SELECT COUNT(*) AS value FROM app_secrets WHERE app_id = ?1", &app).await, 0);
    }

    async fn a_portal_still_sees_what_a_deleted_app_did(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        let tokens = app.connect(&browser).await;
        server.bearer(&tokens.access).get("/v1/customers/cst_buit").await.expect(404);
        let grant = grant_of(&portal).await;
        let path = format!("{APPS}/{grant}");
        // Whether the requests were written down before, or are still in memory.
        for written in [true, false] {
            if written {
                assert!(browser.page(&path).await.says("/v1/customers/cst_buit"));
                server.bearer(&tokens.access).get("/v1/customers/cst_laatste").await.expect(404);
                delete_app(&server.db, &app.developer, &app.id, Timestamp::now()).await.unwrap();
            }
            server.bearer(&tokens.access).get("/v1/customers/cst_daarna").await.expect(401);
            let page = browser.page(&path).await;
            for called in ["cst_buit", "cst_laatste", "cst_daarna"] {
                assert!(page.says(called), "{called}: {}", page.html);
            }
            assert!(page.says("Boekhoud &lt;b&gt;Hulp&lt;/b&gt;") && page.says(&portal.owner_email), "{}", page.html);
            assert!(page.says("De ontwikkelaar heeft de app verwijderd"), "{}", page.html);
        }
        let list = browser.page(APPS).await;
        assert!(list.says(&path) && list.says("De ontwikkelaar heeft de app verwijderd"), "{}", list.html);
        assert!(ConnectedApp::list(&portal.store).await.unwrap().is_empty());
        // It goes for good when its last requests do.
        let now = Timestamp::now();
        clean_up(&server.cleaner(), now + SignedDuration::from_hours(29 * 24)).await.unwrap();
        assert_eq!(ConnectedApp::find_also_ended(&portal.store, &grant).await.unwrap().app_id, app.id);
        clean_up(&server.cleaner(), now + SignedDuration::from_hours(31 * 24)).await.unwrap();
        assert!(ConnectedApp::find_also_ended(&portal.store, &grant).await.is_err());
        for left in [
            "SELECT COUNT(*) AS value FROM apps WHERE id = ?1",
            "SELECT COUNT(*) AS value FROM grants WHERE app_id = ?1",
            "SELECT COUNT(*) AS value FROM request_log_segments WHERE app_id = ?1",
        ] {
            assert_eq!(count(&server, left, &app).await, 0, "{left}");
        }
    }

    async fn no_consent_outlives_the_deletion_of_its_app(server: &Server) {
        for _ in 0..6 {
            let app = server.app().await;
            let mut forms = Vec::new();
            for _ in 0..3 {
                let (portal, browser) = server.portal_and_browser().await;
                forms.push((app.ask().form(&browser).await.with("decision", "allow"), browser, portal));
            }
            let consents = join_all(forms.iter().map(|(form, browser, _)| form.send(browser)));
            let (answers, deleted) = join(consents, delete_app(&server.db, &app.developer, &app.id, Timestamp::now())).await;
            deleted.unwrap();
            for answer in answers {
                assert!(matches!(answer.status, 303 | 400 | 404), "{answer}");
            }
            assert_eq!(count(server, LIVE, &app).await, 0);
        }
    }

    async fn a_consent_that_is_being_given_is_withdrawn_by_the_deletion(server: &Server) {
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        app.connect(&browser).await;
        portal.revoke_grant(&grant_of(&portal).await, Timestamp::now()).await.unwrap();
        // As a consent does: the app is locked, and its grant is there again once this is committed.
        let mut tx = server.db.begin().await.unwrap();
        StoredApp::hold(&mut tx, &app.id).await.unwrap();
        tx.execute("UPDATE grants SET revoked_at = NULL WHERE app_id = ?1", &[app.id.to_param()]).await.unwrap();
        let (db, developer, id) = (server.db.clone(), app.developer.clone(), app.id.clone());
        let deleted = tokio::spawn(async move { delete_app(&db, &developer, &id, Timestamp::now()).await });
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        tx.commit().await.unwrap();
        deleted.await.unwrap().unwrap();
        assert_eq!(count(server, LIVE, &app).await, 0);
    }
}

/// The statements of the source that name the table of apps, each with its file.
fn statements(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            statements(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            let names = |text: &str| {
                ["FROM apps", "JOIN apps", "UPDATE apps", "INTO apps"]
                    .iter()
                    .any(|words| text.contains(words))
            };
            found.extend(
                source
                    .split('"')
                    .filter(|text| names(text))
                    .map(|text| (path.display().to_string(), text.to_owned())),
            );
        }
    }
}

#[test]
fn every_statement_about_apps_says_whether_deleted_ones_count() {
    let mut found = Vec::new();
    statements(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() >= 14, "{found:?}");
    for (file, sql) in found {
        // A new app is not deleted; who revoked which consent, and what was changed under one, is
        // told of deleted ones too; and a developer's row stays for them; and their logos take room.
        let is_exception = sql.starts_with("INSERT INTO apps")
            || sql.starts_with("DELETE FROM developers")
            || sql.starts_with("SELECT a.name AS value FROM grants g")
            || sql.starts_with("INSERT INTO history")
            || sql.starts_with("SELECT CAST(COALESCE(SUM(LENGTH(logo))")
            || sql.starts_with("SELECT g.portal_id, a.developer_id, a.name FROM grants g");
        assert!(
            is_exception || sql.contains("deleted_at"),
            "{file} reads or changes apps that are deleted: {sql}"
        );
    }
}
