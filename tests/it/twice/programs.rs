//! An example for each endpoint of programs outside of the API, and for each way in which it is
//! called.

use klantportaal::clients::ClientType;
use reqwest::Method;
use serde_json::json;

use super::shot::Shot;
use crate::support::{App, Browser, CALLBACK, Instance, SCOPE};

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// What is called, and how.
pub fn cases() -> Vec<(&'static str, &'static str)> {
    vec![
        ("/oauth/tokens", "code"),
        ("/oauth/tokens", "refresh token"),
        ("/oauth/tokens", "refresh token that is replaced"),
        ("/oauth/tokens", "device code"),
        ("/oauth/revoke", "refresh token"),
        ("/oauth/introspect", "token"),
        ("/oauth/par", "request"),
        ("/oauth/device", "request"),
        ("/leaks", "key"),
    ]
}

/// A call of an endpoint with an app's credentials and these fields.
fn of_app(path: &'static str, app: App, fields: &[(&str, &str)]) -> Shot {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let fields: Vec<(String, String)> = app.signed(fields).iter().map(own).collect();
    Shot::new(path, move || {
        let (app, fields) = (app.clone(), fields.clone());
        async move {
            let fields: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            app.post(path, &fields, &[]).await
        }
    })
}

/// An app's device code that its owner has allowed.
async fn device_code(app: &App, browser: &Browser) -> String {
    let asked = app.post("/oauth/device", &app.signed(&[("scope", SCOPE)]), &[]).await.expect(200);
    let path = format!("/manage/device?user_code={}", asked["user_code"].as_str().unwrap());
    browser.page(&path).await.form().with("decision", "allow").send(browser).await;
    asked["device_code"].as_str().unwrap().to_owned()
}

pub async fn example(server: &Instance, path: &'static str, case: &str) -> Shot {
    let (portal, browser) = server.portal_and_browser().await;
    match (path, case) {
        ("/oauth/tokens", "code") => {
            let app = server.app().await;
            let code = app.code(&browser).await;
            let grant = ("grant_type", "authorization_code");
            of_app(path, app, &[grant, ("code", &code), ("redirect_uri", CALLBACK)])
        }
        ("/oauth/tokens", "device code") => {
            let app = server.device_app(ClientType::Confidential).await;
            let code = device_code(&app, &browser).await;
            of_app(path, app, &[("grant_type", DEVICE), ("device_code", &code)])
        }
        ("/oauth/tokens", case) => {
            let is_replaced = case == "refresh token that is replaced";
            let app = if is_replaced { server.rotating_app().await } else { server.app().await };
            let refresh = app.connect(&browser).await.refresh;
            of_app(path, app, &[("grant_type", "refresh_token"), ("refresh_token", &refresh)])
        }
        ("/oauth/revoke", _) => {
            let app = server.app().await;
            let refresh = app.connect(&browser).await.refresh;
            of_app(path, app, &[("token", &refresh)])
        }
        ("/oauth/introspect", _) => {
            let app = server.app().await;
            let access = app.connect(&browser).await.access;
            of_app(path, app, &[("token", &access)])
        }
        ("/oauth/par", _) => {
            let app = server.app().await;
            let ask = app.ask().without("client_id");
            of_app(path, app, &ask.pairs())
        }
        ("/oauth/device", _) => {
            let app = server.device_app(ClientType::Confidential).await;
            of_app(path, app, &[("scope", SCOPE)])
        }
        ("/leaks", _) => {
            let token = portal.key().await.token.clone();
            let body = Some(json!({ "token": token }));
            Shot::call(path, &server.nobody(), &Method::POST, path.to_owned(), body).hashing()
        }
        _ => panic!("{path} ({case}): teach tests/it/twice/programs.rs to call it"),
    }
}
