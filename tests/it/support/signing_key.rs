//! A client's key, and what it signs: proofs of possession (RFC 9449) and assertions (RFC 7523).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use klantportaal::clients::ClientKeys;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Answer, App, Instance};

/// A P-256 key that signs with ES256.
pub struct SigningKey(EcdsaKeyPair);

impl SigningKey {
    pub fn new() -> Self {
        let random = SystemRandom::new();
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        Self(
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random)
                .unwrap(),
        )
    }

    /// The public key.
    pub fn jwk(&self) -> Value {
        let point = self.0.public_key().as_ref();
        json!({ "kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..]) })
    }

    /// Its thumbprint (RFC 7638).
    pub fn thumbprint(&self) -> String {
        // serde_json sorts the members by name, as the thumbprint asks.
        URL_SAFE_NO_PAD.encode(Sha256::digest(sorted(&self.jwk())))
    }

    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A proof with these claims besides its id.
    pub fn proof(&self, mut claims: Value) -> String {
        let id = format!("{:032x}", rand::random::<u128>());
        claims.as_object_mut().unwrap().entry("jti").or_insert(id.into());
        self.sign(&json!({ "alg": "ES256", "typ": "dpop+jwt", "jwk": self.jwk() }), &claims)
    }
}

/// The type of every assertion.
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// An app that authenticates by assertions.
pub struct KeyedApp {
    pub app: App,
    pub key: SigningKey,
}

impl KeyedApp {
    /// What a good assertion says, with an id of its own.
    pub fn claims(&self, now: i64) -> Value {
        let (id, jti) = (self.app.id.as_str(), format!("{:032x}", rand::random::<u128>()));
        json!({ "iss": id, "sub": id, "aud": self.app.url, "exp": now + 60, "iat": now, "jti": jti })
    }

    pub fn assertion(&self, claims: &Value) -> String {
        self.key.sign(&json!({ "alg": "ES256" }), claims)
    }

    /// A call with an assertion and nothing else that tells who calls.
    pub async fn post_asserted(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        assertion: &str,
    ) -> Answer {
        let signed =
            [fields, &[("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion)]]
                .concat();
        self.app.post(path, &signed, &[]).await
    }

    /// A call with a good assertion.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_asserted(
            path,
            fields,
            &self.assertion(&self.claims(Timestamp::now().as_second())),
        )
        .await
    }
}

impl Instance {
    /// An app with a key of its own in the place of a secret.
    pub async fn keyed_app(&self) -> KeyedApp {
        let (app, key, now) = (self.app().await, SigningKey::new(), Timestamp::now());
        let keys: ClientKeys = json!({ "keys": [key.jwk()] }).to_string().parse().unwrap();
        let mut tx = self.db.begin().await.unwrap();
        keys.register(&mut tx, &app.developer, &app.id, SignedDuration::ZERO, now).await.unwrap();
        tx.commit().await.unwrap();
        KeyedApp { app, key }
    }
}

fn sorted(jwk: &Value) -> String {
    let member = |name: &str| format!("{:?}:{}", name, jwk[name]);
    format!("{{{}}}", ["crv", "kty", "x", "y"].map(member).join(","))
}

/// The hash of an access token that a proof carries.
pub fn ath(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token))
}

impl App {
    /// A call of an endpoint with a proof; the nonce is asked for first.
    pub async fn post_proven(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        key: &SigningKey,
        now: i64,
    ) -> Answer {
        let claims = json!({ "htm": "POST", "htu": format!("{}{path}", self.url), "iat": now });
        let refused = self.post(path, fields, &[("dpop", &key.proof(claims.clone()))]).await;
        refused.expect_oauth_error("use_dpop_nonce");
        let mut claims = claims;
        claims["nonce"] =
            refused.header("dpop-nonce").unwrap_or_else(|| panic!("no nonce: {refused}")).into();
        let answer = self.post(path, fields, &[("dpop", &key.proof(claims))]).await;
        assert!(answer.header("dpop-nonce").is_some(), "{answer}");
        answer
    }
}
