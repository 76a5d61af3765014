//! Example file shares: one with a customer, and one for whoever has the link.

use jiff::{SignedDuration, Timestamp};

use crate::error::Result;
use crate::ids::{CustomerId, FileShareId};
use crate::resources::file_shares::{FileShareCreate, NewFileShare, queries};
use crate::resources::files::EntryId;
use crate::sealed::SealingKeys;
use crate::tenant::StoreTx;
use crate::values::{DateTime, Ids, Optional, Text};

/// Adds them to a portal with these files and customers.
pub(super) async fn add(
    tx: &mut StoreTx,
    keys: &SealingKeys,
    (files, customers): (&[EntryId], &[CustomerId]),
    now: Timestamp,
) -> Result<()> {
    let [directory, picture, ..] = files else { return Ok(()) };
    let share = |content: &EntryId, name: &str| FileShareCreate {
        content: Ids(vec![content.clone()]),
        customer_id: Optional(None),
        name: Optional(Some(Text(name.to_owned()))),
        expires_at: Optional(None),
        password: Optional(None),
    };
    let with_customer = FileShareCreate {
        customer_id: Optional(customers.first().cloned()),
        ..share(directory, "Offerte warmtepomp")
    };
    let end = DateTime::new(now + SignedDuration::from_hours(30 * 24));
    let for_anybody = FileShareCreate {
        expires_at: Optional(Some(end)),
        ..share(picture, "Foto van de meterkast")
    };
    for (new, hours) in [(with_customer, 50), (for_anybody, 2)] {
        let new = NewFileShare::of(FileShareId::random(), new).await?;
        queries::insert(tx, keys, new, now - SignedDuration::from_hours(hours)).await?;
    }
    Ok(())
}
