//! One proof, and the checks that need nothing but the request (RFC 9449 section 4.3).

use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use url::Url;

use super::{DpopFault, Jws, JwsFault};
use crate::auth::KeyThumbprint;

/// The allowed clock skew of a client, in seconds. The nonce ensures that a proof is fresh.
const CLOCK_SKEW: f64 = 300.0;

/// The longest id, in bytes.
const LONGEST_ID: usize = 512;

/// A proof that was signed with the key in it, for this request.
#[derive(Debug)]
pub(crate) struct DpopProof {
    /// Its key.
    pub(crate) key: KeyThumbprint,
    /// Its id.
    pub(crate) jti: String,
    /// The server's nonce in it.
    pub(crate) nonce: Option<String>,
    ath: Option<String>,
}

impl DpopProof {
    /// Parses the proof of a request to `url`, and checks its header and claims.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(
        text: &str,
        method: &Method,
        url: &str,
        now: Timestamp,
    ) -> Result<Self, DpopFault> {
        let jws = Jws::parse(text)?;
        if jws.typ.as_deref() != Some("dpop+jwt") {
            return Err(DpopFault::Type);
        }
        let key = jws.key.as_ref().ok_or(JwsFault::Key)?;
        let claims = jws.claims(key)?;
        if claims.require_text("htm")? != method.as_str() {
            return Err(DpopFault::Method);
        }
        let target = target(url);
        if target.is_none() || target != self::target(claims.require_text("htu")?) {
            return Err(DpopFault::Url);
        }
        if (claims.require_moment("iat")? - now.as_duration().as_secs_f64()).abs() > CLOCK_SKEW {
            return Err(DpopFault::Issued);
        }
        let jti = claims.require_text("jti")?;
        if jti.is_empty() || jti.len() > LONGEST_ID {
            return Err(DpopFault::Id);
        }
        let optional = |name| Ok::<_, JwsFault>(claims.text(name)?.map(str::to_owned));
        Ok(Self {
            key: key.thumbprint(),
            jti: jti.to_owned(),
            nonce: optional("nonce")?,
            ath: optional("ath")?,
        })
    }

    /// Checks that the proof is for an access token and signed with the key that the token is bound
    /// to.
    ///
    /// # Errors
    /// [`DpopFault::Token`] or [`DpopFault::Key`].
    pub(crate) fn check_token(
        &self,
        token: &str,
        bound_to: KeyThumbprint,
    ) -> Result<(), DpopFault> {
        if self.ath.as_deref()
            != Some(URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes())).as_str())
        {
            return Err(DpopFault::Token);
        }
        if self.key == bound_to { Ok(()) } else { Err(DpopFault::Key) }
    }
}

/// An address without query and fragment, normalised as RFC 3986 section 6.2 does.
fn target(url: &str) -> Option<Url> {
    let mut url = Url::parse(url).ok()?;
    url.set_query(None);
    url.set_fragment(None);
    Some(url)
}

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::jose::tests::TestKey;

    pub(crate) const URL: &str = "https://a.example/v1/customers";
    pub(crate) const NOW: i64 = 1_700_000_000;

    pub(crate) fn claims() -> Value {
        json!({ "jti": "1", "htm": "POST", "htu": URL, "iat": NOW })
    }

    pub(crate) fn check(text: &str) -> Result<DpopProof, DpopFault> {
        DpopProof::parse(text, &Method::POST, URL, Timestamp::from_second(NOW).unwrap())
    }

    fn with(name: &str, value: Value) -> Result<DpopProof, DpopFault> {
        let key = TestKey::new();
        let mut claims = claims();
        claims[name] = value;
        check(&key.sign(&json!({ "alg": "ES256", "typ": "dpop+jwt", "jwk": key.jwk() }), &claims))
    }

    #[test]
    fn the_standards_own_proof_is_taken() {
        // RFC 9449 section 4.1.
        let text = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
        let now = Timestamp::from_second(1_562_262_616).unwrap();
        let proof =
            DpopProof::parse(text, &Method::POST, "https://server.example.com/token", now).unwrap();
        assert_eq!(
            (proof.key.to_string().as_str(), proof.jti.as_str()),
            ("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I", "-BwC3ESc6acc2lTc")
        );
        assert_eq!(
            DpopProof::parse(text, &Method::GET, "https://server.example.com/token", now)
                .unwrap_err(),
            DpopFault::Method
        );
    }

    #[test]
    fn it_must_be_for_this_request_and_of_now() {
        assert!(with("jti", "2".into()).is_ok());
        for same in [
            "https://A.example:443/v1/customers",
            "https://a.example/v1/customers?page=2#x",
            "https://a.example/v1/./customers",
        ] {
            assert!(with("htu", same.into()).is_ok(), "{same}");
        }
        for other in [
            "http://a.example/v1/customers",
            "https://a.example/v1/Customers",
            "https://a.example/v1/customers/",
            "/v1/customers",
            "x",
            "",
        ] {
            assert_eq!(with("htu", other.into()).unwrap_err(), DpopFault::Url, "{other}");
        }
        assert_eq!(with("htm", "post".into()).unwrap_err(), DpopFault::Method);
        for iat in [json!(NOW - 299), json!(NOW + 299), json!(1_699_999_999.5)] {
            assert!(with("iat", iat).is_ok());
        }
        for iat in
            [json!(NOW - 301), json!(NOW + 301), json!(0), json!(-1), json!(1e300), json!(-1e300)]
        {
            assert_eq!(with("iat", iat).unwrap_err(), DpopFault::Issued);
        }
        for jti in ["", &"x".repeat(513)] {
            assert_eq!(with("jti", jti.into()).unwrap_err(), DpopFault::Id);
        }
        for name in ["jti", "htm", "htu", "iat"] {
            assert_eq!(
                with(name, Value::Null).unwrap_err(),
                DpopFault::Jws(JwsFault::NoClaim(name)),
                "{name}"
            );
        }
        assert_eq!(
            with("iat", NOW.to_string().into()).unwrap_err(),
            DpopFault::Jws(JwsFault::NoNumber("iat"))
        );
    }

    #[test]
    fn it_must_be_a_proof_signed_by_the_key_in_it() {
        let (key, other) = (TestKey::new(), TestKey::new());
        for typ in [json!("JWT"), json!("DPOP+JWT"), Value::Null] {
            let text =
                key.sign(&json!({ "alg": "ES256", "typ": typ, "jwk": key.jwk() }), &claims());
            assert_eq!(check(&text).unwrap_err(), DpopFault::Type);
        }
        let no_key = key.sign(&json!({ "alg": "ES256", "typ": "dpop+jwt" }), &claims());
        assert_eq!(check(&no_key).unwrap_err(), DpopFault::Jws(JwsFault::Key));
        let foreign =
            key.sign(&json!({ "alg": "ES256", "typ": "dpop+jwt", "jwk": other.jwk() }), &claims());
        assert_eq!(check(&foreign).unwrap_err(), DpopFault::Jws(JwsFault::Signature));
    }

    #[test]
    fn a_token_has_its_own_proof() {
        let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(b"kpa_x"));
        let proof = with("ath", hash.into()).unwrap();
        assert_eq!(proof.check_token("kpa_x", proof.key), Ok(()));
        assert_eq!(proof.check_token("kpa_y", proof.key), Err(DpopFault::Token));
        assert_eq!(proof.check_token("kpa_x", KeyThumbprint::new([0; 32])), Err(DpopFault::Key));
        let without = with("jti", "2".into()).unwrap();
        assert_eq!(without.check_token("kpa_x", without.key), Err(DpopFault::Token));
    }
}
