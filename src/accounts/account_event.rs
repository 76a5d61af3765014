//! Events of a person's account, in the audit logs of all portals and developers that the person
//! belongs to.

use jiff::Timestamp;

use crate::audit::{Action, Actor, Event};
use crate::caller::Caller;
use crate::db::{Tx, from_row, params};
use crate::error::Result;
use crate::ids::{AccountId, DeveloperId, PortalId};

struct Log {
    portal: Option<PortalId>,
    developer: Option<DeveloperId>,
}

from_row!(Log { portal, developer });

/// Records an event of a person's account in the log of each portal and developer that the person
/// belongs to, within the transaction that causes it.
pub async fn record_for(
    tx: &mut Tx,
    account: &AccountId,
    actor: Actor<'_>,
    action: Action,
    caller: &Caller,
    now: Timestamp,
) -> Result<()> {
    record_about(tx, account, (actor, action, ""), caller, now).await
}

/// Whether somebody could not prove who they are.
const fn is_failed_proof(action: Action) -> bool {
    matches!(
        action,
        Action::LogInFailed | Action::SecondFactorFailed | Action::ReauthenticationFailed
    )
}

/// The same for something with a name: a passkey, a session.
pub async fn record_about(
    tx: &mut Tx,
    account: &AccountId,
    (actor, action, subject): (Actor<'_>, Action, &str),
    caller: impl Into<Option<&Caller>>,
    now: Timestamp,
) -> Result<()> {
    let caller = caller.into();
    let mut logs: Vec<Log> = tx
        .rows(
            "SELECT portal_id AS portal, NULL AS developer FROM portal_members WHERE account_id = ?1
             UNION ALL SELECT NULL AS portal, developer_id AS developer FROM developer_members WHERE account_id = ?1",
            params![account],
        )
        .await?;
    if logs.is_empty() {
        logs.push(Log { portal: None, developer: None });
    }
    for Log { portal, developer } in &logs {
        Event {
            action,
            actor,
            subject,
            portal: portal.as_ref(),
            developer: developer.as_ref(),
            caller,
        }
        .record(tx, now)
        .await?;
    }
    if let Some(caller) = caller.filter(|_| is_failed_proof(action)) {
        // Readers of the server's log, people or programs, see where guesses come from.
        tracing::info!(address = %caller.address, %account, "a log-in failed: {}", action.name());
    }
    Ok(())
}
