//! Customers in the bin.

use super::links::SECTION;
use super::queries::TRASH;
use super::remove_values::remove_unknown;
use super::{Customer, events, queries};
use crate::audit::Action;
use crate::changes::Change;
use crate::error::{Error, Result};
use crate::history::What;
use crate::http::Expected;
use crate::ids::{CustomerId, DeletionId};
use crate::manage::{OfSection, TrashTexts, Trashed};
use crate::quotas::Quotas;
use crate::tenant::StoreTx;
use crate::trash::Trash;
use crate::web::Section;

impl OfSection for Customer {
    const SECTION: Section = SECTION;
}

impl Trashed for Customer {
    type Id = CustomerId;

    const TRASH: &'static Trash = &TRASH;
    const TEXTS: &'static TrashTexts = &TrashTexts {
        deleted: ["flash.customer_deleted", "flash.customers_deleted"],
        restored: ["flash.customer_restored", "flash.customers_restored"],
        confirm: ["customers.confirm_one", "customers.confirm_several"],
        delete_text: "customers.delete_several_text",
    };

    const DELETED_FOR_GOOD: Action = Action::CustomerDeletedForGood;

    async fn delete(
        tx: &mut StoreTx,
        change: &Change<'_>,
        id: &CustomerId,
        deletion: &DeletionId,
    ) -> Result<()> {
        queries::delete(tx, change, id, &Expected::Any, deletion).await
    }

    async fn restore(
        tx: &mut StoreTx,
        change: &Change<'_>,
        quotas: &Quotas,
        id: &CustomerId,
    ) -> Result<bool> {
        let most = quotas.max_customers_per_portal;
        if !TRASH.restore(tx, id.as_str(), most, change.now).await? {
            return Ok(false);
        }
        let mut customer = queries::find_in(tx, id).await?.ok_or(Error::NotFound)?;
        remove_unknown(tx, &mut customer, change.now).await?;
        change.note(tx, (queries::KIND, id.as_str()), What::Restored, Vec::new()).await?;
        queries::tell(tx, change, Action::CustomerRestored, &customer).await?;
        tx.emit(events::CREATED, &customer.into_view(change.zone), change.now).await?;
        Ok(true)
    }
}
