//! Authentication by a signed assertion, `private_key_jwt` (RFC 7523 section 3, OpenID Connect Core
//! section 9): the app signs a statement of its identity, for this server, valid briefly and once.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{ErrorCode, Parameters, ProtocolError};
use crate::clients::ClientKeys;
use crate::dpop::jti;
use crate::error::Result;
use crate::ids::AppId;
use crate::jose::{Claims, Jws, JwsFault};
use crate::public_urls::Surface;
use crate::server::WritingServer;

/// The only accepted type of assertion.
const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The accepted audiences: the issuer and each endpoint that accepts assertions (RFC 7523 section
/// 3, RFC 9126 section 2). They are compared character by character.
const AUDIENCES: [&str; 6] =
    ["", "/oauth/tokens", "/oauth/par", "/oauth/revoke", "/oauth/introspect", "/oauth/device"];

/// The allowed clock skew of a client, in seconds.
const CLOCK_SKEW: f64 = 60.0;

/// The maximum lifetime of an assertion, in seconds; some libraries use an hour.
const LONGEST_LIFE: f64 = 3600.0;

/// The longest id, in bytes.
const LONGEST_ID: usize = 512;

/// Why an assertion isn't valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum AssertionFault {
    /// Not a well-formed signed JWT.
    #[error("client_assertion: {0}")]
    Jws(JwsFault),
    /// Its `typ` is for something else.
    #[error("client_assertion: its typ must be JWT or client-authentication+jwt, or absent")]
    Type,
    /// It names nobody.
    #[error("client_assertion: sub must be the client_id")]
    Subject,
    /// Its subject isn't the request's app, or its issuer isn't its subject.
    #[error("client_assertion: iss and sub must both be the client_id")]
    Issuer,
    /// It wasn't signed with a key of the app, or the app doesn't exist.
    #[error(
        "client_assertion: the client is unknown, has registered no such key, or the signature is wrong"
    )]
    Signature,
    /// Its audience is another server.
    #[error(
        "client_assertion: aud must be this server's issuer as its metadata has it, character by character, or the address of one of its endpoints, and nothing else"
    )]
    Audience,
    /// Expired, or valid for too long.
    #[error("client_assertion: exp must be ahead, and by no more than an hour")]
    Expiry,
    /// Issued in the future, or very long ago.
    #[error(
        "client_assertion: iat and nbf must not be ahead, nor iat more than an hour ago; is your clock right?"
    )]
    Issued,
    /// Its `jti` is missing or unusable.
    #[error("client_assertion: jti must be 1 to {LONGEST_ID} bytes long")]
    Id,
    /// The id was used before.
    #[error(
        "client_assertion: it was used already; sign a new one, with another jti, for each request"
    )]
    Replayed,
}

impl From<JwsFault> for AssertionFault {
    fn from(fault: JwsFault) -> Self {
        Self::Jws(fault)
    }
}

impl From<AssertionFault> for ProtocolError {
    fn from(fault: AssertionFault) -> Self {
        Self::new(ErrorCode::InvalidClient, fault.to_string())
    }
}

/// The single audience, alone or in a list. A list of several could have been meant for another
/// server.
fn audience(claims: &Claims) -> Result<&str, AssertionFault> {
    match claims.get("aud") {
        None => Err(JwsFault::NoClaim("aud").into()),
        Some(Value::String(audience)) => Ok(audience),
        Some(Value::Array(list)) => match &list[..] {
            [Value::String(audience)] => Ok(audience),
            _ => Err(AssertionFault::Audience),
        },
        Some(_) => Err(AssertionFault::Audience),
    }
}

/// The assertion of a request, if any, and the app it claims to be from.
///
/// # Errors
/// `invalid_request` when one of the parameters is missing, `invalid_client` when it is malformed.
pub(super) fn of_request(parameters: &Parameters) -> Result<Option<(&str, String)>, ProtocolError> {
    let Some(assertion) = parameters.get("client_assertion") else {
        return match parameters.get("client_assertion_type") {
            None => Ok(None),
            Some(_) => {
                Err(ProtocolError::invalid_request("the parameter client_assertion is missing"))
            }
        };
    };
    if parameters.require("client_assertion_type")? != TYPE {
        return Err(ProtocolError::new(
            ErrorCode::InvalidClient,
            format!("client_assertion_type must be {TYPE}"),
        ));
    }
    let subject = Jws::parse(assertion)
        .map_err(AssertionFault::Jws)?
        .unverified_subject()
        .ok_or(AssertionFault::Subject)?;
    if parameters.get("client_id").is_some_and(|id| id != subject) {
        return Err(AssertionFault::Issuer.into());
    }
    Ok(Some((assertion, subject)))
}

/// Verifies that an assertion was signed with one of the app's keys, for this server, and not used
/// before.
///
/// # Errors
/// `invalid_client` with what is wrong.
pub(super) async fn verify(
    server: &WritingServer,
    app: &AppId,
    keys: &ClientKeys,
    assertion: &str,
    now: Timestamp,
) -> Result<(), ProtocolError> {
    let audiences: Vec<String> =
        AUDIENCES.iter().map(|path| server.public_urls.url(Surface::Manage, path)).collect();
    let accepted = check(assertion, app, keys, &audiences, now)?;
    server.request_throttle.count_assertion(app)?;
    let id = [app.as_str().as_bytes(), &[0], accepted.jti.as_bytes()].concat();
    match jti::use_once(&server.db, "assertion", &id, accepted.until).await? {
        true => Ok(()),
        false => Err(AssertionFault::Replayed.into()),
    }
}

/// A valid assertion, unless its id was used before.
#[derive(Debug)]
struct Accepted {
    jti: String,
    /// When it expires.
    until: Timestamp,
}

fn check(
    assertion: &str,
    app: &AppId,
    keys: &ClientKeys,
    audiences: &[String],
    now: Timestamp,
) -> Result<Accepted, AssertionFault> {
    let jws = Jws::parse(assertion)?;
    if !matches!(
        jws.typ.as_deref().map(str::to_ascii_lowercase).as_deref(),
        None | Some("jwt" | "client-authentication+jwt")
    ) {
        return Err(AssertionFault::Type);
    }
    let claims = signed_claims(&jws, keys)?;
    for name in ["iss", "sub"] {
        if claims.require_text(name)? != app.as_str() {
            return Err(AssertionFault::Issuer);
        }
    }
    let audience = audience(&claims)?;
    if !audiences.iter().any(|own| own == audience) {
        return Err(AssertionFault::Audience);
    }
    let (exp, seconds) = (claims.require_moment("exp")?, now.as_duration().as_secs_f64());
    if exp + CLOCK_SKEW <= seconds || exp > seconds + LONGEST_LIFE + CLOCK_SKEW {
        return Err(AssertionFault::Expiry);
    }
    let (iat, nbf) = (claims.moment("iat")?, claims.moment("nbf")?);
    let ahead = |moment: Option<f64>| moment.is_some_and(|moment| moment > seconds + CLOCK_SKEW);
    if ahead(iat) || ahead(nbf) || iat.is_some_and(|iat| iat < seconds - LONGEST_LIFE - CLOCK_SKEW)
    {
        return Err(AssertionFault::Issued);
    }
    let jti = claims.require_text("jti")?;
    if !(1..=LONGEST_ID).contains(&jti.len()) {
        return Err(AssertionFault::Id);
    }
    let left = SignedDuration::try_from_secs_f64(exp - seconds + CLOCK_SKEW)
        .map_err(|_| AssertionFault::Expiry)?;
    Ok(Accepted { jti: jti.to_owned(), until: now + left })
}

fn signed_claims(jws: &Jws<'_>, keys: &ClientKeys) -> Result<Claims, AssertionFault> {
    for key in keys.candidates(jws.kid.as_deref(), jws.algorithm) {
        match jws.claims(key) {
            Err(JwsFault::Signature) => {}
            Err(fault) => return Err(fault.into()),
            Ok(claims) => return Ok(claims),
        }
    }
    Err(AssertionFault::Signature)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::jose::tests::TestKey;

    const NOW: i64 = 1_700_000_000;
    const ISSUER: &str = "https://a.example";

    fn claims() -> Value {
        json!({ "iss": "app_a", "sub": "app_a", "aud": ISSUER, "exp": NOW + 60, "iat": NOW, "jti": "1" })
    }

    fn check_by(keys: &ClientKeys, text: &str) -> Result<Accepted, AssertionFault> {
        let audiences = [ISSUER.to_owned(), format!("{ISSUER}/oauth/tokens")];
        check(
            text,
            &"app_a".parse().unwrap(),
            keys,
            &audiences,
            Timestamp::from_second(NOW).unwrap(),
        )
    }

    fn keys(key: &TestKey) -> ClientKeys {
        key.jwk().to_string().parse().unwrap()
    }

    fn with_header(header: Value) -> Result<Accepted, AssertionFault> {
        let key = TestKey::new();
        check_by(&keys(&key), &key.sign(&header, &claims()))
    }

    fn with(name: &str, value: Value) -> Result<Accepted, AssertionFault> {
        let key = TestKey::new();
        let mut claims = claims();
        claims[name] = value;
        check_by(&keys(&key), &key.sign(&json!({ "alg": "ES256" }), &claims))
    }

    #[test]
    fn it_is_signed_by_a_key_of_the_app_and_for_this() {
        for header in [
            json!({ "alg": "ES256" }),
            json!({ "alg": "ES256", "typ": "JWT" }),
            json!({ "alg": "ES256", "typ": "client-authentication+jwt" }),
        ] {
            assert_eq!(with_header(header).unwrap().jti, "1");
        }
        for typ in ["dpop+jwt", "at+jwt", ""] {
            assert_eq!(
                with_header(json!({ "alg": "ES256", "typ": typ })).unwrap_err(),
                AssertionFault::Type
            );
        }
        for alg in ["none", "HS256", "ES384", ""] {
            assert_eq!(
                with_header(json!({ "alg": alg })).unwrap_err(),
                AssertionFault::Jws(JwsFault::Algorithm)
            );
        }
        assert_eq!(
            with_header(json!({ "alg": "RS256" })).unwrap_err(),
            AssertionFault::Signature,
            "the key is another kind"
        );
        assert_eq!(
            with_header(json!({ "alg": "ES256", "kid": "a" })).unwrap_err(),
            AssertionFault::Signature,
            "there is no key of that name"
        );
        let (key, other) = (TestKey::new(), TestKey::new());
        let by_other = other.sign(&json!({ "alg": "ES256", "jwk": other.jwk() }), &claims());
        assert_eq!(
            check_by(&keys(&key), &by_other).unwrap_err(),
            AssertionFault::Signature,
            "the key that it carries counts for nothing"
        );
        let two: ClientKeys =
            json!({ "keys": [key.jwk(), other.jwk()] }).to_string().parse().unwrap();
        assert!(check_by(&two, &by_other).is_ok(), "either of two");
    }

    #[test]
    fn it_is_by_the_app_about_itself() {
        for name in ["iss", "sub"] {
            for other in ["app_b", "APP_A", "", ISSUER] {
                assert_eq!(with(name, other.into()).unwrap_err(), AssertionFault::Issuer);
            }
            assert_eq!(
                with(name, Value::Null).unwrap_err(),
                AssertionFault::Jws(JwsFault::NoClaim(name))
            );
            assert_eq!(
                with(name, 1.into()).unwrap_err(),
                AssertionFault::Jws(JwsFault::NoText(name))
            );
        }
    }

    #[test]
    fn it_is_for_this_server_alone() {
        for aud in [json!(ISSUER), json!([ISSUER]), json!(format!("{ISSUER}/oauth/tokens"))] {
            assert!(with("aud", aud.clone()).is_ok(), "{aud}");
        }
        for aud in [
            json!("https://b.example"),
            json!(format!("{ISSUER}/")),
            json!(format!("{ISSUER}/oauth")),
            json!(""),
        ] {
            assert_eq!(with("aud", aud.clone()).unwrap_err(), AssertionFault::Audience, "{aud}");
        }
        for aud in
            [json!([ISSUER, "https://b.example"]), json!([]), json!([1]), json!({}), json!(1)]
        {
            assert_eq!(with("aud", aud.clone()).unwrap_err(), AssertionFault::Audience, "{aud}");
        }
        assert_eq!(
            with("aud", Value::Null).unwrap_err(),
            AssertionFault::Jws(JwsFault::NoClaim("aud"))
        );
    }

    #[test]
    fn it_counts_for_a_short_while() {
        assert_eq!(with("exp", json!(NOW + 60)).unwrap().until.as_second(), NOW + 120);
        for exp in [json!(NOW - 59), json!(NOW + 3660), json!(1_700_000_060.5)] {
            assert!(with("exp", exp).is_ok());
        }
        for exp in
            [json!(NOW - 60), json!(NOW + 3661), json!(0), json!(-1), json!(1e300), json!(-1e300)]
        {
            assert_eq!(with("exp", exp).unwrap_err(), AssertionFault::Expiry);
        }
        for (exp, fault) in [
            (Value::Null, JwsFault::NoClaim("exp")),
            (json!("1700000060"), JwsFault::NoNumber("exp")),
        ] {
            assert_eq!(with("exp", exp).unwrap_err(), AssertionFault::Jws(fault));
        }
        assert_eq!(
            with("nbf", json!("soon")).unwrap_err(),
            AssertionFault::Jws(JwsFault::NoNumber("nbf"))
        );
        for (name, moment) in [
            ("iat", NOW + 61),
            ("iat", NOW - 3661),
            ("nbf", NOW + 61),
            ("iat", i64::MAX),
            ("iat", i64::MIN),
        ] {
            assert_eq!(
                with(name, moment.into()).unwrap_err(),
                AssertionFault::Issued,
                "{name} {moment}"
            );
        }
        for (name, moment) in [
            ("iat", json!(NOW + 60)),
            ("iat", json!(NOW - 3600)),
            ("iat", Value::Null),
            ("nbf", json!(NOW)),
        ] {
            assert!(with(name, moment.clone()).is_ok(), "{name} {moment}");
        }
    }

    #[test]
    fn it_has_an_id() {
        for jti in [json!(""), json!("x".repeat(LONGEST_ID + 1))] {
            assert_eq!(with("jti", jti).unwrap_err(), AssertionFault::Id);
        }
        assert_eq!(
            with("jti", Value::Null).unwrap_err(),
            AssertionFault::Jws(JwsFault::NoClaim("jti"))
        );
    }

    #[test]
    fn a_request_has_both_parameters_about_the_same_app() {
        let key = TestKey::new();
        let text = key.sign(&json!({ "alg": "ES256" }), &claims());
        let of = |more: &str| {
            let form = format!("client_assertion={text}{more}");
            of_request(&Parameters::form(form.as_bytes()))
                .map(|found| found.map(|(_, subject)| subject))
                .map_err(|error| error.code)
        };
        let typed = format!("&client_assertion_type={TYPE}");
        assert_eq!(of(&typed), Ok(Some("app_a".into())));
        assert_eq!(of(&format!("{typed}&client_id=app_a")), Ok(Some("app_a".into())));
        assert_eq!(of(&format!("{typed}&client_id=app_b")), Err(ErrorCode::InvalidClient));
        assert_eq!(of(""), Err(ErrorCode::InvalidRequest));
        assert_eq!(
            of("&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:saml2-bearer"),
            Err(ErrorCode::InvalidClient)
        );
        let alone = Parameters::form(typed.as_bytes());
        assert_eq!(
            of_request(&alone).map(|_| ()).map_err(|error| error.code),
            Err(ErrorCode::InvalidRequest)
        );
        assert!(
            of_request(&Parameters::form(b"client_id=app_a")).is_ok_and(|found| found.is_none())
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*", aud in "\\PC*", exp in any::<f64>(), iat in any::<f64>()) {
            let form = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("client_assertion", &text).append_pair("client_assertion_type", TYPE).finish();
            prop_assert!(of_request(&Parameters::form(form.as_bytes())).is_err());
            let _ = with("aud", aud.into());
            let _ = with("exp", json!(exp));
            let _ = with("iat", json!(iat));
        }
    }
}
