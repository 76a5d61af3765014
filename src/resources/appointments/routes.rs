//! `/v1/appointments`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    AppliedType, Appointment, AppointmentCreate, AppointmentPatch, AppointmentStatus,
    AppointmentView, NewAppointment, queries,
};
use crate::auth::granted::{AppointmentsRead, AppointmentsWrite};
use crate::error::Result;
use crate::http::{
    Access, Expected, Input, Json, Limits, ListRequest, Listing, Path, Revised, Routes, Written,
};
use crate::ids::AppointmentId;

/// The routes of appointments.
pub(super) fn routes() -> Routes {
    Routes::new("Appointments", "The appointments of the business.")
        .get("/appointments", list, "listAppointments", "List appointments")
        .post(
            "/appointments",
            create,
            "createAppointment",
            "Request an appointment; it is pending until it is scheduled",
        )
        .get("/appointments/{appointmentId}", get, "getAppointment", "Get an appointment")
        .patch(
            "/appointments/{appointmentId}",
            update,
            "updateAppointment",
            "Schedule or cancel a pending appointment",
        )
        .delete(
            "/appointments/{appointmentId}",
            cancel,
            "cancelAppointment",
            "Cancel an appointment, pending or scheduled",
        )
}

/// The id in the path.
#[derive(Deserialize, JsonSchema)]
struct One {
    #[serde(rename = "appointmentId")]
    id: AppointmentId,
}

async fn list(
    access: Access<AppointmentsRead>,
    request: ListRequest<Appointment>,
) -> Result<Json<Listing<AppointmentView>>> {
    let rows = queries::list(&access, &request, access.time_zone()).await?;
    Ok(request.listing(rows).map(|row| row.into_view(access.time_zone())).json())
}

async fn create(
    access: Access<AppointmentsWrite>,
    limits: Limits,
    Input(new): Input<AppointmentCreate>,
) -> Written<Revised<AppointmentView>> {
    let mut tx = access.begin().await?;
    let new = NewAppointment {
        id: AppointmentId::random(),
        create: new,
        applied: AppliedType::none(),
        status: AppointmentStatus::Pending,
    };
    let appointment = queries::create(&mut tx, &access.change(), &limits, new).await?;
    tx.commit(revised(&access, appointment)).await
}

async fn get(
    access: Access<AppointmentsRead>,
    Path(One { id }): Path<One>,
) -> Result<Revised<AppointmentView>> {
    let appointment = queries::find(&access, &id).await?;
    Ok(revised(&access, appointment))
}

async fn update(
    access: Access<AppointmentsWrite>,
    Path(One { id }): Path<One>,
    expected: Expected,
    Input(patch): Input<AppointmentPatch>,
) -> Written<Revised<AppointmentView>> {
    let mut tx = access.begin_alone().await?;
    let step = patch.step();
    let appointment = queries::take(&mut tx, &access.change(), &id, &expected, step).await?;
    tx.commit(revised(&access, appointment)).await
}

async fn cancel(
    access: Access<AppointmentsWrite>,
    Path(One { id }): Path<One>,
    expected: Expected,
) -> Written<Revised<AppointmentView>> {
    let mut tx = access.begin_alone().await?;
    let appointment = queries::cancel(&mut tx, &access.change(), &id, &expected).await?;
    tx.commit(revised(&access, appointment)).await
}

fn revised<S>(access: &Access<S>, appointment: Appointment) -> Revised<AppointmentView> {
    Revised(appointment.revision, appointment.into_view(access.time_zone()))
}
