//! Statements about the custom fields of a portal.

use jiff::Timestamp;

use super::custom_fields::{CustomField, CustomFields, FieldKind};
use super::custom_values::{CustomValues, MAX_FIELDS};
use crate::audit::Action;
use crate::changes::Change;
use crate::db::{Single, params};
use crate::error::{Error, Message, Result};
use crate::fields::Fields;
use crate::http::Expected;
use crate::tenant::{Store, StoreTx, TenantSql};

macro_rules! columns {
    ($rest:literal) => {
        concat!(
            "SELECT key, 'customFields.' || key AS path, name, kind, choices, is_required, revision FROM customer_fields
             WHERE portal_id = ?1 AND deleted_at IS NULL ",
            $rest
        )
    };
}

const ALL: TenantSql = TenantSql::new(columns!("ORDER BY position, key"));
/// Nobody changes or deletes them until the transaction ends.
const HOLD: TenantSql = TenantSql::per_engine(
    columns!("ORDER BY position, key"),
    columns!("ORDER BY position, key FOR SHARE"),
);
const FIND: TenantSql = TenantSql::new(columns!("AND key = ?2"));
/// Also those whose values are being removed.
const KEYS: TenantSql =
    TenantSql::new("SELECT key AS value FROM customer_fields WHERE portal_id = ?1");
const INSERT: TenantSql = TenantSql::new(
    "INSERT INTO customer_fields (portal_id, key, name, kind, choices, is_required, position, revision, created_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6,
         (SELECT COALESCE(MAX(f.position), 0) + 1 FROM customer_fields f WHERE f.portal_id = ?1), 1, ?7)",
);
const UPDATE: TenantSql = TenantSql::new(
    "UPDATE customer_fields SET name = ?3, choices = ?4, is_required = ?5, revision = revision + 1
     WHERE portal_id = ?1 AND key = ?2",
);
const SET_POSITION: TenantSql =
    TenantSql::new("UPDATE customer_fields SET position = ?3 WHERE portal_id = ?1 AND key = ?2");
const MARK_DELETED: TenantSql =
    TenantSql::new("UPDATE customer_fields SET deleted_at = ?3 WHERE portal_id = ?1 AND key = ?2");
const DELETE: TenantSql =
    TenantSql::new("DELETE FROM customer_fields WHERE portal_id = ?1 AND key = ?2");
const COUNT_VALUES: TenantSql = TenantSql::per_engine(
    "SELECT count(*) AS value FROM customers c
     WHERE c.portal_id = ?1 AND c.custom_fields IS NOT NULL
         AND EXISTS (SELECT 1 FROM json_each(c.custom_fields) v WHERE v.key = ?2)",
    "SELECT count(*) AS value FROM customers c
     WHERE c.portal_id = ?1 AND c.custom_fields IS NOT NULL AND CAST(c.custom_fields AS JSONB) -> ?2 IS NOT NULL",
);

/// The portal's custom fields.
pub async fn all(store: &Store) -> Result<CustomFields> {
    Ok(CustomFields(store.rows(ALL, params![]).await?))
}

/// The same, which stay as they are until the transaction ends.
pub(super) async fn hold(tx: &mut StoreTx) -> Result<CustomFields> {
    Ok(CustomFields(tx.rows(HOLD, params![]).await?))
}

/// One of them.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) async fn find(store: &Store, key: &str) -> Result<CustomField> {
    store.row(FIND, params![key]).await?.ok_or(Error::NotFound)
}

/// One of them, which nobody else changes until the transaction ends.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) async fn hold_one(tx: &mut StoreTx, key: &str) -> Result<CustomField> {
    tx.hold_portal().await?;
    tx.row(FIND, params![key]).await?.ok_or(Error::NotFound)
}

/// Checks the values that were sent with a change, and completes them with those that stay. Without any
/// the portal's fields aren't read.
///
/// # Errors
/// [`Error::Invalid`] with the path of each wrong value.
pub(super) async fn complete(
    tx: &mut StoreTx,
    before: &CustomValues,
    values: &mut CustomValues,
) -> Result<()> {
    if values == before {
        return Ok(());
    }
    let (known, mut fields) = (hold(tx).await?, Fields::none());
    *values = known.applied(before, std::mem::take(values), &mut fields);
    fields.expect_none_wrong()
}

/// What a form says of a field.
pub struct FieldDetails {
    /// What people call it.
    pub name: String,
    /// What can be chosen, a line for each.
    pub choices: String,
    /// Whether forms require it.
    pub is_required: bool,
}

/// Adds a field. The transaction locks the portal, so of two with the same name each has its own key.
///
/// # Errors
/// [`Error::Conflict`] when the portal has the maximum number.
pub(super) async fn create(
    tx: &mut StoreTx,
    change: &Change<'_>,
    kind: FieldKind,
    details: &FieldDetails,
) -> Result<String> {
    tx.hold_portal().await?;
    let taken: Vec<Single<String>> = tx.rows(KEYS, params![]).await?;
    let taken: Vec<String> = taken.into_iter().map(|Single(key)| key).collect();
    if taken.len() >= MAX_FIELDS {
        return Err(Error::Conflict(Message::with("custom_fields.too_many", MAX_FIELDS)));
    }
    let key = CustomFields::new_key(&details.name, &taken);
    insert(tx, &key, kind, details, change.now).await?;
    change.tell(tx, Action::CustomerFieldCreated, &details.name, &key).await?;
    Ok(key)
}

/// Adds a field with a key of its own to a portal that is being created, such as the demo.
pub async fn insert(
    tx: &mut StoreTx,
    key: &str,
    kind: FieldKind,
    details: &FieldDetails,
    now: Timestamp,
) -> Result<()> {
    let FieldDetails { name, choices, is_required } = details;
    tx.execute(INSERT, params![key, name, kind, choices, *is_required, now]).await?;
    Ok(())
}

/// Changes a field that [`hold_one`] returned, if it is as `expected`. The kind stays: its values are of
/// that kind.
///
/// # Errors
/// [`Error::Changed`] when it was changed in the meantime.
pub(super) async fn update(
    tx: &mut StoreTx,
    change: &Change<'_>,
    field: &CustomField,
    expected: &Expected,
    details: &FieldDetails,
) -> Result<()> {
    expected.check(field.revision)?;
    let key = &field.key;
    let FieldDetails { name, choices, is_required } = details;
    tx.execute(UPDATE, params![key, name, choices, *is_required]).await?;
    change.tell(tx, Action::CustomerFieldChanged, name, key).await
}

/// Puts a field before the one above it.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) async fn move_up(tx: &mut StoreTx, change: &Change<'_>, key: &str) -> Result<()> {
    tx.hold_portal().await?;
    let CustomFields(mut all) = hold(tx).await?;
    let place = all.iter().position(|field| field.key == key).ok_or(Error::NotFound)?;
    if place == 0 {
        return Ok(());
    }
    all.swap(place - 1, place);
    for (position, field) in (1_i64..).zip(&all) {
        tx.execute(SET_POSITION, params![field.key, position]).await?;
    }
    change.tell(tx, Action::CustomerFieldChanged, &all[place - 1].name, key).await
}

/// How many customers have a value.
pub(super) async fn count_values(store: &Store, key: &str) -> Result<i64> {
    let count = store.row::<Single<i64>>(COUNT_VALUES, params![key]).await?;
    Ok(count.map_or(0, |Single(count)| count))
}

/// Takes a field away from forms and from what programs can send. Its key stays taken until a job has
/// removed the values.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) async fn mark_deleted(tx: &mut StoreTx, change: &Change<'_>, key: &str) -> Result<()> {
    let field = hold_one(tx, key).await?;
    tx.execute(MARK_DELETED, params![key, change.now]).await?;
    change.tell(tx, Action::CustomerFieldDeleted, &field.name, key).await
}

/// Ends the removal of a field.
pub(super) async fn forget(tx: &mut StoreTx, key: &str) -> Result<()> {
    tx.execute(DELETE, params![key]).await?;
    Ok(())
}
