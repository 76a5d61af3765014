//! The standards' own examples, and invalid texts.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

use super::*;

/// A P-256 key of the test's own, which signs.
pub(crate) struct TestKey(EcdsaKeyPair);

impl TestKey {
    pub(crate) fn new() -> Self {
        let random = SystemRandom::new();
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        Self(
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random)
                .unwrap(),
        )
    }

    pub(crate) fn jwk(&self) -> Value {
        let point = self.0.public_key().as_ref();
        json!({ "kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..]) })
    }

    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

// RFC 7638 section 3.1.
const RSA: &str = r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#;

// RFC 8037 appendix A.1 and A.4.
const ED25519: &str =
    r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
const SIGNED_BY_ED25519: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

// RFC 7515 appendix A.2 and A.3.
const RS256_KEY: &str = r#"{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}"#;
const SIGNED_BY_RS256: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
const ES256_KEY: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
const SIGNED_BY_ES256: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

fn key(json: &str) -> PublicKey {
    PublicKey::from_json(&serde_json::from_str(json).unwrap()).unwrap()
}

fn fault(text: &str) -> JwsFault {
    Jws::parse(text).err().unwrap_or_else(|| panic!("was read: {text}"))
}

#[test]
fn the_standards_own_signatures_verify_by_their_key_only() {
    for (key_json, text, other) in
        [(RS256_KEY, SIGNED_BY_RS256, ES256_KEY), (ES256_KEY, SIGNED_BY_ES256, RS256_KEY)]
    {
        let jws = Jws::parse(text).unwrap();
        assert_eq!(jws.claims(&key(key_json)).unwrap().require_text("iss"), Ok("joe"));
        assert_eq!(jws.claims(&key(other)), Err(JwsFault::Signature));
        let (signed, signature) = text.rsplit_once('.').unwrap();
        let changed = format!("{}.{signature}", signed.replacen("eyJpc3Mi", "eyJpc3Mj", 1));
        assert_eq!(Jws::parse(&changed).unwrap().claims(&key(key_json)), Err(JwsFault::Signature));
    }
    // The payload of this one is no JSON, so it gets no further than that.
    let jws = Jws::parse(SIGNED_BY_ED25519).unwrap();
    assert_eq!(jws.claims(&key(ED25519)), Err(JwsFault::Malformed));
    assert_eq!(jws.claims(&key(ES256_KEY)), Err(JwsFault::Signature));
}

#[test]
fn thumbprints_are_the_standards() {
    assert_eq!(key(RSA).thumbprint().to_string(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    assert_eq!(
        key(ED25519).thumbprint().to_string(),
        "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    );
}

#[test]
fn an_algorithm_must_fit_its_key() {
    let own = TestKey::new();
    for alg in ["RS256", "PS256", "EdDSA", "Ed25519"] {
        let text = own.sign(&json!({ "alg": alg }), &json!({}));
        assert_eq!(
            Jws::parse(&text).unwrap().claims(&PublicKey::from_json(&own.jwk()).unwrap()),
            Err(JwsFault::Signature),
            "{alg}"
        );
    }
    for alg in ["none", "None", "NONE", "HS256", "ES384", "ES256K", "es256", "", "RSA-OAEP"] {
        assert_eq!(
            fault(&own.sign(&json!({ "alg": alg }), &json!({}))),
            JwsFault::Algorithm,
            "{alg}"
        );
    }
}

#[test]
fn texts_that_are_none_are_told() {
    let own = TestKey::new();
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let header = encode(r#"{"alg":"ES256"}"#);
    for text in [
        String::new(),
        ".".into(),
        "..".into(),
        "a.b.c".into(),
        format!("{header}.e30"),
        format!("{header}.e30.!"),
        format!("{header}=.e30.AA"),
        format!("{}.e30.AA", encode("[]")),
        format!("{}.e30.AA", encode(r#"{"alg":1}"#)),
        format!("{}.e30.AA", encode(r#"{"alg":"ES256","alg":"ES256"}"#)),
        format!("{}.e30.AA", encode(r#"{"typ":"dpop+jwt"}"#)),
        format!("{}.e30.AA", encode(&format!(r#"{{"alg":"ES256","x":{}}}"#, "[".repeat(2000)))),
        own.sign(&json!({ "alg": "ES256", "x": "y".repeat(9000) }), &json!({})),
    ] {
        assert_eq!(fault(&text), JwsFault::Malformed, "{text}");
    }
    assert_eq!(
        fault(&own.sign(&json!({ "alg": "ES256", "crit": ["b64"], "b64": false }), &json!({}))),
        JwsFault::Critical
    );
    let jws = own.sign(&json!({ "alg": "ES256" }), &json!({}));
    let four_parts = Jws::parse(&format!("{jws}.AA").replacen('.', "..", 1))
        .map(|jws| jws.claims(&key(ES256_KEY)));
    assert!(!matches!(four_parts, Ok(Ok(_))));
}

#[test]
fn keys_that_are_not_taken_are_refused() {
    let own = TestKey::new().jwk();
    let with = |name: &str, value: Value| {
        let mut jwk = own.clone();
        jwk[name] = value;
        PublicKey::from_json(&jwk)
    };
    for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        assert_eq!(with(name, "AA".into()), Err(JwsFault::PrivateKey), "{name}");
    }
    for (name, value) in [
        ("kty", json!("oct")),
        ("crv", json!("P-384")),
        ("crv", json!("secp256k1")),
        ("x", json!("AA")),
        ("y", Value::Null),
        ("x", json!(1)),
    ] {
        assert_eq!(with(name, value), Err(JwsFault::Key), "{name}");
    }
    let rsa: Value = serde_json::from_str(RSA).unwrap();
    for (name, value) in [
        ("n", json!(URL_SAFE_NO_PAD.encode([255; 128]))),
        ("n", json!(URL_SAFE_NO_PAD.encode([255; 513]))),
        ("e", json!("")),
        ("n", json!(URL_SAFE_NO_PAD.encode([0; 256]))),
    ] {
        let mut jwk = rsa.clone();
        jwk[name] = value;
        assert_eq!(PublicKey::from_json(&jwk), Err(JwsFault::Key), "{name}");
    }
    for json in [json!(null), json!([]), json!({}), json!("x")] {
        assert_eq!(PublicKey::from_json(&json), Err(JwsFault::Key), "{json}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC*", header in "\\PC*", payload in "\\PC*", signature in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = Jws::parse(&text).map(|_| ());
        for header in [header.as_str(), r#"{"alg":"ES256"}"#, r#"{"alg":"EdDSA","typ":"dpop+jwt"}"#] {
            let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
            let text = format!("{}.{}.{}", encode(header.as_bytes()), encode(payload.as_bytes()), encode(&signature));
            if let Ok(jws) = Jws::parse(&text) {
                for json in [ES256_KEY, ED25519, RS256_KEY] {
                    prop_assert!(jws.claims(&key(json)).is_err());
                }
            }
        }
    }

    #[test]
    fn no_key_makes_it_panic(x in prop::collection::vec(any::<u8>(), 32), y in prop::collection::vec(any::<u8>(), 32), n in prop::collection::vec(any::<u8>(), 256..513), e in prop::collection::vec(any::<u8>(), 0..6)) {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        for (jwk, text) in [
            (json!({ "kty": "EC", "crv": "P-256", "x": encode(&x), "y": encode(&y) }), SIGNED_BY_ES256),
            (json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(&x) }), SIGNED_BY_ED25519),
            (json!({ "kty": "RSA", "n": encode(&n), "e": encode(&e) }), SIGNED_BY_RS256),
        ] {
            if let Ok(key) = PublicKey::from_json(&jwk) {
                let _ = key.thumbprint();
                prop_assert_eq!(Jws::parse(text).unwrap().claims(&key), Err(JwsFault::Signature));
            }
        }
    }
}
