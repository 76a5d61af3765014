//! Races: concurrent requests.

use std::collections::BTreeSet;

use futures_util::future::{join, join_all};
use jiff::Timestamp;
use klantportaal::auth::ScopeSet;
use klantportaal::oauth::ConnectedApp;

use crate::support::{Back, CALLBACK, Tokens, access_token};

both_engines! {
    async fn of_many_exchanges_of_one_code_exactly_one_wins(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        for _ in 0..4 {
            let code = app.code(&browser).await;
            let answers = join_all((0..8).map(|_| app.exchange(&code))).await;
            let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
            assert_eq!((won.len(), lost.len()), (1, 7));
            lost.iter().for_each(|answer| answer.expect_oauth_error("invalid_grant"));
            // The others were second uses, so the winner's tokens are dead.
            let tokens = Tokens::of(&won[0]);
            server.bearer(&tokens.access).get("/v1/customers").await.expect(401);
            app.refresh(&tokens.refresh).await.expect_oauth_error("invalid_grant");
        }
    }

    async fn with_a_challenge_only_who_knows_the_verifier_is_in_the_race(server: &Server) {
        let (app, (_, browser)) = (server.public_app().await, server.portal_and_browser().await);
        for _ in 0..4 {
            let code = app.code(&browser).await;
            let thief = "thief".repeat(10);
            let verifier = [("code_verifier", thief.as_str())];
            let thieves = async || join_all((0..4).map(|_| app.exchange_with(&code, &verifier))).await;
            let ((before, own), after) = join(join(thieves(), app.exchange(&code)), thieves()).await;
            before.iter().chain(&after).for_each(|answer| answer.expect_oauth_error("invalid_grant"));
            let tokens = Tokens::of(&own);
            server.bearer(&tokens.access).get("/v1/customers").await.expect(200);
            // Beside them, two that know it.
            let ((_, one), other) = join(join(thieves(), app.exchange(&code)), app.exchange(&code)).await;
            [one, other].iter().for_each(|answer| answer.expect_oauth_error("invalid_grant"));
            server.bearer(&tokens.access).get("/v1/customers").await.expect(401);
            app.refresh(&tokens.refresh).await.expect_oauth_error("invalid_grant");
        }
    }

    async fn of_many_exchanges_of_one_code_with_its_verifier_exactly_one_wins(server: &Server) {
        let (app, (_, browser)) = (server.public_app().await, server.portal_and_browser().await);
        for _ in 0..4 {
            let code = app.code(&browser).await;
            let answers = join_all((0..8).map(|_| app.exchange(&code))).await;
            let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
            assert_eq!((won.len(), lost.len()), (1, 7));
            server.bearer(&Tokens::of(&won[0]).access).get("/v1/customers").await.expect(401);
        }
    }

    async fn of_many_refreshes_at_once_there_is_one_successor(server: &Server) {
        let (app, (_, browser)) = (server.rotating_app().await, server.portal_and_browser().await);
        for _ in 0..4 {
            let first = app.connect(&browser).await;
            let answers = join_all((0..8).map(|_| app.refresh(&first.refresh))).await;
            let successors: BTreeSet<String> = answers.iter().map(|answer| Tokens::of(answer).refresh).collect();
            assert_eq!(successors.len(), 1, "{successors:?}");
            // It is alive, and so is each access token that was given out with it.
            for answer in &answers {
                server.bearer(&access_token(answer)).get("/v1/customers").await.expect(200);
            }
            app.refresh(successors.first().unwrap()).await.expect(200);
        }
    }

    async fn no_refresh_escapes_the_return_of_its_token(server: &Server) {
        for app in [server.app().await, server.rotating_app().await] {
            let (_, browser) = server.portal_and_browser().await;
            for _ in 0..5 {
                let tokens = app.connect(&browser).await;
                let give_back = app.signed(&[("token", &tokens.refresh)]);
                let (refreshed, returned) = join(join_all((0..4).map(|_| app.refresh(&tokens.refresh))), app.post("/oauth/revoke", &give_back, &[])).await;
                assert_eq!(returned.status, 200);
                for answer in refreshed.iter().filter(|answer| answer.status == 200) {
                    server.bearer(&access_token(answer)).get("/v1/customers").await.expect(401);
                }
                app.refresh(&tokens.refresh).await.expect_oauth_error("invalid_grant");
            }
        }
    }

    async fn no_refresh_escapes_the_replay_of_its_code(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        for _ in 0..10 {
            let code = app.code(&browser).await;
            let tokens = Tokens::of(&app.exchange(&code).await);
            let (refreshed, replayed) = join(join_all((0..6).map(|_| app.refresh(&tokens.refresh))), app.exchange(&code)).await;
            replayed.expect_oauth_error("invalid_grant");
            for answer in refreshed.iter().filter(|answer| answer.status == 200) {
                server.bearer(&access_token(answer)).get("/v1/customers").await.expect(401);
            }
            refreshed.iter().filter(|answer| answer.status != 200).for_each(|answer| answer.expect_oauth_error("invalid_grant"));
            app.refresh(&tokens.refresh).await.expect_oauth_error("invalid_grant");
        }
    }

    async fn no_refresh_escapes_the_revocation_of_its_grant(server: &Server) {
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        for _ in 0..10 {
            let tokens = app.connect(&browser).await;
            let grant = ConnectedApp::list(&portal.store).await.unwrap().remove(0).id;
            let revoked = portal.revoke_grant(&grant, Timestamp::now());
            let (refreshed, revoked) = join(join_all((0..6).map(|_| app.refresh(&tokens.refresh))), revoked).await;
            revoked.unwrap();
            for answer in refreshed.iter().filter(|answer| answer.status == 200) {
                server.bearer(&access_token(answer)).get("/v1/customers").await.expect(401);
            }
            app.refresh(&tokens.refresh).await.expect_oauth_error("invalid_grant");
        }
    }

    async fn no_exchange_escapes_the_revocation_of_its_grant(server: &Server) {
        let (app, (portal, browser)) = (server.app().await, server.portal_and_browser().await);
        for _ in 0..10 {
            let code = app.code(&browser).await;
            let grant = ConnectedApp::list(&portal.store).await.unwrap().remove(0).id;
            let (answer, revoked) = join(app.exchange(&code), portal.revoke_grant(&grant, Timestamp::now())).await;
            revoked.unwrap();
            if answer.status == 200 {
                let tokens = Tokens::of(&answer);
                server.bearer(&tokens.access).get("/v1/customers").await.expect(401);
                app.refresh(&tokens.refresh).await.expect_oauth_error("invalid_grant");
            } else {
                answer.expect_oauth_error("invalid_grant");
            }
        }
    }

    async fn of_consents_at_once_none_forgets_the_others_scopes(server: &Server) {
        let all = "customers.read customers.write files.read files.write tickets.read";
        let (app, (portal, browser)) = (server.app_with(&[CALLBACK], all).await, server.portal_and_browser().await);
        for _ in 0..10 {
            app.ask().with("scope", "tickets.read").allow(&browser).await.code();
            let mut forms = Vec::new();
            for scope in ["customers.read", "customers.write", "files.read", "files.write"] {
                forms.push(app.ask().with("scope", scope).form(&browser).await.with("decision", "allow"));
            }
            for answer in join_all(forms.iter().map(|form| form.send(&browser))).await {
                app.exchange(&Back::of(&answer).code()).await.expect(200);
            }
            let connected = ConnectedApp::list(&portal.store).await.unwrap();
            let scopes: ScopeSet = all.parse().unwrap();
            assert_eq!(connected.iter().map(|grant| grant.scopes).collect::<Vec<_>>(), [scopes]);
            portal.revoke_grant(&connected[0].id, Timestamp::now()).await.unwrap();
        }
    }
}
