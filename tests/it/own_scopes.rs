//! The operator's own scopes: available wherever the built-in ones are, and harmless when removed.

use klantportaal::i18n::Lang;

use crate::support::{Back, Browser, OwnScopes, PASSWORD, Server, Tokens};

const READ: (&str, [&str; 2]) =
    ("planning.read", ["Bekijken van de planning", "View the schedule"]);
const EXPORT: (&str, [&str; 2]) =
    ("archief.export", ["Alles uit het archief halen", "Take everything out of the archive"]);

/// Checks that a page tells of both scopes in both languages.
async fn expect_told(browser: &Browser, path: &str) {
    for (index, lang) in Lang::ALL.into_iter().enumerate() {
        browser.set_cookie("language", lang.tag());
        let page = browser.page(path).await;
        for (name, wording) in [READ, EXPORT] {
            assert!(
                page.says(&format!(">{name}</code>")),
                "{path} does not name {name}: {}",
                page.html
            );
            assert!(
                page.says(wording[index]) && !page.says(wording[1 - index]),
                "{path} in {lang:?}: {}",
                page.html
            );
        }
    }
}

both_engines! {
    async fn they_are_told_of_wherever_the_built_in_ones_are(engine: Engine) {
        let own = OwnScopes::start(engine).await;
        let (_, browser) = own.portal_and_browser().await;
        let app = own.app_with_scopes(&[READ.0, EXPORT.0]);
        let ask = app.ask().with("scope", "planning.read archief.export").path();
        for path in ["/manage/settings/api-keys/new", "/docs/scopes", &ask] {
            expect_told(&browser, path).await;
        }
        let developer = Browser::new(&own.url);
        let log_in = developer.page("/developers/login").await.form().with("email", &own.developer().1).with("password", PASSWORD);
        assert_eq!(log_in.send(&developer).await.status, 303);
        expect_told(&developer, "/developers/apps/new").await;
        let key_form = browser.page("/manage/settings/api-keys/new").await;
        assert!(key_form.says("Workshop&#39;s schedule") || key_form.says("Workshop's schedule"), "{}", key_form.html);
        assert_eq!(key_form.choices("scope"), ["appointments.read", "appointments.write", "customers.read", "customers.write", "filerequest.read", "filerequest.write", "files.read", "files.write", "fileshare.read", "fileshare.write", "punchcards.read", "punchcards.write", "tickets.read", "tickets.write", "webhooks.read", "webhooks.write", "archief.export", "planning.read", "planning.write"]);
        let metadata = own.nobody().get("/.well-known/oauth-authorization-server").await.expect(200);
        let supported: Vec<&str> = metadata["scopes_supported"].as_array().unwrap().iter().filter_map(|name| name.as_str()).collect();
        assert!(supported.starts_with(&["agreements.read"]) && supported.ends_with(&["archief.export", "planning.read", "planning.write"]), "{supported:?}");
    }

    async fn a_developer_may_ask_them_and_an_owner_may_tick_them(engine: Engine) {
        let own = OwnScopes::start(engine).await;
        let (portal, browser) = own.portal_and_browser().await;
        let form = browser.page("/manage/settings/api-keys/new").await.form().with("name", "Planner").with("scope", READ.0);
        assert_eq!(form.send(&browser).await.status, 200);
        let list = own.command(&["api-key", "list", "--portal", portal.id.as_str()]).json();
        assert_eq!(list[0]["scopes"], serde_json::json!([READ.0]));
        browser.set_cookie("language", "en");
        assert!(browser.page("/manage/settings/api-keys").await.says("Workshop's schedule"));

        let app = own.app_with_scopes(&[READ.0, EXPORT.0, "customers.read"]);
        let code = app.ask().with("scope", "planning.read archief.export").allow(&browser).await.code();
        let answer = app.exchange(&code).await;
        assert_eq!(answer.expect(200)["scope"], "archief.export planning.read");
        let refreshed = app.refresh_with(&Tokens::of(&answer).refresh, &[("scope", READ.0)]).await;
        assert_eq!(refreshed.expect(200)["scope"], READ.0);
        let beyond = Back::of(&browser.get(&app.ask().with("scope", "planning.write").path()).await);
        beyond.expect_error("invalid_scope", Some("xyz"));
        let apps = browser.page("/manage/settings/connected-apps").await;
        assert!(apps.says("Take everything out of the archive"), "{}", apps.html);
        // The API itself asks none of them.
        own.bearer(&Tokens::of(&answer).access).get("/v1/customers").await.expect(403);
    }

    async fn one_that_is_taken_out_gives_no_right_and_does_no_harm(engine: Engine) {
        let own = OwnScopes::start(engine).await;
        let portal = own.portal().await;
        let (_, key) = own.key(&portal, &[READ.0, "customers.read"]);
        let (_, _, database) = own.server.end("TERM");

        let server = Server::start_on(database, &[]).await;
        server.bearer(&key).get("/v1/customers").await.expect(200);
        let list = || server.cli(&["api-key", "list", "--portal", portal.id.as_str()]).json();
        assert_eq!(list()[0]["scopes"], serde_json::json!(["customers.read"]));
        let unknown = server.cli(&["api-key", "create", "--portal", portal.id.as_str(), "--name", "x", "--scope", READ.0]);
        assert!(unknown.fault().contains("unknown scope: planning.read"), "{unknown:?}");

        let own = OwnScopes::start_on(server.end("TERM").2).await;
        let list = own.command(&["api-key", "list", "--portal", portal.id.as_str()]).json();
        assert_eq!(list[0]["scopes"], serde_json::json!(["customers.read", READ.0]));
    }
}
