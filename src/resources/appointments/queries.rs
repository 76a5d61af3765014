//! Statements about appointments.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::model::LONGEST;
use super::{
    AppliedType, Appointment, AppointmentCreate, AppointmentDetails, AppointmentStatus, Attendee,
    NewAppointment, Step, events, exclusion, notice, reminder,
};
use crate::audit::Action;
use crate::changes::Change;
use crate::db::{Param, ToParam, params};
use crate::error::{Error, Message, Result};
use crate::fields::Fields;
use crate::history::{FieldChange, What, differences};
use crate::http::Expected;
use crate::ids::{AppointmentId, CustomerId, DeletionId};
use crate::lists::{Part, Positioned, SortKeys, Statements, sort_key, sort_keys};
use crate::quotas::{APPOINTMENTS, Quotas};
use crate::resources::of_customers::APPOINTMENTS as SEARCHED_ROWS;
use crate::resources::{customers, of_customers};
use crate::search::Searched;
use crate::tenant::{Store, StoreTx, TenantSql};
use crate::trash::Trash;
use crate::values::{LocalDateTime, Record};

/// The searchable text.
pub const SEARCHED: Searched = SEARCHED_ROWS;

/// The kind of appointments in the history of rows.
pub const KIND: &str = "appointment";

/// The names that appointments are sorted by.
pub const SORT_KEYS: SortKeys = sort_keys!("appointments", "name");

/// The field of the history that says whether it takes place.
pub(super) const STATUS: &str = "status";

/// What is kept of a deleted appointment.
pub const TRASH: Trash =
    Trash { kind: "appointment", rows: &[of_customers::appointments("id")], quota: APPOINTMENTS };

/// The statements with all columns.
struct Queries {
    find: TenantSql,
    /// Those that aren't cancelled and take some of the time from `?2` to `?3`; none starts before `?4`.
    between: TenantSql,
    of_customer: TenantSql,
    list: Statements<Appointment>,
    insert: TenantSql,
    update: TenantSql,
}

static STATEMENTS: LazyLock<Queries> = LazyLock::new(|| {
    let columns = Appointment::columns();
    let all = format!("SELECT {columns} FROM appointments c WHERE c.portal_id = ?1");
    let own = [AppointmentDetails::COLUMNS, Attendee::COLUMNS, AppliedType::COLUMNS].concat();
    let with = |more: &[&'static str]| [more, &own[..]].concat();
    let first = ["starts_local", "time_zone", "updated_at", "revision", "name_key"];
    Queries {
        find: TenantSql::built(format!("{all} AND c.id = ?2")),
        between: TenantSql::built(format!(
            "{all} AND c.starts_at >= ?4 AND c.starts_at < ?3 AND c.ends_at > ?2 AND c.status <> 'canceled'
             ORDER BY c.starts_at, c.id LIMIT ?5"
        )),
        of_customer: TenantSql::built(format!(
            "{all} AND c.customer_id = ?2 ORDER BY c.starts_at DESC, c.id DESC LIMIT ?3"
        )),
        list: Statements::new(&columns),
        insert: TenantSql::insert(
            "appointments",
            &with(&[&["id"], &first[..], &["status", "created_at"]].concat()),
        ),
        update: TenantSql::update("appointments", &with(&first)),
    }
});

/// A concurrent transaction waits here, and then sees the committed row.
const HOLD: TenantSql =
    TenantSql::new("UPDATE appointments SET revision = revision WHERE portal_id = ?1 AND id = ?2");
/// Only from the state in which the step was found possible.
const SET_STATUS: TenantSql = TenantSql::new(
    "UPDATE appointments SET status = ?4, updated_at = ?5, revision = revision + 1
     WHERE portal_id = ?1 AND id = ?2 AND status = ?3",
);
const DELETE: TenantSql =
    TenantSql::new("DELETE FROM appointments WHERE portal_id = ?1 AND id = ?2");

/// The statements of the list, to look at their plans.
#[cfg(test)]
pub(crate) fn lists() -> &'static Statements<Appointment> {
    &STATEMENTS.list
}

/// One appointment.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id.
pub async fn find(store: &Store, id: &AppointmentId) -> Result<Appointment> {
    store.row(STATEMENTS.find, params![id]).await?.ok_or(Error::NotFound)
}

/// One appointment, within a transaction.
///
/// # Errors
/// As [`find`].
pub(super) async fn find_in(tx: &mut StoreTx, id: &AppointmentId) -> Result<Appointment> {
    tx.row(STATEMENTS.find, params![id]).await?.ok_or(Error::NotFound)
}

/// Those that aren't cancelled and take some of the time from one moment to another, the first first, at
/// most so many.
pub(super) async fn between(
    store: &Store,
    (from, to): (Timestamp, Timestamp),
    most: i64,
) -> Result<Vec<Appointment>> {
    let earliest = from.checked_sub(LONGEST).unwrap_or(Timestamp::MIN);
    Ok(store.rows(STATEMENTS.between, params![from, to, earliest, most]).await?)
}

/// The latest appointments of a customer, at most so many.
pub(super) async fn of_customer(
    store: &Store,
    customer: &CustomerId,
    most: i64,
) -> Result<Vec<Appointment>> {
    Ok(store.rows(STATEMENTS.of_customer, params![customer, most]).await?)
}

/// A page of the portal's appointments.
///
/// # Errors
/// As [`Statements::page`].
pub async fn list(
    store: &Store,
    part: &Part<Appointment>,
    zone: &TimeZone,
) -> Result<Vec<Positioned<Appointment>>> {
    STATEMENTS.list.page(store, part, zone).await
}

/// As [`Statements::count`], for [`list`].
///
/// # Errors
/// As [`Statements::page`].
pub async fn count_listed(
    store: &Store,
    part: &Part<Appointment>,
    zone: &TimeZone,
    most: i64,
) -> Result<i64> {
    STATEMENTS.list.count(store, part, zone, most).await
}

/// Creates an appointment, as a request or scheduled. One with its id that is there already is
/// returned as it is: the form was sent twice. The transaction locks the portal if it is scheduled.
///
/// # Errors
/// [`Error::Invalid`] when its time is taken, or the portal has no such customer; [`Error::Conflict`]
/// when it has the maximum number.
pub async fn create(
    tx: &mut StoreTx,
    change: &Change<'_>,
    quotas: &Quotas,
    new: NewAppointment,
) -> Result<Appointment> {
    if let Some(appointment) = tx.row(STATEMENTS.find, params![new.id]).await? {
        return Ok(appointment);
    }
    let appointment = agreed(tx, new, (change.now, change.zone)).await?;
    exclusion::expect_free(tx, &appointment, change.zone, "startsAt").await?;
    // Before the row, which locks the number of the portal's appointments for all others.
    let view = appointment.clone().into_view(change.zone);
    tx.emit(events::CREATED, &view, change.now).await?;
    insert_row(tx, &appointment).await?;
    change.note(tx, (KIND, appointment.id.as_str()), What::Created, Vec::new()).await?;
    APPOINTMENTS.check(tx, quotas.max_appointments_per_portal).await?;
    tell(tx, change, Action::AppointmentCreated, &appointment).await?;
    notice::post(tx, change.now, None, Some(&appointment)).await?;
    reminder::plan(tx, change.now, None, &appointment).await?;
    Ok(appointment)
}

/// Creates an appointment of a portal that is being created, such as the demo: without any event.
pub async fn insert(
    tx: &mut StoreTx,
    new: NewAppointment,
    at: (Timestamp, &TimeZone),
) -> Result<()> {
    let appointment = agreed(tx, new, at).await?;
    insert_row(tx, &appointment).await
}

/// The appointment as it is agreed now, in a portal of this time zone.
async fn agreed(
    tx: &mut StoreTx,
    NewAppointment { id, create, applied, status }: NewAppointment,
    (now, zone): (Timestamp, &TimeZone),
) -> Result<Appointment> {
    let AppointmentCreate(details, attendee) = create;
    let attendee = attended(tx, details.customer_id.0.as_ref(), attendee).await?;
    let mut appointment = Appointment {
        id,
        status,
        starts_local: LocalDateTime::of(details.starts_at, zone),
        time_zone: String::new(),
        created_at: now,
        updated_at: now,
        revision: 1,
        details,
        attendee,
        applied,
    };
    appointment.agree(zone);
    Ok(appointment)
}

async fn insert_row(tx: &mut StoreTx, appointment: &Appointment) -> Result<()> {
    let name_key = sort_key(appointment.name());
    let Appointment { id, status, created_at, .. } = appointment;
    let row = [
        params![id],
        &first(appointment, &name_key)[..],
        params![status, created_at],
        &own(appointment)[..],
    ];
    tx.execute(STATEMENTS.insert, &row.concat()).await?;
    SEARCHED.add(tx, appointment.id.as_str()).await
}

/// The parameters that a new and a changed appointment have.
fn first<'a>(appointment: &'a Appointment, name_key: &'a str) -> Vec<Param<'a>> {
    vec![
        appointment.starts_local.to_param(),
        appointment.time_zone.to_param(),
        appointment.updated_at.to_param(),
        appointment.revision.to_param(),
        name_key.to_param(),
    ]
}

fn own(appointment: &Appointment) -> Vec<Param<'_>> {
    let Appointment { details, attendee, applied, .. } = appointment;
    [details.params(), attendee.params(), applied.params()].concat()
}

/// The person, who is the customer as far as nothing else was said.
async fn attended(
    tx: &mut StoreTx,
    customer: Option<&CustomerId>,
    mut attendee: Attendee,
) -> Result<Attendee> {
    let Some(id) = customer else { return Ok(attendee) };
    let customer = customers::queries::named(tx, id).await?.details;
    attendee.attendee_name.0.get_or_insert(customer.company_name);
    attendee.attendee_email.0.get_or_insert(customer.primary_email);
    Ok(attendee)
}

pub(super) async fn tell(
    tx: &mut StoreTx,
    change: &Change<'_>,
    action: Action,
    appointment: &Appointment,
) -> Result<()> {
    change.tell(tx, action, appointment.name(), appointment.id.as_str()).await
}

/// One appointment, which nobody else changes until the transaction ends.
async fn hold(tx: &mut StoreTx, id: &AppointmentId, expected: &Expected) -> Result<Appointment> {
    if tx.execute(HOLD, params![id]).await? == 0 {
        return Err(Error::NotFound);
    }
    let appointment = find_in(tx, id).await?;
    expected.check(appointment.revision)?;
    Ok(appointment)
}

/// Takes a step with an appointment, if it is as `expected`. The transaction locks the portal.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id; [`Error::Changed`] when it was changed in
/// the meantime; [`Error::Invalid`] with the field `status` when the step can't be taken, or the time is
/// taken.
pub async fn take(
    tx: &mut StoreTx,
    change: &Change<'_>,
    id: &AppointmentId,
    expected: &Expected,
    step: Step,
) -> Result<Appointment> {
    let appointment = hold(tx, id, expected).await?;
    let Some(status) = appointment.status.after(step) else {
        return Err(Error::invalid(STATUS, Message::new("appointments.not_pending")));
    };
    if status == AppointmentStatus::Scheduled {
        exclusion::expect_free(tx, &appointment, change.zone, STATUS).await?;
    }
    set_status(tx, change, appointment, status).await
}

/// Cancels an appointment, if it is as `expected`; one that is cancelled stays as it is. The
/// transaction locks the portal.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id; [`Error::Changed`] when it was changed in
/// the meantime.
pub async fn cancel(
    tx: &mut StoreTx,
    change: &Change<'_>,
    id: &AppointmentId,
    expected: &Expected,
) -> Result<Appointment> {
    let appointment = hold(tx, id, expected).await?;
    match appointment.status.after(Step::Cancel) {
        Some(status) => set_status(tx, change, appointment, status).await,
        None => Ok(appointment),
    }
}

async fn set_status(
    tx: &mut StoreTx,
    change: &Change<'_>,
    before: Appointment,
    status: AppointmentStatus,
) -> Result<Appointment> {
    let id = &before.id;
    if tx.execute(SET_STATUS, params![id, before.status, status, change.now]).await? == 0 {
        return Err(Error::Changed);
    }
    let mut appointment = before.clone();
    (appointment.status, appointment.updated_at) = (status, change.now);
    appointment.revision += 1;
    let field = FieldChange {
        field: STATUS.to_owned(),
        old: Some(before.status.to_string()),
        new: Some(status.to_string()),
    };
    change.note(tx, (KIND, id.as_str()), What::Changed, vec![field]).await?;
    let action = if status.is_open() {
        Action::AppointmentScheduled
    } else {
        let view = appointment.clone().into_view(change.zone);
        tx.emit(events::CANCELED, &view, change.now).await?;
        Action::AppointmentCanceled
    };
    tell(tx, change, action, &appointment).await?;
    notice::post(tx, change.now, Some(&before), Some(&appointment)).await?;
    reminder::plan(tx, change.now, Some(&before), &appointment).await?;
    Ok(appointment)
}

/// Changes an appointment with `apply`, if it is as `expected`; a new time is agreed in the portal's
/// time zone. The transaction locks the portal.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id; [`Error::Changed`] when it was changed in
/// the meantime; [`Error::Invalid`] when it is cancelled, fields contradict each other, its time is taken
/// or the portal has no such customer.
pub async fn update(
    tx: &mut StoreTx,
    change: &Change<'_>,
    id: &AppointmentId,
    expected: &Expected,
    apply: impl FnOnce(&mut Appointment),
) -> Result<Appointment> {
    let before = hold(tx, id, expected).await?;
    if !before.status.is_open() {
        return Err(Error::invalid("", Message::new("appointments.is_canceled")));
    }
    let mut appointment = before.clone();
    apply(&mut appointment);
    let mut fields = Fields::none();
    appointment.details.check(&mut fields);
    fields.expect_none_wrong()?;
    let customer = appointment.details.customer_id.0.clone();
    appointment.attendee = attended(tx, customer.as_ref(), appointment.attendee).await?;
    if appointment.details.starts_at != before.details.starts_at {
        appointment.agree(change.zone);
    }
    if appointment.status == AppointmentStatus::Scheduled {
        exclusion::expect_free(tx, &appointment, change.zone, "startsAt").await?;
    }
    appointment.updated_at = change.now;
    appointment.revision += 1;
    let name_key = sort_key(appointment.name());
    let row = [params![id], &first(&appointment, &name_key)[..], &own(&appointment)[..]];
    tx.execute(STATEMENTS.update, &row.concat()).await?;
    SEARCHED.change(tx, id.as_str()).await?;
    let mut fields = differences(&before.details, &appointment.details, change.zone)?;
    fields.extend(differences(&before.attendee, &appointment.attendee, change.zone)?);
    let of_type = differences(&before.applied, &appointment.applied, change.zone)?;
    // People know a type by its name.
    fields.extend(of_type.into_iter().filter(|change| change.field != "typeId"));
    change.note(tx, (KIND, id.as_str()), What::Changed, fields).await?;
    tell(tx, change, Action::AppointmentChanged, &appointment).await?;
    notice::post(tx, change.now, Some(&before), Some(&appointment)).await?;
    reminder::plan(tx, change.now, Some(&before), &appointment).await?;
    Ok(appointment)
}

/// Deletes an appointment, if it is as `expected`: it goes into the bin. The transaction locks the
/// portal.
///
/// # Errors
/// [`Error::NotFound`] when the portal has none with that id; [`Error::Changed`] when it was changed in
/// the meantime.
pub async fn delete(
    tx: &mut StoreTx,
    change: &Change<'_>,
    id: &AppointmentId,
    expected: &Expected,
    deletion: &DeletionId,
) -> Result<()> {
    let mut appointment = hold(tx, id, expected).await?;
    TRASH.keep(tx, change, deletion, (id.as_str(), appointment.name())).await?;
    reminder::end(tx, change.now, id).await?;
    tx.execute(DELETE, params![id]).await?;
    change.note(tx, (KIND, id.as_str()), What::Deleted, Vec::new()).await?;
    tell(tx, change, Action::AppointmentDeleted, &appointment).await?;
    notice::post(tx, change.now, Some(&appointment), None).await?;
    if !appointment.status.is_open() {
        return Ok(());
    }
    appointment.status = AppointmentStatus::Canceled;
    tx.emit(events::CANCELED, &appointment.into_view(change.zone), change.now).await
}
