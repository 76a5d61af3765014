//! Example appointments: last week, this week and the next.

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan};

use crate::error::{Error, Message, Result};
use crate::ids::{AppointmentId, AppointmentTypeId, ClosedDayId, CustomerId};
use crate::resources::appointments::{
    AppliedType, AppointmentCreate, AppointmentDetails, AppointmentStatus, AppointmentType,
    Attendee, ClosedDays, NewAppointment, OpeningHours, insert_closed_days, insert_hours,
    insert_type, queries,
};
use crate::tenant::StoreTx;
use crate::time::amsterdam;
use crate::values::{
    self, DateTime, DayHours, EmailAddress, LocalDateTime, Optional, Text, Url, Value, Whole,
};

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
        let create = AppointmentCreate(details(day, VISITS[visit], customer)?, nobody_else());
        queries::insert(tx, new(create, status), (now, &zone)).await?;
    }
    let day = monday.checked_add(9.days()).map_err(Error::internal)?;
    let mut online = details(day, ("Kennismaken", "11:00", "11:30"), None)?;
    let link = Url::read("https://bellen.example/van-dijk").map_err(Error::BadRequest)?;
    online.online_meeting_link = Optional(Some(link));
    let attendee = Attendee {
        attendee_name: Optional(Some(Text("Noor Hendriks".to_owned()))),
        attendee_email: Optional(Some(EmailAddress("noor@hendriks.example".to_owned()))),
    };
    let new = new(AppointmentCreate(online, attendee), AppointmentStatus::Pending);
    queries::insert(tx, new, (now, &zone)).await?;
    add_settings(tx, today, now).await
}

fn new(create: AppointmentCreate, status: AppointmentStatus) -> NewAppointment {
    NewAppointment { id: AppointmentId::random(), create, applied: AppliedType::none(), status }
}

/// Adds two types, opening hours, and days on which the business is closed.
async fn add_settings(tx: &mut StoreTx, today: Date, now: Timestamp) -> Result<()> {
    for (name, duration, buffer, notice) in
        [("Onderhoud cv-ketel", 90, 15, 24), ("Kennismaken", 30, 0, 2)]
    {
        let details = AppointmentType {
            name: Text(name.to_owned()),
            duration: whole(duration)?,
            buffer_before: whole(buffer)?,
            buffer_after: whole(buffer)?,
            notice: whole(notice)?,
        };
        insert_type(tx, &AppointmentTypeId::random(), &details, now).await?;
    }
    let workday = Some(DayHours("08:00-12:30, 13:00-17:00".to_owned()));
    let hours = OpeningHours {
        monday: workday.clone(),
        tuesday: workday.clone(),
        wednesday: workday.clone(),
        thursday: workday,
        friday: Some(DayHours("08:00-12:30, 13:00-16:30".to_owned())),
        saturday: None,
        sunday: None,
    };
    insert_hours(tx, &hours).await?;
    let year = today.year();
    for (name, month, day) in
        [("Eerste Kerstdag", 12, 25), ("Tweede Kerstdag", 12, 26), ("Nieuwjaarsdag", 1, 1)]
    {
        let year = if month == 1 { year.saturating_add(1) } else { year };
        let day = Date::new(year, month, day).ok().and_then(values::Date::new);
        let day = day.ok_or_else(|| Error::BadRequest(Message::new("field.date")))?;
        let closed = ClosedDays::one(Text(name.to_owned()), day);
        insert_closed_days(tx, &ClosedDayId::random(), &closed).await?;
    }
    Ok(())
}

fn whole<const MIN: i64, const MAX: i64>(number: i64) -> Result<Whole<MIN, MAX>> {
    Whole::new(number).ok_or_else(|| Error::BadRequest(Message::new("field.not_whole_number")))
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
