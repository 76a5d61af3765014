//! Opaque secrets: `<prefix>_<43 random letters and digits><6 check characters>`.
//!
//! 43 characters out of 62 carry 256 bits. The prefix is that of its kind, so that scanners can
//! find leaked ones; the check characters (CRC-32) reveal a typing error without a database lookup.
//! Only the SHA-256 hash is ever stored.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use rand::distr::{Alphanumeric, SampleString};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::db::{Column, FromColumn, Param, ToParam};

const RANDOM_LENGTH: usize = 43;
const CHECK_LENGTH: usize = 6;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What a secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A portal's own key for the API.
    ApiKey,
    /// OAuth access token (RFC 6749 section 1.4).
    AccessToken,
    /// OAuth refresh token (RFC 6749 section 1.5).
    RefreshToken,
    /// OAuth authorization code (RFC 6749 section 1.3.1).
    AuthorizationCode,
    /// An app's secret: the client secret (RFC 6749 section 2.3.1).
    AppSecret,
    /// A browser session.
    Session,
    /// The secret in a mailed link.
    MailLink,
    /// A pushed authorization request (RFC 9126 section 2.2): the last part of its `request_uri`.
    PushedRequest,
    /// A device code (RFC 8628 section 3.2).
    DeviceCode,
    /// A log-in that waits for its second factor.
    LogInStep,
    /// A resource server's secret.
    ResourceServerSecret,
    /// A challenge for a passkey (WebAuthn).
    PasskeyChallenge,
    /// A browser that logged in to an account before.
    KnownBrowser,
    /// A link that people without an account open.
    PublicLink,
}

impl TokenKind {
    /// All kinds.
    pub const ALL: [Self; 14] = [
        Self::ApiKey,
        Self::AccessToken,
        Self::RefreshToken,
        Self::AuthorizationCode,
        Self::AppSecret,
        Self::Session,
        Self::MailLink,
        Self::PushedRequest,
        Self::DeviceCode,
        Self::LogInStep,
        Self::ResourceServerSecret,
        Self::PasskeyChallenge,
        Self::KnownBrowser,
        Self::PublicLink,
    ];

    /// The kind with this prefix.
    pub fn of_prefix(prefix: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.prefix() == prefix)
    }

    /// The prefix of this kind.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::ApiKey => "kpk_",
            Self::AccessToken => "kpa_",
            Self::RefreshToken => "kpr_",
            Self::AuthorizationCode => "kpc_",
            Self::AppSecret => "kps_",
            Self::ResourceServerSecret => "kpi_",
            Self::Session => "kpb_",
            Self::MailLink => "kpm_",
            Self::PushedRequest => "kpq_",
            Self::DeviceCode => "kpd_",
            Self::LogInStep => "kpl_",
            Self::PasskeyChallenge => "kpw_",
            Self::KnownBrowser => "kpn_",
            Self::PublicLink => "kpf_",
        }
    }
}

/// Why a presented secret isn't valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// None was sent.
    #[error("no token was sent")]
    Missing,
    /// Sent with a scheme other than `Bearer` or `DPoP`, or without one.
    #[error("the token was sent with a scheme other than Bearer or DPoP")]
    Scheme,
    /// Malformed, or its check characters don't match.
    #[error("the token is malformed")]
    Malformed,
    /// A secret of another kind.
    #[error("the token is of the wrong kind")]
    WrongKind,
    /// Not known, or revoked.
    #[error("the token is unknown or revoked")]
    Unknown,
    /// Expired.
    #[error("the token has expired")]
    Expired,
    /// Bound to a key, but sent as a plain bearer token (RFC 9449 section 7.2).
    #[error("the token is bound to a key")]
    Bound,
    /// Not bound to a key, but sent as if it were.
    #[error("the token is not bound to a key")]
    NotBound,
}

impl TokenFault {
    /// The translation key of the message.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Missing => "error.token.missing",
            Self::Scheme => "error.token.scheme",
            Self::Malformed => "error.token.malformed",
            Self::WrongKind => "error.token.wrong_kind",
            Self::Unknown => "error.token.unknown",
            Self::Expired => "error.token.expired",
            Self::Bound => "error.token.bound",
            Self::NotBound => "error.token.not_bound",
        }
    }
}

/// A secret in clear text. `Debug` doesn't reveal it.
#[derive(Debug, Clone)]
pub struct Token {
    kind: TokenKind,
    text: SecretString,
}

/// The SHA-256 hash of a secret, as stored.
#[derive(Clone, Copy)]
pub struct TokenHash([u8; 32]);

impl Token {
    /// A new random secret.
    pub fn random(kind: TokenKind) -> Self {
        let mut text = String::with_capacity(kind.prefix().len() + RANDOM_LENGTH + CHECK_LENGTH);
        text.push_str(kind.prefix());
        Alphanumeric.append_string(&mut rand::rng(), &mut text, RANDOM_LENGTH);
        Self::with_check(kind, text)
    }

    /// The successor of this secret, of the same kind: the HMAC-SHA256 of its text with the key
    /// `salt`. It is deterministic, and can't be computed without both.
    pub fn successor(&self, salt: &[u8]) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(salt)
            .unwrap_or_else(|error| unreachable!("a salt may have any length: {error}"));
        mac.update(self.reveal().as_bytes());
        let mut text = String::with_capacity(self.reveal().len());
        text.push_str(self.kind.prefix());
        text.extend(in_base62(mac.finalize().into_bytes().into()).map(char::from));
        Self::with_check(self.kind, text)
    }

    fn with_check(kind: TokenKind, mut text: String) -> Self {
        let check = check_characters(text.as_bytes());
        text.extend(check.map(char::from));
        Self { kind, text: text.into() }
    }

    /// Parses a presented secret, without a database lookup.
    ///
    /// # Errors
    /// [`TokenFault::Malformed`] when it is malformed or the check characters don't match.
    pub fn parse(text: &str) -> Result<Self, TokenFault> {
        let kind = TokenKind::ALL
            .into_iter()
            .find(|kind| text.starts_with(kind.prefix()))
            .ok_or(TokenFault::Malformed)?;
        let bytes = text.as_bytes();
        if bytes.len() != kind.prefix().len() + RANDOM_LENGTH + CHECK_LENGTH {
            return Err(TokenFault::Malformed);
        }
        let (body, check) = bytes.split_at(bytes.len() - CHECK_LENGTH);
        if check != check_characters(body) {
            return Err(TokenFault::Malformed);
        }
        Ok(Self { kind, text: text.into() })
    }

    /// Parses a presented secret of one kind.
    ///
    /// # Errors
    /// As [`Token::parse`], and [`TokenFault::WrongKind`] for a secret of another kind.
    pub fn parse_as(kind: TokenKind, text: &str) -> Result<Self, TokenFault> {
        let token = Self::parse(text)?;
        if token.kind == kind { Ok(token) } else { Err(TokenFault::WrongKind) }
    }

    /// Its kind.
    pub const fn kind(&self) -> TokenKind {
        self.kind
    }

    /// Its hash, as stored in the database.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.text.expose_secret().as_bytes()).into())
    }

    /// The secret in clear text, only for the one response or mail that hands it out.
    pub fn reveal(&self) -> &str {
        self.text.expose_secret()
    }

    /// Its first characters, to recognise it by: the prefix and four more.
    pub fn start(&self) -> String {
        self.reveal().chars().take(self.kind.prefix().len() + 4).collect()
    }
}

/// 256 bits as 43 letters and digits, which can hold slightly more.
fn in_base62(mut number: [u8; 32]) -> [u8; RANDOM_LENGTH] {
    let mut digits = [b'0'; RANDOM_LENGTH];
    for digit in digits.iter_mut().rev() {
        let mut rest = 0;
        for byte in &mut number {
            let part = rest << 8 | usize::from(*byte);
            *byte = (part / BASE62.len()) as u8;
            rest = part % BASE62.len();
        }
        *digit = BASE62[rest];
    }
    digits
}

fn check_characters(body: &[u8]) -> [u8; CHECK_LENGTH] {
    let mut rest = crc32fast::hash(body) as usize;
    let mut check = [b'0'; CHECK_LENGTH];
    for place in check.iter_mut().rev() {
        *place = BASE62[rest % BASE62.len()];
        rest /= BASE62.len();
    }
    check
}

impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for TokenHash {}

impl std::hash::Hash for TokenHash {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

impl ToParam for TokenHash {
    fn to_param(&self) -> Param<'_> {
        self.0.as_slice().to_param()
    }
}

impl FromColumn for TokenHash {
    fn from_column(column: Column<'_>) -> Option<Self> {
        match column {
            Column::Bytes(bytes) => Some(Self(bytes.try_into().ok()?)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_token_reads_back_as_its_own_kind_only() {
        for kind in TokenKind::ALL {
            let token = Token::random(kind);
            assert_eq!(Token::parse(token.reveal()).unwrap().kind(), kind);
            assert_eq!(Token::parse(token.reveal()).unwrap().hash(), token.hash());
            assert_ne!(Token::random(kind).hash(), token.hash());
            for other in TokenKind::ALL.into_iter().filter(|other| *other != kind) {
                assert_eq!(
                    Token::parse_as(other, token.reveal()).unwrap_err(),
                    TokenFault::WrongKind
                );
            }
        }
    }

    #[test]
    fn a_successor_is_made_of_its_predecessor_and_the_salt_and_of_nothing_else() {
        let (token, other) =
            (Token::random(TokenKind::RefreshToken), Token::random(TokenKind::RefreshToken));
        let successor = token.successor(b"salt");
        assert_eq!(successor.hash(), token.successor(b"salt").hash());
        for different in [token.successor(b"salz"), other.successor(b"salt"), token.clone()] {
            assert_ne!(successor.hash(), different.hash());
        }
        assert_eq!(
            Token::parse_as(TokenKind::RefreshToken, successor.reveal()).unwrap().hash(),
            successor.hash()
        );
    }

    #[test]
    fn a_number_in_base62_keeps_all_its_bits() {
        assert_eq!(in_base62([0; 32]), [b'0'; RANDOM_LENGTH]);
        let mut number = [0; 32];
        number[30..].copy_from_slice(&[1, 0]);
        assert_eq!(in_base62(number)[RANDOM_LENGTH - 2..], *b"48", "256 is four times 62 and 8");
        assert!(in_base62([0xff; 32])[0] > b'0', "the largest number takes every place, and fits");
    }

    #[test]
    fn a_token_does_not_print() {
        let token = Token::random(TokenKind::ApiKey);
        assert!(!format!("{token:?} {:?}", token.hash()).contains(&token.reveal()[8..]));
    }

    #[test]
    fn a_typing_error_is_told_without_the_database() {
        let token = Token::random(TokenKind::AccessToken);
        for index in 4..token.reveal().len() {
            let mut typed = token.reveal().as_bytes().to_vec();
            typed[index] = if typed[index] == b'x' { b'y' } else { b'x' };
            assert_eq!(
                Token::parse(std::str::from_utf8(&typed).unwrap()).unwrap_err(),
                TokenFault::Malformed,
                "at {index}"
            );
        }
    }
}
