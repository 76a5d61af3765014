//! The device authorization grant (RFC 8628): a code on a device, entered in a browser elsewhere.

use jiff::SignedDuration;
use klantportaal::clients::ClientType;
use klantportaal::db::{Single, ToParam};
use klantportaal::oauth::{ConnectedApp, Consent};
use serde_json::json;

use crate::support::{
    Answer, App, Browser, CALLBACK, FilledForm, InProcess, Instance, PASSWORD, Page, Portal, SCOPE,
    SigningKey, Tokens, access_token,
};

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const PAGE: &str = "/manage/device";

/// What a device got.
struct Device<'a> {
    app: &'a App,
    code: String,
    user_code: String,
}

impl<'a> Device<'a> {
    async fn start(app: &'a App) -> Self {
        Self::asking(app, SCOPE).await
    }

    async fn asking(app: &'a App, scope: &str) -> Self {
        let body =
            app.post("/oauth/device", &app.signed(&[("scope", scope)]), &[]).await.expect(200);
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Self { app, code: text("device_code"), user_code: text("user_code") }
    }

    fn fields(&self) -> [(&str, &str); 2] {
        [("grant_type", GRANT_TYPE), ("device_code", &self.code)]
    }

    async fn poll(&self) -> Answer {
        self.app.call(&self.app.signed(&self.fields())).await
    }

    fn path(&self) -> String {
        format!("{PAGE}?user_code={}", self.user_code)
    }

    /// The consent form, with its button still to be chosen.
    async fn form(&self, browser: &Browser) -> FilledForm {
        let page = browser.page(&self.path()).await;
        assert!(page.says("name=\"decision\""), "{}", page.html);
        page.form()
    }

    async fn allow(&self, browser: &Browser) {
        let answer = self.form(browser).await.with("decision", "allow").send(browser).await;
        assert_eq!(answer.header("location"), Some("/manage/device/allowed"), "{answer}");
        browser.page("/manage/device/allowed").await;
    }
}

/// What the page says of a code that does not count.
async fn refused(browser: &Browser, typed: &str) -> Page {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("user_code", typed)
        .finish();
    let page = browser.page(&format!("{PAGE}?{query}")).await;
    assert!(!page.says("name=\"decision\"") && page.says("field-user_code-error"), "{}", page.html);
    page
}

async fn events(server: &Instance, portal: &Portal) -> i64 {
    let sql = "SELECT COUNT(*) AS value FROM audit_events WHERE portal_id = ?1 AND action = 'grant_allowed' AND address <> ''";
    server.db.row::<Single<i64>>(sql, &[portal.id.to_param()]).await.unwrap().unwrap().0
}

both_engines! {
    async fn a_device_that_asked_while_the_clock_stood_ahead_is_not_slowed_today(engine: Engine) {
        let server = InProcess::start(engine).await;
        let app = server.device_app(ClientType::Public).await;
        let device = Device::start(&app).await;
        let ahead = SignedDuration::from_mins(5);
        server.clock.set_wall_clock(ahead);
        device.poll().await.expect_oauth_error("authorization_pending");
        server.clock.set_wall_clock(-ahead);
        server.clock.advance(SignedDuration::from_secs(6));
        device.poll().await.expect_oauth_error("authorization_pending");
    }

    /// A double click, or Back and the same button again.
    async fn the_same_decision_again_is_done(server: &Server) {
        let (app, (portal, browser), (_, other)) = (server.device_app(ClientType::Public).await, server.portal_and_browser().await, server.portal_and_browser().await);
        for (decision, page, opposite) in [("allow", "allowed", "deny"), ("deny", "denied", "allow")] {
            let device = Device::start(&app).await;
            let form = device.form(&browser).await;
            let click = async |decision: &str| form.clone().with("decision", decision).send(&browser).await;
            let (one, two) = tokio::join!(click(decision), click(decision));
            for answer in [one, two, click(decision).await] {
                assert_eq!(answer.header("location"), Some(format!("{PAGE}/{page}").as_str()), "{answer}");
            }
            // The opposite, and somebody else's, is none.
            let answer = click(opposite).await;
            assert!(answer.status == 200 && answer.text().contains("field-user_code-error"), "{answer}");
            let foreign = form.clone().with("csrf", &other.csrf("manage").await).with("decision", decision);
            assert_eq!(foreign.send(&other).await.status, 200);
        }
        assert_eq!(events(server, &portal).await, 1);
    }

    async fn how_many_codes_wait_for_their_owners_is_bounded(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, confidential) = (server.device_app(ClientType::Public).await, server.device_app(ClientType::Confidential).await);
        let ask = async |app: &App| app.post("/oauth/device", &app.signed(&[("scope", SCOPE)]), &[]).await;
        // 300, and one more for each two seconds that this takes.
        let mut kept = 0;
        let slowed = loop {
            let answer = ask(&app).await;
            if answer.status == 429 {
                break answer;
            }
            answer.expect(200);
            kept += 1;
            assert!(kept < 3_000, "never slowed");
        };
        assert!(kept >= 300, "slowed after {kept}");
        slowed.expect_oauth_status(429, "temporarily_unavailable");
        assert!((1..=2).contains(&slowed.number("retry-after")), "{slowed}");
        ask(&confidential).await.expect(200);
        app.push(&app.ask()).await.expect(201);
        server.clock.advance(SignedDuration::from_secs(slowed.number("retry-after")));
        ask(&app).await.expect(200);
    }

    async fn a_device_gets_its_tokens_once_the_owner_allows(server: &Server) {
        for kind in ClientType::ALL {
            let (app, (portal, browser)) = (server.device_app(kind).await, server.portal_and_browser().await);
            let answer = app.post("/oauth/device", &app.signed(&[("scope", SCOPE), ("resource", &format!("{}/v1", app.url))]), &[]).await;
            let body = answer.expect(200);
            assert_eq!((answer.header("cache-control"), &body["expires_in"], &body["interval"]), (Some("no-store"), &json!(600), &json!(5)), "{answer}");
            let user_code = body["user_code"].as_str().unwrap();
            assert_eq!(body["verification_uri"], format!("{}{PAGE}", server.url));
            assert_eq!(body["verification_uri_complete"], format!("{}{PAGE}?user_code={user_code}", server.url));
            let device = Device { app: &app, code: body["device_code"].as_str().unwrap().into(), user_code: user_code.into() };
            device.poll().await.expect_oauth_error("authorization_pending");
            let page = browser.page(&device.path()).await;
            for said in ["Boekhoud &lt;b&gt;Hulp&lt;/b&gt;", "Koppelaars &amp; Zonen", "customers.write", user_code] {
                assert!(page.says(said), "{said}: {}", page.html);
            }
            device.allow(&browser).await;
            let answer = device.poll().await;
            assert_eq!((&answer.expect(200)["scope"], &answer.json()["token_type"]), (&json!(SCOPE), &json!("Bearer")), "{answer}");
            let tokens = Tokens::of(&answer);
            server.bearer(&tokens.access).get("/v1/customers").await.expect(200);
            let refreshed = access_token(&app.refresh(&tokens.refresh).await);
            server.bearer(&refreshed).get("/v1/customers").await.expect(200);
            let consents = Consent::list(&portal.store, &ConnectedApp::list(&portal.store).await.unwrap()[0].id).await.unwrap();
            assert_eq!((consents.len(), consents[0].asked.to_string(), events(server, &portal).await), (1, SCOPE.to_owned(), 1));
        }
    }

    async fn the_code_is_typed_in_any_way_after_logging_in(server: &Server) {
        let (app, portal) = (server.device_app(ClientType::Public).await, server.portal().await);
        let device = Device::start(&app).await;
        let stranger = Browser::new(&server.url);
        let to_log_in = stranger.get(&device.path()).await;
        let form = stranger.page(to_log_in.header("location").unwrap()).await.form().with("email", &portal.owner_email).with("password", PASSWORD);
        assert_eq!(form.send(&stranger).await.header("location"), Some(device.path().as_str()));
        let empty = stranger.page(PAGE).await;
        assert!(empty.says("name=\"user_code\"") && !empty.says("field-user_code-error"), "{}", empty.html);
        let letters = device.user_code.replace('-', "");
        for typed in [letters.to_lowercase(), format!("%20{}%20", device.user_code), format!("{}+{}", &letters[..4], &letters[4..])] {
            assert!(stranger.page(&format!("{PAGE}?user_code={typed}")).await.says("name=\"decision\""), "{typed}");
        }
        device.allow(&stranger).await;
        device.poll().await.expect(200);
        refused(&stranger, &device.user_code).await;
    }

    async fn a_device_that_is_declined_is_told_so(server: &Server) {
        let (app, (portal, browser)) = (server.device_app(ClientType::Confidential).await, server.portal_and_browser().await);
        let device = Device::start(&app).await;
        let form = device.form(&browser).await;
        assert_eq!(form.clone().with("decision", "deny").send(&browser).await.header("location"), Some("/manage/device/denied"));
        browser.page("/manage/device/denied").await;
        for _ in 0..2 {
            device.poll().await.expect_oauth_error("access_denied");
        }
        // What was decided stays so.
        let again = form.with("decision", "allow").send(&browser).await;
        assert!(again.status == 200 && Page::of(&again).says("field-user_code-error"), "{again}");
        device.poll().await.expect_oauth_error("access_denied");
        assert!(ConnectedApp::list(&portal.store).await.unwrap().is_empty());
        assert_eq!(events(server, &portal).await, 0);
    }

    async fn two_decisions_at_once_are_one(server: &Server) {
        let (app, (portal, browser)) = (server.device_app(ClientType::Public).await, server.portal_and_browser().await);
        let device = Device::start(&app).await;
        let form = device.form(&browser).await;
        let (allow, deny) = (form.clone().with("decision", "allow"), form.with("decision", "deny"));
        let (one, two) = tokio::join!(allow.send(&browser), deny.send(&browser));
        assert_eq!([&one, &two].iter().filter(|answer| answer.status == 303).count(), 1, "{one} {two}");
        let answer = device.poll().await;
        let connected = ConnectedApp::list(&portal.store).await.unwrap().len();
        if one.status == 303 { answer.expect(200); } else { answer.expect_oauth_error("access_denied") }
        assert_eq!(connected, usize::from(one.status == 303));
    }

    async fn a_code_works_once_and_a_second_use_ends_its_tokens(server: &Server) {
        let (app, (_, browser)) = (server.device_app(ClientType::Public).await, server.portal_and_browser().await);
        let device = Device::start(&app).await;
        device.allow(&browser).await;
        let (one, two) = tokio::join!(device.poll(), device.poll());
        let tokens: Vec<Tokens> = [&one, &two].into_iter().filter(|answer| answer.status == 200).map(Tokens::of).collect();
        assert_eq!(tokens.len(), 1, "{one} {two}");
        device.poll().await.expect_oauth_error("invalid_grant");
        server.bearer(&tokens[0].access).get("/v1/customers").await.expect(401);
        app.refresh(&tokens[0].refresh).await.expect_oauth_error("invalid_grant");
    }

    async fn a_code_is_of_no_use_to_another_app(server: &Server) {
        let (app, other) = (server.device_app(ClientType::Public).await, server.device_app(ClientType::Confidential).await);
        let (_, browser) = server.portal_and_browser().await;
        let device = Device::start(&app).await;
        device.allow(&browser).await;
        other.call(&other.signed(&device.fields())).await.expect_oauth_error("invalid_grant");
        device.poll().await.expect(200);
    }

    async fn an_app_uses_the_flow_only_if_its_developer_wants_it(server: &Server) {
        let (app, (_, browser)) = (server.device_app(ClientType::Confidential).await, server.portal_and_browser().await);
        let without = server.app().await;
        without.post("/oauth/device", &without.signed(&[("scope", SCOPE)]), &[]).await.expect_oauth_error("unauthorized_client");
        without.call(&without.signed(&[("grant_type", GRANT_TYPE), ("device_code", "kpd_x")])).await.expect_oauth_error("unauthorized_client");
        let device = Device::start(&app).await;
        server.db.execute("UPDATE apps SET device_flow = FALSE WHERE id = ?1", &[app.id.to_param()]).await.unwrap();
        refused(&browser, &device.user_code).await;
        device.poll().await.expect_oauth_error("unauthorized_client");
    }

    async fn faulty_requests_are_told_what_is_wrong(server: &Server) {
        let app = server.device_app(ClientType::Confidential).await;
        let ask = async |fields: &[(&str, &str)]| app.post("/oauth/device", &app.signed(fields), &[]).await;
        for (fields, error) in [
            (&[][..], "invalid_scope"),
            (&[("scope", "nonsense")], "invalid_scope"),
            (&[("scope", "files.read")], "invalid_scope"),
            (&[("scope", " ")], "invalid_scope"),
            (&[("scope", SCOPE), ("scope", SCOPE)], "invalid_request"),
            (&[("scope", SCOPE), ("resource", "https://evil.example")], "invalid_target"),
        ] {
            ask(fields).await.expect_oauth_error(error);
        }
        app.post("/oauth/device", &[("client_id", app.id.as_str()), ("scope", SCOPE)], &[]).await.expect_oauth_error("invalid_client");
        app.post("/oauth/device", &[("scope", SCOPE)], &[]).await.expect_oauth_error("invalid_request");
        app.post("/oauth/device", &[("client_id", "app_doesnotexist"), ("scope", SCOPE)], &[]).await.expect_oauth_error("invalid_client");
        Answer::to(server.http.get(format!("{}/oauth/device", app.url))).await.expect_oauth_status(405, "invalid_request");
        Answer::to(server.http.post(format!("{}/oauth/device", app.url)).body("x")).await.expect_oauth_error("invalid_request");
        for (fields, error) in [
            (&[("grant_type", GRANT_TYPE)][..], "invalid_request"),
            (&[("grant_type", GRANT_TYPE), ("device_code", "kpd_x")], "invalid_grant"),
            (&[("grant_type", GRANT_TYPE), ("device_code", "\u{0}")], "invalid_grant"),
            (&[("grant_type", "urn:ietf:params:oauth:grant-type:device"), ("device_code", "x")], "unsupported_grant_type"),
        ] {
            app.call(&app.signed(fields)).await.expect_oauth_error(error);
        }
        let device = Device::start(&app).await;
        let doubled = [&device.fields()[..], &device.fields()[1..]].concat();
        app.call(&app.signed(&doubled)).await.expect_oauth_error("invalid_request");
        // A code for another purpose is none.
        let (_, browser) = server.portal_and_browser().await;
        let code = app.code(&browser).await;
        app.call(&app.signed(&[("grant_type", GRANT_TYPE), ("device_code", &code)])).await.expect_oauth_error("invalid_grant");
        app.call(&app.signed(&[("grant_type", "authorization_code"), ("redirect_uri", CALLBACK), ("code", &device.code)])).await.expect_oauth_error("invalid_grant");
        for typed in ["", " ", "BCDF", "AEIO-UAEI", "12345678", "<script>", "BCDF-GHJK"] {
            let page = refused(&browser, typed).await;
            assert!(!page.says("<script>"), "{}", page.html);
        }
        let form = device.form(&browser).await;
        let mut twice = form.clone().with("decision", "allow");
        twice.fields.push(("decision".into(), "deny".into()));
        for form in [form.clone(), form.with("decision", "maybe"), twice] {
            let answer = form.send(&browser).await;
            assert_eq!(answer.status, 400, "{answer}");
        }
    }

    async fn the_owner_leaves_out_what_is_optional_and_chooses_the_portal(server: &Server) {
        let (app, (portal, browser)) = (server.app_with_optional(&[CALLBACK], SCOPE, "customers.write").await, server.portal_and_browser().await);
        server.db.execute("UPDATE apps SET device_flow = TRUE WHERE id = ?1", &[app.id.to_param()]).await.unwrap();
        let further = server.further_portal(&portal, "Tweede zaak").await;
        let device = Device::start(&app).await;
        let form = device.form(&browser).await.with("decision", "allow").without("scope");
        let foreign = server.portal().await;
        for wrong in [foreign.id.as_str(), "", "prt_x"] {
            assert_eq!(form.clone().with("portal", wrong).send(&browser).await.status, 404);
        }
        let changed = form.clone().with("portal", further.as_str()).with("required", "customers.write").send(&browser).await;
        assert!(changed.status == 200 && Page::of(&changed).says("name=\"decision\""), "{changed}");
        assert_eq!(form.with("portal", further.as_str()).send(&browser).await.status, 303);
        let tokens = device.poll().await;
        assert_eq!(tokens.expect(200)["scope"], "customers.read");
        let seen = app.post("/oauth/introspect", &app.signed(&[("token", &Tokens::of(&tokens).access)]), &[]).await;
        assert_eq!(seen.expect(200)["sub"], further.as_str());
        assert!(ConnectedApp::list(&portal.store).await.unwrap().is_empty());
    }

    async fn what_the_owner_takes_back_meanwhile_is_not_given_out(server: &Server) {
        let (app, (portal, browser)) = (server.app_with_optional(&[CALLBACK], SCOPE, "customers.write").await, server.portal_and_browser().await);
        server.db.execute("UPDATE apps SET device_flow = TRUE WHERE id = ?1", &[app.id.to_param()]).await.unwrap();
        let (narrowed, revoked) = (Device::start(&app).await, Device::start(&app).await);
        narrowed.allow(&browser).await;
        let form = app.ask().form(&browser).await.with("decision", "allow").without("scope");
        assert_eq!(form.send(&browser).await.status, 303);
        assert_eq!(narrowed.poll().await.expect(200)["scope"], "customers.read");
        revoked.allow(&browser).await;
        let grant = ConnectedApp::list(&portal.store).await.unwrap().remove(0).id;
        portal.revoke_grant(&grant, jiff::Timestamp::now()).await.unwrap();
        revoked.poll().await.expect_oauth_error("invalid_grant");
    }

    async fn who_asks_too_often_waits_longer(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (app, (_, browser)) = (server.device_app(ClientType::Public).await, server.portal_and_browser().await);
        let device = Device::start(&app).await;
        let after = async |seconds: i64, error: &str| {
            server.clock.advance(SignedDuration::from_secs(seconds));
            device.poll().await.expect_oauth_error(error);
        };
        after(0, "authorization_pending").await;
        after(5, "authorization_pending").await;
        after(3, "slow_down").await;
        after(9, "slow_down").await;
        after(15, "authorization_pending").await;
        after(14, "slow_down").await;
        after(20, "authorization_pending").await;
        // Once decided there is nothing to wait for.
        device.allow(&browser).await;
        device.poll().await.expect(200);
    }

    async fn a_code_ends_after_ten_minutes(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (app, (_, browser)) = (server.device_app(ClientType::Public).await, server.portal_and_browser().await);
        let (late, allowed) = (Device::start(&app).await, Device::start(&app).await);
        server.clock.advance(SignedDuration::from_secs(590));
        let form = late.form(&browser).await.with("decision", "allow");
        allowed.allow(&browser).await;
        server.clock.advance(SignedDuration::from_secs(10));
        refused(&browser, &late.user_code).await;
        let answer = form.send(&browser).await;
        assert!(answer.status == 200 && Page::of(&answer).says("field-user_code-error"), "{answer}");
        klantportaal::oauth::clean_up(&server.cleaner(), server.clock.now()).await.unwrap();
        late.poll().await.expect_oauth_error("expired_token");
        allowed.poll().await.expect_oauth_error("expired_token");
        server.clock.advance(SignedDuration::from_hours(24));
        klantportaal::oauth::clean_up(&server.cleaner(), server.clock.now()).await.unwrap();
        late.poll().await.expect_oauth_error("invalid_grant");
    }

    async fn who_guesses_codes_is_slowed_and_nobody_else(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let (app, (_, guesser), (_, other)) =
            (server.device_app(ClientType::Public).await, server.portal_and_browser().await, server.portal_and_browser().await);
        let device = Device::start(&app).await;
        for _ in 0..20 {
            device.form(&guesser).await;
        }
        for _ in 0..10 {
            assert!(!refused(&guesser, "BCDF-GHJK").await.says("min"));
        }
        let slowed = refused(&guesser, &device.user_code).await;
        assert!(slowed.says("1 min"), "{}", slowed.html);
        let form = device.form(&other).await.with("decision", "allow");
        let answer = FilledForm { fields: vec![("csrf".into(), guesser.csrf("manage").await), ("decision".into(), "allow".into())], ..form.clone() };
        assert!(Page::of(&answer.send(&guesser).await).says("field-user_code-error"));
        assert_eq!(form.send(&other).await.status, 303);
        server.clock.advance(SignedDuration::from_secs(60));
        let next = Device::start(&app).await;
        next.form(&guesser).await;
    }

    async fn tokens_of_a_device_are_bound_to_its_key(server: &Server) {
        let (app, (_, browser), key) = (server.device_app(ClientType::Public).await, server.portal_and_browser().await, SigningKey::new());
        let device = Device::start(&app).await;
        device.allow(&browser).await;
        let now = jiff::Timestamp::now().as_second();
        let answer = app.post_proven("/oauth/tokens", &app.signed(&device.fields()), &key, now).await;
        assert_eq!(answer.expect(200)["token_type"], "DPoP");
        let tokens = Tokens::of(&answer);
        server.bearer(&tokens.access).get("/v1/customers").await.expect(401);
        app.refresh(&tokens.refresh).await.expect_oauth_error("invalid_grant");
    }

    async fn neither_code_is_kept_in_clear(server: &Server) {
        let app = server.device_app(ClientType::Public).await;
        let device = Device::start(&app).await;
        let sql = "SELECT COUNT(*) AS value FROM device_codes WHERE app_id = ?1 AND length(device_code_hash) = 32 AND length(user_code_hash) = 32";
        let hashed = server.db.row::<Single<i64>>(sql, &[app.id.to_param()]).await.unwrap().unwrap().0;
        assert_eq!(hashed, 1);
        assert!(device.code.starts_with("kpd_"));
    }

    async fn the_switch_is_in_the_form_and_at_the_command_line(server: &Server) {
        let app = server.device_app(ClientType::Confidential).await;
        let file = server.database.folder().join(format!("{}.json", app.id));
        std::fs::write(&file, SigningKey::new().jwk().to_string()).unwrap();
        let create = ["app", "create", "--developer", app.developer.as_str(), "--name", "Kassa", "--redirect-uri", CALLBACK, "--scope", "customers.read"];
        let made = server.cli(&[&create[..], &["--device-flow", "--jwks", file.to_str().unwrap()]].concat()).json();
        assert!(made["appSecret"].is_null() && made["appId"].is_string(), "{made}");
        let all = server.cli(&["app", "list"]).json();
        let listed = all.as_array().unwrap().iter().find(|listed| listed["id"] == made["appId"]).unwrap().clone();
        assert_eq!((&listed["deviceFlow"], &listed["privateKeyJwt"]), (&json!(true), &json!(true)));
        std::fs::write(&file, "{}").unwrap();
        assert!(server.cli(&[&create[..], &["--jwks", file.to_str().unwrap()]].concat()).fault().contains("JWK Set"));
    }
}
