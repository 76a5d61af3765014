//! Which forms that count once were answered already.

use jiff::{SignedDuration, Timestamp};

use crate::db::{Cleaner, Tx, delete_batch, params};
use crate::error::Result;
use crate::ids::AccountId;

/// How long a form is known: a browser may send it again when it is opened days later.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Writes down, within the transaction that does what a form asks, that the form is answered;
/// whether it is the first time. Of two at once the second waits here for the first.
pub async fn claim_form(
    tx: &mut Tx,
    account: &AccountId,
    mark: &str,
    now: Timestamp,
) -> Result<bool> {
    let claim = "INSERT INTO answered_forms (account_id, mark, expires_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    Ok(tx.execute(claim, params![account, mark, now + REMEMBERED]).await? == 1)
}

/// Forgets forms that were answered long ago.
pub(super) async fn forget_answered_forms(cleaner: &Cleaner, now: Timestamp) -> Result<()> {
    cleaner
        .delete(delete_batch!("answered_forms", "mark", "expires_at <= ?2"), params![now])
        .await?;
    Ok(())
}
