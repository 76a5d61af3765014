//! Punch cards in the bin.

use super::queries::{self, TRASH};
use super::{PunchCard, SECTION};
use crate::audit::Action;
use crate::changes::Change;
use crate::error::Result;
use crate::http::Expected;
use crate::ids::{DeletionId, PunchCardId};
use crate::manage::{OfSection, TrashTexts, Trashed};
use crate::quotas::Quotas;
use crate::tenant::StoreTx;
use crate::trash::Trash;
use crate::web::Section;

impl OfSection for PunchCard {
    const SECTION: Section = SECTION;
}

impl Trashed for PunchCard {
    type Id = PunchCardId;

    const TRASH: &'static Trash = &TRASH;
    const TEXTS: &'static TrashTexts = &TrashTexts {
        deleted: ["flash.punch_card_deleted", "flash.punch_cards_deleted"],
        restored: ["flash.punch_card_restored", "flash.punch_cards_restored"],
        confirm: ["punch_cards.confirm_one", "punch_cards.confirm_several"],
        delete_text: "punch_cards.delete_several_text",
    };

    const DELETED_FOR_GOOD: Action = Action::PunchCardDeletedForGood;

    async fn delete(
        tx: &mut StoreTx,
        change: &Change<'_>,
        id: &PunchCardId,
        deletion: &DeletionId,
    ) -> Result<()> {
        queries::delete(tx, change, id, &Expected::Any, deletion).await
    }

    async fn restore(
        tx: &mut StoreTx,
        change: &Change<'_>,
        quotas: &Quotas,
        id: &PunchCardId,
    ) -> Result<bool> {
        let most = quotas.max_punch_cards_per_portal;
        if !TRASH.restore(tx, id.as_str(), most, change.now).await? {
            return Ok(false);
        }
        let card = queries::find_in(tx, id).await?;
        queries::tell(tx, change, Action::PunchCardRestored, &card).await?;
        Ok(true)
    }
}
