//! Statements about webhooks.

use std::sync::LazyLock;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{Webhook, WebhookCreate};
use crate::audit::Action;
use crate::changes::Change;
use crate::db::params;
use crate::error::{Error, Message, Result};
use crate::events::{Replay, WebhookSecret, check_address};
use crate::http::Expected;
use crate::ids::{EventId, WebhookId};
use crate::lists::{Part, Positioned, SortKeys, Statements, sort_key, sort_keys};
use crate::outgoing::{Guard, host_of};
use crate::quotas::{Quotas, WEBHOOKS};
use crate::sealed::SealingKeys;
use crate::search::{Searched, searched};
use crate::tenant::{Store, StoreTx, TenantSql};

/// The searchable text.
pub const SEARCHED: Searched = searched!("webhook", "webhooks", "url || ' ' || type");

/// The addresses that webhooks are sorted by.
pub const SORT_KEYS: SortKeys = sort_keys!("webhooks", "url");

/// The statements with all columns.
struct Queries {
    find: TenantSql,
    same: TenantSql,
    list: Statements<Webhook>,
}

static STATEMENTS: LazyLock<Queries> = LazyLock::new(|| {
    let columns = Webhook::columns();
    let all = format!("SELECT {columns} FROM webhooks c WHERE c.portal_id = ?1");
    Queries {
        find: TenantSql::built(format!("{all} AND c.id = ?2")),
        same: TenantSql::built(format!(
            "{all} AND c.type = ?2 AND c.url = ?3 ORDER BY c.created_at, c.id LIMIT 1"
        )),
        list: Statements::new(&columns),
    }
});

const INSERT: TenantSql = TenantSql::new(
    "INSERT INTO webhooks (portal_id, id, type, url, secret, sends_secret, created_at, name_key)
     VALUES (?1, ?2, ?3, ?4, ?5, TRUE, ?6, ?7)",
);
/// A concurrent transaction waits here, and then sees the committed row.
const HOLD: TenantSql =
    TenantSql::new("UPDATE webhooks SET revision = revision + 1 WHERE portal_id = ?1 AND id = ?2");
const SEND_SECRET: TenantSql =
    TenantSql::new("UPDATE webhooks SET sends_secret = ?3 WHERE portal_id = ?1 AND id = ?2");
const ROTATE: TenantSql = TenantSql::new(
    "UPDATE webhooks SET secret = ?3, previous_secret = ?4, previous_until = ?5 WHERE portal_id = ?1 AND id = ?2",
);
const SWITCH_ON: TenantSql = TenantSql::new(
    "UPDATE webhooks SET switched_off_at = NULL, failing_since = NULL, warned_at = NULL, told_at = NULL
     WHERE portal_id = ?1 AND id = ?2",
);
const DELETE: TenantSql = TenantSql::new("DELETE FROM webhooks WHERE portal_id = ?1 AND id = ?2");

/// What creating a webhook needs of the server.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The keys that seal its secret.
    pub keys: &'a SealingKeys,
    /// Where its requests may go.
    pub guard: &'a Guard,
}

/// The statements of the list, to look at their plans.
#[cfg(test)]
pub(crate) fn lists() -> &'static Statements<Webhook> {
    &STATEMENTS.list
}

/// One webhook.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id.
pub async fn find(store: &Store, id: &WebhookId) -> Result<Webhook> {
    store.row(STATEMENTS.find, params![id]).await?.ok_or(Error::NotFound)
}

/// A page of the portal's webhooks.
///
/// # Errors
/// As [`Statements::page`].
pub async fn list(
    store: &Store,
    part: &Part<Webhook>,
    zone: &TimeZone,
) -> Result<Vec<Positioned<Webhook>>> {
    STATEMENTS.list.page(store, part, zone).await
}

/// As [`Statements::count`], for [`list`].
///
/// # Errors
/// As [`Statements::page`].
pub async fn count_listed(
    store: &Store,
    part: &Part<Webhook>,
    zone: &TimeZone,
    most: i64,
) -> Result<i64> {
    STATEMENTS.list.count(store, part, zone, most).await
}

/// The webhook with this type and address, if the portal has one already.
pub async fn same(tx: &mut StoreTx, new: &WebhookCreate) -> Result<Option<Webhook>> {
    Ok(tx.row(STATEMENTS.same, params![new.event, new.url]).await?)
}

/// Creates a webhook.
///
/// # Errors
/// [`Error::Invalid`] when nothing can be sent to its address; [`Error::Conflict`] when the portal has
/// the maximum number.
pub async fn create(
    tx: &mut StoreTx,
    change: &Change<'_>,
    quotas: &Quotas,
    Surroundings { keys, guard }: Surroundings<'_>,
    new: WebhookCreate,
) -> Result<Webhook> {
    check_address(guard, new.url.as_str())?;
    let id = insert(tx, keys, &new, change.now).await?;
    WEBHOOKS.check(tx, quotas.max_webhooks_per_portal).await?;
    let webhook = tx.row(STATEMENTS.find, params![id]).await?.ok_or(Error::NotFound)?;
    tell(tx, change, Action::WebhookCreated, &webhook).await?;
    Ok(webhook)
}

/// Adds a webhook whose address is known to be fine.
pub async fn insert(
    tx: &mut StoreTx,
    keys: &SealingKeys,
    new: &WebhookCreate,
    now: Timestamp,
) -> Result<WebhookId> {
    let (id, secret) = (WebhookId::random(), WebhookSecret::random());
    let (sealed, name_key) = (secret.seal(keys, &id), sort_key(new.url.as_str()));
    tx.execute(INSERT, params![id, new.event, new.url, sealed, now, name_key]).await?;
    SEARCHED.add(tx, id.as_str()).await?;
    Ok(id)
}

async fn tell(
    tx: &mut StoreTx,
    change: &Change<'_>,
    action: Action,
    webhook: &Webhook,
) -> Result<()> {
    let name = format!("{} → {}", webhook.event, host_of(&webhook.url));
    change.tell(tx, action, &name, webhook.id.as_str()).await
}

/// Locks a webhook, and counts its revision on.
async fn hold(tx: &mut StoreTx, id: &WebhookId) -> Result<Webhook> {
    tx.execute(HOLD, params![id]).await?;
    tx.row(STATEMENTS.find, params![id]).await?.ok_or(Error::NotFound)
}

/// Sets whether deliveries carry the secret itself.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id.
pub async fn send_secret(
    tx: &mut StoreTx,
    change: &Change<'_>,
    id: &WebhookId,
    sends: bool,
) -> Result<()> {
    let webhook = hold(tx, id).await?;
    tx.execute(SEND_SECRET, params![id, sends]).await?;
    tell(tx, change, Action::WebhookChanged, &webhook).await
}

/// Gives a webhook a new secret. For the duration of `overlap`, deliveries are signed with the old one too.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id.
pub async fn rotate(
    tx: &mut StoreTx,
    change: &Change<'_>,
    keys: &SealingKeys,
    id: &WebhookId,
    overlap: SignedDuration,
) -> Result<()> {
    let webhook = hold(tx, id).await?;
    let secret = WebhookSecret::random().seal(keys, id);
    let until = (!overlap.is_zero()).then(|| change.now + overlap);
    let previous = until.map(|_| &webhook.secret);
    tx.execute(ROTATE, params![id, secret, previous, until]).await?;
    tell(tx, change, Action::WebhookSecretRotated, &webhook).await
}

/// Sends what [`Replay`] says; returns how many events.
///
/// # Errors
/// As [`StoreTx::replay`].
pub async fn replay(
    tx: &mut StoreTx,
    change: &Change<'_>,
    webhook: &Webhook,
    replay: &Replay<'_>,
) -> Result<usize> {
    let count = tx.replay(replay, change.now).await?;
    tell(tx, change, Action::WebhookReplayed, webhook).await?;
    Ok(count)
}

/// Switches a webhook on that was switched off because it failed.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id.
pub async fn switch_on(tx: &mut StoreTx, change: &Change<'_>, id: &WebhookId) -> Result<()> {
    let webhook = hold(tx, id).await?;
    tx.execute(SWITCH_ON, params![id]).await?;
    tell(tx, change, Action::WebhookSwitchedOn, &webhook).await
}

/// Sends a webhook an event once more, with the same id.
///
/// # Errors
/// [`Error::NotFound`] when the portal has no such webhook; [`Error::Conflict`] when it is switched off.
pub async fn send_again(
    tx: &mut StoreTx,
    change: &Change<'_>,
    id: &WebhookId,
    event: &EventId,
) -> Result<()> {
    let webhook = working(tx, id).await?;
    tx.send_again(id, event, change.now).await?;
    tell(tx, change, Action::WebhookSentAgain, &webhook).await
}

/// Sends a webhook a test, whose data is the webhook itself.
///
/// # Errors
/// As [`send_again`].
pub async fn send_test(tx: &mut StoreTx, change: &Change<'_>, id: &WebhookId) -> Result<()> {
    let webhook = working(tx, id).await?;
    let data = json!({ "id": id, "type": webhook.event, "url": webhook.url }).to_string();
    tx.send_test(id, webhook.event.name(), data, change.now).await?;
    tell(tx, change, Action::WebhookTested, &webhook).await
}

/// A webhook that isn't switched off.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id; [`Error::Conflict`] when it is switched off.
pub async fn working(tx: &mut StoreTx, id: &WebhookId) -> Result<Webhook> {
    let webhook: Option<Webhook> = tx.row(STATEMENTS.find, params![id]).await?;
    match webhook.ok_or(Error::NotFound)? {
        off if off.switched_off_at.is_some() => {
            Err(Error::Conflict(Message::new("webhooks.is_off")))
        }
        webhook => Ok(webhook),
    }
}

/// Deletes a webhook, if it is as `expected`, with what still waits to be sent to it.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id; [`Error::Changed`] when it was changed in
/// the meantime.
pub async fn delete(
    tx: &mut StoreTx,
    change: &Change<'_>,
    id: &WebhookId,
    expected: &Expected,
) -> Result<()> {
    let webhook = hold(tx, id).await?;
    expected.check(webhook.revision - 1)?;
    tx.execute(DELETE, params![id]).await?;
    tell(tx, change, Action::WebhookDeleted, &webhook).await
}
