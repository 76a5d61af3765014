//! Customer groups in the bin.

use super::pages::SECTION;
use super::{CustomerGroup, queries};
use crate::audit::Action;
use crate::changes::Change;
use crate::error::{Error, Result};
use crate::http::Expected;
use crate::ids::{CustomerGroupId, DeletionId};
use crate::manage::{TrashTexts, Trashed};
use crate::quotas::Quotas;
use crate::tenant::StoreTx;
use crate::trash::Trash;
use crate::web::Section;

impl Trashed for CustomerGroup {
    type Id = CustomerGroupId;

    const TRASH: &'static Trash = &queries::TRASH;
    const SECTION: Section = SECTION;
    const TEXTS: &'static TrashTexts = &TrashTexts {
        deleted: ["flash.group_deleted", "flash.groups_deleted"],
        restored: ["flash.group_restored", "flash.groups_restored"],
        confirm: ["groups.confirm_one", "groups.confirm_several"],
        delete_text: "groups.delete_several_text",
    };

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
        queries::restore(tx, change, quotas, id).await
    }

    async fn discard(tx: &mut StoreTx, change: &Change<'_>, id: &CustomerGroupId) -> Result<()> {
        let name = queries::TRASH.discard(tx, id.as_str(), change.now).await?;
        let name = name.ok_or(Error::NotFound)?;
        change.tell(tx, Action::CustomerGroupDeletedForGood, &name, id.as_str()).await
    }
}
