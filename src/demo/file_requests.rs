//! An example file request to a customer.

use jiff::{SignedDuration, Timestamp};

use crate::error::Result;
use crate::ids::{CustomerId, FileRequestId};
use crate::resources::file_requests::{FileRequestCreate, RequestedFileCreate, queries};
use crate::sealed::SealingKeys;
use crate::tenant::StoreTx;
use crate::values::{DateTime, List, Optional, Text};

/// What is asked for, and whether it is required.
const FILES: [(&str, bool); 3] =
    [("Foto van de meterkast", true), ("Laatste energierekening", true), ("Bouwtekening", false)];

/// Adds it.
pub(super) async fn add(
    tx: &mut StoreTx,
    keys: &SealingKeys,
    customers: &[CustomerId],
    now: Timestamp,
) -> Result<()> {
    let file = |(name, required): (&str, bool)| RequestedFileCreate {
        name: Text(name.to_owned()),
        description: Optional(None),
        required,
        max_file_size: Optional(None),
    };
    let new = FileRequestCreate {
        name: Text("Opname warmtepomp".to_owned()),
        requested_files: List(FILES.into_iter().map(file).collect()),
        description: Optional(Some(Text(
            "Hiermee rekenen we uit welke warmtepomp bij je huis past.".to_owned(),
        ))),
        customer_id: Optional(customers.get(1).cloned()),
        directory_id: Optional(None),
        due_at: Optional(Some(DateTime::new(now + SignedDuration::from_hours(10 * 24)))),
    };
    let new = (FileRequestId::random(), new);
    queries::insert(tx, keys, new, now - SignedDuration::from_hours(26)).await.map(drop)
}
