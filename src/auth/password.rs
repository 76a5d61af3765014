//! Passwords: Argon2id at OWASP's parameters (19 MiB, 2 passes, 1 lane).

use std::fmt;
use std::sync::LazyLock;

use argon2::password_hash::phc;
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use secrecy::{ExposeSecret, SecretString};

use super::costly_work::{Line, Overloaded, in_turn};
use super::hashing_memory::with_memory;
use super::password_strength::is_weak;
use crate::db::{Column, FromColumn, Param, ToParam};

const SHORTEST: usize = 8;
const LONGEST: usize = 200;

static PARAMETERS: LazyLock<Params> =
    LazyLock::new(|| Params::new(19 * 1024, 2, 1, None).unwrap_or_default());

/// The hash to compare with when the account doesn't exist, so that both cases cost the same. It
/// matches no password.
static NOBODY: LazyLock<PasswordHash> = LazyLock::new(|| {
    let output = phc::Output::new(&[0; Params::DEFAULT_OUTPUT_LEN]).ok();
    PasswordHash::written(phc::Salt::generate(), output)
});

/// A password as it was typed. `Debug` doesn't reveal it.
#[derive(Debug, Clone)]
pub struct Password(SecretString);

/// Why a new password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Fewer than 8 characters.
    #[error("a password must have at least 8 characters")]
    TooShort,
    /// More than 200 characters.
    #[error("a password can have at most 200 characters")]
    TooLong,
    /// Easy to guess.
    #[error(
        "this password is easy to guess; choose a phrase of a few words, without your name or the name of your business"
    )]
    Weak,
}

impl PasswordFault {
    /// The translation key of the message.
    pub const fn key(self) -> &'static str {
        match self {
            Self::TooShort => "field.password_too_short",
            Self::TooLong => "field.password_too_long",
            Self::Weak => "field.password_weak",
        }
    }
}

/// A password hash, as stored (PHC string format).
#[derive(Clone)]
pub struct PasswordHash(String);

impl Password {
    /// A password typed to log in.
    pub fn typed(text: String) -> Self {
        Self(text.into())
    }

    /// A new password. `about` is what an attacker knows about the person: name, e-mail address,
    /// business. Estimating the strength is expensive, so throttle callers first.
    ///
    /// # Errors
    /// The outer error when this line is full; the inner one when the password is too short, too
    /// long or easy to guess.
    pub async fn chosen(
        text: String,
        about: &[&str],
        line: Line,
    ) -> Result<Result<Self, PasswordFault>, Overloaded> {
        match text.chars().count() {
            ..SHORTEST => return Ok(Err(PasswordFault::TooShort)),
            length if length > LONGEST => return Ok(Err(PasswordFault::TooLong)),
            _ => {}
        }
        let password = Self(text.into());
        let (typed, about) =
            (password.0.clone(), about.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        let weak = in_turn(line, move || is_weak(typed.expose_secret(), &about)).await?;
        Ok(if weak { Err(PasswordFault::Weak) } else { Ok(password) })
    }

    /// Hashes it with a new salt, off the async threads.
    ///
    /// # Errors
    /// When too many wait in this line.
    pub async fn hash(&self, line: Line) -> Result<PasswordHash, Overloaded> {
        let password = self.0.clone();
        with_memory(line, move |memory| PasswordHash::of(&password, memory)).await
    }

    /// Whether it matches `hash`. Without a hash, the same work is done and the result is false.
    ///
    /// # Errors
    /// When too many wait in this line.
    pub async fn matches(
        &self,
        hash: Option<&PasswordHash>,
        line: Line,
    ) -> Result<bool, Overloaded> {
        let (password, hash) = (self.0.clone(), hash.cloned());
        with_memory(line, move |memory| match hash {
            Some(hash) => hash.is_of(&password, memory),
            None => {
                let _ = NOBODY.is_of(&password, memory);
                false
            }
        })
        .await
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash")
    }
}

impl PasswordHash {
    /// Parses a stored hash; `None` if it isn't one.
    pub fn of_text(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        phc::PasswordHash::new(text).ok().map(|_| Self(text.to_owned()))
    }

    /// The hash as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of(password: &SecretString, memory: &mut Vec<Block>) -> Self {
        let salt = phc::Salt::generate();
        Self::written(salt, argon2id(password, &salt, PARAMETERS.clone(), memory))
    }

    #[allow(clippy::expect_used)]
    fn written(salt: phc::Salt, output: Option<phc::Output>) -> Self {
        let hash = phc::PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: (&*PARAMETERS).try_into().expect("the parameters are constant and valid"),
            salt: Some(salt),
            hash: Some(output.expect("the parameters are constant and valid")),
        };
        Self(hash.to_string())
    }

    fn is_of(&self, password: &SecretString, memory: &mut Vec<Block>) -> bool {
        let Ok(phc::PasswordHash { ref params, salt: Some(salt), hash: Some(hash), .. }) =
            phc::PasswordHash::new(&self.0)
        else {
            return false;
        };
        // Hash outputs compare in constant time.
        Params::try_from(params)
            .is_ok_and(|params| argon2id(password, &salt, params, memory) == Some(hash))
    }
}

fn argon2id(
    password: &SecretString,
    salt: &[u8],
    params: Params,
    memory: &mut Vec<Block>,
) -> Option<phc::Output> {
    // Tests count these, to verify that the work is the same for everybody.
    tracing::trace!("argon2id");
    memory.resize(params.block_count(), Block::default());
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2
        .hash_password_into_with_memory(
            password.expose_secret().as_bytes(),
            salt,
            &mut output,
            memory,
        )
        .ok()?;
    phc::Output::new(&output).ok()
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
    use crate::auth::costly_work::tests::assert_waits_for_its_turn;

    #[tokio::test]
    async fn only_the_right_password_matches() {
        let hash = Password::chosen("correct horse".into(), &[], Line::Known)
            .await
            .unwrap()
            .unwrap()
            .hash(Line::Known)
            .await
            .unwrap();
        assert!(hash.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(
            Password::typed("correct horse".into())
                .matches(Some(&hash), Line::Known)
                .await
                .unwrap()
        );
        assert!(
            !Password::typed("Correct horse".into())
                .matches(Some(&hash), Line::Known)
                .await
                .unwrap()
        );
        assert!(
            !Password::typed("nobody has this password".into())
                .matches(None, Line::Known)
                .await
                .unwrap()
        );
        assert!(
            !Password::typed("correct horse".into())
                .matches(Some(&PasswordHash("$argon2id$v=19$m=19456".into())), Line::Known)
                .await
                .unwrap()
        );
    }

    #[tokio::test]
    async fn a_hash_of_any_parameters_is_verified_by_its_own() {
        // As the argon2 command (or another of its libraries) writes it.
        let foreign = argon2::PasswordHasher::hash_password(
            &Argon2::from(Params::new(64, 3, 2, None).unwrap()),
            b"correct horse",
        )
        .unwrap();
        let hash = PasswordHash(foreign.to_string());
        for _ in 0..2 {
            assert!(
                Password::typed("correct horse".into())
                    .matches(Some(&hash), Line::Known)
                    .await
                    .unwrap()
            );
            assert!(
                !Password::typed("correct house".into())
                    .matches(Some(&hash), Line::Known)
                    .await
                    .unwrap()
            );
            let ours = Password::typed("x".into()).hash(Line::Known).await.unwrap();
            assert!(
                argon2::PasswordVerifier::verify_password(
                    &Argon2::default(),
                    b"x",
                    ours.0.as_str()
                )
                .is_ok(),
                "what we write, the library reads"
            );
        }
    }

    #[tokio::test]
    async fn lengths_are_bounded() {
        let chosen = async |text: &str| {
            Password::chosen(text.into(), &["Sanne"], Line::Known).await.unwrap().map(|_| ())
        };
        assert_eq!(chosen("xK9$mQ2").await.unwrap_err(), PasswordFault::TooShort);
        assert_eq!(chosen(&"xK9$mQ2v!p".repeat(21)).await.unwrap_err(), PasswordFault::TooLong);
        assert_eq!(chosen(&"xK9$mQ2v!p".repeat(20)).await, Ok(()));
        assert_eq!(chosen("sannesanne").await.unwrap_err(), PasswordFault::Weak);
    }

    // On a single thread, which the work would block if it ran there.
    #[tokio::test]
    async fn looking_at_a_password_waits_for_its_turn_and_blocks_nobody() {
        let password = Password::typed("correct horse".into());
        assert!(
            assert_waits_for_its_turn(Password::chosen("correct horse".into(), &[], Line::Known))
                .await
                .unwrap()
                .is_ok()
        );
        let hash = assert_waits_for_its_turn(password.hash(Line::Known)).await.unwrap();
        assert!(
            assert_waits_for_its_turn(password.matches(Some(&hash), Line::Known)).await.unwrap()
        );
    }
}
