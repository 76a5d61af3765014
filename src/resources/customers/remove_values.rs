//! The job that removes the values of a deleted custom field.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Customer;
use super::custom_field_queries::{forget, hold, mark_deleted};
use super::custom_values::CustomValues;
use super::queries::SEARCHED;
use crate::changes::Change;
use crate::db::{ToParam, from_row, params};
use crate::error::Result;
use crate::ids::{CustomerId, PortalId};
use crate::jobs::{Attempt, Failure, Job, Kind, Retry};
use crate::tenant::{StoreTx, TenantSql};
use crate::transfer::ImportContext;

/// How many customers are changed in one transaction.
const AT_ONCE: i64 = 100;

/// The next customers with values. A concurrent change waits for them, or is waited for.
const NEXT: TenantSql = TenantSql::per_engine(
    "SELECT id, custom_fields FROM customers
     WHERE portal_id = ?1 AND id > ?2 AND custom_fields IS NOT NULL ORDER BY id LIMIT ?3",
    "SELECT id, custom_fields FROM customers
     WHERE portal_id = ?1 AND id > ?2 AND custom_fields IS NOT NULL ORDER BY id LIMIT ?3 FOR UPDATE",
);
const SET: TenantSql = TenantSql::new(
    "UPDATE customers SET custom_fields = ?3, custom_text = ?4, updated_at = ?5, revision = revision + 1
     WHERE portal_id = ?1 AND id = ?2",
);

/// Removes the values of a custom field that was deleted.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemoveValues {
    portal: PortalId,
    key: String,
}

struct WithValues {
    id: CustomerId,
    custom_fields: CustomValues,
}
from_row!(WithValues { id, custom_fields });

impl Job for RemoveValues {
    type Context = ImportContext;

    const KIND: Kind = Kind {
        name: "remove_custom_values",
        retry: Retry {
            first: SignedDuration::from_secs(1),
            factor: 4,
            longest: SignedDuration::from_mins(30),
            give_up_after: SignedDuration::from_hours(24 * 7),
        },
        at_once: 2,
        at_once_per_lane: 1,
        shared_by_portals: false,
        time_limit: Duration::from_secs(3600),
        keep: None,
    };

    fn lane(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.portal.as_str())
    }

    async fn run(&self, context: &ImportContext, _: Attempt) -> Result<(), Failure> {
        let mut after = Some(String::new());
        while let Some(last) = after {
            let begun = Instant::now();
            after = self.batch(context, &last).await.map_err(Failure::temporary)?;
            // Others write for half as long as they were delayed.
            tokio::time::sleep(begun.elapsed() / 2).await;
        }
        Ok(())
    }
}

impl RemoveValues {
    /// Removes some values; returns the last customer that it looked at, unless all are done.
    async fn batch(&self, context: &ImportContext, after: &str) -> Result<Option<String>> {
        let (mut tx, now) = (context.begin(&self.portal).await?, context.clock.now());
        let customers: Vec<WithValues> = tx.rows(NEXT, params![after, AT_ONCE]).await?;
        let last = customers.last().map(|last| last.id.to_string());
        if last.is_none() {
            forget(&mut tx, &self.key).await?;
        }
        for WithValues { id, mut custom_fields } in customers {
            if custom_fields.0.remove(&self.key).is_some() {
                set(&mut tx, &id, &custom_fields, now).await?;
            }
        }
        tx.commit().await?;
        Ok(last)
    }
}

/// Deletes a custom field. A job removes its values.
///
/// # Errors
/// [`crate::error::Error::NotFound`].
pub(super) async fn delete_field(tx: &mut StoreTx, change: &Change<'_>, key: &str) -> Result<()> {
    mark_deleted(tx, change, key).await?;
    let job = RemoveValues { portal: tx.portal().clone(), key: key.to_owned() };
    tx.enqueue(&job, change.now).await?;
    Ok(())
}

/// Removes the values of a restored customer whose fields were deleted meanwhile.
pub(super) async fn remove_unknown(
    tx: &mut StoreTx,
    customer: &mut Customer,
    now: Timestamp,
) -> Result<()> {
    let values = &mut customer.details.custom_fields;
    if values.0.is_empty() {
        return Ok(());
    }
    let (known, count) = (hold(tx).await?, values.0.len());
    values.0.retain(|key, _| known.get(key).is_some());
    if values.0.len() < count {
        set(tx, &customer.id, values, now).await?;
    }
    Ok(())
}

async fn set(
    tx: &mut StoreTx,
    id: &CustomerId,
    values: &CustomValues,
    now: Timestamp,
) -> Result<()> {
    let text = values.searchable();
    tx.execute(SET, &[id.to_param(), values.to_param(), text.to_param(), now.to_param()]).await?;
    SEARCHED.change(tx, id.as_str()).await
}
