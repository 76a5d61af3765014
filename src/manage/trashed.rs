//! What the pages of a section need to delete rows and to restore them.

use serde::de::DeserializeOwned;

use crate::audit::Action;
use crate::changes::Change;
use crate::error::{Error, Result};
use crate::ids::DeletionId;
use crate::quotas::Quotas;
use crate::tenant::StoreTx;
use crate::trash::Trash;
use crate::web::Section;

/// Text keys of a kind of rows.
#[derive(Debug)]
pub struct TrashTexts {
    /// One, or several of them, went into the bin.
    pub deleted: [&'static str; 2],
    /// One, or several of them, were restored.
    pub restored: [&'static str; 2],
    /// The question whether to delete one, or several.
    pub confirm: [&'static str; 2],
    /// What happens to them then.
    pub delete_text: &'static str,
}

/// Rows with a section of pages.
pub trait OfSection: Send + Sync + 'static {
    /// The section.
    const SECTION: Section;
}

/// Rows that can be deleted on pages, and restored from the bin.
pub trait Trashed: OfSection {
    /// Their ids.
    type Id: DeserializeOwned
        + std::str::FromStr<Err = crate::ids::InvalidId>
        + std::fmt::Display
        + Ord
        + Send
        + Sync;

    /// What is kept of them.
    const TRASH: &'static Trash;

    /// What their pages say.
    const TEXTS: &'static TrashTexts;

    /// What the audit log calls deleting one in the bin for good.
    const DELETED_FOR_GOOD: Action;

    /// Deletes a row: it goes into the bin.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the portal has none with that id.
    fn delete(
        tx: &mut StoreTx,
        change: &Change<'_>,
        id: &Self::Id,
        deletion: &DeletionId,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Restores a row; false if it isn't in the bin.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the portal has the maximum number.
    fn restore(
        tx: &mut StoreTx,
        change: &Change<'_>,
        quotas: &Quotas,
        id: &Self::Id,
    ) -> impl Future<Output = Result<bool>> + Send;

    /// Deletes a row in the bin for good.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it isn't there.
    fn discard(
        tx: &mut StoreTx,
        change: &Change<'_>,
        id: &Self::Id,
    ) -> impl Future<Output = Result<()>> + Send {
        async move {
            let id = id.to_string();
            let name = Self::TRASH.discard(tx, &id, change.now).await?.ok_or(Error::NotFound)?;
            change.tell(tx, Self::DELETED_FOR_GOOD, &name, &id).await
        }
    }
}
