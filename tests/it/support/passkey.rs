//! A passkey (WebAuthn) without a browser, whose owner confirms every request.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Answer, Browser, FilledForm};

/// The host that a loopback address stands for.
const RP_ID: &str = "localhost";
/// The user is there and was verified.
const VERIFIED: u8 = 0x05;
/// The data holds the new credential.
const WITH_CREDENTIAL: u8 = 0x40;

pub struct Passkey {
    key: EcdsaKeyPair,
    id: [u8; 16],
    user_handle: Value,
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What the browser tells of the question.
fn client_data(browser: &Browser, kind: &str, asked: &Value) -> Vec<u8> {
    let origin = format!("http://{RP_ID}:{}", browser.port());
    json!({ "type": kind, "challenge": asked["publicKey"]["challenge"], "origin": origin, "crossOrigin": false }).to_string().into_bytes()
}

fn authenticator_data(flags: u8) -> Vec<u8> {
    [&Sha256::digest(RP_ID)[..], &[flags], &[0; 4]].concat()
}

async fn ask(browser: &Browser, path: &str) -> Value {
    browser.post(path, &[("csrf".to_owned(), browser.csrf("manage").await)]).await.expect(200)
}

async fn form(browser: &Browser, path: &str, asked: &Value, credential: &Value) -> FilledForm {
    let fields = [
        ("csrf", browser.csrf("manage").await),
        ("challenge", asked["challenge"].as_str().unwrap().to_owned()),
    ];
    let fields = fields.into_iter().chain([("credential", credential.to_string())]);
    FilledForm {
        typed: Vec::new(),
        action: path.to_owned(),
        fields: fields.map(|(name, value)| (name.to_owned(), value)).collect(),
        is_multipart: false,
    }
}

impl Passkey {
    /// Adds one to the account of whoever is logged in on the manage site.
    pub async fn add(browser: &Browser) -> Self {
        let (passkey, form) = Self::new(browser).await;
        let answer = form.send(browser).await;
        assert!(
            matches!(answer.status, 200 | 303)
                && answer.header("location").is_none_or(|to| !to.contains("/new")),
            "{answer}"
        );
        passkey
    }

    /// One for the account of whoever is logged in on the manage site, and the form that adds it.
    pub async fn new(browser: &Browser) -> (Self, FilledForm) {
        let asked = ask(browser, "/manage/account/passkeys/challenge").await;
        let random = SystemRandom::new();
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let key =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref(), &random)
                .unwrap();
        let passkey =
            Self { key, id: rand::random(), user_handle: asked["publicKey"]["user"]["id"].clone() };
        let response = json!({
            "attestationObject": encode(passkey.attestation_object()),
            "clientDataJSON": encode(client_data(browser, "webauthn.create", &asked)),
        });
        let form =
            form(browser, "/manage/account/passkeys/new", &asked, &passkey.credential(response))
                .await;
        (passkey, form.with("name", "Telefoon"))
    }

    fn credential(&self, response: Value) -> Value {
        json!({ "id": encode(self.id), "rawId": encode(self.id), "type": "public-key", "response": response })
    }

    /// Without an attestation, in CBOR.
    fn attestation_object(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        // A COSE key: EC2, ES256, P-256.
        let key = [
            &b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"[..],
            &point[1..33],
            b"\x22\x58\x20",
            &point[33..],
        ]
        .concat();
        let id_length = [0, u8::try_from(self.id.len()).unwrap()];
        let data = [
            &authenticator_data(VERIFIED | WITH_CREDENTIAL)[..],
            &[0; 16],
            &id_length,
            &self.id,
            &key,
        ]
        .concat();
        [
            &b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"[..],
            &[u8::try_from(data.len()).unwrap()],
            &data,
        ]
        .concat()
    }

    /// Answers a question that this browser asks for, at a path such as `/manage/login/passkey`.
    pub async fn prove(&self, browser: &Browser, path: &str) -> Answer {
        self.answer(browser, path, "webauthn.get").await
    }

    /// The same with a signature over something else.
    pub async fn prove_wrongly(&self, browser: &Browser, path: &str) -> Answer {
        self.answer(browser, path, "webauthn.other").await
    }

    async fn answer(&self, browser: &Browser, path: &str, signed_kind: &str) -> Answer {
        self.signed_form(browser, path, signed_kind).await.send(browser).await
    }

    /// The form that answers a question that this browser asks for.
    pub async fn form(&self, browser: &Browser, path: &str) -> FilledForm {
        self.signed_form(browser, path, "webauthn.get").await
    }

    async fn signed_form(&self, browser: &Browser, path: &str, signed_kind: &str) -> FilledForm {
        let asked = ask(browser, "/manage/passkeys/challenge").await;
        let data = authenticator_data(VERIFIED);
        let signed =
            [&data[..], &Sha256::digest(client_data(browser, signed_kind, &asked))].concat();
        let response = json!({
            "authenticatorData": encode(&data),
            "clientDataJSON": encode(client_data(browser, "webauthn.get", &asked)),
            "signature": encode(self.key.sign(&SystemRandom::new(), &signed).unwrap()),
            "userHandle": self.user_handle,
        });
        form(browser, path, &asked, &self.credential(response)).await
    }
}
