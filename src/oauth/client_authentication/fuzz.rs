//! Fuzz target: client authentication.

use std::net::Ipv4Addr;
use std::sync::LazyLock;

use axum::http::HeaderValue;
use clap::Parser;
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::*;
use crate::accounts::{NewAccount, create_developer};
use crate::auth::{Line, Password, ScopeSet};
use crate::clients::{AppDetails, Credential, RedirectUris};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::WritingDb;
use crate::fuzz::{Changes, changes, claim, config};
use crate::jose::tests::TestKey;
use crate::mail::Mailer;
use crate::public_urls::PublicUrls;
use crate::sealed::SealingKeys;

/// The type of an assertion (RFC 7523 section 2.2).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A server with two apps with a secret, two with a key, and a public one.
struct World {
    runtime: Runtime,
    server: WritingServer,
    apps: [(String, String); 2],
    signers: [(String, TestKey); 2],
    public: String,
    _folder: tempfile::TempDir,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    #[derive(Parser)]
    struct Settings {
        #[command(flatten)]
        config: Config,
    }
    let (runtime, folder) = (Runtime::new().unwrap(), tempfile::tempdir().unwrap());
    let (server, apps, signers, public) = runtime.block_on(async {
        let Settings { config } =
            Settings::parse_from(["klantportaal", "--data-dir", folder.path().to_str().unwrap()]);
        let db = WritingDb::open(&config.database()).await.unwrap();
        let now = Timestamp::now();
        let member = NewAccount::new(
            "Bo".into(),
            "bo@example.nl".into(),
            Password::typed("x".into()),
            true,
            Line::Known,
        )
        .await
        .unwrap();
        let mut tx = db.begin().await.unwrap();
        let member = member.insert(&mut tx, now).await.unwrap().unwrap();
        let developer = create_developer(&mut tx, &"Bouwers".into(), &member, now).await.unwrap();
        tx.commit().await.unwrap();
        let details = AppDetails {
            name: "Proef".into(),
            description: String::new(),
            website: None,
            redirect_uris: RedirectUris::default(),
            scopes: ScopeSet::default(),
            optional_scopes: ScopeSet::default(),
            device_flow: false,
        };
        let mut apps = Vec::new();
        for _ in 0..2 {
            let made = details.create(&db, &developer, Credential::Secret, now).await;
            let (id, secret) = made.unwrap();
            apps.push((id.to_string(), secret.unwrap().reveal().to_owned()));
        }
        let mut signers = Vec::new();
        for _ in 0..2 {
            let key = TestKey::new();
            let keys = key.jwk().to_string().parse().unwrap();
            let made = details.create(&db, &developer, Credential::Keys(&keys), now).await;
            signers.push((made.unwrap().0.to_string(), key));
        }
        let public = details.create(&db, &developer, Credential::Nothing, now).await;
        let public = public.unwrap().0.to_string();
        let (public_urls, mailer) = (
            PublicUrls::new(&config, "127.0.0.1:1".parse().unwrap()),
            Mailer::new(&config).unwrap(),
        );
        let signers = signers.try_into().unwrap_or_else(|_| unreachable!("there are two"));
        (
            WritingServer::new(
                config,
                public_urls,
                db,
                SealingKeys::random(),
                Clock::default(),
                mailer,
                false,
            )
            .unwrap(),
            apps.try_into().unwrap(),
            signers,
            public,
        )
    });
    World { runtime, server, apps, signers, public, _folder: folder }
});

impl World {
    /// The app that a request is attributed to.
    fn authenticated(&self, headers: &HeaderMap, body: &[u8]) -> Option<String> {
        let caller = Caller { address: Ipv4Addr::LOCALHOST.into(), user_agent: String::new() };
        let parameters = Parameters::form(body);
        let app = self.runtime.block_on(authenticate(&self.server, &caller, headers, &parameters));
        app.ok().map(|app| app.id.to_string())
    }

    /// Texts that a client might send as its id or secret.
    fn text(&self, choice: usize, secret: bool, changes: &Changes, other: &str) -> String {
        let (one, two) = (&self.apps[0], &self.apps[1]);
        let pick = |pair: &(String, String)| if secret { pair.1.clone() } else { pair.0.clone() };
        match choice {
            0..5 => pick(one),
            5 => pick(two),
            6 => changes.text(&pick(one)),
            7 => self.public.clone(),
            8 => String::new(),
            _ => other.to_owned(),
        }
    }

    /// The app that an assertion is attributed to.
    fn asserted(&self, assertion: &str) -> Option<String> {
        self.authenticated(&HeaderMap::new(), asserting(JWT_BEARER, assertion).as_bytes())
    }

    /// Texts that a client might use as its id.
    fn id(&self, choice: usize, changes: &Changes) -> String {
        match choice {
            0..3 => self.signers[0].0.clone(),
            3..5 => self.signers[1].0.clone(),
            5 => self.apps[0].0.clone(),
            6 => self.public.clone(),
            7 => changes.text(&self.signers[0].0),
            _ => String::new(),
        }
    }

    /// The claims of a valid assertion of an app, with a unique id.
    fn claims(&self, app: &str) -> Value {
        let now = Timestamp::now().as_second();
        let jti = rand::random::<u128>().to_string();
        json!({ "iss": app, "sub": app, "aud": self.server.public_urls.issuer(), "exp": now + 60, "iat": now, "jti": jti })
    }

    /// A request attributed to an app had its id, and its secret unless the app is public.
    fn check(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        given: Option<(&str, &str)>,
    ) -> Result<(), TestCaseError> {
        let Some(app) = self.authenticated(headers, body) else { return Ok(()) };
        let header: String = headers
            .get(AUTHORIZATION)
            .and_then(|header| {
                Some(String::from_utf8_lossy(header.as_bytes().get(6..)?).into_owned())
            })
            .unwrap_or_default();
        let decoded = STANDARD.decode(header.trim()).unwrap_or_default();
        let sent = [decoded.as_slice(), b"\n", body].concat();
        let sent: String = percent_decoded(&sent);
        match self.apps.iter().find(|(id, _)| *id == app) {
            Some((id, secret)) => {
                prop_assert!(
                    sent.contains(id.as_str()) && sent.contains(secret.as_str()),
                    "{headers:?} {body:?}"
                );
                prop_assert!(given.is_none_or(|given| given == (id, secret)), "{given:?}");
            }
            None => {
                prop_assert!(app == self.public && sent.contains(&self.public));
                prop_assert!(
                    given.is_none_or(|(id, secret)| id == self.public && secret.is_empty()),
                    "{given:?}"
                );
            }
        }
        Ok(())
    }
}

/// The bytes with every `%XX` decoded.
fn percent_decoded(bytes: &[u8]) -> String {
    let mut decoded = Vec::new();
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        let hex =
            after.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                rest = &after[2..];
            }
            None => {
                decoded.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn basic(id: &str, secret: &str) -> Vec<u8> {
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret))))
        .into_bytes()
}

fn asserting(kind: &str, assertion: &str) -> String {
    format!(
        "grant_type=refresh_token&client_assertion_type={}&client_assertion={}",
        encoded(kind),
        encoded(assertion)
    )
}

fn header() -> Value {
    json!({ "alg": "ES256" })
}

fn with_header(value: &[u8]) -> HeaderMap {
    HeaderValue::from_bytes(value).into_iter().map(|value| (AUTHORIZATION, value)).collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_client_knows_the_secret(id in 0usize..10, secret in 0usize..10, other in "\\PC{0,60}", changes in changes()) {
        let world = &*WORLD;
        let (id, secret) = (world.text(id, false, &changes, &other), world.text(secret, true, &changes, &other));
        let right = world.apps.contains(&(id.clone(), secret.clone()));
        let (by_basic, by_body) = (with_header(&basic(&id, &secret)), format!("client_id={}&client_secret={}", encoded(&id), encoded(&secret)));
        world.check(&by_basic, b"", Some((&id, &secret)))?;
        world.check(&HeaderMap::new(), by_body.as_bytes(), Some((&id, &secret)))?;
        // The secret authenticates with either method, but not with both at once.
        let right = right || (id == world.public && secret.is_empty());
        prop_assert_eq!(world.authenticated(&by_basic, b"").is_some(), right);
        prop_assert_eq!(world.authenticated(&HeaderMap::new(), by_body.as_bytes()).is_some(), right);
        prop_assert!(secret.is_empty() || world.authenticated(&by_basic, by_body.as_bytes()).is_none());
        // Without a secret, only a public app is accepted.
        let alone = format!("client_id={}", encoded(&id));
        prop_assert_eq!(world.authenticated(&HeaderMap::new(), alone.as_bytes()), (id == world.public).then(|| id.clone()));
    }

    #[test]
    fn changed_credentials_are_the_right_ones_or_refused(changes in changes(), more in changes()) {
        let world = &*WORLD;
        let (id, secret) = &world.apps[0];
        let header = basic(id, secret);
        let body = format!("grant_type=refresh_token&client_id={id}&client_secret={secret}");
        world.check(&with_header(&changes.bytes(&header)), b"", None)?;
        world.check(&HeaderMap::new(), &changes.bytes(body.as_bytes()), None)?;
        world.check(&with_header(&changes.bytes(&header)), &more.bytes(body.as_bytes()), None)?;
        // What is within the base64, too.
        let inner = STANDARD.encode(changes.bytes(format!("{id}:{secret}").as_bytes()));
        world.check(&with_header(format!("Basic {inner}").as_bytes()), b"", None)?;
    }

    #[test]
    fn any_header_and_body_are_answered(header in prop::collection::vec(any::<u8>(), 0..200), body in prop::collection::vec(any::<u8>(), 0..200)) {
        let world = &*WORLD;
        for value in [header.clone(), [b"Basic ".as_slice(), &header].concat(), format!("Basic {}", STANDARD.encode(&header)).into_bytes()] {
            prop_assert_eq!(world.authenticated(&with_header(&value), &body), None);
        }
        prop_assert_eq!(world.authenticated(&HeaderMap::new(), &body), None);
        let mut doubled = with_header(&basic(&world.apps[0].0, &world.apps[0].1));
        doubled.append(AUTHORIZATION, HeaderValue::from_bytes(&header).unwrap_or(HeaderValue::from_static("x")));
        prop_assert_eq!(world.authenticated(&doubled, &body), None);
    }

    #[test]
    fn an_assertion_that_was_changed_is_refused(changes in changes(), kind in changes()) {
        let world = &*WORLD;
        let (id, key) = &world.signers[0];
        let assertion = key.sign(&header(), &world.claims(id));
        let (changed, kind) = (changes.text(&assertion), kind.text(JWT_BEARER));
        prop_assume!(changed != assertion && kind != JWT_BEARER);
        prop_assert_eq!(world.asserted(&changed), None, "{} was changed to {}", assertion, changed);
        prop_assert_eq!(world.authenticated(&HeaderMap::new(), asserting(&kind, &assertion).as_bytes()), None, "{}", kind);
        // That consumed nothing: the valid one is accepted, once.
        prop_assert_eq!(world.asserted(&assertion), Some(id.clone()));
        prop_assert_eq!(world.asserted(&assertion), None);
    }

    #[test]
    fn changed_parameters_hold_the_whole_assertion_or_are_refused(changes in changes()) {
        let world = &*WORLD;
        let (id, key) = &world.signers[0];
        let assertion = key.sign(&header(), &world.claims(id));
        let body = changes.bytes(asserting(JWT_BEARER, &assertion).as_bytes());
        if let Some(app) = world.authenticated(&HeaderMap::new(), &body) {
            let sent = percent_decoded(&body);
            prop_assert!(app == *id && sent.contains(&assertion) && sent.contains(JWT_BEARER), "{sent}");
        }
    }

    #[test]
    fn only_the_holder_of_the_key_is_taken_for_the_app(signer in 0usize..3, iss in 0usize..8, sub in 0usize..8, client_id in 0usize..9, changes in changes()) {
        let world = &*WORLD;
        let [iss, sub, client_id] = [iss, sub, client_id].map(|choice| world.id(choice, &changes));
        let (stranger, mut header, mut claims) = (TestKey::new(), header(), world.claims(&iss));
        claims["sub"] = sub.clone().into();
        let own = world.signers.get(signer);
        if own.is_none() {
            header["jwk"] = stranger.jwk();
        }
        let assertion = own.map_or(&stranger, |(_, key)| key).sign(&header, &claims);
        let body = format!("{}&client_id={}", asserting(JWT_BEARER, &assertion), encoded(&client_id));
        let right = own.map(|(id, _)| id).filter(|id| iss == **id && sub == **id && (client_id.is_empty() || client_id == **id));
        prop_assert_eq!(world.authenticated(&HeaderMap::new(), body.as_bytes()), right.cloned());
    }

    #[test]
    fn a_claim_of_any_shape_is_answered_and_only_a_right_one_taken(
        name in prop::sample::select(vec!["iss", "sub", "aud", "exp", "iat", "nbf", "jti"]),
        value in claim(Timestamp::now().as_second(), vec!["app_a", "https://a.example", "JWT", "*"]),
        listed in any::<bool>(),
    ) {
        let world = &*WORLD;
        let (id, key) = &world.signers[0];
        let mut claims = world.claims(id);
        claims[name] = value;
        if listed {
            claims["aud"] = json!([claims["aud"]]);
        }
        let Some(app) = world.asserted(&key.sign(&header(), &claims)) else { return Ok(()) };
        let now = Timestamp::now().as_second() as f64;
        let audience = claims["aud"].as_array().map_or(Some(&claims["aud"]), |list| list.first().filter(|_| list.len() == 1));
        prop_assert!(app == *id && claims["iss"] == **id && claims["sub"] == **id && audience == Some(&world.server.public_urls.issuer().into()), "{claims}");
        let (exp, jti) = (claims["exp"].as_f64().unwrap(), claims["jti"].as_str().unwrap());
        prop_assert!(exp > now - 70.0 && exp < now + 3670.0 && (1..=512).contains(&jti.len()), "{claims}");
        for moment in ["iat", "nbf"] {
            prop_assert!(claims[moment].is_null() || claims[moment].as_f64().unwrap() < now + 70.0, "{claims}");
        }
    }
}
