//! Appointments: requested, scheduled or cancelled. Two scheduled ones are never at the same time. See
//! `docs/decisions/0064-appointments.md`.

mod calendar;
mod decide;
mod detail;
mod edit;
mod events;
mod feed;
mod feed_file;
mod feed_page;
mod find;
mod form;
mod icalendar;
mod links;
mod list;
mod mail;
mod model;
mod notice;
mod of_customer;
mod pages;
pub mod queries;
mod remind;
mod reminder;
mod routes;
mod settings;
mod settings_page;
mod status;
mod trash;

pub use feed_file::pages as guest_pages;
pub use links::SECTION;
pub use model::{
    Appointment, AppointmentCreate, AppointmentDetails, AppointmentPatch, AppointmentView,
    Attendee, AttendeeChange, Decision, DetailsChange, NewAttendee, NewDetails,
};
pub use notice::AppointmentMail;
pub use of_customer::on_customer_page;
pub use reminder::AppointmentReminder;
pub use settings::{AppointmentSettings, NewSettings, SettingsChange};
pub use status::{AppointmentStatus, Step};

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
        delete_batch!("calendar_feeds", "portal_id, id", "portal_id = ?2"),
    ],
};
