//! Disabling an account, developer or app: takes effect on the next request, and can be reversed.

use klantportaal::accounts::{HeldTeam, Organisation, Role};
use klantportaal::clients::ClientType;
use klantportaal::db::{Single, ToParam};
use serde_json::{Value, json};

use crate::support::{Browser, Page, SCOPE, Server, access_token};

fn run(server: &Server, command: &[&str]) -> Value {
    server.cli(command).json()
}

/// What the log tells of somebody or something with this subject.
async fn told(server: &Server, subject: &str) -> Vec<String> {
    let sql = "SELECT action AS value FROM audit_events WHERE subject = ?1 AND actor_kind = 'operator' ORDER BY created_at, id";
    let rows: Vec<Single<String>> = server.db.rows(sql, &[subject.to_param()]).await.unwrap();
    rows.into_iter().map(|Single(action)| action).collect()
}

both_engines! {
    async fn a_disabled_account_is_logged_out_and_cannot_log_in(server: &Server) {
        let portal = server.portal().await;
        let id = server.owner(&portal).await.id;
        let browser = Browser::logged_in(&server.url, &portal.owner_email).await;
        let key = portal.key().await;
        assert_eq!(run(server, &["account", "disable", id.as_str()]), json!({ "id": id, "disabled": true }));
        let out = browser.get("/manage").await;
        assert_eq!((out.status, out.header("location")), (303, Some("/manage/login")), "{out}");
        // Who has the password is told; who hasn't learns nothing.
        let stranger = Browser::new(&server.url);
        let wrong = stranger.log_in(&portal.owner_email, "een verkeerd wachtwoord").await;
        assert_eq!(wrong.status, 200);
        assert!(!wrong.text().contains("uitgeschakeld"), "{wrong}");
        let refused = browser.log_in(&portal.owner_email, crate::support::PASSWORD).await;
        assert_eq!(refused.status, 403, "{refused}");
        assert!(Page::of(&refused).says("Dit account is uitgeschakeld"), "{refused}");
        assert!(browser.cookie("manage").is_none_or(|cookie| cookie.is_empty()) || browser.get("/manage").await.status == 303);
        // The portal's own keys are not the person's.
        key.get("/v1/customers").await.expect(200);
        assert_eq!(run(server, &["account", "enable", id.as_str()])["disabled"], false);
        assert_eq!(browser.log_in(&portal.owner_email, crate::support::PASSWORD).await.status, 303);
        assert_eq!(browser.get("/manage").await.status, 200);
        // Nothing changed, nothing told.
        run(server, &["account", "enable", id.as_str()]);
        assert_eq!(told(server, &portal.owner_email).await, ["account_disabled", "account_enabled"]);
        let page = browser.page("/manage/account/activity").await;
        assert!(page.says("Account weer ingeschakeld"), "the person sees it");
    }

    async fn a_log_in_under_way_ends_with_the_account(server: &Server) {
        let portal = server.portal().await;
        let id = server.owner(&portal).await.id;
        let sql = "INSERT INTO totp_factors (account_id, secret, last_step, created_at) VALUES (?1, ?2, 0, 0)";
        server.db.execute(sql, &[id.to_param(), b"12345678901234567890".to_vec().to_param()]).await.unwrap();
        let browser = Browser::new(&server.url);
        let step = browser.log_in(&portal.owner_email, crate::support::PASSWORD).await;
        let step = step.header("location").unwrap().to_owned();
        assert!(step.starts_with("/manage/login/second-factor"), "{step}");
        run(server, &["account", "disable", id.as_str()]);
        assert_eq!(browser.get(&step).await.status, 303, "from the password on again");
        assert_eq!(run(server, &["account", "reset-factors", id.as_str()]), json!({ "id": id, "reset": true }));
        assert_eq!(run(server, &["account", "reset-factors", id.as_str()]), json!({ "id": id, "reset": false }));
        run(server, &["account", "enable", id.as_str()]);
        Browser::logged_in(&server.url, &portal.owner_email).await;
        assert_eq!(told(server, &portal.owner_email).await, ["account_disabled", "factors_reset", "account_enabled"]);
    }

    async fn the_operator_logs_somebody_out_everywhere(server: &Server) {
        let portal = server.portal().await;
        let id = server.owner(&portal).await.id;
        let one = Browser::logged_in(&server.url, &portal.owner_email).await;
        let other = Browser::logged_in(&server.url, &portal.owner_email).await;
        let listed = run(server, &["account", "list", "--email", &portal.owner_email.to_uppercase()]);
        assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
        let row = &listed[0];
        assert_eq!((&row["id"], &row["sessions"], &row["portals"], &row["verified"]), (&json!(id), &json!(2), &json!(1), &json!(true)));
        assert_eq!(run(server, &["account", "end-sessions", id.as_str()]), json!({ "id": id, "endedSessions": 2 }));
        for browser in [one, other] {
            assert_eq!(browser.get("/manage").await.status, 303);
        }
        assert_eq!(told(server, &portal.owner_email).await, ["all_sessions_ended"]);
    }

    async fn a_disabled_owner_does_not_count_as_one(server: &Server) {
        let portal = server.portal().await;
        let (owner, organisation) = (server.owner(&portal).await.id, Organisation::Portal(portal.id.clone()));
        let (second, _) = server.person("Tweede").await;
        server.let_in(&organisation, &second, Role::Owner).await;
        run(server, &["account", "disable", second.as_str()]);
        let mut team = HeldTeam::hold(server.db.begin().await.unwrap(), &organisation, &owner).await.unwrap();
        assert!(team.leave(jiff::Timestamp::now()).await.is_err(), "nobody would be left who can log in");
        drop(team);
        run(server, &["account", "enable", second.as_str()]);
        let mut team = HeldTeam::hold(server.db.begin().await.unwrap(), &organisation, &owner).await.unwrap();
        team.leave(jiff::Timestamp::now()).await.unwrap();
    }

    async fn a_disabled_app_is_dead_and_its_developer_too(server: &Server) {
        let (app, portal, tokens) = server.connected().await;
        let browser = Browser::logged_in(&server.url, &portal.owner_email).await;
        let api = server.bearer(&tokens.access);
        for (noun, id) in [("app", app.id.as_str()), ("developer", app.developer.as_str())] {
            api.get("/v1/customers").await.expect(200);
            let code = app.ask().allow(&browser).await.code();
            assert_eq!(run(server, &[noun, "disable", id]), json!({ "id": id, "disabled": true }));
            let message = api.get("/v1/customers").await.expect(401)["message"].clone();
            assert!(message.as_str().unwrap().contains("revoked"), "{message}");
            app.exchange(&code).await.expect_oauth_status(401, "invalid_client");
            app.refresh(&tokens.refresh).await.expect_oauth_status(401, "invalid_client");
            let page = browser.get(&app.ask().path()).await;
            assert_eq!(page.status, 400, "{page}");
            assert!(Page::of(&page).says("Deze app is uitgeschakeld"), "{page}");
            // The owner still sees it, and can take its access away.
            assert!(browser.page("/manage/settings/connected-apps").await.says("/connected-apps/grt_"));
            assert_eq!(run(server, &[noun, "enable", id])["disabled"], false);
        }
        api.get("/v1/customers").await.expect(200);
        let refreshed = access_token(&app.refresh(&tokens.refresh).await);
        server.bearer(&refreshed).get("/v1/customers").await.expect(200);
        let grants = run(server, &["grant", "list", "--portal", portal.id.as_str()]);
        run(server, &["app", "disable", app.id.as_str()]);
        let path = format!("/manage/settings/connected-apps/{}/revoke", grants[0]["id"].as_str().unwrap());
        assert_eq!(browser.page(&path).await.form().send(&browser).await.status, 303);
    }

    async fn a_device_of_a_disabled_app_gets_nothing(server: &Server) {
        let app = server.device_app(ClientType::Public).await;
        let (_, browser) = server.portal_and_browser().await;
        let asked = app.post("/oauth/device", &app.signed(&[("scope", SCOPE)]), &[]).await.expect(200);
        run(server, &["app", "disable", app.id.as_str()]);
        let path = format!("/manage/device?user_code={}", asked["user_code"].as_str().unwrap());
        assert!(browser.page(&path).await.forms().iter().all(|form| form.field("decision").is_none()));
        let exchange = [("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", asked["device_code"].as_str().unwrap())];
        app.call(&app.signed(&exchange)).await.expect_oauth_status(401, "invalid_client");
    }

    async fn people_of_a_disabled_developer_are_told_so(server: &Server) {
        let portal = server.portal().await;
        let account = server.owner(&portal).await.id;
        let app = server.app().await;
        server.let_in(&Organisation::Developer(app.developer.clone()), &account, Role::Owner).await;
        let browser = Browser::new(&server.url);
        let form = browser.page("/developers/login").await.form();
        form.with("email", &portal.owner_email).with("password", crate::support::PASSWORD).send(&browser).await;
        let apps = "/developers/apps";
        assert!(browser.page(apps).await.says(app.id.as_str()));
        run(server, &["developer", "disable", app.developer.as_str()]);
        for path in [apps, "/developers/welcome"] {
            let refused = browser.get(path).await;
            assert_eq!(refused.status, 403, "{refused}");
            assert!(Page::of(&refused).says("heeft je organisatie uitgeschakeld"), "{refused}");
        }
        let listed = run(server, &["developer", "list"]);
        let row = listed.as_array().unwrap().iter().find(|row| row["id"] == app.developer.as_str()).unwrap();
        assert!(row["disabledAt"].is_string() && row["apps"] == 1, "{row}");
        run(server, &["developer", "enable", app.developer.as_str()]);
        assert!(browser.page(apps).await.says(app.id.as_str()));
    }

    async fn unknown_ids_and_ids_of_another_kind_are_refused(server: &Server) {
        for (command, id, said) in [
            (["account", "disable"], "acc_nergens", "there is no account acc_nergens"),
            (["account", "enable"], "acc_nergens", "there is no account acc_nergens"),
            (["account", "end-sessions"], "acc_nergens", "there is no account acc_nergens"),
            (["account", "reset-factors"], "acc_nergens", "there is no account acc_nergens"),
            (["developer", "disable"], "dev_nergens", "there is no developer dev_nergens"),
            (["developer", "enable"], "dev_nergens", "there is no developer dev_nergens"),
            (["app", "disable"], "app_nergens", "there is no app app_nergens"),
            (["app", "enable"], "app_nergens", "there is no app app_nergens"),
            (["account", "disable"], "prt_abc", "not an id that starts with acc_"),
            (["app", "disable"], "dev_abc", "not an id that starts with app_"),
        ] {
            let ran = server.cli(&[command[0], command[1], id]);
            assert!(ran.fault().contains(said), "{ran:?}");
            let help = server.cli(&[command[0], command[1], "--help"]);
            assert!(help.success && help.stdout.contains("Example:"), "{help:?}");
        }
    }
}
