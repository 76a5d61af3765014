//! Pending reports. A report is stored before the response, so that the promise is kept even if the
//! process ends at that moment.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::report::{self, Report};
use crate::auth::{Token, TokenHash};
use crate::caller::Caller;
use crate::db::{WritingDb, from_row, params};
use crate::error::Result;
use crate::ids::LeakReportId;
use crate::server::WritingServer;

/// How often to look for reports that couldn't be handled at once.
const LOOK_EVERY: Duration = Duration::from_secs(30);

struct Pending {
    kind: String,
    token_hash: TokenHash,
    address: String,
    user_agent: String,
}
from_row!(Pending { kind, token_hash, address, user_agent });

/// Stores a report, with only the secret's hash.
pub(super) async fn write(
    db: &WritingDb,
    token: &Token,
    caller: &Caller,
    now: Timestamp,
) -> Result<()> {
    db.execute(
        "INSERT INTO leak_reports (id, kind, token_hash, address, user_agent, reported_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            LeakReportId::random(),
            token.kind().prefix(),
            token.hash(),
            caller.address.to_string(),
            caller.user_agent,
            now
        ],
    )
    .await?;
    Ok(())
}

/// Handles all reports, each in a transaction that removes it. Several instances can do so at once.
pub(super) async fn act_on_all(server: &WritingServer) -> Result<()> {
    loop {
        let mut tx = server.db.begin().await?;
        let oldest = "DELETE FROM leak_reports
             WHERE id = (SELECT id FROM leak_reports ORDER BY reported_at, id LIMIT 1)
             RETURNING kind, token_hash, address, user_agent";
        let Some(pending) = tx.row::<Pending>(oldest, params![]).await? else { return Ok(()) };
        let address = pending.address.parse().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let report = Report {
            kind: pending.kind,
            token_hash: pending.token_hash,
            caller: Caller { address, user_agent: pending.user_agent },
        };
        report::revoke(server, &mut tx, &report, server.clock.now()).await?;
        tx.commit().await?;
    }
}

/// Handles the reports left by an earlier process or a busy database.
pub async fn act_on_what_is_left(server: WritingServer, over: CancellationToken) {
    let mut look = tokio::time::interval(LOOK_EVERY);
    loop {
        tokio::select! {
            () = over.cancelled() => return,
            _ = look.tick() => {}
        }
        if let Err(error) = act_on_all(&server).await {
            tracing::error!(%error, "a reported secret could not be revoked yet");
        }
    }
}
