//! The `oauth2` crate as a client, against the real server.

use oauth2::basic::{BasicClient, BasicErrorResponseType, BasicTokenResponse};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    DeviceAuthorizationUrl, DeviceCodeErrorResponseType, HttpRequest, HttpResponse,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError, Scope,
    StandardDeviceAuthorizationResponse, TokenResponse, TokenUrl,
};

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use klantportaal::clients::ClientType;

use crate::support::{App, Back, Browser, CALLBACK, InProcess, Page, Server};

type Client = BasicClient<
    oauth2::EndpointSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointSet,
>;

async fn send(http: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let (parts, body) = request.into_parts();
    let response = http
        .request(parts.method, parts.uri.to_string())
        .headers(parts.headers)
        .body(body)
        .send()
        .await?;
    let mut answer = oauth2::http::Response::builder().status(response.status());
    *answer.headers_mut().unwrap() = response.headers().clone();
    Ok(answer.body(response.bytes().await?.to_vec()).unwrap())
}

/// A client that knows no more than the metadata and its own credentials.
async fn client(server: &Server, app: &App, kind: AuthType) -> Client {
    let metadata = server.nobody().get("/.well-known/oauth-authorization-server").await.expect(200);
    let url = |name: &str| metadata[name].as_str().unwrap().to_owned();
    BasicClient::new(ClientId::new(app.id.to_string()))
        .set_client_secret(ClientSecret::new(app.secret.clone()))
        .set_auth_uri(AuthUrl::new(url("authorization_endpoint")).unwrap())
        .set_token_uri(TokenUrl::new(url("token_endpoint")).unwrap())
        .set_redirect_uri(RedirectUrl::new(CALLBACK.to_owned()).unwrap())
        .set_auth_type(kind)
}

/// Opens the authorization URL as the owner, and decides.
async fn decide(
    browser: &Browser,
    client: &Client,
    decision: &str,
) -> (Back, CsrfToken, PkceCodeVerifier) {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let scopes = ["customers.read", "customers.write"].map(|scope| Scope::new(scope.into()));
    let (url, state) = client
        .authorize_url(CsrfToken::new_random)
        .add_scopes(scopes)
        .set_pkce_challenge(challenge)
        .add_extra_param("prompt", "consent")
        .url();
    let page = Page::of(&browser.get(url.as_str()).await);
    (Back::of(&page.form().with("decision", decision).send(browser).await), state, verifier)
}

async fn exchange(
    server: &Server,
    client: &Client,
    code: String,
    verifier: PkceCodeVerifier,
) -> Result<BasicTokenResponse, BasicErrorResponseType> {
    let http = server.http.clone();
    let answer = client
        .exchange_code(AuthorizationCode::new(code))
        .set_pkce_verifier(verifier)
        .request_async(&|request| send(http.clone(), request))
        .await;
    answer.map_err(|error| match error {
        RequestTokenError::ServerResponse(answer) => answer.error().clone(),
        error => panic!("{error:?}"),
    })
}

both_engines! {
    async fn the_crate_goes_the_whole_way_with_either_authentication(server: &Server) {
        for kind in [AuthType::BasicAuth, AuthType::RequestBody] {
            let (app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
            let client = client(server, &app, kind).await;
            let (back, state, verifier) = decide(&browser, &client, "allow").await;
            assert_eq!((back.get("state"), back.get("iss")), (Some(state.secret().as_str()), Some(server.url.as_str())));
            let tokens = exchange(server, &client, back.code(), verifier).await.unwrap();
            assert_eq!(tokens.expires_in(), Some(std::time::Duration::from_secs(3600)));
            let scopes: Vec<&str> = tokens.scopes().unwrap().iter().map(|scope| scope.as_str()).collect();
            assert_eq!(scopes, ["customers.read", "customers.write"]);
            server.bearer(tokens.access_token().secret()).get("/v1/customers").await.expect(200);

            let http = server.http.clone();
            let refresh = RefreshToken::new(tokens.refresh_token().unwrap().secret().clone());
            let refreshed = client.exchange_refresh_token(&refresh).request_async(&|request| send(http.clone(), request)).await.unwrap();
            assert_ne!(refreshed.access_token().secret(), tokens.access_token().secret());
            assert!(refreshed.refresh_token().is_none());
            server.bearer(refreshed.access_token().secret()).get("/v1/customers").await.expect(200);
        }
    }

    async fn the_crate_gets_tokens_for_a_device(engine: Engine) {
        let server = InProcess::start(engine).await;
        for (kind, decision) in [(ClientType::Public, "allow"), (ClientType::Confidential, "allow"), (ClientType::Public, "deny")] {
            let (app, (_, browser)) = (server.device_app(kind).await, server.portal_and_browser().await);
            let metadata = server.nobody().get("/.well-known/oauth-authorization-server").await.expect(200);
            let url = |name: &str| metadata[name].as_str().unwrap().to_owned();
            let mut client = BasicClient::new(ClientId::new(app.id.to_string()))
                .set_token_uri(TokenUrl::new(url("token_endpoint")).unwrap())
                .set_device_authorization_url(DeviceAuthorizationUrl::new(url("device_authorization_endpoint")).unwrap())
                .set_auth_type(AuthType::RequestBody);
            if kind == ClientType::Confidential {
                client = client.set_client_secret(ClientSecret::new(app.secret.clone()));
            }
            let http = server.http.clone();
            let send = |request| send(http.clone(), request);
            let device: StandardDeviceAuthorizationResponse =
                client.exchange_device_code().add_scope(Scope::new("customers.read".into())).request_async(&send).await.unwrap();
            let complete = device.verification_uri_complete().unwrap().secret();
            let form = Page::of(&browser.get(complete).await).form().with("decision", decision);
            let (form, browser, slept) = (&form, &browser, &AtomicU32::new(0));
            // The owner takes twelve seconds; the clock goes as the library sleeps.
            let sleep = async |wait: Duration| {
                server.clock.advance(wait.try_into().unwrap());
                if slept.fetch_add(1, Ordering::Relaxed) == 2 {
                    assert_eq!(form.send(browser).await.status, 303);
                }
            };
            let answer = client.exchange_device_access_token(&device).request_async(&send, sleep, None).await;
            assert_eq!(slept.load(Ordering::Relaxed), 3);
            match answer {
                Ok(tokens) => {
                    assert_eq!(decision, "allow");
                    server.bearer(tokens.access_token().secret()).get("/v1/customers").await.expect(200);
                    assert!(tokens.refresh_token().is_some());
                }
                Err(RequestTokenError::ServerResponse(answer)) => {
                    assert_eq!((decision, answer.error()), ("deny", &DeviceCodeErrorResponseType::AccessDenied));
                }
                Err(error) => panic!("{error:?}"),
            }
        }
    }

    async fn the_crate_understands_the_errors(server: &Server) {
        let (mut app, (_, browser)) = (server.app().await, server.portal_and_browser().await);
        let good = client(server, &app, AuthType::BasicAuth).await;
        let (back, state, _) = decide(&browser, &good, "deny").await;
        back.expect_error("access_denied", Some(state.secret()));
        let (back, _, _) = decide(&browser, &good, "allow").await;
        let other = PkceCodeChallenge::new_random_sha256().1;
        assert_eq!(exchange(server, &good, back.code(), other).await.unwrap_err(), BasicErrorResponseType::InvalidGrant);
        app.secret.pop();
        let wrong = client(server, &app, AuthType::RequestBody).await;
        let (back, _, verifier) = decide(&browser, &wrong, "allow").await;
        assert_eq!(exchange(server, &wrong, back.code(), verifier).await.unwrap_err(), BasicErrorResponseType::InvalidClient);
    }
}
