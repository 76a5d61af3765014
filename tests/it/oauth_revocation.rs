//! Revocation takes effect on the next request.

use jiff::Timestamp;
use klantportaal::clients::delete_app;
use klantportaal::ids::GrantId;
use klantportaal::oauth::ConnectedApp;

use crate::support::{App, Portal, Server, Tokens};

async fn grant_of(portal: &Portal) -> GrantId {
    let mut connected = ConnectedApp::list(&portal.store).await.unwrap();
    assert_eq!(connected.len(), 1);
    connected.remove(0).id
}

/// Uses a token often enough that whatever remembers tokens remembers it.
async fn warm(server: &Server, tokens: &Tokens) {
    for _ in 0..3 {
        server.bearer(&tokens.access).get("/v1/customers").await.expect(200);
    }
}

async fn expect_dead(server: &Server, app: &App, tokens: &Tokens) {
    let answer = server.bearer(&tokens.access).get("/v1/customers").await;
    assert!(answer.expect(401)["message"].as_str().unwrap().contains("revoked"), "{answer}");
    app.refresh(&tokens.refresh).await.expect_oauth_error("invalid_grant");
}

both_engines! {
    async fn the_owner_revokes_all_that_the_app_has(server: &Server) {
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        let (one, two, code) = (app.connect(&browser).await, app.connect(&browser).await, app.code(&browser).await);
        warm(server, &one).await;
        portal.revoke_grant(&grant_of(&portal).await, Timestamp::now()).await.unwrap();
        expect_dead(server, &app, &one).await;
        expect_dead(server, &app, &two).await;
        app.exchange(&code).await.expect_oauth_error("invalid_grant");
        assert!(ConnectedApp::list(&portal.store).await.unwrap().is_empty());

        // A new consent begins anew, and brings nothing back.
        let fresh = app.connect(&browser).await;
        server.bearer(&fresh.access).get("/v1/customers").await.expect(200);
        expect_dead(server, &app, &one).await;
        app.exchange(&code).await.expect_oauth_error("invalid_grant");
    }

    async fn the_owner_revokes_on_the_page_of_connected_apps(server: &Server) {
        let (app, (portal, browser), (_, stranger)) = (server.app().await, server.portal_and_browser().await, server.portal_and_browser().await);
        let tokens = app.connect(&browser).await;
        warm(server, &tokens).await;
        let path = format!("/manage/settings/connected-apps/{}/revoke", grant_of(&portal).await);
        assert!(browser.page("/manage/settings/connected-apps").await.says(&path));
        let form = browser.page(&path).await.form();
        // Not by opening the page, not by a forged form, not by somebody else.
        assert_eq!(form.clone().without("csrf").send(&browser).await.status, 403);
        assert_eq!(stranger.get(&path).await.status, 404);
        let csrf = stranger.page("/manage/portals/new").await.form().field("csrf").unwrap().to_owned();
        assert_eq!(stranger.post(&path, &[("csrf".into(), csrf)]).await.status, 404);
        warm(server, &tokens).await;
        assert_eq!(form.send(&browser).await.status, 303);
        expect_dead(server, &app, &tokens).await;
        assert!(!browser.page("/manage/settings/connected-apps").await.says(&path));
        assert_eq!(form.send(&browser).await.status, 404);
    }

    async fn another_process_revokes_as_fast(server: &Server) {
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        for _ in 0..5 {
            let tokens = app.connect(&browser).await;
            warm(server, &tokens).await;
            assert_eq!(server.cli(&["grant", "revoke", grant_of(&portal).await.as_str()]).json()["revoked"], true);
            expect_dead(server, &app, &tokens).await;
        }
    }

    async fn only_the_portal_itself_revokes_and_only_its_own(server: &Server) {
        let ((app, portal, tokens), (_, stranger, _)) = (server.connected().await, server.connected().await);
        let grant = grant_of(&portal).await;
        assert!(stranger.revoke_grant(&grant, Timestamp::now()).await.is_err());
        server.bearer(&tokens.access).get("/v1/customers").await.expect(200);
        stranger.revoke_grant(&grant_of(&stranger).await, Timestamp::now()).await.unwrap();
        server.bearer(&tokens.access).get("/v1/customers").await.expect(200);
        app.refresh(&tokens.refresh).await.expect(200);
    }

    async fn two_portals_of_one_owner_are_two_consents(server: &Server) {
        let (app, (first, browser)) = (server.app().await, server.portal_and_browser().await);
        let one = app.connect(&browser).await;
        let second = server.further_portal(&first, "Zaak Twee").await;
        let form = app.ask().form(&browser).await.with("portal", second.as_str()).with("decision", "allow");
        let code = crate::support::Back::of(&form.send(&browser).await).code();
        let two = Tokens::of(&app.exchange(&code).await);
        first.revoke_grant(&grant_of(&first).await, Timestamp::now()).await.unwrap();
        expect_dead(server, &app, &one).await;
        server.bearer(&two.access).get("/v1/customers").await.expect(200);
    }

    async fn a_deleted_app_leaves_nothing_behind(server: &Server) {
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        let (tokens, code, form) = (app.connect(&browser).await, app.code(&browser).await, app.ask().form(&browser).await);
        warm(server, &tokens).await;
        let stranger = server.app().await;
        assert!(delete_app(&server.db, &stranger.developer, &app.id, Timestamp::now()).await.is_err(), "only its own developer deletes an app");
        warm(server, &tokens).await;
        delete_app(&server.db, &app.developer, &app.id, Timestamp::now()).await.unwrap();
        server.bearer(&tokens.access).get("/v1/customers").await.expect(401);
        app.refresh(&tokens.refresh).await.expect_oauth_error("invalid_client");
        app.exchange(&code).await.expect_oauth_error("invalid_client");
        assert_eq!(browser.get(&app.ask().path()).await.status, 400);
        let answer = form.with("decision", "allow").send(&browser).await;
        assert_eq!((answer.status, answer.header("location")), (400, None), "{answer}");
        assert!(ConnectedApp::list(&portal.store).await.unwrap().is_empty());
    }

    async fn revoking_a_key_leaves_apps_alone(server: &Server) {
        let (_, portal, tokens) = server.connected().await;
        let key = portal.key().await;
        portal.revoke_key(&key.id, Timestamp::now()).await.unwrap();
        key.get("/v1/customers").await.expect(401);
        server.bearer(&tokens.access).get("/v1/customers").await.expect(200);
    }
}
