//! A second factor that somebody typed: a code of the authenticator app, or a recovery code.

use jiff::Timestamp;

use super::{TotpFactor, TypedRecoveryCode};
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::ids::AccountId;
use crate::sealed::SealingKeys;

/// A typed second factor, still to be used up.
pub enum TypedFactor {
    /// A code of the authenticator app.
    AppCode(String),
    /// A recovery code, if the account has it.
    RecoveryCode(Option<TypedRecoveryCode>),
}

impl TypedFactor {
    /// What was typed into the two fields; a recovery code goes before the app's code. To look for
    /// one may take a while, so this is done before the transaction.
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

    /// Uses it up, within a transaction: whether it was right.
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
