//! The model of an appointment, and its representation in the API.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::{AppointmentStatus, Step};
use crate::error::Message;
use crate::fields::{Fields, FromFields};
use crate::http::schema::always_complete;
use crate::ids::{AppointmentId, AppointmentTypeId, CustomerId};
use crate::time::Atom;
use crate::values::{
    DateTime, EmailAddress, LocalDateTime, Optional, Record, Shown, Text, Url, Value, Whole, body,
    choice, fields, record, row,
};

/// The longest appointment.
pub(super) const LONGEST: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Minutes before or after an appointment that are kept free: at most eight hours.
pub type Buffer = Whole<0, 480>;

/// The longest buffer.
pub(super) const LONGEST_BUFFER: SignedDuration = SignedDuration::from_hours(8);

record! {
    /// The details of an appointment.
    AppointmentDetails, NewDetails, DetailsChange checked by AppointmentDetails::check {
        /// What the appointment is about. Responses have it too: an addition to the contract
        name "name": Text<200> = "Onderhoud cv-ketel",
        /// When it starts: local time of the portal. A time that the clocks skip is moved on, and of one that they show twice the first is meant
        starts_at "startsAt": DateTime = "2026-12-01 10:00:00",
        /// When it ends, likewise; at most 14 days after it starts
        ends_at "endsAt": DateTime = "2026-12-01 11:30:00",
        /// Id of the customer, if it is with one
        customer_id "customerId": Optional<CustomerId> = "cst_abc12345def678",
        /// Where the appointment takes place online. An addition to the contract in requests
        online_meeting_link "onlineMeetingLink": Optional<Url> = "https://bellen.example/van-dijk",
    }
}

record! {
    /// With whom the appointment is.
    Attendee, NewAttendee, AttendeeChange {
        /// Name of the person; required without `customerId`, else the customer's by default
        attendee_name "attendeeName": Optional<Text<200>> = "Sanne van Dijk",
        /// E-mail address of the person, likewise
        attendee_email "attendeeEmail": Optional<EmailAddress> = "sanne@korenaar.example",
    }
}

record! {
    /// What an appointment has of its type: a copy, as the type may be changed or deleted.
    AppliedType, NewAppliedType, AppliedTypeChange {
        /// Id of the type
        type_id "typeId": Optional<AppointmentTypeId> = "aty_abc12345def678",
        /// Its name
        type_name "typeName": Optional<Text<100>> = "Onderhoud",
        /// The minutes before it that are kept free
        buffer_before "bufferBefore": Buffer = 15,
        /// The minutes after it, likewise
        buffer_after "bufferAfter": Buffer = 15,
    }
}

impl AppliedType {
    /// Of an appointment without a type.
    pub fn none() -> Self {
        Self {
            type_id: Optional(None),
            type_name: Optional(None),
            buffer_before: Buffer::stand_in(),
            buffer_after: Buffer::stand_in(),
        }
    }

    /// The name of the type; empty without one.
    pub(super) fn name(&self) -> &str {
        self.type_name.0.as_ref().map_or("", Text::as_str)
    }

    /// The time before and after the appointment that is kept free.
    pub(super) const fn buffers(&self) -> [SignedDuration; 2] {
        let minutes = [self.buffer_before.get(), self.buffer_after.get()];
        [SignedDuration::from_mins(minutes[0]), SignedDuration::from_mins(minutes[1])]
    }
}

impl AppointmentDetails {
    /// It ends after it starts, and doesn't last for weeks.
    pub(super) fn check(&self, fields: &mut Fields) {
        let duration = self.ends_at.moment().duration_since(self.starts_at.moment());
        if fields.errors().has("startsAt") || fields.errors().has("endsAt") {
            return;
        }
        if !duration.is_positive() {
            fields.fault("endsAt", Message::new("appointments.ends_before_it_starts"));
        } else if duration > LONGEST {
            fields.fault("endsAt", Message::new("appointments.too_long"));
        }
    }

    /// Whether both take some of the same time.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.starts_at < other.ends_at && other.starts_at < self.ends_at
    }
}

/// An appointment that is about to be made.
#[derive(Debug, Clone)]
pub struct NewAppointment {
    /// Its id.
    pub id: AppointmentId,
    /// Its details, and with whom it is.
    pub create: AppointmentCreate,
    /// What it has of its type.
    pub applied: AppliedType,
    /// Whether it is a request, or takes place.
    pub status: AppointmentStatus,
}

/// What is sent of a new appointment.
#[derive(Debug, Clone)]
pub struct AppointmentCreate(pub AppointmentDetails, pub Attendee);

impl FromFields for AppointmentCreate {
    fn from_fields(fields: &mut Fields) -> Self {
        let NewDetails(details) = NewDetails::from_fields(fields);
        let NewAttendee(attendee) = NewAttendee::from_fields(fields);
        let is_missing = [
            ("attendeeName", attendee.attendee_name.0.is_none()),
            ("attendeeEmail", attendee.attendee_email.0.is_none()),
        ];
        let is_alone = details.customer_id.0.is_none();
        for (name, _) in is_missing.into_iter().filter(|(_, is_missing)| is_alone && *is_missing) {
            if !fields.errors().has(name) {
                fields.fault(name, Message::new("appointments.needed_without_customer"));
            }
        }
        Self(details, attendee)
    }
}

fields! { @schema AppointmentCreate New &[AppointmentDetails::FIELDS, Attendee::FIELDS].concat() }

choice! {
    /// What is decided on a request.
    Decision in "appointments.status." {
        /// It takes place.
        Scheduled = "scheduled",
        /// It doesn't.
        Canceled = "canceled",
    }
}

body! {
    /// The decision on a request. Only a pending appointment changes.
    AppointmentPatch {
        /// `scheduled`, if its time isn't taken, or `canceled`
        status "status": Decision = "scheduled",
    }
}

impl AppointmentPatch {
    pub(super) const fn step(&self) -> Step {
        match self.status {
            Decision::Scheduled => Step::Schedule,
            Decision::Canceled => Step::TurnDown,
        }
    }
}

row! {
    /// An appointment, as stored.
    Appointment {
        /// Its id.
        id: AppointmentId,
        /// Whether it takes place.
        status: AppointmentStatus,
        /// What the clocks of its time zone show when it starts.
        starts_local: LocalDateTime,
        /// The time zone of the portal when its time was agreed.
        time_zone: String,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last changed, or created.
        updated_at: Timestamp,
        /// The number of changes, plus one.
        revision: i64,
    } with {
        /// Its details.
        details: AppointmentDetails,
        /// With whom it is.
        attendee: Attendee,
        /// What it has of its type.
        applied: AppliedType,
    }
}

/// An appointment in the API.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Appointment", transform = always_complete)]
pub struct AppointmentView {
    /// The appointment's id
    pub(super) id: AppointmentId,
    #[serde(flatten)]
    details: Shown<AppointmentDetails>,
    /// Name of the person
    #[schemars(example = &"Sanne van Dijk")]
    attendee_name: String,
    /// E-mail address of the person
    #[schemars(email, example = &"sanne@korenaar.example")]
    attendee_email: String,
    /// Whether it takes place: `pending` is a request, whose time isn't taken
    status: AppointmentStatus,
    /// The time zone in which the time was agreed (IANA). An addition to the contract
    #[schemars(example = &"Europe/Amsterdam")]
    time_zone: String,
    /// When the appointment was created, with the offset of the portal's time zone
    created_at: Atom,
    /// When the appointment was last changed, or created. An addition to the contract
    updated_at: Atom,
}

impl Appointment {
    /// Its name, with which it stands in the logs and in the bin.
    pub fn name(&self) -> &str {
        self.details.name.as_str()
    }

    /// The name of the person.
    pub fn attendee_name(&self) -> &str {
        self.attendee.attendee_name.0.as_ref().map_or("", Text::as_str)
    }

    /// How long it takes.
    pub(super) fn duration(&self) -> SignedDuration {
        self.details.ends_at.moment().duration_since(self.details.starts_at.moment())
    }

    /// From when to when it takes its time, with its buffers.
    pub(super) fn taken_time(&self) -> (Timestamp, Timestamp) {
        let [before, after] = self.applied.buffers();
        let (start, end) = (self.details.starts_at.moment(), self.details.ends_at.moment());
        (
            start.checked_sub(before).unwrap_or(Timestamp::MIN),
            end.checked_add(after).unwrap_or(Timestamp::MAX),
        )
    }

    /// Notes the time as it is agreed now, in a portal of this time zone.
    pub(super) fn agree(&mut self, zone: &TimeZone) {
        self.starts_local = LocalDateTime::of(self.details.starts_at, zone);
        self.time_zone = zone.iana_name().unwrap_or("UTC").to_owned();
    }

    /// The representation in the API, with times in the portal's time zone.
    pub fn into_view(self, zone: &TimeZone) -> AppointmentView {
        let email = self.attendee.attendee_email.0.as_ref().map_or("", EmailAddress::as_str);
        AppointmentView {
            attendee_name: self.attendee_name().to_owned(),
            attendee_email: email.to_owned(),
            created_at: Atom::new(self.created_at, zone),
            updated_at: Atom::new(self.updated_at, zone),
            id: self.id,
            details: Shown::new(self.details, zone),
            status: self.status,
            time_zone: self.time_zone,
        }
    }
}
