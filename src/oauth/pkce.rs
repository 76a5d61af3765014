//! Proof Key for Code Exchange (RFC 7636), with S256 only.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{Parameters, ProtocolError};
use crate::db::{Column, FromColumn, Param, ToParam};

/// The `code_challenge` of an authorization request: 43 characters of base64url.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// The challenge of an authorization request, if it has one.
    ///
    /// # Errors
    /// `invalid_request` when the method is not S256 or the challenge is malformed (RFC 7636
    /// section 4.4.1).
    pub fn of_request(parameters: &Parameters) -> Result<Option<Self>, ProtocolError> {
        let Some(challenge) = parameters.get("code_challenge") else {
            return match parameters.get("code_challenge_method") {
                Some(_) => Err(ProtocolError::invalid_request(
                    "code_challenge_method was sent without code_challenge",
                )),
                None => Ok(None),
            };
        };
        if parameters.get("code_challenge_method") != Some("S256") {
            return Err(ProtocolError::invalid_request("code_challenge_method must be S256"));
        }
        let valid = challenge.len() == 43
            && URL_SAFE_NO_PAD.decode(challenge).is_ok_and(|hash| hash.len() == 32);
        if !valid {
            return Err(ProtocolError::invalid_request(
                "code_challenge must be the base64url of a SHA-256 hash, without padding",
            ));
        }
        Ok(Some(Self(challenge.to_owned())))
    }

    /// Whether `verifier` matches this challenge (RFC 7636 section 4.6).
    fn is_met_by(&self, verifier: &str) -> bool {
        let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        is_well_formed(verifier) && bool::from(hash.as_bytes().ct_eq(self.0.as_bytes()))
    }
}

/// Whether a `code_verifier` has the form required by RFC 7636 section 4.1.
fn is_well_formed(verifier: &str) -> bool {
    (43..=128).contains(&verifier.len())
        && verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

/// Checks a verifier against the challenge of the authorization request. A code with a challenge
/// needs its verifier, and a verifier needs a challenge (RFC 9700 section 2.1.1: no downgrade).
///
/// # Errors
/// `invalid_grant` when they don't match.
pub fn check_verifier(
    challenge: Option<&CodeChallenge>,
    verifier: Option<&str>,
) -> Result<(), ProtocolError> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (Some(challenge), Some(verifier)) if challenge.is_met_by(verifier) => Ok(()),
        (Some(_), Some(verifier)) if !is_well_formed(verifier) => {
            Err(ProtocolError::invalid_grant(
                "code_verifier must be 43 to 128 characters: letters, digits and - . _ ~ (RFC 7636 section 4.1)",
            ))
        }
        (Some(_), Some(_)) => {
            Err(ProtocolError::invalid_grant("code_verifier does not match the code_challenge"))
        }
        (Some(_), None) => Err(ProtocolError::invalid_grant(
            "the authorization request had a code_challenge, so code_verifier is required",
        )),
        (None, Some(_)) => Err(ProtocolError::invalid_grant(
            "the authorization request had no code_challenge, so code_verifier must not be sent",
        )),
    }
}

impl ToParam for CodeChallenge {
    fn to_param(&self) -> Param<'_> {
        self.0.to_param()
    }
}

impl FromColumn for CodeChallenge {
    fn from_column(column: Column<'_>) -> Option<Self> {
        String::from_column(column).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The pair of RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn challenge(query: &str) -> Result<Option<CodeChallenge>, ProtocolError> {
        CodeChallenge::of_request(&Parameters::form(query.as_bytes()))
    }

    #[test]
    fn the_standards_own_pair_fits() {
        let challenge =
            challenge(&format!("code_challenge={CHALLENGE}&code_challenge_method=S256")).unwrap();
        assert!(check_verifier(challenge.as_ref(), Some(VERIFIER)).is_ok());
        assert!(check_verifier(challenge.as_ref(), Some(&VERIFIER.replace('d', "e"))).is_err());
        let told = |verifier: &str| {
            check_verifier(challenge.as_ref(), Some(verifier)).unwrap_err().description
        };
        for wrong in ["short", &"a".repeat(42), &"a".repeat(129), &"a+".repeat(30), &"é".repeat(30)]
        {
            assert!(told(wrong).contains("43 to 128"), "{wrong}");
        }
        assert!(told(&"a".repeat(43)).contains("does not match"));
        assert!(check_verifier(challenge.as_ref(), None).is_err());
        assert!(check_verifier(None, Some(VERIFIER)).is_err());
        assert!(check_verifier(None, None).is_ok());
    }

    #[test]
    fn plain_and_malformed_challenges_are_refused() {
        assert!(challenge(&format!("code_challenge={CHALLENGE}")).is_err());
        assert!(
            challenge(&format!("code_challenge={CHALLENGE}&code_challenge_method=plain")).is_err()
        );
        assert!(challenge("code_challenge=abc&code_challenge_method=S256").is_err());
        assert!(
            challenge(&format!("code_challenge={}&code_challenge_method=S256", "=".repeat(43)))
                .is_err()
        );
        assert!(challenge("code_challenge_method=S256").is_err());
        assert_eq!(challenge("").unwrap(), None);
    }
}
