//! Passwords: Argon2id at OWASP's parameters (19 MiB, 2 passes, 1 lane).

use std::sync::LazyLock;

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};

use super::password_strength::is_weak;
use crate::db::{Column, FromColumn, Param, ToParam};

const SHORTEST: usize = 8;
const LONGEST: usize = 200;

static ARGON2: LazyLock<Argon2<'static>> =
    LazyLock::new(|| Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19 * 1024, 2, 1, None).unwrap_or_default()));

/// Compared against when the account does not exist, so that both cases cost the same.
static NOBODY: LazyLock<PasswordHash> = LazyLock::new(|| PasswordHash::blocking(&SecretString::from("nobody has this password")));

/// A password as it was typed. It does not print.
#[derive(Debug, Clone)]
pub struct Password(SecretString);

/// Why a new password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Fewer than 8 characters.
    #[error("a password has at least 8 characters")]
    TooShort,
    /// More than 200 characters.
    #[error("a password has at most 200 characters")]
    TooLong,
    /// Easy to guess.
    #[error("this password is easy to guess; choose a phrase of a few words, without your name or your business's")]
    Weak,
}

impl PasswordFault {
    /// The key of its text.
    pub const fn key(self) -> &'static str {
        match self {
            Self::TooShort => "field.password_too_short",
            Self::TooLong => "field.password_too_long",
            Self::Weak => "field.password_weak",
        }
    }
}

/// What is kept of a password (PHC string format).
#[derive(Clone)]
pub struct PasswordHash(String);

impl Password {
    /// A password that someone types to log in.
    pub fn typed(text: String) -> Self {
        Self(text.into())
    }

    /// A password that someone chooses; `about` is what a guesser knows of that person: name, e-mail address,
    /// business.
    ///
    /// # Errors
    /// When it is too short, too long or easy to guess.
    pub fn chosen(text: String, about: &[&str]) -> Result<Self, PasswordFault> {
        match text.chars().count() {
            ..SHORTEST => Err(PasswordFault::TooShort),
            length if length > LONGEST => Err(PasswordFault::TooLong),
            _ if is_weak(&text, about) => Err(PasswordFault::Weak),
            _ => Ok(Self(text.into())),
        }
    }

    /// Hashes it with a fresh salt, away from the async threads.
    pub async fn hash(&self) -> PasswordHash {
        let password = self.0.clone();
        off_thread(move || PasswordHash::blocking(&password)).await
    }

    /// Whether it is the password of `hash`. Without a hash the same work is done, for nothing.
    pub async fn matches(&self, hash: Option<&PasswordHash>) -> bool {
        let (password, known, hash) = (self.0.clone(), hash.is_some(), hash.unwrap_or(&NOBODY).clone());
        off_thread(move || {
            let Ok(parsed) = phc::PasswordHash::new(&hash.0) else { return false };
            ARGON2.verify_password(password.expose_secret().as_bytes(), &parsed).is_ok()
        })
        .await
            && known
    }
}

impl PasswordHash {
    #[allow(clippy::expect_used)]
    fn blocking(password: &SecretString) -> Self {
        let hash = ARGON2.hash_password(password.expose_secret().as_bytes()).expect("the parameters are constant and valid");
        Self(hash.to_string())
    }
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

impl ToParam for PasswordHash {
    fn to_param(&self) -> Param<'_> {
        self.0.to_param()
    }
}

impl FromColumn for PasswordHash {
    fn from_column(column: Column<'_>) -> Option<Self> {
        String::from_column(column).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_matches() {
        let hash = Password::chosen("correct horse".into(), &[]).unwrap().hash().await;
        assert!(hash.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(Password::typed("correct horse".into()).matches(Some(&hash)).await);
        assert!(!Password::typed("Correct horse".into()).matches(Some(&hash)).await);
        assert!(!Password::typed("nobody has this password".into()).matches(None).await);
    }

    #[test]
    fn lengths_are_bounded() {
        let chosen = |text: &str| Password::chosen(text.into(), &["Sanne"]).map(|_| ());
        assert_eq!(chosen("xK9$mQ2").unwrap_err(), PasswordFault::TooShort);
        assert_eq!(chosen(&"xK9$mQ2v!p".repeat(21)).unwrap_err(), PasswordFault::TooLong);
        assert_eq!(chosen(&"xK9$mQ2v!p".repeat(20)), Ok(()));
        assert_eq!(chosen("sannesanne").unwrap_err(), PasswordFault::Weak);
    }
}
