//! Malformed bodies at the token endpoint.

use crate::support::{App, CALLBACK, basic};

fn json_of(app: &App, more: &str) -> String {
    format!(
        r#"{{"grant_type":"refresh_token","refresh_token":"kpr_x","client_id":"{}","client_secret":"{}"{more}}}"#,
        app.id, app.secret
    )
}

both_engines! {
    async fn a_doubled_parameter_is_refused_in_form_and_json(server: &Server) {
        let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let code = app.code(&browser).await;
        for (name, value) in [("code", code.as_str()), ("client_id", app.id.as_str()), ("client_secret", &app.secret), ("redirect_uri", CALLBACK), ("grant_type", "authorization_code")] {
            app.exchange_with(&code, &[(name, value)]).await.expect_oauth_error("invalid_request");
        }
        for more in [r#","grant_type":"refresh_token""#, r#","x":"1","x":"1""#, r#","\u0067rant_type":"refresh_token""#] {
            app.call_raw(Some("application/json"), json_of(&app, more)).await.expect_oauth_error("invalid_request");
        }
        // What nobody reads is ignored (RFC 6749 section 3.2). JSON in which a name stands twice is no
        // good JSON, whatever the name.
        app.exchange_with(&code, &[("x", "1"), ("x", "2"), ("Code", "x")]).await.expect(200);
        app.call_raw(Some("application/json"), json_of(&app, r#","x":["1",{}],"y":2"#)).await.expect_oauth_error("invalid_grant");
    }

    async fn json_of_another_shape_is_refused(server: &Server) {
        let app = server.app().await;
        for more in ["", r#","scope":null"#, r#","scope":"""#, r#","iets":"anders""#] {
            app.call_raw(Some("application/json"), json_of(&app, more)).await.expect_oauth_error("invalid_grant");
        }
        let good = json_of(&app, "");
        let after_byte_order_mark = format!("\u{feff}{good}");
        app.call_raw(Some("application/json"), after_byte_order_mark).await.expect_oauth_error("invalid_grant");
        for body in [
            "\u{feff}".into(),
            format!("\u{feff}\u{feff}{good}"),
            String::new(),
            "null".into(),
            "[]".into(),
            "\"x\"".into(),
            format!("[{good}]"),
            good[1..].to_owned(),
            good[..good.len() - 1].to_owned(),
            format!("{good}{good}"),
            json_of(&app, r#","scope":["customers.read"]"#),
            json_of(&app, r#","scope":1"#),
            json_of(&app, r#","scope":true"#),
            json_of(&app, r#","scope":{}"#),
            json_of(&app, r#","scope":"\ud800""#),
            json_of(&app, ","),
            format!("{{\"scope\":{}", "[".repeat(10_000)),
            good.replace('"', "'"),
        ] {
            app.call_raw(Some("application/json"), body).await.expect_oauth_error("invalid_request");
        }
        app.call_raw(Some("application/json"), vec![b'{', b'"', 0xff, b'"', b'}']).await.expect_oauth_error("invalid_request");
    }

    async fn what_the_body_is_must_be_said(server: &Server) {
        let app = server.app().await;
        let (json, form) = (json_of(&app, ""), format!("grant_type=refresh_token&refresh_token=kpr_x&client_id={}&client_secret={}", app.id, app.secret));
        for kind in ["application/json", "application/json; charset=utf-8", "Application/JSON"] {
            app.call_raw(Some(kind), json.clone()).await.expect_oauth_error("invalid_grant");
        }
        for kind in ["application/x-www-form-urlencoded", "application/x-www-form-urlencoded;charset=UTF-8"] {
            app.call_raw(Some(kind), form.clone()).await.expect_oauth_error("invalid_grant");
        }
        for kind in [None, Some(""), Some("text/plain"), Some("multipart/form-data; boundary=x"), Some("application/jsonp"), Some("application/json-seq")] {
            app.call_raw(kind, json.clone()).await.expect_oauth_error("invalid_request");
            app.call_raw(kind, form.clone()).await.expect_oauth_error("invalid_request");
        }
        app.call_raw(Some("application/json"), form).await.expect_oauth_error("invalid_request");
        app.call_raw(Some("application/x-www-form-urlencoded"), json).await.expect_oauth_error("invalid_request");
    }

    async fn a_body_that_is_too_large_is_refused(server: &Server) {
        let app = server.app().await;
        let padding = "x".repeat(70_000);
        app.call_raw(Some("application/json"), json_of(&app, &format!(r#","scope":"{padding}""#))).await.expect_oauth_status(413, "invalid_request");
        app.call(&app.signed(&[("grant_type", "refresh_token"), ("refresh_token", &padding)])).await.expect_oauth_status(413, "invalid_request");
        // Also without a Content-Length.
        let chunks = futures_util::stream::iter((0..20).map(|_| Ok::<_, std::io::Error>("x".repeat(10_000))));
        app.call_raw(Some("application/json"), reqwest::Body::wrap_stream(chunks)).await.expect_oauth_status(413, "invalid_request");
        let (_, browser) = server.portal_and_browser().await;
        let form = app.ask().form(&browser).await.with("decision", "allow").with("x", &padding);
        assert_eq!(form.send(&browser).await.status, 413);
        app.refresh("kpr_x").await.expect_oauth_error("invalid_grant");
    }

    async fn only_the_two_grant_types_are_known(server: &Server) {
        let app = server.app().await;
        for kind in ["client_credentials", "password", "implicit", "Refresh_Token", "refresh_token "] {
            app.call(&app.signed(&[("grant_type", kind)])).await.expect_oauth_error("unsupported_grant_type");
        }
        app.call(&app.signed(&[("grant_type", "")])).await.expect_oauth_error("invalid_request");
        app.call(&app.signed(&[])).await.expect_oauth_error("invalid_request");
        let header = basic(app.id.as_str(), &app.secret);
        app.call_with(&[], &[("authorization", &header)]).await.expect_oauth_error("invalid_request");
    }

    async fn odd_characters_do_no_harm(server: &Server) {
        let app = server.app().await;
        for text in ["\0", "kpr_\0", "é€😀", "' OR 1=1 --", "%00%ff", &"kpr_".repeat(1000)] {
            app.refresh(text).await.expect_oauth_error("invalid_grant");
            app.call_json(&app.signed(&[("grant_type", "refresh_token"), ("refresh_token", text)])).await.expect_oauth_error("invalid_grant");
            app.exchange(text).await.expect_oauth_error("invalid_grant");
            app.call(&[("client_id", text), ("client_secret", text), ("grant_type", "refresh_token")]).await.expect_oauth_error("invalid_client");
            app.call(&app.signed(&[("grant_type", text)])).await.expect_oauth_error("unsupported_grant_type");
        }
        let raw = format!("client_id={}&client_secret={}&grant_type=refresh_token&refresh_token=%ff%fe%00", app.id, app.secret);
        app.call_raw(Some("application/x-www-form-urlencoded"), raw).await.expect_oauth_error("invalid_grant");
    }
}
