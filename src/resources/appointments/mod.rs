//! Appointments: requested, scheduled or cancelled. Two scheduled ones are never at the same time. See
//! `docs/decisions/0064-appointments.md`, and `0078-types-and-opening-hours.md` of when they can be.

mod calendar;
mod closed_days;
mod closed_pages;
mod customer_choice;
mod decide;
mod detail;
mod edit;
mod events;
mod exclusion;
mod feed;
mod feed_file;
mod feed_page;
mod find;
mod form;
mod holidays;
mod hours;
mod hours_page;
mod icalendar;
mod links;
mod list;
mod mail;
mod model;
mod moments;
mod notice;
mod of_customer;
mod opening;
mod pages;
mod planning;
pub mod queries;
mod remind;
mod reminder;
mod routes;
mod settings;
mod settings_page;
mod status;
mod time_choice;
mod trash;
mod type_pages;
mod types;

pub use closed_days::{ClosedDays, ClosedDaysChange, NewClosedDays, insert as insert_closed_days};
pub use feed_file::pages as guest_pages;
pub use hours::{HoursChange, NewHours, OpeningHours, insert as insert_hours};
pub use links::SECTION;
pub use model::{
    AppliedType, AppliedTypeChange, Appointment, AppointmentCreate, AppointmentDetails,
    AppointmentPatch, AppointmentView, Attendee, AttendeeChange, Decision, DetailsChange,
    NewAppliedType, NewAppointment, NewAttendee, NewDetails,
};
pub use notice::AppointmentMail;
pub use of_customer::on_customer_page;
pub use reminder::AppointmentReminder;
pub use settings::{AppointmentSettings, NewSettings, SettingsChange};
pub use status::{AppointmentStatus, Step};
pub use types::{AppointmentType, NewType, TypeChange, insert as insert_type};

use super::Resource;
use crate::db::delete_batch;
use crate::quotas;

/// Appointments, as the product knows them.
pub const RESOURCE: Resource = Resource {
    api: routes::routes,
    section: SECTION,
    pages: pages::pages,
    searched: queries::SEARCHED,
    find: find::find,
    sort_keys: queries::SORT_KEYS,
    quota: quotas::APPOINTMENTS,
    trash: Some(&queries::TRASH),
    events: events::ALL,
    removal: &[
        delete_batch!("appointments", "portal_id, id", "portal_id = ?2"),
        delete_batch!("appointment_settings", "portal_id", "portal_id = ?2"),
        delete_batch!("appointment_types", "portal_id, id", "portal_id = ?2"),
        delete_batch!("opening_hours", "portal_id", "portal_id = ?2"),
        delete_batch!("closed_days", "portal_id, id", "portal_id = ?2"),
        delete_batch!("calendar_feeds", "portal_id, id", "portal_id = ?2"),
    ],
};
