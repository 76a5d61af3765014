//! The grant types of the token endpoint.

/// A supported grant type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GrantType {
    /// RFC 6749 section 4.1.3.
    AuthorizationCode,
    /// RFC 6749 section 6.
    RefreshToken,
    /// RFC 8628 section 3.4.
    DeviceCode,
}

impl GrantType {
    /// All of them.
    pub(super) const ALL: [Self; 3] =
        [Self::AuthorizationCode, Self::RefreshToken, Self::DeviceCode];

    /// The value of `grant_type`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
        }
    }

    /// The grant type with this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}
