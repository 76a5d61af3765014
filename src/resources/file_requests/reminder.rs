//! When customers are reminded: three days before a request is due, when it is, and when a person of the
//! portal [asks again](super::ask_again).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::FileRequest;
use crate::error::Result;
use crate::ids::{FileRequestId, PortalId};
use crate::tenant::StoreTx;

/// How long before it is due the first reminder is.
const BEFORE: SignedDuration = SignedDuration::from_hours(3 * 24);

/// A reminder of a request.
#[derive(Debug, Serialize, Deserialize)]
pub struct FileRequestReminder {
    pub(super) portal: PortalId,
    pub(super) request: FileRequestId,
}

impl FileRequestReminder {
    pub(super) const fn new(portal: PortalId, request: FileRequestId) -> Self {
        Self { portal, request }
    }
}

/// Plans the reminders of a new request.
pub(super) async fn plan(tx: &mut StoreTx, request: &FileRequest, now: Timestamp) -> Result<()> {
    let (Some(due), Some(_)) = (request.due_at, &request.customer_id) else { return Ok(()) };
    let reminder = FileRequestReminder::new(tx.portal().clone(), request.id.clone());
    for at in [due - BEFORE, due].into_iter().filter(|at| *at > now) {
        tx.enqueue_for(&reminder, now, at).await?;
    }
    Ok(())
}
