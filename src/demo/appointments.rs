//! Example appointments: last week, this week and the next.

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan};

use crate::error::{Error, Message, Result};
use crate::ids::CustomerId;
use crate::resources::appointments::{
    AppointmentCreate, AppointmentDetails, AppointmentStatus, Attendee, queries,
};
use crate::tenant::StoreTx;
use crate::time::amsterdam;
use crate::values::{DateTime, EmailAddress, LocalDateTime, Optional, Text, Url, Value};

/// What is done where, from when to when.
const VISITS: [(&str, &str, &str); 7] = [
    ("Onderhoud cv-ketel", "08:30", "10:00"),
    ("Lekkage verhelpen", "10:30", "12:00"),
    ("Opname warmtepomp", "13:00", "14:00"),
    ("Radiator plaatsen", "08:00", "11:30"),
    ("Zonnepanelen aansluiten", "09:00", "15:30"),
    ("Vloerverwarming inregelen", "13:30", "15:00"),
    ("Offerte bespreken", "15:30", "16:15"),
];

/// On which day since this Monday each is, and whether it is still a request.
const PLAN: [(i32, usize, AppointmentStatus); 16] = [
    (-5, 4, AppointmentStatus::Scheduled),
    (-4, 0, AppointmentStatus::Scheduled),
    (-4, 1, AppointmentStatus::Canceled),
    (0, 0, AppointmentStatus::Scheduled),
    (0, 1, AppointmentStatus::Scheduled),
    (1, 3, AppointmentStatus::Scheduled),
    (1, 5, AppointmentStatus::Scheduled),
    (2, 4, AppointmentStatus::Scheduled),
    (3, 0, AppointmentStatus::Scheduled),
    (3, 2, AppointmentStatus::Scheduled),
    (4, 1, AppointmentStatus::Scheduled),
    (4, 6, AppointmentStatus::Pending),
    (7, 3, AppointmentStatus::Scheduled),
    (8, 0, AppointmentStatus::Pending),
    (8, 3, AppointmentStatus::Pending),
    (10, 2, AppointmentStatus::Scheduled),
];

/// Adds them: with customers, and one online with somebody who isn't a customer yet.
pub(super) async fn add(tx: &mut StoreTx, customers: &[CustomerId], now: Timestamp) -> Result<()> {
    let zone = amsterdam();
    let today = zone.to_datetime(now).date();
    let since = today.weekday().since(Weekday::Monday);
    let monday = today.checked_sub(since.days()).map_err(Error::internal)?;
    for (number, (days, visit, status)) in PLAN.into_iter().enumerate() {
        let day = monday.checked_add(days.days()).map_err(Error::internal)?;
        let customer = customers.get(number * 11 % customers.len().max(1)).cloned();
        let new = AppointmentCreate(details(day, VISITS[visit], customer)?, nobody_else());
        queries::insert(tx, new, status, (now, &zone)).await?;
    }
    let day = monday.checked_add(9.days()).map_err(Error::internal)?;
    let mut online = details(day, ("Kennismaken", "11:00", "11:30"), None)?;
    let link = Url::read("https://bellen.example/van-dijk").map_err(Error::BadRequest)?;
    online.online_meeting_link = Optional(Some(link));
    let attendee = Attendee {
        attendee_name: Optional(Some(Text("Noor Hendriks".to_owned()))),
        attendee_email: Optional(Some(EmailAddress("noor@hendriks.example".to_owned()))),
    };
    let new = AppointmentCreate(online, attendee);
    queries::insert(tx, new, AppointmentStatus::Pending, (now, &zone)).await
}

/// The customer attends.
const fn nobody_else() -> Attendee {
    Attendee { attendee_name: Optional(None), attendee_email: Optional(None) }
}

fn details(
    day: Date,
    (name, from, to): (&str, &str, &str),
    customer: Option<CustomerId>,
) -> Result<AppointmentDetails> {
    let at = |time: &str| {
        let local = LocalDateTime::read(&format!("{day} {time}"));
        let moment = local.map(|local| local.in_zone(&amsterdam()));
        moment
            .map_err(Error::BadRequest)?
            .ok_or_else(|| Error::BadRequest(Message::new("field.date_time")))
    };
    let (starts_at, ends_at): (DateTime, DateTime) = (at(from)?, at(to)?);
    Ok(AppointmentDetails {
        name: Text(name.to_owned()),
        starts_at,
        ends_at,
        customer_id: Optional(customer),
        online_meeting_link: Optional(None),
    })
}
