//! The keys that codes are bound to.

use crate::auth::{KeyThumbprint, Token};
use crate::db::{Tx, from_row, params};
use crate::error::Result;
use crate::ids::CodeId;

struct Bound {
    dpop_jkt: Option<KeyThumbprint>,
}

from_row!(Bound { dpop_jkt });

/// Binds a newly issued code.
pub async fn bind_code(tx: &mut Tx, code: &Token, key: KeyThumbprint) -> Result<()> {
    tx.execute(
        "UPDATE authorization_codes SET dpop_jkt = ?2 WHERE code_hash = ?1",
        params![code.hash(), key],
    )
    .await?;
    Ok(())
}

/// The key that a code is bound to, if it is.
pub async fn key_of_code(tx: &mut Tx, code: &CodeId) -> Result<Option<KeyThumbprint>> {
    let row: Option<Bound> =
        tx.row("SELECT dpop_jkt FROM authorization_codes WHERE id = ?1", params![code]).await?;
    Ok(row.and_then(|row| row.dpop_jkt))
}
