//! Types of appointments: how long one takes, the time that is kept free around it, and how long beforehand it
//! is made.

use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};

use super::AppliedType;
use super::model::Buffer;
use crate::audit::Action;
use crate::changes::Change;
use crate::db::{Single, params};
use crate::error::{Error, Message, Result};
use crate::http::Expected;
use crate::ids::AppointmentTypeId;
use crate::tenant::{Store, StoreTx, TenantSql};
use crate::values::{Optional, Record, Text, Whole, record, row};

/// The most types that a portal can have.
pub(super) const MOST: i64 = 50;

record! {
    /// A type of appointments.
    AppointmentType, NewType, TypeChange {
        /// What it is called
        name "name": Text<100> = "Onderhoud",
        /// How long an appointment takes, in minutes: at most a day
        duration "duration": Whole<5, 1440> = 90,
        /// The minutes before an appointment that are kept free
        buffer_before "bufferBefore": Buffer = 15,
        /// The minutes after it, likewise
        buffer_after "bufferAfter": Buffer = 15,
        /// How many hours beforehand one is made at the latest: at most 90 days
        notice "notice": Whole<0, 2160> = 24,
    }
}

row! {
    /// A type, as stored.
    StoredType {
        /// Its id.
        id: AppointmentTypeId,
        /// The number of changes, plus one.
        revision: i64,
    } with {
        /// What it says.
        details: AppointmentType,
    }
}

impl AppointmentType {
    /// How long an appointment takes.
    pub(super) const fn duration(&self) -> SignedDuration {
        SignedDuration::from_mins(self.duration.get())
    }

    /// How long beforehand one is made at the latest.
    pub(super) const fn notice(&self) -> SignedDuration {
        SignedDuration::from_hours(self.notice.get())
    }
}

impl StoredType {
    /// What an appointment of this type has of it.
    pub(super) fn applied(&self) -> AppliedType {
        AppliedType {
            type_id: Optional(Some(self.id.clone())),
            type_name: Optional(Some(self.details.name.clone())),
            buffer_before: self.details.buffer_before,
            buffer_after: self.details.buffer_after,
        }
    }
}

struct Queries {
    all: TenantSql,
    find: TenantSql,
    insert: TenantSql,
    update: TenantSql,
}

static STATEMENTS: LazyLock<Queries> = LazyLock::new(|| {
    let columns = StoredType::columns();
    let all = format!("SELECT {columns} FROM appointment_types c WHERE c.portal_id = ?1");
    let with = |first: &[&'static str]| [first, AppointmentType::COLUMNS].concat();
    Queries {
        all: TenantSql::built(format!("{all} ORDER BY c.created_at, c.id")),
        find: TenantSql::built(format!("{all} AND c.id = ?2")),
        insert: TenantSql::insert("appointment_types", &with(&["id", "created_at"])),
        update: TenantSql::update("appointment_types", &with(&["revision"])),
    }
});

const COUNT: TenantSql =
    TenantSql::new("SELECT count(*) AS value FROM appointment_types WHERE portal_id = ?1");
const DELETE: TenantSql =
    TenantSql::new("DELETE FROM appointment_types WHERE portal_id = ?1 AND id = ?2");

/// The portal's types, in the order in which they were made.
pub(super) async fn all(store: &Store) -> Result<Vec<StoredType>> {
    Ok(store.rows(STATEMENTS.all, params![]).await?)
}

/// One of them.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) async fn find(store: &Store, id: &AppointmentTypeId) -> Result<StoredType> {
    store.row(STATEMENTS.find, params![id]).await?.ok_or(Error::NotFound)
}

/// One of them, within a transaction; `None` if the portal has no such type.
pub(super) async fn find_in(
    tx: &mut StoreTx,
    id: &AppointmentTypeId,
) -> Result<Option<StoredType>> {
    Ok(tx.row(STATEMENTS.find, params![id]).await?)
}

/// One of them, which nobody else changes until the transaction ends.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) async fn hold(tx: &mut StoreTx, id: &AppointmentTypeId) -> Result<StoredType> {
    tx.hold_portal().await?;
    find_in(tx, id).await?.ok_or(Error::NotFound)
}

/// Adds a type with this id. One that is there already stays as it is: the form was sent twice.
///
/// # Errors
/// [`Error::Conflict`] when the portal has the maximum number.
pub(super) async fn create(
    tx: &mut StoreTx,
    change: &Change<'_>,
    id: &AppointmentTypeId,
    details: &AppointmentType,
) -> Result<()> {
    tx.hold_portal().await?;
    if find_in(tx, id).await?.is_some() {
        return Ok(());
    }
    let count: Option<Single<i64>> = tx.row(COUNT, params![]).await?;
    if count.is_some_and(|Single(count)| count >= MOST) {
        return Err(Error::Conflict(Message::with("appointment_types.too_many", MOST)));
    }
    insert(tx, id, details, change.now).await?;
    change.tell(tx, Action::AppointmentTypeCreated, details.name.as_str(), id.as_str()).await
}

/// Adds a type to a portal that is being created, such as the demo: without any event.
pub async fn insert(
    tx: &mut StoreTx,
    id: &AppointmentTypeId,
    details: &AppointmentType,
    now: Timestamp,
) -> Result<()> {
    let row = [params![id, now], &details.params()[..]].concat();
    tx.execute(STATEMENTS.insert, &row).await?;
    Ok(())
}

/// Changes a type that [`hold`] returned, if it is as `expected`. Appointments keep what they have of it.
///
/// # Errors
/// [`Error::Changed`] when it was changed in the meantime.
pub(super) async fn update(
    tx: &mut StoreTx,
    change: &Change<'_>,
    before: &StoredType,
    expected: &Expected,
    details: &AppointmentType,
) -> Result<()> {
    expected.check(before.revision)?;
    let revision = before.revision + 1;
    let row = [params![before.id, revision], &details.params()[..]].concat();
    tx.execute(STATEMENTS.update, &row).await?;
    let (name, id) = (details.name.as_str(), before.id.as_str());
    change.tell(tx, Action::AppointmentTypeChanged, name, id).await
}

/// Deletes a type. Appointments keep what they have of it.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) async fn delete(
    tx: &mut StoreTx,
    change: &Change<'_>,
    id: &AppointmentTypeId,
) -> Result<()> {
    let StoredType { details, .. } = hold(tx, id).await?;
    tx.execute(DELETE, params![id]).await?;
    change.tell(tx, Action::AppointmentTypeDeleted, details.name.as_str(), id.as_str()).await
}
