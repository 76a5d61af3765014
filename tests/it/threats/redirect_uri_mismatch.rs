//! Redirect URIs that are almost the registered one (RFC 9700 sections 2.1 and 4.1).

use klantportaal::clients::RedirectUri;

use crate::support::{Answer, CALLBACK, SCOPE};

const REGISTERED: [&str; 4] = [
    CALLBACK,
    "https://app.example/deep/er?vast=1",
    "http://127.0.0.1/cb",
    "http://localhost:3000/cb",
];

/// None of these may be followed.
const MISMATCHES: &[&str] = &[
    // More than the registered one, or less.
    "https://app.example/callback/",
    "https://app.example/callback/x",
    "https://app.example/callbackx",
    "https://app.example/callbac",
    "https://app.example/",
    "https://app.example",
    "https://app.example/callback?",
    "https://app.example/callback?x=1",
    "https://app.example/callback#",
    "https://app.example/callback#x",
    "https://app.example/deep/er",
    "https://app.example/deep/er?vast=2",
    "https://app.example/deep/er?vast=1&x=1",
    "https://app.example/deep/er?x=1&vast=1",
    // In other letters.
    "https://app.example/Callback",
    "https://App.example/callback",
    "HTTPS://app.example/callback",
    // On another port, scheme or host.
    "https://app.example:443/callback",
    "https://app.example:8443/callback",
    "https://app.example:/callback",
    "http://app.example/callback",
    "https://www.app.example/callback",
    "https://app.example.evil.example/callback",
    "https://app.example./callback",
    "https://evilapp.example/callback",
    "https://evil.example/https://app.example/callback",
    "https://evil.example/?https://app.example/callback",
    "https://evil.example#https://app.example/callback",
    "//app.example/callback",
    "/callback",
    // By a detour.
    "https://app.example/x/../callback",
    "https://app.example/./callback",
    "https://app.example//callback",
    "https://app.example/callback/../../evil",
    "https://app.example/callback/..;/evil",
    "https://app.example/callback%2f..%2fevil",
    // With somebody's name before the host.
    "https://app.example@evil.example/callback",
    "https://app.example:x@evil.example/callback",
    "https://user@app.example/callback",
    "https://evil.example\\@app.example/callback",
    "https://app.example\\.evil.example/callback",
    "https:\\\\app.example\\callback",
    // Encoded otherwise.
    "https://app.example/%63allback",
    "https://app.example/callback%00",
    "https://app.example/callback%20",
    "https://app.example%2fcallback",
    "https%3A%2F%2Fapp.example%2Fcallback",
    "https://app.example%252fcallback",
    " https://app.example/callback",
    "https://app.example/callback ",
    "https://app.example/callback\t",
    "https://app.example/callback\r\nX: y",
    "https://app.example/callback\0",
    // Letters that look alike, and a host's other spellings.
    "https://аpp.example/callback",
    "https://app.ex\u{ad}ample/callback",
    "https://app。example/callback",
    "https://ａpp.example/callback",
    "https://xn--pp-7kc.example/callback",
    "https://app.example/callbаck",
    // What a loopback address with any port does not mean.
    "http://127.0.0.1:5000/cb2",
    "http://127.0.0.1:5000/cb/",
    "http://127.0.0.1:5000",
    "http://127.0.0.1:99999/cb",
    "http://127.0.0.1:x/cb",
    "http://127.0.0.1:5000@evil.example/cb",
    "http://127.0.0.1.evil.example/cb",
    "http://127.0.0.2:5000/cb",
    "http://127.1/cb",
    "http://2130706433/cb",
    "http://0x7f.0.0.1/cb",
    "http://[::1]/cb",
    "http://[::ffff:127.0.0.1]/cb",
    "http://localhost:3001/cb",
    "http://localhost/cb",
    "https://127.0.0.1/cb",
    // No web address at all.
    "javascript:alert(1)//https://app.example/callback",
    "data:text/html,https://app.example/callback",
    "app.example:/callback",
    "urn:ietf:wg:oauth:2.0:oob",
    "null",
    "*",
];

fn expect_no_way_on(answer: &Answer) {
    assert_eq!(
        (answer.status, answer.header("location"), answer.header("refresh")),
        (400, None, None),
        "{answer}"
    );
}

both_engines! {
    async fn what_is_almost_the_registered_address_is_never_followed(server: &Server) {
        let (app, (_, browser)) = (server.app_with(&REGISTERED, SCOPE).await, server.portal_and_browser().await);
        let form = app.ask().form(&browser).await.with("decision", "allow");
        for uri in MISMATCHES {
            let ask = app.ask().with("redirect_uri", uri);
            expect_no_way_on(&browser.get(&ask.path()).await);
            // Not even to tell the app what else is wrong.
            expect_no_way_on(&browser.get(&ask.clone().with("response_type", "token").path()).await);
            expect_no_way_on(&browser.post(&ask.path(), &form.fields).await);
            app.push(&ask).await.expect_oauth_error("invalid_request");
        }
        form.send(&browser).await;
    }

    async fn the_exchange_asks_for_the_same_characters_again(server: &Server) {
        let (app, (_, browser)) = (server.app_with(&REGISTERED, SCOPE).await, server.portal_and_browser().await);
        let code = app.code(&browser).await;
        for uri in MISMATCHES.iter().chain(&REGISTERED[1..]) {
            let answer = app.call(&app.signed(&[("grant_type", "authorization_code"), ("redirect_uri", uri), ("code", &code)])).await;
            answer.expect_oauth_error("invalid_grant");
        }
        app.exchange(&code).await.expect(200);
    }
}

#[test]
fn what_could_lead_to_somebody_else_is_not_registered() {
    for uri in [
        "http://app.example/callback",
        "https://*.app.example/callback",
        "https://app.example/*",
        "https://app.example/callback#",
        "https://app.example/callback#x",
        "https://user@app.example/callback",
        "https://user:password@app.example/callback",
        "https://@app.example/callback",
        "https://app.example/x/../callback",
        "https://app.example\\callback",
        "https://App.example/callback",
        "https://app.example:443/callback",
        "https://app.example/call back",
        "https://app.example/call\tback",
        "https://аpp.example/callback",
        "http://127.0.0.1.evil.example/cb",
        "http://127.1/cb",
        "http://0.0.0.0/cb",
        "http://localhost.evil.example/cb",
        "//app.example/callback",
        "/callback",
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "app.example:/callback",
        "urn:ietf:wg:oauth:2.0:oob",
    ] {
        assert!(uri.parse::<RedirectUri>().is_err(), "{uri:?}");
    }
    for uri in REGISTERED {
        assert_eq!(uri.parse::<RedirectUri>().unwrap().as_str(), uri);
    }
}
