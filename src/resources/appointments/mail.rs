//! The job that mails a person about an appointment, with a file for the person's calendar.

use std::borrow::Cow;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::icalendar::{self, CalendarEntry, Method, Organizer};
use super::notice::{AppointmentMail, News};
use crate::accounts::Portal;
use crate::error::{Result, found};
use crate::guests::{Writer, mail_job};
use crate::i18n::{Lang, tr};
use crate::ids::{CustomerId, PortalId};
use crate::jobs::{Attempt, Failure, Job, Kind};
use crate::mail::{CalendarFile, Mail, Speaker};
use crate::resources::customers::{self, CustomerLanguage};
use crate::time::{clock_time, is_one_day, readable};

/// What the file is called.
const FILE: &str = "afspraak.ics";

impl AppointmentMail {
    /// The mail, which is the same for all attempts; none if the portal mails nobody.
    async fn mail(&self, writer: &Writer, created_at: Timestamp) -> Result<Option<Mail>> {
        let Some(portal) = writer.portal(&self.portal).await? else { return Ok(None) };
        let lang = language(writer, &portal, self.customer.as_ref()).await?;
        let (name, zone, entry) = (portal.mail_name(), portal.zone(), &self.entry);
        let subject = |lang: Lang| subject(self.news, lang, name, &entry.name);
        let text = |lang: Lang| text(self.news, lang, (name, &zone), entry);
        let mail = letter(&entry.attendee_email, name, lang, subject, text);
        let method = match self.news {
            News::Canceled => Method::Cancel,
            News::Scheduled | News::Moved | News::Changed => Method::Request,
        };
        let organizer = Organizer { name, email: writer.address() };
        let file = CalendarFile {
            name: FILE.to_owned(),
            method: method.name().to_owned(),
            content: icalendar::message(method, entry, organizer, created_at),
        };
        let mail = mail.with_id(self.mail.clone()).with_calendar(file);
        Ok(Some(mail.sent_as(portal.sender_name.as_deref())))
    }
}

/// The language of the customer, or else the portal's; both languages if neither has one.
pub(super) async fn language(
    writer: &Writer,
    portal: &Portal,
    customer: Option<&CustomerId>,
) -> Result<Option<Lang>> {
    let own = portal.language.map(|language| language.lang());
    let Some(customer) = customer else { return Ok(own) };
    let customer = found(customers::queries::find(&writer.store(&portal.id), customer).await)?;
    let theirs = customer.and_then(|customer| customer.details.language);
    Ok(theirs.map(CustomerLanguage::lang).or(own))
}

/// A mail in the name of a portal, in one language or in both.
pub(super) fn letter(
    to: &str,
    portal: &str,
    lang: Option<Lang>,
    subject: impl Fn(Lang) -> String,
    text: impl Fn(Lang) -> String,
) -> Mail {
    let speaker = Speaker::Inviting(portal);
    match lang {
        Some(lang) => Mail::new(to, speaker, lang, subject(lang), &text(lang)),
        None => Mail::in_both_languages(to, speaker, subject, text),
    }
}

fn subject(news: News, lang: Lang, portal: &str, name: &str) -> String {
    match news {
        News::Scheduled => {
            tr!(lang, "mail.appointment.scheduled_subject", portal = portal, name = name)
        }
        News::Moved => tr!(lang, "mail.appointment.moved_subject", portal = portal, name = name),
        News::Changed => {
            tr!(lang, "mail.appointment.changed_subject", portal = portal, name = name)
        }
        News::Canceled => {
            tr!(lang, "mail.appointment.canceled_subject", portal = portal, name = name)
        }
    }
    .into_owned()
}

fn text(
    news: News,
    lang: Lang,
    (portal, zone): (&str, &TimeZone),
    entry: &CalendarEntry,
) -> String {
    let name = &entry.name;
    let what = match news {
        News::Scheduled => tr!(lang, "mail.appointment.scheduled", portal = portal, name = name),
        News::Moved => tr!(lang, "mail.appointment.moved", portal = portal, name = name),
        News::Changed => tr!(lang, "mail.appointment.changed", portal = portal, name = name),
        News::Canceled => tr!(lang, "mail.appointment.canceled", portal = portal, name = name),
    };
    let file = match news {
        News::Canceled => tr!(lang, "mail.appointment.file_canceled"),
        News::Scheduled | News::Moved | News::Changed => tr!(lang, "mail.appointment.file"),
    };
    let link = if news == News::Canceled { String::new() } else { link(entry, lang) };
    tr!(
        lang,
        "mail.appointment.text",
        person = entry.attendee_name,
        what = what,
        when = period(entry, zone, lang),
        link = link,
        file = file,
        portal = portal
    )
    .into_owned()
}

/// Where it takes place online, if it does.
pub(super) fn link(entry: &CalendarEntry, lang: Lang) -> String {
    let link = entry.online_meeting_link.as_ref();
    link.map(|link| tr!(lang, "mail.appointment.link", link = link).into_owned())
        .unwrap_or_default()
}

/// From when to when, on the clocks of a time zone, whose name is there for whoever is elsewhere.
pub(super) fn period(entry: &CalendarEntry, zone: &TimeZone, lang: Lang) -> String {
    let [start, end] = [entry.starts_at, entry.ends_at].map(|at| at.moment());
    let end = if is_one_day(start, end, zone) {
        clock_time(end, zone)
    } else {
        readable(end, zone, lang)
    };
    let name = zone.iana_name().unwrap_or("UTC");
    format!("{} – {end} ({name})", readable(start, zone, lang))
}

impl Job for AppointmentMail {
    type Context = Writer;

    const KIND: Kind = mail_job("appointment_mail", (4, 4), SignedDuration::from_hours(72));

    fn lane(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.portal.as_str())
    }

    fn order_key(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.entry.id.as_str()))
    }

    fn portal(&self) -> Option<&PortalId> {
        Some(&self.portal)
    }

    async fn run(&self, writer: &Writer, attempt: Attempt) -> Result<(), Failure> {
        writer.deliver(&self.portal, self.mail(writer, attempt.created_at).await).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::DateTime;

    fn entry(from: &str, to: &str) -> CalendarEntry {
        let moment = |text: &str| DateTime::new(text.parse().unwrap());
        CalendarEntry {
            id: "apt_abc12345def678".parse().unwrap(),
            sequence: 1,
            name: "Onderhoud".to_owned(),
            starts_at: moment(from),
            ends_at: moment(to),
            online_meeting_link: Some("https://bellen.example/a".to_owned()),
            attendee_name: "Sanne".to_owned(),
            attendee_email: "sanne@korenaar.example".to_owned(),
        }
    }

    #[test]
    fn the_time_is_that_of_the_portals_clocks() {
        let amsterdam = TimeZone::get("Europe/Amsterdam").unwrap();
        for (from, to, expected) in [
            (
                "2026-12-01T09:00:00Z",
                "2026-12-01T10:30:00Z",
                "1 dec 2026 10:00 – 11:30 (Europe/Amsterdam)",
            ),
            (
                "2026-07-01T21:00:00Z",
                "2026-07-01T23:00:00Z",
                "1 jul 2026 23:00 – 2 jul 2026 01:00 (Europe/Amsterdam)",
            ),
        ] {
            assert_eq!(period(&entry(from, to), &amsterdam, Lang::Nl), expected);
        }
    }

    #[test]
    fn a_link_stands_on_a_line_of_its_own_and_only_if_somebody_can_follow_it() {
        let entry = entry("2026-12-01T09:00:00Z", "2026-12-01T10:30:00Z");
        let said = |news| text(news, Lang::En, ("De Korenaar", &TimeZone::UTC), &entry);
        for news in [News::Scheduled, News::Moved, News::Changed] {
            assert!(
                said(news).lines().any(|line| line == "https://bellen.example/a"),
                "{}",
                said(news)
            );
        }
        assert!(!said(News::Canceled).contains("https://"), "{}", said(News::Canceled));
        assert!(!said(News::Canceled).contains("\n\n\n"), "{}", said(News::Canceled));
    }
}
