//! Tickets in the bin. No event tells of them: there is none of the deletion either.

use super::queries::{self, TRASH, find_in};
use super::{SECTION, Ticket};
use crate::audit::Action;
use crate::changes::Change;
use crate::error::{Error, Result};
use crate::history::What;
use crate::ids::{DeletionId, TicketId};
use crate::manage::{OfSection, TrashTexts, Trashed};
use crate::quotas::Quotas;
use crate::tenant::StoreTx;
use crate::trash::Trash;
use crate::web::Section;

impl OfSection for Ticket {
    const SECTION: Section = SECTION;
}

impl Trashed for Ticket {
    type Id = TicketId;

    const TRASH: &'static Trash = &TRASH;
    const TEXTS: &'static TrashTexts = &TrashTexts {
        deleted: ["flash.ticket_deleted", "flash.tickets_deleted"],
        restored: ["flash.ticket_restored", "flash.tickets_restored"],
        confirm: ["tickets.confirm_one", "tickets.confirm_several"],
        delete_text: "tickets.delete_text",
    };

    const DELETED_FOR_GOOD: Action = Action::TicketDeletedForGood;

    async fn delete(
        tx: &mut StoreTx,
        change: &Change<'_>,
        id: &TicketId,
        deletion: &DeletionId,
    ) -> Result<()> {
        queries::delete(tx, change, id, deletion).await
    }

    async fn restore(
        tx: &mut StoreTx,
        change: &Change<'_>,
        quotas: &Quotas,
        id: &TicketId,
    ) -> Result<bool> {
        if !TRASH.restore(tx, id.as_str(), quotas.max_tickets_per_portal, change.now).await? {
            return Ok(false);
        }
        let ticket = find_in(tx, id).await?.ok_or(Error::NotFound)?;
        change.note(tx, (queries::KIND, id.as_str()), What::Restored, Vec::new()).await?;
        queries::tell(tx, change, Action::TicketRestored, &ticket).await?;
        Ok(true)
    }
}
