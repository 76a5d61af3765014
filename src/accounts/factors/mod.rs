//! What identifies a person besides the password: passkeys, codes of an authenticator app, recovery
//! codes.
//!
//! A person with a second factor gets no session with the password alone: a [`LogInStep`] comes in
//! between.

mod log_in_step;
mod passkey;
mod recovery_codes;
mod relying_party;
mod requirement;
mod totp;
mod typed;

pub use log_in_step::LogInStep;
pub use passkey::Passkey;
pub(super) use passkey::forget_challenges;
pub use recovery_codes::{RecoveryCodes, TypedRecoveryCode};
pub use relying_party::{Challenge, NewPasskey, PasskeyAnswer, PasskeyProof, RelyingParty};
pub use requirement::FactorRequirement;
pub use totp::{TotpFactor, TotpSecret};
pub use typed::TypedFactor;

use jiff::Timestamp;

use crate::db::{Db, Single, Tx, from_row, params};
use crate::error::Result;
use crate::ids::AccountId;

/// The factors of a person.
#[derive(Debug, Clone)]
pub struct Factors {
    /// When the authenticator app was set up, if it was.
    pub app_since: Option<Timestamp>,
    /// The number of passkeys.
    pub passkeys: i64,
    /// The number of recovery codes that are left.
    pub recovery_codes: i64,
}

from_row!(Factors { app_since, passkeys, recovery_codes });

const FIND: &str =
    "SELECT (SELECT created_at FROM totp_factors WHERE account_id = ?1) AS app_since,
        (SELECT count(*) FROM passkeys WHERE account_id = ?1) AS passkeys,
        (SELECT count(*) FROM recovery_codes WHERE account_id = ?1) AS recovery_codes";

impl Factors {
    const NONE: Self = Self { app_since: None, passkeys: 0, recovery_codes: 0 };

    /// The factors of an account.
    pub async fn of(db: &Db, account: &AccountId) -> Result<Self> {
        Ok(db.row(FIND, params![account]).await?.unwrap_or(Self::NONE))
    }

    /// The same within a transaction. If it locks the account, they don't change.
    pub async fn within(tx: &mut Tx, account: &AccountId) -> Result<Self> {
        Ok(tx.row(FIND, params![account]).await?.unwrap_or(Self::NONE))
    }

    /// Whether the password alone isn't enough for a session.
    pub const fn any(&self) -> bool {
        self.app_since.is_some() || self.passkeys > 0
    }

    /// Whether any are left, within a transaction that removes one. Recovery codes replace factors,
    /// so they are removed with the last one.
    pub(super) async fn tidy_up(tx: &mut Tx, account: &AccountId) -> Result<()> {
        tx.execute(
            "DELETE FROM recovery_codes WHERE account_id = ?1 AND NOT EXISTS (SELECT 1 FROM totp_factors WHERE account_id = ?1)
             AND NOT EXISTS (SELECT 1 FROM passkeys WHERE account_id = ?1)",
            params![account],
        )
        .await?;
        Ok(())
    }

    /// Whether the account has recovery codes, within a transaction.
    async fn has_recovery_codes(tx: &mut Tx, account: &AccountId) -> Result<bool> {
        let count: Option<Single<i64>> = tx
            .row(
                "SELECT count(*) AS value FROM recovery_codes WHERE account_id = ?1",
                params![account],
            )
            .await?;
        Ok(count.is_some_and(|Single(count)| count > 0))
    }
}
