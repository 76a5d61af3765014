//! Refresh tokens that are replaced at each use: one successor, and revocation of all when a copy
//! is used.

use futures_util::future::join_all;
use jiff::SignedDuration;

use klantportaal::db::{Single, ToParam};
use klantportaal::oauth::{ConnectedApp, forget_idle_tokens};

use crate::support::{App, InProcess, Portal, Tokens, access_token};

const GRACE: SignedDuration = SignedDuration::from_secs(30);

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// A server whose clock moves, with an app of the kind that a test is about, which a portal is
/// connected to.
async fn connected(server: &InProcess, app: &App) -> (Portal, Tokens) {
    let (portal, browser) = server.portal_and_browser().await;
    let tokens = app.connect(&browser).await;
    (portal, tokens)
}

/// How often the portal's log tells of a replaced token that was used again.
async fn events(server: &InProcess, portal: &Portal) -> i64 {
    let count = "SELECT COUNT(*) AS value FROM audit_events WHERE portal_id = ?1 AND action = 'refresh_token_reused' AND address <> ''";
    server.db.row::<Single<i64>>(count, &[portal.id.to_param()]).await.unwrap().unwrap().0
}

both_engines! {
    async fn each_use_replaces_the_token(server: &Server) {
        for app in [server.rotating_app().await, server.public_app().await] {
            let (_, browser) = server.portal_and_browser().await;
            let mut tokens = app.connect(&browser).await;
            let mut seen = vec![tokens.refresh.clone()];
            for _ in 0..4 {
                let answer = app.refresh(&tokens.refresh).await;
                assert_eq!(answer.expect(200)["scope"], crate::support::SCOPE);
                tokens = Tokens::of(&answer);
                assert!(!seen.contains(&tokens.refresh));
                seen.push(tokens.refresh.clone());
                server.bearer(&tokens.access).get("/v1/customers").await.expect(200);
            }
        }
    }

    async fn a_repeat_within_the_grace_brings_the_same_successor(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let app = server.rotating_app().await;
        let (portal, first) = connected(&server, &app).await;
        let second = Tokens::of(&app.refresh(&first.refresh).await);
        server.clock.advance(GRACE - SignedDuration::from_secs(2));
        let again = Tokens::of(&app.refresh(&first.refresh).await);
        assert_eq!(again.refresh, second.refresh);
        assert_ne!(again.access, second.access);
        for token in [&first.access, &second.access, &again.access] {
            server.bearer(token).get("/v1/customers").await.expect(200);
        }
        // Its own successor is another, and the repeat does not bring that one.
        let third = Tokens::of(&app.refresh(&second.refresh).await);
        assert_ne!(third.refresh, second.refresh);
        assert_eq!(Tokens::of(&app.refresh(&first.refresh).await).refresh, second.refresh);
        assert!(server.mailbox(&portal.owner_email).texts().is_empty());
    }

    async fn a_repeat_after_the_grace_ends_the_family_and_the_owner_is_told_once(engine: Engine) {
        let server = InProcess::start(engine).await;
        let app = server.rotating_app().await;
        let (portal, browser) = server.portal_and_browser().await;
        let (first, beside) = (app.connect(&browser).await, app.connect(&browser).await);
        let second = Tokens::of(&app.refresh(&first.refresh).await);
        let third = Tokens::of(&app.refresh(&second.refresh).await);
        server.clock.advance(GRACE);
        app.refresh(&first.refresh).await.expect_oauth_error("invalid_grant");
        for token in [&first, &second, &third] {
            server.bearer(&token.access).get("/v1/customers").await.expect(401);
            app.refresh(&token.refresh).await.expect_oauth_error("invalid_grant");
        }
        // What goes back to another code is another family.
        server.bearer(&beside.access).get("/v1/customers").await.expect(200);
        app.refresh(&beside.refresh).await.expect(200);
        let mail = server.mailbox(&portal.owner_email).wait_for(1).await;
        assert!(mail.contains("Boekhoud <b>Hulp</b>") && mail.contains("Bakkerij Jansen"), "{mail}");
        assert!(mail.contains(&format!("{}/manage/settings/connected-apps", server.url)), "{mail}");
        assert_eq!(events(&server, &portal).await, 1);
        for token in [&first, &second, &third] {
            assert!(!mail.contains(&token.refresh), "no token is mailed");
        }
    }

    async fn a_successor_of_a_stranger_is_worth_nothing(server: &Server) {
        let (app, other, (_, browser)) = (server.rotating_app().await, server.rotating_app().await, server.portal_and_browser().await);
        let first = app.connect(&browser).await;
        other.refresh(&first.refresh).await.expect_oauth_error("invalid_grant");
        let second = Tokens::of(&app.refresh(&first.refresh).await);
        other.refresh(&second.refresh).await.expect_oauth_error("invalid_grant");
        app.refresh(&second.refresh).await.expect(200);
    }

    async fn of_many_refreshes_at_once_all_get_the_one_successor(server: &Server) {
        let (app, (_, browser)) = (server.rotating_app().await, server.portal_and_browser().await);
        for _ in 0..4 {
            let first = app.connect(&browser).await;
            let answers = join_all((0..8).map(|_| app.refresh(&first.refresh))).await;
            let mut successors: Vec<String> = answers.iter().map(|answer| Tokens::of(answer).refresh).collect();
            successors.dedup();
            assert_eq!(successors.len(), 1);
            for answer in &answers {
                server.bearer(&access_token(answer)).get("/v1/customers").await.expect(200);
            }
            app.refresh(&successors[0]).await.expect(200);
        }
    }

    async fn no_refresh_escapes_the_end_of_its_family(engine: Engine) {
        let server = InProcess::start(engine).await;
        let app = server.rotating_app().await;
        for _ in 0..6 {
            let (portal, first) = connected(&server, &app).await;
            let mut newest = Tokens::of(&app.refresh(&first.refresh).await);
            server.clock.advance(GRACE);
            // The app goes on refreshing, as fast as it can, while somebody uses the first token
            // again.
            let refreshing = async {
                let mut got = vec![newest.clone()];
                loop {
                    let answer = app.refresh(&newest.refresh).await;
                    if answer.status != 200 {
                        answer.expect_oauth_error("invalid_grant");
                        return got;
                    }
                    newest = Tokens::of(&answer);
                    got.push(newest.clone());
                }
            };
            let replaying = join_all((0..3).map(|_| app.refresh(&first.refresh)));
            let (got, replayed) = futures_util::future::join(refreshing, replaying).await;
            replayed.iter().for_each(|answer| answer.expect_oauth_error("invalid_grant"));
            for tokens in got {
                server.bearer(&tokens.access).get("/v1/customers").await.expect(401);
                app.refresh(&tokens.refresh).await.expect_oauth_error("invalid_grant");
            }
            server.mailbox(&portal.owner_email).wait_for(1).await;
            assert_eq!(events(&server, &portal).await, 1);
        }
    }

    async fn successors_keep_their_scopes_when_one_access_token_has_fewer(server: &Server) {
        let (app, (_, browser)) = (server.rotating_app().await, server.portal_and_browser().await);
        let first = app.connect(&browser).await;
        let narrow = app.refresh_with(&first.refresh, &[("scope", "customers.read")]).await;
        assert_eq!(narrow.expect(200)["scope"], "customers.read");
        assert_eq!(app.refresh(&Tokens::of(&narrow).refresh).await.expect(200)["scope"], crate::support::SCOPE);
        // A refused request replaces nothing.
        let second = app.connect(&browser).await;
        app.refresh_with(&second.refresh, &[("scope", "files.read")]).await.expect_oauth_error("invalid_scope");
        app.refresh(&second.refresh).await.expect(200);
    }

    async fn without_use_a_refresh_token_ends(engine: Engine) {
        let server = InProcess::start(engine).await;
        for app in [server.app().await, server.rotating_app().await] {
            let (_, mut tokens) = connected(&server, &app).await;
            // Each use begins the time anew, as often as wanted: by default there is no other end.
            for _ in 0..5 {
                server.clock.advance(days(89));
                let answer = app.refresh(&tokens.refresh).await;
                server.bearer(&access_token(&answer)).get("/v1/customers").await.expect(200);
                if let Some(next) = answer.json()["refresh_token"].as_str() {
                    tokens.refresh = next.to_owned();
                }
            }
            server.clock.advance(days(90));
            app.refresh(&tokens.refresh).await.expect_oauth_error("invalid_grant");
        }
    }

    async fn a_refresh_token_ends_at_its_last_day_however_much_it_is_used(engine: Engine) {
        let flags = ["--refresh-token-days", "10", "--refresh-token-idle-days", "0"].map(str::to_owned);
        let server = InProcess::start_with(engine, |_| flags.into()).await;
        for app in [server.app().await, server.rotating_app().await] {
            let (_, mut tokens) = connected(&server, &app).await;
            for _ in 0..9 {
                server.clock.advance(days(1));
                let answer = app.refresh(&tokens.refresh).await;
                answer.expect(200);
                if let Some(next) = answer.json()["refresh_token"].as_str() {
                    tokens.refresh = next.to_owned();
                }
            }
            server.clock.advance(days(1));
            app.refresh(&tokens.refresh).await.expect_oauth_error("invalid_grant");
        }
    }

    async fn refresh_tokens_are_forgotten_thirty_days_after_their_end(engine: Engine) {
        let server = InProcess::start(engine).await;
        let clean_up = async || {
            klantportaal::oauth::clean_up(&server.cleaner(), server.clock.now()).await.unwrap();
            forget_idle_tokens(&server.cleaner(), &server.server.config, server.clock.now()).await.unwrap();
        };
        let kept = async |app: &App| {
            let sql = "SELECT COUNT(*) AS value FROM oauth_tokens t JOIN grants g ON g.id = t.grant_id WHERE t.kind = 'refresh' AND g.app_id = ?1";
            server.db.row::<Single<i64>>(sql, &[app.id.to_param()]).await.unwrap().unwrap().0
        };
        let (returned, withdrawn, idle, used) = (server.app().await, server.app().await, server.app().await, server.app().await);
        let (_, tokens) = connected(&server, &returned).await;
        assert_eq!(returned.post("/oauth/revoke", &returned.signed(&[("token", &tokens.refresh)]), &[]).await.status, 200);
        let (portal, _) = connected(&server, &withdrawn).await;
        let grant = ConnectedApp::list(&portal.store).await.unwrap().remove(0).id;
        portal.revoke_grant(&grant, server.clock.now()).await.unwrap();
        let (_, of_idle) = connected(&server, &idle).await;
        let (_, in_use) = connected(&server, &used).await;
        server.clock.advance(days(29));
        clean_up().await;
        assert_eq!([kept(&returned).await, kept(&withdrawn).await, kept(&idle).await, kept(&used).await], [1; 4]);
        server.clock.advance(days(2));
        clean_up().await;
        assert_eq!([kept(&returned).await, kept(&withdrawn).await, kept(&idle).await, kept(&used).await], [0, 0, 1, 1]);
        // The idle one ends after 90 days.
        used.refresh(&in_use.refresh).await.expect(200);
        server.clock.advance(days(88));
        clean_up().await;
        assert_eq!([kept(&idle).await, kept(&used).await], [1, 1]);
        server.clock.advance(days(1));
        clean_up().await;
        assert_eq!([kept(&idle).await, kept(&used).await], [0, 1]);
        idle.refresh(&of_idle.refresh).await.expect_oauth_error("invalid_grant");
        used.refresh(&in_use.refresh).await.expect(200);
    }

    async fn clearing_up_forgets_what_was_replaced_long_ago_and_nothing_else(engine: Engine) {
        let server = InProcess::start(engine).await;
        let app = server.rotating_app().await;
        let (portal, first) = connected(&server, &app).await;
        let second = Tokens::of(&app.refresh(&first.refresh).await);
        server.clock.advance(days(29));
        klantportaal::oauth::clean_up(&server.cleaner(), server.clock.now()).await.unwrap();
        let third = Tokens::of(&app.refresh(&second.refresh).await);
        server.clock.advance(days(2));
        klantportaal::oauth::clean_up(&server.cleaner(), server.clock.now()).await.unwrap();
        // Forgotten: it is as unknown as any text, and its family lives on.
        app.refresh(&first.refresh).await.expect_oauth_error("invalid_grant");
        app.refresh(&third.refresh).await.expect(200);
        assert!(server.mailbox(&portal.owner_email).texts().is_empty());
        app.refresh(&second.refresh).await.expect_oauth_error("invalid_grant");
        server.mailbox(&portal.owner_email).wait_for(1).await;
    }
}
