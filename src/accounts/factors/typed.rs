//! A second factor that was entered: a code of the authenticator app, or a recovery code.

use jiff::Timestamp;

use super::{TotpFactor, TypedRecoveryCode};
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::ids::AccountId;
use crate::sealed::SealingKeys;

/// An entered second factor, not used yet.
pub enum TypedFactor {
    /// A code of the authenticator app.
    AppCode(String),
    /// A recovery code, if the account has it.
    RecoveryCode(Option<TypedRecoveryCode>),
}

impl TypedFactor {
    /// Reads the two fields; a recovery code takes precedence. Checking one can be slow, so call
    /// this before the transaction.
    pub async fn read(
        db: &Db,
        account: &AccountId,
        app_code: &str,
        recovery_code: &str,
    ) -> Result<Self> {
        if recovery_code.trim().is_empty() {
            return Ok(Self::AppCode(app_code.to_owned()));
        }
        TypedRecoveryCode::find(db, account, recovery_code).await.map(Self::RecoveryCode)
    }

    /// Whether it is a recovery code.
    pub const fn is_recovery_code(&self) -> bool {
        matches!(self, Self::RecoveryCode(_))
    }

    /// Uses it, within a transaction; false if it was wrong.
    pub async fn use_up(
        &self,
        tx: &mut Tx,
        keys: &SealingKeys,
        account: &AccountId,
        now: Timestamp,
    ) -> Result<bool> {
        match self {
            Self::AppCode(code) => TotpFactor::use_code(tx, keys, account, code, now).await,
            Self::RecoveryCode(Some(code)) => code.use_up(tx).await,
            Self::RecoveryCode(None) => Ok(false),
        }
    }
}
