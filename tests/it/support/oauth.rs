//! Apps, and what they and portal owners do at the authorization server.

use std::collections::BTreeMap;

use jiff::Timestamp;
use klantportaal::accounts::{Account, add_portal, create_developer};
use klantportaal::auth::ScopeSet;
use klantportaal::clients::{AppDetails, AppProtection, ClientType, Credential, RedirectUris};
use klantportaal::ids::{AppId, DeveloperId, PortalId};
use reqwest::Client;
use reqwest::header::AUTHORIZATION;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::{Answer, Browser, FilledForm, Instance, Page, Portal};

/// The redirect URI of every app.
pub const CALLBACK: &str = "https://app.example/callback";
/// What an app asks for, unless a test says otherwise.
pub const SCOPE: &str = "customers.read customers.write";

/// The PKCE pair of RFC 7636 appendix B, which public apps use here.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A developer's app.
#[derive(Clone)]
pub struct App {
    pub id: AppId,
    pub developer: DeveloperId,
    /// Empty for a public app.
    pub secret: String,
    pub url: String,
    http: Client,
}

/// An authorization request, parameter by parameter.
#[derive(Clone)]
pub struct Ask(Vec<(String, String)>);

/// Where an owner was sent back to, and with what.
#[derive(Debug)]
pub struct Back {
    pub uri: String,
    pub parameters: BTreeMap<String, String>,
}

/// What an app got for a code.
#[derive(Debug, Clone)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
}

impl Instance {
    /// An app of a developer of its own.
    pub async fn app(&self) -> App {
        self.app_with(&[CALLBACK], SCOPE).await
    }

    pub async fn app_with(&self, redirect_uris: &[&str], scopes: &str) -> App {
        self.app_of(ClientType::Confidential, details(redirect_uris, scopes)).await
    }

    /// An app some of whose scopes an owner may leave out.
    pub async fn app_with_optional(
        &self,
        redirect_uris: &[&str],
        scopes: &str,
        optional: &str,
    ) -> App {
        let details = AppDetails {
            optional_scopes: optional.parse().unwrap(),
            ..details(redirect_uris, scopes)
        };
        self.app_of(ClientType::Confidential, details).await
    }

    /// A confidential app whose refresh tokens are replaced at each use.
    pub async fn rotating_app(&self) -> App {
        let app = self.app().await;
        AppProtection { rotate_refresh_tokens: true, ..AppProtection::default() }
            .save(&self.db, &app.developer, &app.id)
            .await
            .unwrap();
        app
    }

    /// A confidential app that must use PKCE.
    pub async fn careful_app(&self) -> App {
        let app = self.app().await;
        AppProtection { require_pkce: true, ..AppProtection::default() }
            .save(&self.db, &app.developer, &app.id)
            .await
            .unwrap();
        app
    }

    /// An app without a secret.
    pub async fn public_app(&self) -> App {
        self.app_of(ClientType::Public, details(&[CALLBACK], SCOPE)).await
    }

    /// An app that may ask by device code; a public one has no secret.
    pub async fn device_app(&self, client_type: ClientType) -> App {
        self.app_of(client_type, AppDetails { device_flow: true, ..details(&[CALLBACK], SCOPE) })
            .await
    }

    async fn app_of(&self, client_type: ClientType, details: AppDetails) -> App {
        let (account, now) = (self.owner(&self.portal().await).await, Timestamp::now());
        let mut tx = self.db.begin().await.unwrap();
        let developer = create_developer(&mut tx, &"Koppelaars & Zonen".into(), &account.id, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let credential = match client_type {
            ClientType::Confidential => Credential::Secret,
            ClientType::Public => Credential::Nothing,
        };
        let (id, secret) = details.create(&self.db, &developer, credential, now).await.unwrap();
        let secret = secret.map(|secret| secret.reveal().to_owned()).unwrap_or_default();
        self.known_app(id, developer, secret)
    }

    /// An app that is there already.
    pub fn known_app(&self, id: AppId, developer: DeveloperId, secret: String) -> App {
        App { id, developer, secret, url: self.url.clone(), http: self.http.clone() }
    }

    /// The account of a portal's owner.
    pub async fn owner(&self, portal: &Portal) -> Account {
        Account::by_email(&self.db, &portal.owner_email).await.unwrap().unwrap()
    }

    /// A further portal of the same owner.
    pub async fn further_portal(&self, portal: &Portal, name: &str) -> PortalId {
        let owner = self.owner(portal).await;
        let mut tx = self.db.begin().await.unwrap();
        let id =
            add_portal(&mut tx, &name.parse().unwrap(), &owner.id, Timestamp::now()).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A new portal with its owner's browser.
    pub async fn portal_and_browser(&self) -> (Portal, Browser) {
        let portal = self.portal().await;
        let browser = Browser::logged_in(&self.url, &portal.owner_email).await;
        (portal, browser)
    }

    /// An app that a new portal has given access to.
    pub async fn connected(&self) -> (App, Portal, Tokens) {
        let (app, (portal, browser)) = (self.app().await, self.portal_and_browser().await);
        let tokens = app.connect(&browser).await;
        (app, portal, tokens)
    }
}

impl App {
    /// The app with another secret.
    pub fn with_secret(&self, secret: String) -> Self {
        Self { secret, ..self.clone() }
    }

    /// What the app asks for, in good order.
    pub fn ask(&self) -> Ask {
        let parameters = [
            ("client_id", self.id.as_str()),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", SCOPE),
            ("state", "xyz"),
        ];
        let ask = Ask(parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        if self.is_public() { ask.with_challenge() } else { ask }
    }

    fn is_public(&self) -> bool {
        self.secret.is_empty()
    }

    /// A code, with the owner's consent.
    pub async fn code(&self, browser: &Browser) -> String {
        self.ask().allow(browser).await.code()
    }

    /// The whole way to tokens.
    pub async fn connect(&self, browser: &Browser) -> Tokens {
        Tokens::of(&self.exchange(&self.code(browser).await).await)
    }

    /// A call of the token endpoint as it is.
    pub async fn call(&self, fields: &[(&str, &str)]) -> Answer {
        self.call_with(fields, &[]).await
    }

    pub async fn call_with(&self, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        self.post("/oauth/tokens", fields, headers).await
    }

    /// A call of an endpoint as it is.
    pub async fn post(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let request = self.http.post(format!("{}{path}", self.url)).form(fields);
        Answer::to(
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)),
        )
        .await
    }

    /// The same with a JSON body.
    pub async fn call_json(&self, fields: &[(&str, &str)]) -> Answer {
        let body: Map<String, Value> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        self.call_raw(Some("application/json"), serde_json::to_vec(&body).unwrap()).await
    }

    /// The same with any body.
    pub async fn call_raw(&self, kind: Option<&str>, body: impl Into<reqwest::Body>) -> Answer {
        let request = self.http.post(format!("{}/oauth/tokens", self.url)).body(body);
        Answer::to(match kind {
            Some(kind) => request.header("content-type", kind),
            None => request,
        })
        .await
    }

    /// A call with HTTP Basic.
    pub async fn call_basic(&self, id: &str, secret: &str, fields: &[(&str, &str)]) -> Answer {
        self.call_with(fields, &[(AUTHORIZATION.as_str(), &basic(id, secret))]).await
    }

    /// Pushes a request, with the app's credentials (RFC 9126).
    pub async fn push(&self, ask: &Ask) -> Answer {
        self.post("/oauth/par", &self.signed(&ask.without("client_id").pairs()), &[]).await
    }

    /// The request of a `request_uri`.
    pub fn pushed(&self, request_uri: &str) -> Ask {
        Ask(vec![
            ("client_id".to_owned(), self.id.to_string()),
            ("request_uri".to_owned(), request_uri.to_owned()),
        ])
    }

    /// Pushes a request that must be in order.
    pub async fn ask_pushed(&self, ask: &Ask) -> Ask {
        self.pushed(self.push(ask).await.expect(201)["request_uri"].as_str().unwrap())
    }

    /// The app's credentials and these fields.
    pub fn signed<'a>(&'a self, fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let credentials =
            [("client_id", self.id.as_str()), ("client_secret", self.secret.as_str())];
        credentials.iter().filter(|(_, value)| !value.is_empty()).chain(fields).copied().collect()
    }

    pub async fn exchange(&self, code: &str) -> Answer {
        let verifier = [("code_verifier", VERIFIER)];
        self.exchange_with(code, if self.is_public() { &verifier } else { &[] }).await
    }

    pub async fn exchange_with(&self, code: &str, more: &[(&str, &str)]) -> Answer {
        let fields = [
            &[("grant_type", "authorization_code"), ("redirect_uri", CALLBACK), ("code", code)],
            more,
        ]
        .concat();
        self.call(&self.signed(&fields)).await
    }

    pub async fn refresh(&self, token: &str) -> Answer {
        self.refresh_with(token, &[]).await
    }

    pub async fn refresh_with(&self, token: &str, more: &[(&str, &str)]) -> Answer {
        let fields = [&[("grant_type", "refresh_token"), ("refresh_token", token)], more].concat();
        self.call(&self.signed(&fields)).await
    }
}

/// What a developer fills in.
fn details(redirect_uris: &[&str], scopes: &str) -> AppDetails {
    AppDetails {
        name: "Boekhoud <b>Hulp</b>".into(),
        description: "Zet klanten over.".into(),
        website: Some("https://app.example/over".into()),
        redirect_uris: RedirectUris(redirect_uris.iter().map(|uri| uri.parse().unwrap()).collect()),
        scopes: scopes.parse::<ScopeSet>().unwrap(),
        optional_scopes: ScopeSet::default(),
        device_flow: false,
    }
}

/// The header of HTTP Basic (RFC 6749 section 2.3.1).
pub fn basic(id: &str, secret: &str) -> String {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encode(id), encode(secret));
    format!("Basic {}", base64::Engine::encode(&base64::engine::general_purpose::STANDARD, pair))
}

impl Ask {
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.and(name, value)
    }

    /// Adds a parameter, whether it is there already or not.
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With [`CHALLENGE`].
    pub fn with_challenge(self) -> Self {
        self.with("code_challenge", CHALLENGE).with("code_challenge_method", "S256")
    }

    pub fn without(&self, name: &str) -> Self {
        Self(self.0.iter().filter(|(known, _)| known != name).cloned().collect())
    }

    pub fn pairs(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    pub fn path(&self) -> String {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish();
        format!("/oauth/authorize?{query}")
    }

    /// The consent page, which somebody who is logged in sees; also where there would be nothing to
    /// ask.
    pub async fn page(&self, browser: &Browser) -> Page {
        browser.page(&self.clone().with("prompt", "consent").path()).await
    }

    /// The consent form, with its button still to be chosen.
    pub async fn form(&self, browser: &Browser) -> FilledForm {
        self.page(browser).await.form()
    }

    /// What becomes of the request when the owner allows all of it, be it by the page or without
    /// it.
    pub async fn allow(&self, browser: &Browser) -> Back {
        let answer = browser.get(&self.path()).await;
        if answer.status == 303 {
            return Back::of(&answer);
        }
        Back::of(&Page::of(&answer).form().with("decision", "allow").send(browser).await)
    }

    pub async fn deny(&self, browser: &Browser) -> Back {
        Back::of(&self.form(browser).await.with("decision", "deny").send(browser).await)
    }
}

impl Back {
    /// The redirect of an answer: 303, so that no browser sends the form on (RFC 9700 section
    /// 4.12).
    #[track_caller]
    pub fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 303, "{answer}");
        let location = answer.header("location").unwrap_or_else(|| panic!("no Location: {answer}"));
        let (uri, query) =
            location.split_once('?').unwrap_or_else(|| panic!("nothing was added: {location}"));
        let pairs: Vec<(String, String)> =
            form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let parameters: BTreeMap<String, String> = pairs.iter().cloned().collect();
        assert_eq!(parameters.len(), pairs.len(), "a parameter is there twice: {location}");
        Self { uri: uri.to_owned(), parameters }
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// The code of a consent.
    #[track_caller]
    pub fn code(&self) -> String {
        let names: Vec<&str> = self.parameters.keys().map(String::as_str).collect();
        assert_eq!(names, ["code", "iss", "state"], "{self:?}");
        self.parameters["code"].clone()
    }

    /// Checks that it is this error, told in full.
    #[track_caller]
    pub fn expect_error(&self, error: &str, state: Option<&str>) {
        assert_eq!((self.get("error"), self.get("state")), (Some(error), state), "{self:?}");
        assert!(self.get("error_description").is_some_and(|text| !text.is_empty()), "{self:?}");
        assert!(
            self.get("iss").is_some_and(|iss| iss.starts_with("http://127.0.0.1:")),
            "{self:?}"
        );
        assert!(self.get("code").is_none(), "{self:?}");
    }
}

impl Tokens {
    #[track_caller]
    pub fn of(answer: &Answer) -> Self {
        let body = answer.expect(200);
        let text = |name: &str| {
            body[name].as_str().unwrap_or_else(|| panic!("no {name}: {answer}")).to_owned()
        };
        Self { access: text("access_token"), refresh: text("refresh_token") }
    }
}

/// The access token of an answer.
#[track_caller]
pub fn access_token(answer: &Answer) -> String {
    answer.expect(200)["access_token"]
        .as_str()
        .unwrap_or_else(|| panic!("no access_token: {answer}"))
        .to_owned()
}

impl Answer {
    /// Checks that the token endpoint refused with this error (RFC 6749 section 5.2).
    #[track_caller]
    pub fn expect_oauth_error(&self, error: &str) {
        self.expect_oauth_status(if error == "invalid_client" { 401 } else { 400 }, error);
    }

    /// The same with a status of its own (RFC 9126 section 2.3).
    #[track_caller]
    pub fn expect_oauth_status(&self, status: u16, error: &str) {
        assert_eq!(self.status, status, "{self}");
        assert_eq!(self.header("content-type"), Some("application/json"), "{self}");
        assert_eq!(
            (self.header("cache-control"), self.header("pragma")),
            (Some("no-store"), Some("no-cache")),
            "{self}"
        );
        let body = self.json();
        let names: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(names, ["error", "error_description"], "{self}");
        assert_eq!(body["error"], error, "{self}");
        let description = body["error_description"].as_str().unwrap();
        let allowed = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
        assert!(!description.is_empty() && description.chars().all(allowed), "{self}");
    }
}
