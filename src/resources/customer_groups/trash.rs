//! Customer groups in the bin.

use super::pages::SECTION;
use super::queries::{MOST_GROUPS, NOTE_CHANGE_OF_MEMBERS, TRASH};
use super::{CustomerGroup, queries};
use crate::audit::Action;
use crate::changes::Change;
use crate::db::params;
use crate::error::Result;
use crate::http::Expected;
use crate::ids::{CustomerGroupId, DeletionId};
use crate::manage::{OfSection, TrashTexts, Trashed};
use crate::quotas::Quotas;
use crate::tenant::{StoreTx, TenantSql};
use crate::trash::Trash;
use crate::web::Section;

/// A customer can have come into the maximum number of groups meanwhile.
const LEAVE_OUT_FULL_MEMBERS: TenantSql = TenantSql::new(
    "DELETE FROM customer_group_members WHERE portal_id = ?1 AND group_id = ?2 AND customer_id IN (
         SELECT m.customer_id FROM customer_group_members g
         JOIN customer_group_members m ON m.portal_id = g.portal_id AND m.customer_id = g.customer_id
         WHERE g.portal_id = ?1 AND g.group_id = ?2 GROUP BY m.customer_id HAVING count(*) > ?3)",
);

impl OfSection for CustomerGroup {
    const SECTION: Section = SECTION;
}

impl Trashed for CustomerGroup {
    type Id = CustomerGroupId;

    const TRASH: &'static Trash = &TRASH;
    const TEXTS: &'static TrashTexts = &TrashTexts {
        deleted: ["flash.group_deleted", "flash.groups_deleted"],
        restored: ["flash.group_restored", "flash.groups_restored"],
        confirm: ["groups.confirm_one", "groups.confirm_several"],
        delete_text: "groups.delete_several_text",
    };

    const DELETED_FOR_GOOD: Action = Action::CustomerGroupDeletedForGood;

    async fn delete(
        tx: &mut StoreTx,
        change: &Change<'_>,
        id: &CustomerGroupId,
        deletion: &DeletionId,
    ) -> Result<()> {
        queries::delete(tx, change, id, &Expected::Any, deletion).await
    }

    async fn restore(
        tx: &mut StoreTx,
        change: &Change<'_>,
        quotas: &Quotas,
        id: &CustomerGroupId,
    ) -> Result<bool> {
        let (most, now) = (quotas.max_customer_groups_per_portal, change.now);
        if !TRASH.restore(tx, id.as_str(), most, now).await? {
            return Ok(false);
        }
        tx.execute(LEAVE_OUT_FULL_MEMBERS, params![id, MOST_GROUPS]).await?;
        tx.execute(NOTE_CHANGE_OF_MEMBERS, params![id, now]).await?;
        let group = queries::find_in(tx, id).await?;
        change.tell(tx, Action::CustomerGroupRestored, &group.name, id.as_str()).await?;
        Ok(true)
    }
}
