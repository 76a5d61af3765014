//! Scope escalation: at the authorization request, the exchange and the refresh (RFC 9700 section
//! 2.3).

use klantportaal::clients::AppProtection;
use klantportaal::oauth::ConnectedApp;
use serde_json::json;

use crate::support::{App, Back, CALLBACK, Tokens, access_token};

/// What an app is registered for here.
const OWN: &str = "customers.read customers.write";
/// A scope that it is not.
const FOREIGN: &str = "files.read";

fn read_only(app: &App) -> crate::support::Ask {
    app.ask().with("scope", "customers.read")
}

both_engines! {
    async fn an_app_cannot_ask_for_what_it_is_not_registered_for(server: &Server) {
        let (app, (portal, browser)) = (server.app_with(&[CALLBACK], OWN).await, server.portal_and_browser().await);
        for scope in [FOREIGN, "customers.read files.read", "*", "customers.*", "customers", "CUSTOMERS.READ", "customers.read\u{a0}files.read", "customers.read,files.read"] {
            Back::of(&browser.get(&app.ask().with("scope", scope).path()).await).expect_error("invalid_scope", Some("xyz"));
            app.push(&app.ask().with("scope", scope)).await.expect_oauth_error("invalid_scope");
        }
        assert!(ConnectedApp::list(&portal.store).await.unwrap().is_empty());
    }

    async fn the_consent_form_gives_no_more_than_was_asked(server: &Server) {
        let (app, (portal, browser)) = (server.app_with_optional(&[CALLBACK], OWN, "customers.write").await, server.portal_and_browser().await);
        // A page that was changed on its way, by a script or by hand.
        let mut form = read_only(&app).form(&browser).await.with("decision", "allow").with("required", "customers.read customers.write files.read");
        form.fields.extend(["customers.write", FOREIGN, "invoices.read"].map(|scope| ("scope".to_owned(), scope.to_owned())));
        let sent = form.send(&browser).await;
        let back = if sent.status == 303 { Back::of(&sent) } else { read_only(&app).allow(&browser).await };
        assert_eq!(app.exchange(&back.code()).await.expect(200)["scope"], "customers.read");
        assert_eq!(ConnectedApp::list(&portal.store).await.unwrap()[0].scopes.to_string(), "customers.read");
    }

    async fn the_query_adds_nothing_to_a_pushed_request(server: &Server) {
        let (app, (_, browser)) = (server.app_with(&[CALLBACK], OWN).await, server.portal_and_browser().await);
        AppProtection { require_pushed_requests: true, ..AppProtection::default() }.save(&server.db, &app.developer, &app.id).await.unwrap();
        let pushed = app.ask_pushed(&read_only(&app)).await.with("scope", OWN);
        assert_eq!(app.exchange(&pushed.allow(&browser).await.code()).await.expect(200)["scope"], "customers.read");
    }

    async fn the_exchange_widens_nothing(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        // The consent to everything stands beside, and lends this code nothing.
        app.connect(&browser).await;
        for scope in [OWN, FOREIGN, "customers.write"] {
            let code = read_only(&app).allow(&browser).await.code();
            let answer = app.exchange_with(&code, &[("scope", scope)]).await;
            if answer.status == 200 {
                assert_eq!(answer.json()["scope"], "customers.read", "{answer}");
                server.bearer(&access_token(&answer)).post("/v1/customers", json!({})).await.expect(403);
            } else {
                answer.expect_oauth_error("invalid_scope");
            }
        }
    }

    async fn the_refresh_widens_nothing_not_even_to_what_the_portal_gave_otherwise(server: &Server) {
        for app in [server.app().await, server.rotating_app().await, server.public_app().await] {
            let (_, browser) = server.portal_and_browser().await;
            app.connect(&browser).await;
            let narrow = Tokens::of(&app.exchange(&read_only(&app).allow(&browser).await.code()).await);
            for scope in [OWN, FOREIGN, "customers.write", "nonsense", "customers.read customers.read files.read"] {
                app.refresh_with(&narrow.refresh, &[("scope", scope)]).await.expect_oauth_error("invalid_scope");
            }
            let refreshed = app.refresh(&narrow.refresh).await;
            assert_eq!(refreshed.expect(200)["scope"], "customers.read");
            server.bearer(&access_token(&refreshed)).post("/v1/customers", json!({})).await.expect(403);
        }
    }

    async fn what_was_narrowed_at_one_refresh_is_not_wider_in_its_token(server: &Server) {
        let (app, _, tokens) = server.connected().await;
        let narrow = access_token(&app.refresh_with(&tokens.refresh, &[("scope", "customers.read")]).await);
        server.bearer(&narrow).get("/v1/customers").await.expect(200);
        server.bearer(&narrow).post("/v1/customers", json!({})).await.expect(403);
    }
}
