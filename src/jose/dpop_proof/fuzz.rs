//! Fuzz target: proofs of possession.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::tests::{NOW, URL, check, claims};
use super::*;
use crate::fuzz::{changes, claim, config};
use crate::jose::tests::TestKey;

fn header(key: &TestKey) -> Value {
    json!({ "alg": "ES256", "typ": "dpop+jwt", "jwk": key.jwk() })
}

/// JSON of any shape, including some that is nearly a proof's.
fn value() -> impl Strategy<Value = Value> {
    let texts = [
        "POST",
        "GET",
        "post",
        URL,
        "https://A.example:443/v1/customers?x#y",
        "ES256",
        "none",
        "HS256",
        "dpop+jwt",
        "P-256",
        "EC",
    ];
    claim(NOW, texts.into())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_proof_that_was_changed_is_refused(jti in "[!-~]{1,40}", iat in NOW - 300..=NOW + 300, changes in changes()) {
        let (key, mut claims) = (TestKey::new(), claims());
        claims["jti"] = jti.clone().into();
        claims["iat"] = iat.into();
        let text = key.sign(&header(&key), &claims);
        let proof = check(&text);
        prop_assert!(proof.is_ok_and(|proof| proof.jti == jti), "{text}");
        let changed = changes.text(&text);
        prop_assume!(changed != text);
        prop_assert!(check(&changed).is_err(), "{text} was changed to {changed}");
    }

    #[test]
    fn each_byte_counts(at in any::<prop::sample::Index>(), bit in 0u8..7) {
        let key = TestKey::new();
        let text = key.sign(&header(&key), &claims());
        let mut changed = text.clone().into_bytes();
        let at = at.index(changed.len());
        changed[at] ^= 1 << bit;
        prop_assert!(check(&String::from_utf8(changed).unwrap()).is_err(), "byte {at} of {text}");
    }

    #[test]
    fn a_claim_of_any_shape_is_answered_and_only_a_right_one_taken(name in prop::sample::select(vec!["jti", "htm", "htu", "iat", "nonce", "ath"]), value in value()) {
        let (key, mut claims) = (TestKey::new(), claims());
        claims[name] = value.clone();
        if let Ok(proof) = check(&key.sign(&header(&key), &claims)) {
            prop_assert_eq!(&claims["htm"], "POST");
            prop_assert!((claims["iat"].as_f64().unwrap() - NOW as f64).abs() <= 300.0, "{claims}");
            prop_assert!((1..=512).contains(&proof.jti.len()) && claims["jti"] == proof.jti.as_str());
            let mut url = Url::parse(claims["htu"].as_str().unwrap()).unwrap();
            url.set_query(None);
            url.set_fragment(None);
            prop_assert_eq!(url.as_str(), URL);
            prop_assert!(proof.nonce.as_deref() == claims["nonce"].as_str());
            prop_assert!(proof.check_token("kpa_x", proof.key).is_err(), "it was made for no token");
        }
    }

    #[test]
    fn a_header_of_any_shape_is_answered_and_only_a_right_one_taken(name in prop::sample::select(vec!["alg", "typ", "jwk", "kty", "crv", "x", "y", "d", "crit"]), value in value(), changes in changes()) {
        let key = TestKey::new();
        let right = header(&key);
        let mut wrong = right.clone();
        let jwk = wrong["jwk"].as_object_mut().unwrap();
        if matches!(name, "x" | "y") {
            let text = changes.text(jwk[name].as_str().unwrap());
            jwk.insert(name.to_owned(), text.into());
        } else if matches!(name, "kty" | "crv" | "d") {
            jwk.insert(name.to_owned(), value);
        } else {
            wrong[name] = value;
        }
        // Null means absent.
        let is_same = wrong == right || wrong["crit"].is_null() && wrong["jwk"]["d"].is_null() && matches!(name, "crit" | "d");
        prop_assume!(!is_same);
        prop_assert!(check(&key.sign(&wrong, &claims())).is_err(), "{wrong}");
    }

    #[test]
    fn no_text_is_a_proof(text in "\\PC*", parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..5)) {
        prop_assert!(check(&text).is_err());
        let encoded: Vec<String> = parts.iter().map(|part| URL_SAFE_NO_PAD.encode(part)).collect();
        prop_assert!(check(&encoded.join(".")).is_err());
    }
}
