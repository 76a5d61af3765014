//! Client authentication at the token endpoint: in the body or with HTTP Basic, never both.

use jiff::SignedDuration;
use klantportaal::clients::AppSecret;

use crate::support::{Answer, App, CALLBACK, InProcess, basic};

/// A refresh with any credentials, which tells a known app by another error.
const PROBE: [(&str, &str); 2] = [("grant_type", "refresh_token"), ("refresh_token", "kpr_x")];

async fn basic_header(app: &App, header: &str, more: &[(&str, &str)]) -> Answer {
    app.call_with(&[&PROBE, more].concat(), &[("authorization", header)]).await
}

both_engines! {
    async fn an_app_is_known_by_body_and_by_basic(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let code = app.code(&browser).await;
        let fields = [("grant_type", "authorization_code"), ("redirect_uri", CALLBACK), ("code", code.as_str())];
        app.call_basic(app.id.as_str(), &app.secret, &fields).await.expect(200);
        app.call(&app.signed(&PROBE)).await.expect_oauth_error("invalid_grant");
        app.call_json(&app.signed(&PROBE)).await.expect_oauth_error("invalid_grant");
        // The client_id may stand in the body as well, as some libraries send it.
        app.call_basic(app.id.as_str(), &app.secret, &[&PROBE[..], &[("client_id", app.id.as_str())]].concat()).await.expect_oauth_error("invalid_grant");
        basic_header(&app, &basic(app.id.as_str(), &app.secret).replace("Basic", "bAsIc"), &[]).await.expect_oauth_error("invalid_grant");
    }

    async fn wrong_credentials_are_refused_alike(server: &Server) {
        let (app, other) = (server.app().await, server.app().await);
        let mut swapped = app.secret.clone();
        let last = swapped.pop().unwrap();
        swapped.push(if last == 'a' { 'b' } else { 'a' });
        let mut texts = Vec::new();
        for (id, secret) in [
            (app.id.as_str(), other.secret.as_str()),
            (app.id.as_str(), &swapped),
            (app.id.as_str(), "x"),
            (app.id.as_str(), &app.secret.to_lowercase()),
            ("app_0123456789abcd", &app.secret),
            ("x", &app.secret),
        ] {
            let body = app.call(&[&PROBE[..], &[("client_id", id), ("client_secret", secret)]].concat()).await;
            body.expect_oauth_error("invalid_client");
            // A 401 has a challenge, whichever way was tried (RFC 9110 section 15.5.2).
            assert!(body.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Basic ")), "{body}");
            let basic = app.call_basic(id, secret, &PROBE).await;
            basic.expect_oauth_error("invalid_client");
            assert!(basic.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Basic ")), "{basic}");
            assert!(!body.text().contains(secret) && !basic.text().contains(secret));
            texts.extend([body.text(), basic.text()]);
        }
        texts.dedup();
        assert_eq!(texts.len(), 1, "nothing tells an unknown app from a wrong secret: {texts:?}");
    }

    async fn an_empty_secret_of_basic_is_none(server: &Server) {
        let (public, app, (_, browser)) = (server.public_app().await, server.app().await, server.portal_and_browser().await);
        let code = public.code(&browser).await;
        let fields = [("grant_type", "authorization_code"), ("redirect_uri", crate::support::CALLBACK), ("code", &code), ("code_verifier", crate::support::VERIFIER)];
        public.call_basic(public.id.as_str(), "x", &fields).await.expect_oauth_error("invalid_client");
        public.call_basic(public.id.as_str(), "", &fields).await.expect(200);
        app.call_basic(app.id.as_str(), "", &PROBE).await.expect_oauth_error("invalid_client");
    }

    async fn a_token_in_the_place_of_credentials_is_told_as_such(server: &Server) {
        let (app, _, tokens) = server.connected().await;
        for scheme in ["Bearer", "DPoP"] {
            let answer = app.call_with(&PROBE, &[("authorization", &format!("{scheme} {}", tokens.access))]).await;
            answer.expect_oauth_error("invalid_client");
            assert!(answer.text().contains("must be HTTP Basic") && answer.header("www-authenticate").is_some(), "{answer}");
        }
    }

    async fn missing_credentials_are_refused(server: &Server) {
        let app = server.app().await;
        let id = ("client_id", app.id.as_str());
        app.call(&PROBE).await.expect_oauth_error("invalid_request");
        app.call(&[&PROBE[..], &[id]].concat()).await.expect_oauth_error("invalid_client");
        app.call(&[&PROBE[..], &[id, ("client_secret", "")]].concat()).await.expect_oauth_error("invalid_client");
        for header in ["Basic", "Basic ", "Basic !!!", "Basic YQ==", "Bearer abc", &format!("Bearer {}", app.secret), &format!("Basic {}", app.secret)] {
            basic_header(&app, header, &[]).await.expect_oauth_error("invalid_client");
        }
        // Credentials in the address count for nothing (RFC 6749 section 2.3.1).
        let url = format!("{}/oauth/tokens?client_id={}&client_secret={}", server.url, app.id, app.secret);
        Answer::to(server.http.post(url).form(&PROBE)).await.expect_oauth_error("invalid_request");
    }

    async fn two_ways_at_once_are_an_invalid_request(server: &Server) {
        let (app, other) = (server.app().await, server.app().await);
        let header = basic(app.id.as_str(), &app.secret);
        for more in [
            vec![("client_id", app.id.as_str()), ("client_secret", app.secret.as_str())],
            vec![("client_secret", app.secret.as_str())],
            vec![("client_secret", other.secret.as_str())],
            vec![("client_id", other.id.as_str())],
        ] {
            basic_header(&app, &header, &more).await.expect_oauth_error("invalid_request");
        }
        for second in [header.clone(), basic(other.id.as_str(), &other.secret), "Bearer x".to_owned()] {
            let headers = [("authorization", header.as_str()), ("authorization", second.as_str())];
            app.call_with(&PROBE, &headers).await.expect_oauth_error("invalid_request");
        }
    }

    async fn one_apps_code_is_nothing_with_anothers_credentials(server: &Server) {
        let (app, other, (_, browser)) = (server.app().await, server.app().await, server.portal_and_browser().await);
        let code = app.code(&browser).await;
        other.exchange(&code).await.expect_oauth_error("invalid_grant");
        let fields = [("grant_type", "authorization_code"), ("redirect_uri", CALLBACK), ("code", code.as_str())];
        other.call_basic(other.id.as_str(), &other.secret, &fields).await.expect_oauth_error("invalid_grant");
        // Nor with its own id and another's secret.
        other.call_basic(app.id.as_str(), &other.secret, &fields).await.expect_oauth_error("invalid_client");
        app.exchange(&code).await.expect(200);
    }

    async fn a_rotated_secret_works_until_its_overlap_is_over(engine: Engine) {
        let server = InProcess::start(engine).await;
        let old = server.app().await;
        let rotate = async |hours| AppSecret::rotate(&server.db, &old.id, SignedDuration::from_hours(hours), server.clock.now()).await.unwrap().reveal().to_owned();
        let with = |secret| old.with_secret(secret);
        let second = with(rotate(24).await);
        for app in [&old, &second] {
            app.refresh("kpr_x").await.expect_oauth_error("invalid_grant");
        }
        server.clock.advance(SignedDuration::from_hours(23));
        // Rotating again gives the first no more time than it had.
        let third = with(rotate(48).await);
        for app in [&old, &second, &third] {
            app.refresh("kpr_x").await.expect_oauth_error("invalid_grant");
        }
        server.clock.advance(SignedDuration::from_hours(1));
        old.refresh("kpr_x").await.expect_oauth_error("invalid_client");
        old.call_basic(old.id.as_str(), &old.secret, &PROBE).await.expect_oauth_error("invalid_client");
        for app in [&second, &third] {
            app.refresh("kpr_x").await.expect_oauth_error("invalid_grant");
        }
        // Without an overlap, those before are dead on the very next request.
        let fourth = with(rotate(0).await);
        for app in [&second, &third] {
            app.refresh("kpr_x").await.expect_oauth_error("invalid_client");
        }
        fourth.refresh("kpr_x").await.expect_oauth_error("invalid_grant");
    }
}
