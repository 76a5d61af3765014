//! The claims of a JWT (RFC 7519 section 4), read one by one, so that a fault names its claim.

use serde_json::{Map, Value};

use super::JwsFault;

/// The claims of a JWT with a valid signature.
#[derive(Debug, PartialEq)]
pub struct Claims(pub(super) Map<String, Value>);

impl Claims {
    /// The claim, if it is there and not null.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// An optional string.
    ///
    /// # Errors
    /// [`JwsFault::NoText`] when it is anything else.
    pub fn text(&self, name: &'static str) -> Result<Option<&str>, JwsFault> {
        self.get(name).map(|value| value.as_str().ok_or(JwsFault::NoText(name))).transpose()
    }

    /// A required string.
    ///
    /// # Errors
    /// [`JwsFault::NoText`], or [`JwsFault::NoClaim`] when it is missing.
    pub fn require_text(&self, name: &'static str) -> Result<&str, JwsFault> {
        self.text(name)?.ok_or(JwsFault::NoClaim(name))
    }

    /// An optional time in seconds since 1970 (`NumericDate`, section 2).
    ///
    /// # Errors
    /// [`JwsFault::NoNumber`] when it is anything else.
    pub fn moment(&self, name: &'static str) -> Result<Option<f64>, JwsFault> {
        self.get(name).map(|value| value.as_f64().ok_or(JwsFault::NoNumber(name))).transpose()
    }

    /// A required time.
    ///
    /// # Errors
    /// [`JwsFault::NoNumber`], or [`JwsFault::NoClaim`] when it is missing.
    pub fn require_moment(&self, name: &'static str) -> Result<f64, JwsFault> {
        self.moment(name)?.ok_or(JwsFault::NoClaim(name))
    }
}
