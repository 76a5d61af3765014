//! Wrong credentials at the token endpoint are throttled; nothing else is.

use jiff::SignedDuration;

use crate::support::{Answer, App, InProcess, Tokens};

const PROBE: [(&str, &str); 2] = [("grant_type", "refresh_token"), ("refresh_token", "kpr_x")];

/// Makes a call with wrong credentials until that is too much; returns the answer that says so. The
/// time that the calls take is counted too, so it may take some more than `allowed`.
async fn until_slowed(allowed: usize, call: impl AsyncFn(usize) -> Answer) -> Answer {
    for index in 0..10 * allowed + 10 {
        let answer = call(index).await;
        if answer.status == 429 {
            assert!(index >= allowed, "slowed after {index}: {answer}");
            return answer;
        }
        answer.expect_oauth_error("invalid_client");
    }
    panic!("never slowed");
}

/// The same in the name of one app.
async fn slow_down(app: &App, grant_type: &str) -> Answer {
    let wrong = app.with_secret("kps_wrong".into());
    until_slowed(20, async |_| wrong.call(&wrong.signed(&[("grant_type", grant_type)])).await).await
}

both_engines! {
    async fn too_many_wrong_credentials_have_to_wait(engine: Engine) {
        let server = InProcess::start(engine).await;
        let app = server.app().await;
        let slowed = slow_down(&app, "refresh_token").await;
        let body = slowed.expect(429);
        assert_eq!((&body["error"], slowed.header("content-type")), (&"invalid_client".into(), Some("application/json")), "{slowed}");
        assert!(body["error_description"].is_string(), "{slowed}");
        let wait = slowed.number("retry-after");
        assert!((1..=3).contains(&wait), "{slowed}");
        // By HTTP Basic it is the same app.
        until_slowed(0, async |_| app.call_basic(app.id.as_str(), "x", &PROBE).await).await;
        server.clock.advance(SignedDuration::from_secs(wait));
        app.call_basic(app.id.as_str(), "x", &PROBE).await.expect_oauth_error("invalid_client");
    }

    async fn who_has_the_right_secret_is_never_slowed(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let code = app.code(&browser).await;
        for grant_type in ["refresh_token", "authorization_code"] {
            slow_down(&app, grant_type).await.expect(429);
        }
        let tokens = Tokens::of(&app.exchange(&code).await);
        app.refresh(&tokens.refresh).await.expect(200);
    }

    async fn a_dead_refresh_token_is_an_invalid_grant_however_often(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, public, (_, browser)) = (server.app().await, server.public_app().await, server.portal_and_browser().await);
        let code = app.code(&browser).await;
        for _ in 0..60 {
            app.call(&app.signed(&PROBE)).await.expect_oauth_error("invalid_grant");
            public.call(&public.signed(&PROBE)).await.expect_oauth_error("invalid_grant");
        }
        app.exchange(&code).await.expect(200);
    }

    async fn each_app_and_each_grant_type_is_slowed_by_itself(engine: Engine) {
        let server = InProcess::start(engine).await;
        let (app, other) = (server.app().await, server.app().await);
        slow_down(&app, "refresh_token").await.expect(429);
        app.call_basic(app.id.as_str(), "x", &[("grant_type", "authorization_code")]).await.expect_oauth_error("invalid_client");
        other.call_basic(other.id.as_str(), "x", &PROBE).await.expect_oauth_error("invalid_client");
    }

    async fn one_address_is_slowed_whatever_names_it_tries(engine: Engine) {
        let server = InProcess::stopped(engine).await;
        let app = server.app().await;
        until_slowed(200, async |index| app.call_basic(&format!("app_{index}"), "x", &PROBE).await).await;
        app.call(&app.signed(&PROBE)).await.expect_oauth_error("invalid_grant");
    }
}
