//! Codes of an authenticator app: TOTP (RFC 6238) as all such apps support it, with six digits of
//! SHA-1 every 30 seconds.

use jiff::Timestamp;
use totp_rs::{Builder, Secret, Totp};

use super::Factors;
use crate::accounts::{Account, record_about};
use crate::audit::{Action, Actor};
use crate::clock::SKEW;
use crate::db::{DbError, Single, Tx, from_row, params};
use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::sealed::{KeyId, SealingKeys};

/// The issuer, as the app shows it.
const ISSUER: &str = "Klantportaal";

/// The length of a secret in bytes (RFC 4226 section 4).
const LENGTH: usize = 20;

/// The length of a step.
const STEP_SECONDS: i64 = 30;

/// The secret that an authenticator app shares with the server. `Debug` doesn't reveal it.
#[derive(Clone)]
pub struct TotpSecret(Totp);

/// An account's authenticator app.
pub struct TotpFactor {
    secret: TotpSecret,
}

struct FactorRow {
    secret: Vec<u8>,
}

from_row!(FactorRow { secret });

struct KeptSeed {
    account_id: AccountId,
    secret: Vec<u8>,
}

from_row!(KeptSeed { account_id, secret });

/// The latest step whose code can have been used before `now`, by the clock of any instance.
fn latest_step(now: Timestamp) -> i64 {
    (now + SKEW).as_second() / STEP_SECONDS + 1
}

/// The context that an account's secret is sealed for.
fn place(account: &AccountId) -> String {
    format!("totp_factors/{account}")
}

impl TotpSecret {
    /// A new random secret for the person with an e-mail address.
    ///
    /// # Errors
    /// [`Error::Internal`] when the address cannot be put into a URI.
    pub fn random(email: &str) -> Result<Self> {
        Self::of(&rand::random::<[u8; LENGTH]>(), email)
    }

    /// Parses the output of [`TotpSecret::base32`]; `None` if it is malformed.
    pub fn read(base32: &str, email: &str) -> Option<Self> {
        let secret = Secret::try_from_base32(base32)
            .ok()
            .filter(|secret| secret.as_bytes().len() == LENGTH)?;
        Self::of(secret.as_bytes(), email).ok()
    }

    fn of(secret: &[u8], email: &str) -> Result<Self> {
        // A colon would end the issuer in the URI, and no deliverable address has one.
        let builder = Builder::new()
            .with_secret(secret.to_vec())
            .with_account_name(email.replace(':', ""))
            .with_issuer(Some(ISSUER));
        builder
            .build()
            .map(Self)
            .map_err(|error| Error::internal(std::io::Error::other(error.to_string())))
    }

    /// The secret for typing: 32 letters and digits.
    pub fn base32(&self) -> String {
        self.0.secret().to_base32()
    }

    /// The `otpauth:` URI that the app reads from the QR code.
    ///
    /// # Errors
    /// [`Error::Internal`] when it can't be created.
    pub fn uri(&self) -> Result<String> {
        self.0.to_url().map_err(|error| Error::internal(std::io::Error::other(error.to_string())))
    }

    /// The step of a code: the current one or one of its neighbours, to allow for clock skew.
    /// Spaces in the code are ignored.
    pub fn step_of(&self, code: &str, now: Timestamp) -> Option<i64> {
        let code: String = code.chars().filter(|letter| !letter.is_whitespace()).collect();
        let seconds = u64::try_from(now.as_second()).ok()?;
        i64::try_from(self.0.check(&code, seconds)?).ok()
    }
}

impl TotpFactor {
    /// Adds the app to an account that has none, within a transaction, which also marks the
    /// verified code as used.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the account already has one.
    pub async fn add(
        tx: &mut Tx,
        keys: &SealingKeys,
        account: &AccountId,
        secret: &TotpSecret,
        step: i64,
        now: Timestamp,
    ) -> Result<()> {
        let insert = "INSERT INTO totp_factors (account_id, secret, last_step, created_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
        let sealed = keys.seal(secret.0.secret().as_bytes(), &place(account));
        match tx.execute(insert, params![account, sealed, step, now]).await? {
            0 => Err(Error::NotFound),
            _ => Ok(()),
        }
    }

    /// An account's app, if it has one.
    async fn find(tx: &mut Tx, keys: &SealingKeys, account: &AccountId) -> Result<Option<Self>> {
        let row: Option<FactorRow> = tx
            .row("SELECT secret FROM totp_factors WHERE account_id = ?1", params![account])
            .await?;
        row.map(|row| {
            let secret = keys.open(&row.secret, &place(account)).map_err(Error::internal)?;
            Ok(Self { secret: TotpSecret::of(&secret, account.as_str())? })
        })
        .transpose()
    }

    /// Uses a code, within a transaction; true if it is right and neither it nor a later one was
    /// used before (RFC 6238 section 5.2).
    pub async fn use_code(
        tx: &mut Tx,
        keys: &SealingKeys,
        account: &AccountId,
        code: &str,
        now: Timestamp,
    ) -> Result<bool> {
        let Some(factor) = Self::find(tx, keys, account).await? else { return Ok(false) };
        let Some(step) = factor.secret.step_of(code, now) else { return Ok(false) };
        // Of two concurrent uses, one finds that the other was first. A step of the future was used
        // while the wall clock was ahead.
        let take = "UPDATE totp_factors SET last_step = ?2
             WHERE account_id = ?1 AND (last_step < ?2 OR last_step > ?3)";
        Ok(tx.execute(take, params![account, step, latest_step(now)]).await? == 1)
    }

    /// Seals, within a transaction, every secret that isn't sealed with the first key: those stored
    /// before secrets were sealed, and those sealed with an earlier key.
    pub async fn seal_all(tx: &mut Tx, keys: &SealingKeys) -> Result<(), DbError> {
        let kept: Vec<KeptSeed> =
            tx.rows("SELECT account_id, secret FROM totp_factors", params![]).await?;
        for KeptSeed { account_id, secret } in kept {
            let place = place(&account_id);
            let plain = match KeyId::of_sealed(&secret) {
                Some(id) if id == keys.current() => continue,
                Some(_) => match keys.open(&secret, &place) {
                    Ok(plain) => plain,
                    Err(error) => {
                        tracing::error!(account = %account_id, %error, "an authenticator app's secret cannot be read");
                        continue;
                    }
                },
                None => secret,
            };
            tx.execute(
                "UPDATE totp_factors SET secret = ?2 WHERE account_id = ?1",
                params![account_id, keys.seal(&plain, &place)],
            )
            .await?;
        }
        Ok(())
    }

    /// Removes the authenticator apps of all accounts, for the operator, within a transaction;
    /// returns how many. The sessions and unfinished log-ins of these accounts end.
    pub async fn remove_all(tx: &mut Tx, now: Timestamp) -> Result<usize> {
        let accounts: Vec<Single<AccountId>> =
            tx.rows("SELECT account_id AS value FROM totp_factors", params![]).await?;
        for Single(account) in &accounts {
            Self::remove(tx, account).await?;
            Account::end_all_sessions(tx, account).await?;
            let email = Account::email_of(tx, account).await?;
            let event = (Actor::Operator, Action::AuthenticatorRemoved, email.as_str());
            record_about(tx, account, event, None, now).await?;
        }
        Ok(accounts.len())
    }

    /// Removes the app from an account, within a transaction.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it has none.
    pub async fn remove(tx: &mut Tx, account: &AccountId) -> Result<()> {
        if tx.execute("DELETE FROM totp_factors WHERE account_id = ?1", params![account]).await?
            == 0
        {
            return Err(Error::NotFound);
        }
        Factors::tidy_up(tx, account).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238's appendix B.
    const RFC: &[u8; LENGTH] = b"12345678901234567890";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_codes_are_those_of_the_rfc() {
        let secret = TotpSecret::of(RFC, "a@example.nl").unwrap();
        // The last six of the RFC's eight digits.
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret.step_of(code, at(second)), Some(second / 30), "{second}");
        }
    }

    #[test]
    fn a_clock_may_be_one_step_off_and_no_more() {
        let secret = TotpSecret::of(RFC, "a@example.nl").unwrap();
        for (second, step) in [(29, Some(1)), (30, Some(1)), (89, Some(1)), (90, None)] {
            assert_eq!(secret.step_of("287082", at(second)), step, "{second}");
        }
        assert_eq!(secret.step_of("287 082 ", at(59)), Some(1));
        for wrong in ["", "287083", "28708", "2870820", "28708a", "٢٨٧٠٨٢", "-287082"] {
            assert_eq!(secret.step_of(wrong, at(59)), None, "{wrong}");
        }
    }

    #[test]
    fn a_secret_reads_back_and_others_are_refused() {
        let secret = TotpSecret::random("jan+x@example.nl").unwrap();
        assert_eq!(
            TotpSecret::read(&secret.base32(), "a@example.nl").unwrap().base32(),
            secret.base32()
        );
        assert_ne!(TotpSecret::random("a@example.nl").unwrap().base32(), secret.base32());
        assert!(
            secret
                .uri()
                .unwrap()
                .starts_with("otpauth://totp/Klantportaal:jan%2Bx%40example.nl?secret="),
            "{}",
            secret.uri().unwrap()
        );
        for wrong in ["", "MFRGG", "1", "0".repeat(32).as_str(), &"A".repeat(64)] {
            assert!(TotpSecret::read(wrong, "a@example.nl").is_none(), "{wrong}");
        }
    }
}
