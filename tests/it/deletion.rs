//! Renaming, deleting and restoring: a portal, a developer, an account.

use klantportaal::accounts::{Account, Organisation, Role};
use klantportaal::db::{Single, ToParam};
use serde_json::json;

use crate::support::{Answer, Browser, Instance, PASSWORD, Page, Portal};

const SETTINGS: &str = "/manage/settings/portal";
const DELETE: &str = "/manage/settings/portal/delete";

/// What is told of these kinds in the log of a portal or developer, or of an account.
async fn told(server: &Instance, column: &str, id: &str) -> Vec<String> {
    let sql = match column {
        "portal" => {
            "SELECT action AS value FROM audit_events WHERE portal_id = ?1 AND action LIKE 'portal_%' ORDER BY created_at, id"
        }
        "developer" => {
            "SELECT action AS value FROM audit_events WHERE developer_id = ?1 AND action LIKE 'developer_%' ORDER BY created_at, id"
        }
        _ => {
            "SELECT DISTINCT action AS value FROM audit_events WHERE account_id = ?1 AND action LIKE 'account_%' ORDER BY action"
        }
    };
    let rows: Vec<Single<String>> = server.db.rows(sql, &[id.to_param()]).await.unwrap();
    rows.into_iter().map(|Single(action)| action).collect()
}

fn location(answer: &Answer) -> &str {
    assert_eq!(answer.status, 303, "{answer}");
    answer.header("location").unwrap()
}

async fn delete_portal(browser: &Browser, name: &str) -> Answer {
    browser.page(DELETE).await.form().with("name", name).send(browser).await
}

/// A browser of the owner on the developer portal.
async fn developers_browser(server: &Instance, portal: &Portal) -> Browser {
    let browser = Browser::new(&server.url);
    let form = browser.page("/developers/login").await.form();
    form.with("email", &portal.owner_email).with("password", PASSWORD).send(&browser).await;
    browser
}

both_engines! {
    async fn an_owner_renames_the_portal_and_nobody_else_does(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let form = browser.page(SETTINGS).await.form();
        for wrong in ["", " ", &"x".repeat(101)] {
            assert!(Page::of(&form.clone().with("name", wrong).send(&browser).await).says("error-summary"), "{wrong}");
        }
        assert_eq!(location(&form.with("name", "Bakkerij Jansen & Zn.").send(&browser).await), SETTINGS);
        assert!(browser.page("/manage").await.says("Bakkerij Jansen &amp; Zn."));
        let (admin, email) = server.person("Beheerder").await;
        server.let_in(&Organisation::Portal(portal.id.clone()), &admin, Role::Admin).await;
        let admin = Browser::logged_in(&server.url, &email).await;
        assert!(!admin.page("/manage").await.says(SETTINGS));
        for path in [SETTINGS, DELETE] {
            assert_eq!(admin.get(path).await.status, 403);
            let fields = [("csrf".to_owned(), admin.csrf("manage").await), ("name".to_owned(), "Gekaapt".to_owned())];
            assert_eq!(admin.post(path, &fields).await.status, 403);
        }
        assert_eq!(server.cli(&["portal", "rename", portal.id.as_str(), "--name", "Derde"]).json(), json!({ "id": portal.id, "name": "Derde" }));
        assert_eq!(told(server, "portal", portal.id.as_str()).await, ["portal_renamed", "portal_renamed"]);
    }

    async fn a_deleted_portal_is_dead_at_once_and_comes_back_whole(server: &Server) {
        let (app, portal, tokens) = server.connected().await;
        let browser = Browser::logged_in(&server.url, &portal.owner_email).await;
        let (colleague, email) = server.person("Collega").await;
        server.let_in(&Organisation::Portal(portal.id.clone()), &colleague, Role::Member).await;
        let colleague = Browser::logged_in(&server.url, &email).await;
        let (key, api) = (portal.key().await, server.bearer(&tokens.access));
        let code = app.ask().allow(&browser).await.code();
        key.get("/v1/customers").await.expect(200);
        api.get("/v1/customers").await.expect(200);
        for wrong in ["", "Bakkerij", "bakkerij jansen"] {
            let again = delete_portal(&browser, wrong).await;
            assert!(Page::of(&again).says("error-summary"), "{wrong}: {again}");
        }
        key.get("/v1/customers").await.expect(200);
        assert_eq!(location(&delete_portal(&browser, " Bakkerij  Jansen ").await), "/manage/restore");
        key.get("/v1/customers").await.expect(401);
        api.get("/v1/customers").await.expect(401);
        app.refresh(&tokens.refresh).await.expect_oauth_error("invalid_grant");
        app.exchange(&code).await.expect_oauth_error("invalid_grant");
        let form = [("token", tokens.access.as_str())];
        assert_eq!(app.post("/oauth/introspect", &app.signed(&form), &[]).await.expect(200), json!({ "active": false }));
        assert_eq!(location(&colleague.get("/manage/customers").await), "/manage/portals/new", "no owner, nothing to restore");
        assert_eq!(location(&browser.get("/manage/customers").await), "/manage/restore");
        let fault = server.cli(&["api-key", "list", "--portal", portal.id.as_str()]);
        assert!(fault.fault().contains("portal restore"), "{fault:?}");
        // Nobody else restores it.
        let id = [("csrf".to_owned(), colleague.csrf("manage").await), ("id".to_owned(), portal.id.to_string())];
        let refused = colleague.post("/manage/restore", &id).await;
        assert_eq!((refused.status, refused.header("location")), (303, Some("/manage/restore")), "{refused}");
        let form = browser.page("/manage/restore").await.form();
        assert_eq!(location(&form.send(&browser).await), "/manage");
        key.get("/v1/customers").await.expect(200);
        api.get("/v1/customers").await.expect(200);
        assert_eq!(colleague.get("/manage/customers").await.status, 200);
        assert_eq!(told(server, "portal", portal.id.as_str()).await, ["portal_deleted", "portal_restored"]);
    }

    async fn the_mailed_link_restores_once_and_opening_it_does_not(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let key = portal.key().await;
        delete_portal(&browser, "Bakkerij Jansen").await;
        let link = server.mailbox(&portal.owner_email).link(1).await;
        let stranger = Browser::new(&server.url);
        for _ in 0..2 {
            stranger.page(&link).await;
            key.get("/v1/customers").await.expect(401);
        }
        let form = stranger.page(&link).await.form();
        assert_eq!(location(&form.send(&stranger).await), "/manage");
        key.get("/v1/customers").await.expect(200);
        assert!(form.send_to_page(&stranger).await.says("Deze link werkt niet meer"));
        assert_eq!(told(server, "portal", portal.id.as_str()).await, ["portal_deleted", "portal_restored"]);
    }

    async fn the_operator_deletes_and_restores_a_portal(server: &Server) {
        let portal = server.portal().await;
        let key = portal.key().await;
        let id = portal.id.as_str();
        let deleted = server.cli(&["portal", "delete", id]).json();
        assert_eq!((&deleted["id"], &deleted["deleted"]), (&json!(id), &json!(true)));
        key.get("/v1/customers").await.expect(401);
        for command in [&["portal", "delete", id][..], &["portal", "rename", id, "--name", "x"], &["portal", "restore", "prt_nergens"]] {
            assert!(server.cli(command).fault().contains("there is no"), "{command:?}");
        }
        assert_eq!(server.cli(&["portal", "restore", id]).json(), json!({ "id": id, "deleted": false }));
        key.get("/v1/customers").await.expect(200);
        assert!(server.cli(&["portal", "restore", id]).fault().contains("there is no"));
        for verb in ["rename", "delete", "restore"] {
            assert!(server.cli(&["portal", verb, "--help"]).stdout.contains("Example"));
        }
    }

    async fn a_deleted_developer_takes_its_apps_along_and_brings_them_back(server: &Server) {
        let (app, _, tokens) = server.connected().await;
        let owner = server.portal().await;
        let account = server.owner(&owner).await.id;
        server.let_in(&Organisation::Developer(app.developer.clone()), &account, Role::Owner).await;
        let browser = developers_browser(server, &owner).await;
        let api = server.bearer(&tokens.access);
        let form = browser.page("/developers/settings").await.form().with("name", "Koppelaars");
        assert_eq!(location(&form.send(&browser).await), "/developers/settings");
        let form = browser.page("/developers/settings/delete").await.form().with("name", "Koppelaars");
        assert_eq!(location(&form.send(&browser).await), "/developers/restore");
        api.get("/v1/customers").await.expect(401);
        app.refresh(&tokens.refresh).await.expect_oauth_status(401, "invalid_client");
        assert_eq!(location(&browser.get("/developers/apps").await), "/developers/restore");
        let form = browser.page("/developers/restore").await.form();
        assert_eq!(location(&form.send(&browser).await), "/developers");
        api.get("/v1/customers").await.expect(200);
        assert!(browser.page("/developers/apps").await.says(app.id.as_str()));
        assert_eq!(told(server, "developer", app.developer.as_str()).await.split_off(0), ["developer_renamed", "developer_deleted", "developer_restored"]);
    }

    async fn the_only_owner_is_told_what_to_do_before_the_account_goes(server: &Server) {
        let (portal, browser) = server.portal_and_browser().await;
        let id = server.owner(&portal).await.id;
        let path = "/manage/account/delete";
        let page = browser.page(path).await;
        assert!(page.says("Bakkerij Jansen") && page.says("Maak daar eerst iemand anders eigenaar"), "{}", page.html);
        let refused = browser.post(path, &[("csrf".to_owned(), page.csrf())]).await;
        assert_eq!((refused.status, refused.header("location")), (303, Some(path)), "the page says why: {refused}");
        let fault = server.cli(&["account", "delete", id.as_str()]);
        assert!(fault.fault().contains(portal.id.as_str()), "{fault:?}");
        assert_eq!(browser.get("/manage").await.status, 200, "nothing happened");
        // A disabled owner is nobody to leave the portal to.
        let (second, _) = server.person("Tweede").await;
        server.let_in(&Organisation::Portal(portal.id.clone()), &second, Role::Owner).await;
        server.cli(&["account", "disable", second.as_str()]).json();
        let refused = browser.post(path, &[("csrf".to_owned(), page.csrf())]).await;
        assert_eq!(refused.header("location"), Some(path), "{refused}");
        server.cli(&["account", "enable", second.as_str()]).json();
        assert_eq!(location(&browser.page(path).await.form().send(&browser).await), "/manage/login");
    }

    async fn a_deleted_account_comes_back_by_logging_in_or_by_mail(server: &Server) {
        let portal = server.portal().await;
        let id = server.owner(&portal).await.id;
        let (second, _) = server.person("Tweede").await;
        server.let_in(&Organisation::Portal(portal.id.clone()), &second, Role::Owner).await;
        let browser = Browser::logged_in(&server.url, &portal.owner_email).await;
        let elsewhere = Browser::logged_in(&server.url, &portal.owner_email).await;
        let key = portal.key().await;
        assert_eq!(location(&browser.page("/manage/account/delete").await.form().send(&browser).await), "/manage/login");
        for gone in [&browser, &elsewhere] {
            assert_eq!(location(&gone.get("/manage").await), "/manage/login");
        }
        key.get("/v1/customers").await.expect(200);
        // Only who has the password is told.
        let stranger = Browser::new(&server.url);
        assert!(!Page::of(&stranger.log_in(&portal.owner_email, "een verkeerd wachtwoord").await).says("verwijderd"));
        let offer = location(&stranger.log_in(&portal.owner_email, PASSWORD).await).to_owned();
        assert!(offer.starts_with("/manage/restore-account?token="), "{offer}");
        assert_eq!(location(&stranger.get("/manage").await), "/manage/login", "it is no session");
        let form = stranger.page(&offer).await.form();
        assert_eq!(location(&form.send(&stranger).await), "/manage/login");
        assert!(form.send_to_page(&stranger).await.says("Deze link werkt niet meer"));
        let browser = Browser::logged_in(&server.url, &portal.owner_email).await;
        assert_eq!(browser.get("/manage/customers").await.status, 200);
        // The link of the mail does the same; the first one ended with the restoring.
        let first = server.mailbox(&portal.owner_email).link(1).await;
        assert!(browser.page(&first).await.says("Deze link werkt niet meer"));
        browser.page("/manage/account/delete").await.form().send(&browser).await;
        let link = server.mailbox(&portal.owner_email).link(2).await;
        let form = stranger.page(&link).await.form();
        assert_eq!(location(&form.send(&stranger).await), "/manage/login");
        Browser::logged_in(&server.url, &portal.owner_email).await;
        assert_eq!(server.cli(&["account", "delete", id.as_str()]).json()["deleted"], true);
        assert!(server.cli(&["account", "delete", id.as_str()]).fault().contains("there is no account"));
        assert_eq!(server.cli(&["account", "restore", id.as_str()]).json(), json!({ "id": id, "deleted": false }));
        Browser::logged_in(&server.url, &portal.owner_email).await;
        assert_eq!(told(server, "account", id.as_str()).await, ["account_deleted", "account_restored"]);
    }

    async fn of_two_owners_who_delete_their_accounts_at_once_one_stays(server: &Server) {
        for _ in 0..5 {
            let portal = server.portal().await;
            let one = server.owner(&portal).await.id;
            let (two, _) = server.person("Tweede").await;
            server.let_in(&Organisation::Portal(portal.id.clone()), &two, Role::Owner).await;
            let delete = async |id| {
                let mut tx = server.db.begin().await.unwrap();
                let deleted = Account::delete(&mut tx, id, jiff::Timestamp::now()).await.unwrap().is_ok();
                if deleted {
                    tx.commit().await.unwrap();
                }
                deleted
            };
            let (first, second) = tokio::join!(delete(&one), delete(&two));
            assert!(first != second, "one of both: {first} {second}");
        }
    }

    async fn the_password_is_asked_before_anything_is_deleted(engine: Engine) {
        let server = crate::support::InProcess::start(engine).await;
        let (_, browser) = server.portal_and_browser().await;
        server.clock.advance(jiff::SignedDuration::from_mins(21));
        for path in ["/manage/account/delete", DELETE] {
            assert!(location(&browser.get(path).await).starts_with("/manage/reauthenticate?next="));
            let fields = [("csrf".to_owned(), browser.csrf("manage").await), ("name".to_owned(), "Bakkerij Jansen".to_owned())];
            assert!(location(&browser.post(path, &fields).await).starts_with("/manage/reauthenticate?next="));
        }
        assert_eq!(browser.get("/manage").await.status, 200);
    }
}
