//! What a person is told of an appointment by mail: that it takes place, that something about it changed, or that it
//! doesn't take place.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::icalendar::CalendarEntry;
use super::{Appointment, AppointmentStatus};
use crate::error::Result;
use crate::ids::{CustomerId, MailId, PortalId};
use crate::tenant::StoreTx;

/// What happened to an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum News {
    /// It takes place.
    Scheduled,
    /// It takes place at another time.
    Moved,
    /// Something else about it changed.
    Changed,
    /// It doesn't take place.
    Canceled,
}

/// A mail about an appointment, as it was when this happened.
#[derive(Debug, Serialize, Deserialize)]
pub struct AppointmentMail {
    pub(super) portal: PortalId,
    /// The mail's id, the same for all attempts to send it.
    pub(super) mail: MailId,
    pub(super) news: News,
    pub(super) entry: CalendarEntry,
    /// The customer, whose language it is written in.
    pub(super) customer: Option<CustomerId>,
}

/// Posts what the person is told of a change, in its transaction. `before` is the appointment as it was and `after` as it
/// is, each if it is there.
pub(super) async fn post(
    tx: &mut StoreTx,
    now: Timestamp,
    before: Option<&Appointment>,
    after: Option<&Appointment>,
) -> Result<()> {
    let customer =
        after.or(before).and_then(|appointment| appointment.details.customer_id.0.clone());
    for (news, entry) in news(before, after, now) {
        let (portal, mail) = (tx.portal().clone(), MailId::random());
        let job = AppointmentMail { portal, mail, news, entry, customer: customer.clone() };
        tx.enqueue(&job, now).await?;
    }
    Ok(())
}

/// What is new for whom: of appointments that are scheduled, and of what isn't over yet.
fn news(
    before: Option<&Appointment>,
    after: Option<&Appointment>,
    now: Timestamp,
) -> Vec<(News, CalendarEntry)> {
    let scheduled = |appointment: &&Appointment| appointment.status == AppointmentStatus::Scheduled;
    let was = before.filter(scheduled).map(CalendarEntry::of);
    let is = after.filter(scheduled).map(CalendarEntry::of);
    // A deletion gets the next revision, so that calendars take it for newer.
    let sequence = after.or(before).map_or(0, |appointment| appointment.revision);
    let sequence = sequence + i64::from(after.is_none());
    let ended = |entry| CalendarEntry { sequence, ..entry };
    let news = match (was, is) {
        (None, None) => Vec::new(),
        (None, Some(is)) => vec![(News::Scheduled, is)],
        (Some(was), None) => vec![(News::Canceled, ended(was))],
        (Some(was), Some(is)) if was.attendee_email != is.attendee_email => {
            vec![(News::Canceled, ended(was)), (News::Scheduled, is)]
        }
        (Some(was), Some(is)) if ended(was.clone()) == is => Vec::new(),
        (Some(was), Some(is)) => {
            let is_moved = (was.starts_at, was.ends_at) != (is.starts_at, is.ends_at);
            vec![(if is_moved { News::Moved } else { News::Changed }, is)]
        }
    };
    news.into_iter().filter(|(_, entry)| entry.ends_at.moment() > now).collect()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::resources::appointments::{AppliedType, AppointmentDetails, Attendee};
    use crate::values::{DateTime, EmailAddress, LocalDateTime, Optional, Text};

    fn now() -> Timestamp {
        "2026-11-24T08:00:00Z".parse().unwrap()
    }

    /// An appointment that starts after so many hours, and takes one.
    fn appointment(status: AppointmentStatus, hours: i64, revision: i64) -> Appointment {
        let starts_at = DateTime::new(now() + SignedDuration::from_hours(hours));
        let ends_at = DateTime::new(starts_at.moment() + SignedDuration::from_hours(1));
        Appointment {
            id: "apt_abc12345def678".parse().unwrap(),
            status,
            starts_local: LocalDateTime::of(starts_at, &TimeZone::UTC),
            time_zone: "UTC".to_owned(),
            created_at: now(),
            updated_at: now(),
            revision,
            details: AppointmentDetails {
                name: Text("Onderhoud".to_owned()),
                starts_at,
                ends_at,
                customer_id: Optional(None),
                online_meeting_link: Optional(None),
            },
            attendee: Attendee {
                attendee_name: Optional(Some(Text("Sanne".to_owned()))),
                attendee_email: Optional(Some(EmailAddress("s@korenaar.example".to_owned()))),
            },
            applied: AppliedType::none(),
        }
    }

    fn scheduled(revision: i64) -> Appointment {
        appointment(AppointmentStatus::Scheduled, 24, revision)
    }

    fn told(before: Option<&Appointment>, after: Option<&Appointment>) -> Vec<(News, i64)> {
        news(before, after, now()).into_iter().map(|(news, entry)| (news, entry.sequence)).collect()
    }

    #[test]
    fn a_person_hears_of_what_is_scheduled_moved_changed_and_cancelled() {
        let pending = appointment(AppointmentStatus::Pending, 24, 1);
        let canceled = appointment(AppointmentStatus::Canceled, 24, 3);
        let mut moved = appointment(AppointmentStatus::Scheduled, 25, 3);
        moved.details.name = Text("Reparatie".to_owned());
        let mut renamed = scheduled(3);
        renamed.details.name = Text("Reparatie".to_owned());
        let first = scheduled(2);
        assert_eq!(told(None, Some(&first)), [(News::Scheduled, 2)]);
        assert_eq!(told(Some(&pending), Some(&first)), [(News::Scheduled, 2)]);
        assert_eq!(told(Some(&first), Some(&moved)), [(News::Moved, 3)]);
        assert_eq!(told(Some(&first), Some(&renamed)), [(News::Changed, 3)]);
        assert_eq!(told(Some(&first), Some(&canceled)), [(News::Canceled, 3)]);
        assert_eq!(told(Some(&first), None), [(News::Canceled, 3)], "the version after the last");
    }

    #[test]
    fn nobody_hears_of_requests_of_what_is_over_or_of_what_is_the_same() {
        let pending = appointment(AppointmentStatus::Pending, 24, 1);
        let canceled = appointment(AppointmentStatus::Canceled, 24, 2);
        let over = appointment(AppointmentStatus::Scheduled, -2, 1);
        for (before, after) in [
            (None, Some(&pending)),
            (Some(&pending), Some(&canceled)),
            (Some(&pending), None),
            (Some(&canceled), None),
            (None, Some(&over)),
            (Some(&over), None),
            (Some(&scheduled(1)), Some(&scheduled(2))),
        ] {
            assert_eq!(told(before, after), [], "{before:?} {after:?}");
        }
        let running = SignedDuration::from_mins(-30);
        let mut running_now = scheduled(1);
        running_now.details.starts_at = DateTime::new(now() + running);
        running_now.details.ends_at = DateTime::new(now() - running);
        assert_eq!(told(Some(&running_now), None), [(News::Canceled, 2)]);
    }

    #[test]
    fn of_two_persons_the_first_hears_that_it_is_off_and_the_second_that_it_is_on() {
        let mut other = scheduled(3);
        other.attendee.attendee_email =
            Optional(Some(EmailAddress("jan@korenaar.example".to_owned())));
        let told = news(Some(&scheduled(2)), Some(&other), now());
        let told: Vec<_> = told
            .iter()
            .map(|(news, entry)| (*news, entry.attendee_email.as_str(), entry.sequence))
            .collect();
        assert_eq!(
            told,
            [
                (News::Canceled, "s@korenaar.example", 3),
                (News::Scheduled, "jan@korenaar.example", 3),
            ]
        );
    }
}
