//! Mailing the link of a request to the customer again, when a person of the portal asks for it.

use axum::response::Response;
use jiff::{SignedDuration, Timestamp};

use super::links::request_path;
use super::{FileRequest, FileRequestReminder, queries};
use crate::audit::Action;
use crate::error::{Error, Message, Result};
use crate::history::{FieldChange, What};
use crate::http::Path;
use crate::ids::FileRequestId;
use crate::manage::Member;
use crate::resources::customers;
use crate::time::clock_time;
use crate::web::{Form, see_other};

/// How often a customer can be asked again.
const PAUSE: SignedDuration = SignedDuration::from_hours(1);

/// For how long a second press of the button is taken for the same.
const A_MOMENT: SignedDuration = SignedDuration::from_mins(1);

/// Whether somebody can be asked again, and something is missing.
pub(super) const fn is_possible(request: &FileRequest) -> bool {
    request.completed_at.is_none() && request.customer_id.is_some()
}

/// When it is possible again, if the last time was shortly before `now`.
pub(super) fn paused_until(request: &FileRequest, now: Timestamp) -> Option<Timestamp> {
    request.reminded_at.map(|at| at + PAUSE).filter(|end| *end > now)
}

pub(super) async fn ask_again(
    member: Member,
    Path(id): Path<FileRequestId>,
    _: Form,
) -> Result<Response> {
    let (mut tx, change) = (member.begin().await?, member.change());
    let request = queries::hold(&mut tx, &id).await?;
    let nobody = || Error::Conflict(Message::new("file_requests.nobody_to_ask"));
    let customer = request.customer_id.as_ref().filter(|_| is_possible(&request));
    let customer = customers::queries::find_in(&mut tx, customer.ok_or_else(nobody)?).await?;
    let customer = customer.ok_or_else(nobody)?;
    let answer = see_other(&request_path(&id), Some("flash.file_request_asked_again"));
    // A button that is pressed twice sends one mail.
    if request.reminded_at.is_some_and(|at| change.now.duration_since(at) < A_MOMENT) {
        return Ok(answer);
    }
    if let Some(end) = paused_until(&request, change.now) {
        let end = clock_time(end, member.time_zone());
        return Err(Error::Conflict(Message::with("file_requests.asked_too_soon", end)));
    }
    let reminder = FileRequestReminder::new(tx.portal().clone(), id.clone());
    tx.enqueue(&reminder, change.now).await?;
    queries::note_reminder(&mut tx, &id, change.now).await?;
    let field = FieldChange {
        field: queries::ASKED_AGAIN.to_owned(),
        old: None,
        new: Some(customer.details.primary_email.as_str().to_owned()),
    };
    change.note(&mut tx, (queries::KIND, id.as_str()), What::Changed, vec![field]).await?;
    change.tell(&mut tx, Action::FileRequestReminded, &request.name, id.as_str()).await?;
    tx.commit().await?;
    Ok(answer)
}
