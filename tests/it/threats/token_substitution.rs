//! Token substitution: no kind of secret works in place of another. A valid secret of each kind is
//! tried wherever a secret is accepted.

use klantportaal::accounts::factors::LogInStep;
use klantportaal::accounts::{LinkPurpose, Site, mail_link};
use klantportaal::auth::{Token, TokenKind};
use klantportaal::clients::ClientType;

use crate::support::{App, Browser, InProcess, Portal, ResourceServer, Tokens, basic};

/// One of each kind, all of the same portal and app.
struct Secrets {
    server: InProcess,
    portal: Portal,
    app: App,
    resource_server: ResourceServer,
    all: Vec<(TokenKind, String)>,
}

impl Secrets {
    async fn new(server: InProcess) -> Self {
        let (app, (portal, browser)) =
            (server.device_app(ClientType::Confidential).await, server.portal_and_browser().await);
        let device = app
            .post("/oauth/device", &app.signed(&[("scope", "customers.read")]), &[])
            .await
            .expect(200);
        let (tokens, code, key) =
            (app.connect(&browser).await, app.code(&browser).await, portal.key().await);
        let pushed = app.push(&app.ask()).await.expect(201)["request_uri"]
            .as_str()
            .unwrap()
            .rsplit(':')
            .next()
            .unwrap()
            .to_owned();
        let (account, now, mut tx) =
            (server.owner(&portal).await.id, server.clock.now(), server.db.begin().await.unwrap());
        let link = mail_link(&mut tx, &account, LinkPurpose::Reset, now).await.unwrap();
        let step = LogInStep::begin(&mut tx, Site::Manage, &account, false, now).await.unwrap();
        tx.commit().await.unwrap();
        let resource_server = server.resource_server("customers.read").await;
        let all = vec![
            (TokenKind::ApiKey, key.token.clone()),
            (TokenKind::AccessToken, tokens.access),
            (TokenKind::RefreshToken, tokens.refresh),
            (TokenKind::AuthorizationCode, code),
            (TokenKind::DeviceCode, device["device_code"].as_str().unwrap().to_owned()),
            (TokenKind::AppSecret, app.secret.clone()),
            (TokenKind::ResourceServerSecret, resource_server.secret.clone()),
            (TokenKind::Session, browser.cookie("manage").unwrap()),
            (TokenKind::MailLink, link.reveal().to_owned()),
            (TokenKind::PushedRequest, pushed),
            (TokenKind::LogInStep, step.reveal().to_owned()),
        ];
        Self { server, portal, app, resource_server, all }
    }

    /// All but those of these kinds; the kinds that are not made here as they might be.
    fn all_but(&self, right: &[TokenKind]) -> Vec<(TokenKind, String)> {
        let unmade = TokenKind::ALL
            .into_iter()
            .filter(|kind| !self.all.iter().any(|(made, _)| made == kind));
        let all = self
            .all
            .iter()
            .cloned()
            .chain(unmade.map(|kind| (kind, Token::random(kind).reveal().to_owned())));
        all.filter(|(kind, _)| !right.contains(kind)).collect()
    }

    fn of(&self, kind: TokenKind) -> &str {
        &self.all.iter().find(|(made, _)| *made == kind).unwrap().1
    }
}

both_engines! {
    async fn at_the_api_and_at_the_endpoints_each_kind_counts_in_its_own_place(engine: Engine) {
        let secrets = Secrets::new(InProcess::start(engine).await).await;
        let (server, app) = (&secrets.server, &secrets.app);

        for (kind, secret) in secrets.all_but(&[TokenKind::ApiKey, TokenKind::AccessToken]) {
            let answer = server.bearer(&secret).get("/v1/customers").await;
            assert_eq!(answer.status, 401, "{kind:?}: {answer}");
            assert!(!answer.text().contains(&secret), "{kind:?}: {answer}");
        }
        for (kind, secret) in secrets.all_but(&[TokenKind::AuthorizationCode]) {
            let answer = app.exchange(&secret).await;
            assert_eq!(answer.status, 400, "{kind:?}: {answer}");
            answer.expect_oauth_error("invalid_grant");
        }
        for (kind, secret) in secrets.all_but(&[TokenKind::RefreshToken]) {
            let answer = app.refresh(&secret).await;
            assert_eq!(answer.status, 400, "{kind:?}: {answer}");
            answer.expect_oauth_error("invalid_grant");
        }
        let device_grant = ("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
        for (kind, secret) in secrets.all_but(&[TokenKind::DeviceCode]) {
            let answer = app.call(&app.signed(&[device_grant, ("device_code", &secret)])).await;
            assert_eq!(answer.status, 400, "{kind:?}: {answer}");
            answer.expect_oauth_error("invalid_grant");
        }
        for (kind, secret) in secrets.all_but(&[TokenKind::AppSecret]) {
            let answer = app.with_secret(secret).refresh("kpr_x").await;
            assert_eq!(answer.status, 401, "{kind:?}: {answer}");
        }
        for (kind, secret) in secrets.all_but(&[TokenKind::ResourceServerSecret]) {
            let header = basic(&secrets.resource_server.id, &secret);
            let answer = secrets.resource_server.call(&[("token", secrets.of(TokenKind::AccessToken))], &[("authorization", &header)]).await;
            assert_eq!(answer.status, 401, "{kind:?}: {answer}");
        }
        for (_, secret) in secrets.all_but(&[TokenKind::ApiKey, TokenKind::AccessToken]) {
            secrets.resource_server.expect_inactive(&secret).await;
        }
        for (kind, secret) in secrets.all_but(&[TokenKind::AccessToken, TokenKind::RefreshToken]) {
            let answer = app.post("/oauth/introspect", &app.signed(&[("token", &secret)]), &[]).await;
            assert_eq!(answer.expect(200), serde_json::json!({ "active": false }), "{kind:?}");
            assert_eq!(app.post("/oauth/revoke", &app.signed(&[("token", &secret)]), &[]).await.status, 200);
        }

        // After all of this each still does what it is for.
        for kind in [TokenKind::ApiKey, TokenKind::AccessToken] {
            server.bearer(secrets.of(kind)).get("/v1/customers").await.expect(200);
        }
        app.refresh(secrets.of(TokenKind::RefreshToken)).await.expect(200);
        let polled = app.call(&app.signed(&[device_grant, ("device_code", secrets.of(TokenKind::DeviceCode))])).await;
        polled.expect_oauth_error("authorization_pending");
        let again = Tokens::of(&app.exchange(secrets.of(TokenKind::AuthorizationCode)).await);
        server.bearer(&again.access).get("/v1/customers").await.expect(200);
    }

    async fn on_the_pages_too(engine: Engine) {
        let secrets = Secrets::new(InProcess::start(engine).await).await;
        let (server, app) = (&secrets.server, &secrets.app);
        let logged_in = Browser::logged_in(&server.url, &secrets.portal.owner_email).await;

        for (kind, secret) in secrets.all_but(&[TokenKind::Session]) {
            for (site, page) in [("manage", "/manage"), ("developers", "/developers/apps")] {
                let browser = Browser::new(&server.url);
                browser.set_cookie(site, &secret);
                let answer = browser.get(page).await;
                assert_eq!(answer.status, 303, "{kind:?}: {answer}");
            }
        }
        for (kind, secret) in secrets.all_but(&[TokenKind::LogInStep]) {
            let browser = Browser::new(&server.url);
            browser.set_cookie("log-in-step", &secret);
            let answer = browser.get("/manage/login/second-factor").await;
            assert_eq!(answer.status, 303, "{kind:?}: {answer}");
        }
        for (kind, secret) in secrets.all_but(&[TokenKind::MailLink]) {
            let page = logged_in.page(&format!("/manage/reset-password?token={secret}")).await;
            assert!(!page.says("name=\"password\""), "{kind:?}: {}", page.html);
        }
        // A link to choose another password verifies no address.
        assert!(!logged_in.page(&format!("/manage/verify?token={}", secrets.of(TokenKind::MailLink))).await.says("action=\"/manage/verify\""));
        for (kind, secret) in secrets.all_but(&[TokenKind::PushedRequest]) {
            let answer = logged_in.get(&app.pushed(&format!("urn:ietf:params:oauth:request_uri:{secret}")).path()).await;
            assert_eq!((answer.status, answer.header("location")), (400, None), "{kind:?}: {answer}");
        }

        let browser = Browser::new(&server.url);
        browser.set_cookie("manage", secrets.of(TokenKind::Session));
        assert_eq!(browser.get("/manage").await.status, 200);
        browser.set_cookie("log-in-step", secrets.of(TokenKind::LogInStep));
        assert_eq!(browser.get("/manage/login/second-factor").await.status, 200);
        assert!(browser.page(&format!("/manage/reset-password?token={}", secrets.of(TokenKind::MailLink))).await.says("name=\"password\""));
        let pushed = app.pushed(&format!("urn:ietf:params:oauth:request_uri:{}", secrets.of(TokenKind::PushedRequest)));
        assert!(matches!(browser.get(&pushed.path()).await.status, 200 | 303));
    }

    async fn the_cookie_of_a_visitor_is_no_session(server: &Server) {
        let (_, browser) = server.portal_and_browser().await;
        browser.set_cookie("manage", &browser.cookie("visitor").unwrap());
        let answer = browser.get("/manage").await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/manage/login")), "{answer}");
    }

    async fn an_access_token_stays_within_its_portal(server: &Server) {
        let ((_, portal, tokens), (_, _, others)) = (server.connected().await, server.connected().await);
        let customer = serde_json::json!({ "companyName": "A", "address": "B 1", "zipCode": "1234 AB", "city": "C", "primaryEmail": "a@example.nl" });
        let id = server.bearer(&tokens.access).post("/v1/customers", customer).await.expect(200)["id"].as_str().unwrap().to_owned();
        portal.key().await.get(&format!("/v1/customers/{id}")).await.expect(200);
        server.bearer(&others.access).get(&format!("/v1/customers/{id}")).await.expect(404);
    }
}
