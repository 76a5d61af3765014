//! The consent page: its content, who sees it, and that it can't be framed or forged.

use klantportaal::auth::Scope;
use klantportaal::i18n::Lang;
use klantportaal::oauth::ConnectedApp;

use crate::support::{Answer, Back, Browser, CALLBACK, Tokens};

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[track_caller]
fn expect_no_frame(answer: &Answer, form_action: &str) {
    let policy =
        answer.header("content-security-policy").unwrap_or_else(|| panic!("no policy: {answer}"));
    for directive in [
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        form_action,
    ] {
        assert!(
            policy.split("; ").any(|known| known == directive),
            "{directive} is not in {policy}"
        );
    }
    assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{answer}");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{answer}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer}");
    assert_eq!(answer.header("referrer-policy"), Some("same-origin"), "{answer}");
}

both_engines! {
    async fn the_page_names_who_asks_for_what_and_of_whom(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        for (tag, lang) in [("nl", Lang::Nl), ("en", Lang::En)] {
            browser.set_cookie("language", tag);
            let page = app.ask().page(&browser).await;
            for text in ["Boekhoud <b>Hulp</b>", "Koppelaars & Zonen", "Zet klanten over.", "https://app.example/over", "Bakkerij Jansen"] {
                assert!(page.says(&escaped(text)), "{text} is missing: {}", page.html);
            }
            for scope in [Scope::CustomersRead, Scope::CustomersWrite] {
                assert!(page.says(&escaped(&scope.explanation(lang))), "{scope} is missing: {}", page.html);
            }
            assert!(!page.says(&escaped(&Scope::FilesRead.explanation(lang))));
            assert!(!page.says("<b>Hulp"), "the app's name is text and no HTML");
            let buttons = page.html.matches("name=\"decision\"").count();
            assert_eq!((buttons, page.says("value=\"allow\""), page.says("value=\"deny\"")), (2, true, true), "{}", page.html);
        }
    }

    async fn no_page_on_the_way_can_be_framed(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        expect_no_frame(&browser.get(&app.ask().path()).await, "form-action 'self' https:");
        expect_no_frame(&browser.get(&app.ask().with("client_id", "x").path()).await, "form-action 'self'");
        expect_no_frame(&browser.get(&app.ask().with("scope", "x").path()).await, "form-action 'self'");
        let stranger = Browser::new(&server.url);
        for path in ["/manage/login", "/manage/login?next=/oauth/authorize?redirect_uri=https://a;sandbox,b/", "/manage/register", "/manage/forgot-password"] {
            expect_no_frame(&stranger.get(path).await, "form-action 'self'");
        }
        let native = server.app_with(&["http://127.0.0.1/cb"], "customers.read").await;
        let ask = native.ask().with("scope", "customers.read").with("redirect_uri", "http://127.0.0.1:5000/cb");
        expect_no_frame(&browser.get(&ask.path()).await, "form-action 'self' http:");
    }

    async fn a_forged_form_gives_nothing(server: &Server) {
        let (app, (portal, browser), (_, other)) = (server.app().await, server.portal_and_browser().await, server.portal_and_browser().await);
        let form = app.ask().form(&browser).await.with("decision", "allow");
        let own = form.field("csrf").unwrap().to_owned();
        let others = app.ask().form(&other).await.field("csrf").unwrap().to_owned();
        let strangers = Browser::new(&server.url).page("/manage/login").await.form().field("csrf").unwrap().to_owned();
        assert_ne!(own, others);
        for form in [form.clone().without("csrf"), form.clone().with("csrf", ""), form.clone().with("csrf", &others), form.clone().with("csrf", &strangers), form.clone().with("csrf", &own[1..])] {
            let answer = form.send(&browser).await;
            assert_eq!((answer.status, answer.header("location")), (403, None), "{answer}");
        }
        // A browser that says that another site sends the form is believed, right secret or not.
        for site in ["cross-site", "same-site"] {
            let answer = browser.post_with(&form.action, &form.fields, &[("sec-fetch-site", site)]).await;
            assert_eq!((answer.status, answer.header("location")), (403, None), "{answer}");
        }
        // The form of a log-out or of JSON is not one either.
        assert_eq!(browser.post(&form.action, &[]).await.status, 403);
        assert!(ConnectedApp::list(&portal.store).await.unwrap().is_empty());
        let answer = browser.post_with(&form.action, &form.fields, &[("sec-fetch-site", "same-origin")]).await;
        Back::of(&answer).code();
    }

    async fn asking_is_not_deciding(server: &Server) {
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        let form = app.ask().form(&browser).await;
        let (csrf, id) = (form.field("csrf").unwrap(), portal.id.as_str());
        let ask = app.ask().with("decision", "allow").with("portal", id).with("csrf", csrf);
        assert_eq!(browser.get(&ask.path()).await.status, 200);
        for decision in ["", "ALLOW", "yes", "allow "] {
            let answer = form.clone().with("decision", decision).send(&browser).await;
            assert_eq!((answer.status, answer.header("location")), (400, None), "{answer}");
        }
        assert_eq!(form.clone().send(&browser).await.status, 400);
        assert!(ConnectedApp::list(&portal.store).await.unwrap().is_empty());
    }

    async fn declining_is_told_to_the_app_and_leaves_nothing(server: &Server) {
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        let back = app.ask().deny(&browser).await;
        assert_eq!((back.uri.as_str(), back.get("iss")), (CALLBACK, Some(server.url.as_str())));
        back.expect_error("access_denied", Some("xyz"));
        assert!(ConnectedApp::list(&portal.store).await.unwrap().is_empty());
    }

    async fn a_second_consent_is_the_same_grant_with_the_scopes_of_both(server: &Server) {
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        for scope in ["customers.write", "customers.read"] {
            Tokens::of(&app.exchange(&app.ask().with("scope", scope).allow(&browser).await.code()).await);
        }
        let connected = ConnectedApp::list(&portal.store).await.unwrap();
        assert_eq!(connected.iter().map(|grant| grant.scopes.to_string()).collect::<Vec<_>>(), ["customers.read customers.write"]);
    }

    async fn an_owner_of_several_portals_picks_one(server: &Server) {
        let (app, (first, browser)) = (server.app().await, server.portal_and_browser().await);
        let second = server.further_portal(&first, "Zaak Twee").await;
        let page = app.ask().page(&browser).await;
        let mut offered = page.choices("portal");
        assert_eq!(page.form().field("portal"), Some(first.id.as_str()), "the open portal is ticked: {}", page.html);
        offered.sort();
        let mut both = [first.id.to_string(), second.to_string()];
        both.sort();
        assert_eq!(offered, both);
        assert!(page.says("Zaak Twee"));

        let back = Back::of(&page.form().with("portal", second.as_str()).with("decision", "allow").send(&browser).await);
        let tokens = Tokens::of(&app.exchange(&back.code()).await);
        let customer = serde_json::json!({ "companyName": "A", "address": "B 1", "zipCode": "1234 AB", "city": "C", "primaryEmail": "a@example.nl" });
        server.bearer(&tokens.access).post("/v1/customers", customer).await.expect(200);
        assert!(first.key().await.get("/v1/customers").await.expect(200)["data"].as_array().unwrap().is_empty());
        assert!(ConnectedApp::list(&first.store).await.unwrap().is_empty());
    }

    async fn nobody_gives_away_a_portal_that_is_not_theirs(server: &Server) {
        let (app, (_, browser), (victim, _)) = (server.app().await, server.portal_and_browser().await, server.portal_and_browser().await);
        let form = app.ask().form(&browser).await.with("decision", "allow");
        for portal in [victim.id.as_str(), "", "prt_00000000000000", "'", server.app().await.id.as_str()] {
            let answer = form.clone().with("portal", portal).send(&browser).await;
            assert_eq!((answer.status, answer.header("location")), (404, None), "{answer}");
        }
        assert_eq!(form.clone().without("portal").send(&browser).await.status, 404);
        assert!(ConnectedApp::list(&victim.store).await.unwrap().is_empty());
        assert!(!app.ask().page(&browser).await.says(victim.id.as_str()));
    }

    async fn the_page_says_where_the_browser_goes(server: &Server) {
        let (_, browser) = server.portal_and_browser().await;
        for (uri, nl, en) in [
            ("https://app.example/callback", "gaat je browser naar app.example", "your browser goes to app.example"),
            ("https://app.example:8443/callback", "gaat je browser naar app.example:8443", "your browser goes to app.example:8443"),
            ("http://127.0.0.1:3000/callback", "een programma op je eigen computer", "a program on your own computer"),
        ] {
            let app = server.app_with(&[uri], crate::support::SCOPE).await;
            for (language, text) in [("nl", nl), ("en", en)] {
                browser.set_cookie("language", language);
                let page = app.ask().with("redirect_uri", uri).page(&browser).await;
                assert!(page.says(text), "{}", page.html);
            }
        }
    }

    async fn somebody_without_a_portal_has_nothing_to_give(server: &Server) {
        let (app, portal) = (server.app().await, server.portal().await);
        server.db.execute("DELETE FROM portal_members WHERE portal_id = ?1", &[klantportaal::db::ToParam::to_param(&portal.id)]).await.unwrap();
        let browser = Browser::new(&server.url);
        assert_eq!(browser.log_in(&portal.owner_email, crate::support::PASSWORD).await.status, 303);
        let page = app.ask().page(&browser).await;
        assert!(!page.says("name=\"decision\"") && page.says("/manage/portals/new"), "{}", page.html);
        let form = browser.page("/manage/portals/new").await.form();
        let answer = form.with("decision", "allow").with("required", crate::support::SCOPE).with("portal", portal.id.as_str());
        let answer = browser.post(&app.ask().path(), &answer.fields).await;
        assert_eq!((answer.status, answer.header("location")), (404, None), "{answer}");
    }
}
