//! Enqueues the mail of a message to the customer.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Ticket;
use crate::error::Result;
use crate::ids::{PortalId, TicketId, TicketMessageId};
use crate::tenant::StoreTx;

/// The job that mails a message of a ticket to the customer.
#[derive(Debug, Serialize, Deserialize)]
pub struct TicketMail {
    pub(super) portal: PortalId,
    pub(super) ticket: TicketId,
    pub(super) message: TicketMessageId,
}

/// Has a message of an employee mailed, if the ticket is with a customer.
pub(super) async fn mail(
    tx: &mut StoreTx,
    ticket: &Ticket,
    message: &TicketMessageId,
    now: Timestamp,
) -> Result<()> {
    if ticket.customer_id.is_some() {
        let portal = tx.portal().clone();
        let mail = TicketMail { portal, ticket: ticket.id.clone(), message: message.clone() };
        tx.enqueue(&mail, now).await?;
    }
    Ok(())
}
