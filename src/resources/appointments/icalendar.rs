//! Appointments as calendar programs read them: iCalendar (RFC 5545). Times are in UTC, which is right whatever
//! such a program knows of time zones and of clocks that change.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Appointment, AppointmentStatus};
use crate::ids::AppointmentId;
use crate::values::{DateTime, EmailAddress};

/// The longest line, in octets, without its end (RFC 5545 section 3.1).
const LONGEST_LINE: usize = 75;

/// What a calendar does with the appointments in it (RFC 5546).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    /// Adds them, or changes those that it has.
    Request,
    /// Cancels those that it has.
    Cancel,
}

impl Method {
    /// Its name in a file, and in the media type of one.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

/// An appointment in a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CalendarEntry {
    /// Its id, which stays the same.
    pub(super) id: AppointmentId,
    /// The number of this version, which rises: a calendar passes over those that it has a later one of.
    pub(super) sequence: i64,
    /// What it is about.
    pub(super) name: String,
    pub(super) starts_at: DateTime,
    pub(super) ends_at: DateTime,
    /// Where it takes place online.
    pub(super) online_meeting_link: Option<String>,
    /// With whom it is.
    pub(super) attendee_name: String,
    pub(super) attendee_email: String,
}

impl CalendarEntry {
    /// An appointment as it is now.
    pub(super) fn of(appointment: &Appointment) -> Self {
        let (details, attendee) = (&appointment.details, &appointment.attendee);
        let email = attendee.attendee_email.0.as_ref().map_or("", EmailAddress::as_str);
        Self {
            id: appointment.id.clone(),
            sequence: appointment.revision,
            name: appointment.name().to_owned(),
            starts_at: details.starts_at,
            ends_at: details.ends_at,
            online_meeting_link: details.online_meeting_link.0.as_ref().map(ToString::to_string),
            attendee_name: appointment.attendee_name().to_owned(),
            attendee_email: email.to_owned(),
        }
    }
}

/// Who organises an appointment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Organizer<'a> {
    pub(super) name: &'a str,
    /// The address that its mail comes from.
    pub(super) email: &'a str,
}

/// The file that tells a person's calendar of an appointment, as it was at `now`.
pub(super) fn message(
    method: Method,
    entry: &CalendarEntry,
    organizer: Organizer<'_>,
    now: Timestamp,
) -> String {
    let status = match method {
        Method::Request => "CONFIRMED",
        Method::Cancel => "CANCELLED",
    };
    let mut file = File::new();
    file.line(&format!("METHOD:{}", method.name()));
    file.line("BEGIN:VEVENT");
    file.entry(entry, now);
    file.line(&format!("STATUS:{status}"));
    let Organizer { name, email } = organizer;
    file.line(&format!("ORGANIZER;CN={}:{}", quoted(name), mailto(email)));
    let (name, address) = (quoted(&entry.attendee_name), mailto(&entry.attendee_email));
    // The appointment was agreed, and nobody reads an answer of the calendar.
    file.line(&format!(
        "ATTENDEE;CN={name};ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE:{address}"
    ));
    file.line("END:VEVENT");
    file.end()
}

/// The file that a calendar program reads again and again, with all of these appointments.
pub(super) fn feed(name: &str, appointments: &[Appointment]) -> String {
    let mut file = File::new();
    file.line("METHOD:PUBLISH");
    // The name and the pace by the standard (RFC 7986), and as programs read them that don't know it.
    for line in ["NAME", "X-WR-CALNAME"] {
        file.line(&format!("{line}:{}", escaped(name)));
    }
    file.line("REFRESH-INTERVAL;VALUE=DURATION:PT1H");
    file.line("X-PUBLISHED-TTL:PT1H");
    for appointment in appointments {
        let entry = CalendarEntry::of(appointment);
        let status = match appointment.status {
            AppointmentStatus::Scheduled => "CONFIRMED",
            AppointmentStatus::Pending => "TENTATIVE",
            AppointmentStatus::Canceled => "CANCELLED",
        };
        file.line("BEGIN:VEVENT");
        file.entry(&entry, appointment.updated_at);
        file.line(&format!("STATUS:{status}"));
        let person = format!("{}\n{}", entry.attendee_name, entry.attendee_email);
        file.line(&format!("DESCRIPTION:{}", escaped(&person)));
        file.line("END:VEVENT");
    }
    file.end()
}

/// A file that is being written.
struct File(String);

impl File {
    fn new() -> Self {
        let mut file = Self(String::new());
        file.line("BEGIN:VCALENDAR");
        file.line("VERSION:2.0");
        file.line("PRODID:-//Klantportaal//Klantportaal//NL");
        file
    }

    fn end(mut self) -> String {
        self.line("END:VCALENDAR");
        self.0
    }

    /// What an appointment is, for everybody.
    fn entry(&mut self, entry: &CalendarEntry, stamp: Timestamp) {
        self.line(&format!("UID:{}@klantportaal", entry.id));
        self.line(&format!("SEQUENCE:{}", entry.sequence));
        self.line(&format!("DTSTAMP:{}", utc(stamp)));
        self.line(&format!("DTSTART:{}", utc(entry.starts_at.moment())));
        self.line(&format!("DTEND:{}", utc(entry.ends_at.moment())));
        self.line(&format!("SUMMARY:{}", escaped(&entry.name)));
        if let Some(link) = &entry.online_meeting_link {
            // Many programs show the place only.
            self.line(&format!("LOCATION:{}", escaped(link)));
            self.line(&format!("URL:{link}"));
        }
    }

    /// Adds a line, in as many pieces as it needs (RFC 5545 section 3.1): each but the first begins with a space.
    fn line(&mut self, line: &str) {
        let mut length = 0;
        for c in line.chars() {
            if length + c.len_utf8() > LONGEST_LINE {
                self.0.push_str("\r\n ");
                length = 1;
            }
            self.0.push(c);
            length += c.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}

/// A moment in UTC (RFC 5545 section 3.3.5).
fn utc(moment: Timestamp) -> String {
    moment.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A text as a value (RFC 5545 section 3.3.11).
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// A text as the value of a parameter (RFC 6868).
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("^'"),
            '^' => quoted.push_str("^^"),
            '\n' => quoted.push_str("^n"),
            c if c.is_control() => {}
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// An e-mail address as a URI (RFC 6068).
fn mailto(address: &str) -> String {
    let mut uri = "mailto:".to_owned();
    for byte in EmailAddress::for_mail_servers(address).bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@!$'*+".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn entry() -> CalendarEntry {
        CalendarEntry {
            id: "apt_abc12345def678".parse().unwrap(),
            sequence: 3,
            name: "Onderhoud".to_owned(),
            starts_at: DateTime::new(moment("2026-12-01T09:00:00Z")),
            ends_at: DateTime::new(moment("2026-12-01T10:30:00Z")),
            online_meeting_link: None,
            attendee_name: "Sanne".to_owned(),
            attendee_email: "sanne@korenaar.example".to_owned(),
        }
    }

    fn request(entry: &CalendarEntry) -> String {
        let organizer = Organizer { name: "De Korenaar", email: "post@portal.example" };
        message(Method::Request, entry, organizer, moment("2026-11-24T08:00:00Z"))
    }

    /// The lines as they were before they were folded.
    fn lines(file: &str) -> Vec<String> {
        file.replace("\r\n ", "").lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_request_is_a_file_as_the_standard_has_it() {
        assert_eq!(
            lines(&request(&entry())),
            [
                "BEGIN:VCALENDAR",
                "VERSION:2.0",
                "PRODID:-//Klantportaal//Klantportaal//NL",
                "METHOD:REQUEST",
                "BEGIN:VEVENT",
                "UID:apt_abc12345def678@klantportaal",
                "SEQUENCE:3",
                "DTSTAMP:20261124T080000Z",
                "DTSTART:20261201T090000Z",
                "DTEND:20261201T103000Z",
                "SUMMARY:Onderhoud",
                "STATUS:CONFIRMED",
                "ORGANIZER;CN=\"De Korenaar\":mailto:post@portal.example",
                "ATTENDEE;CN=\"Sanne\";ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE:mailto:sanne@korenaar.example",
                "END:VEVENT",
                "END:VCALENDAR",
            ]
        );
    }

    #[test]
    fn a_cancellation_has_the_same_id_and_another_state() {
        let organizer = Organizer { name: "De Korenaar", email: "post@portal.example" };
        let file = message(Method::Cancel, &entry(), organizer, moment("2026-11-24T08:00:00Z"));
        for line in ["METHOD:CANCEL", "UID:apt_abc12345def678@klantportaal", "STATUS:CANCELLED"] {
            assert!(lines(&file).iter().any(|own| own == line), "{line} in {file}");
        }
    }

    #[test]
    fn a_line_is_folded_between_characters_and_never_longer_than_75_octets() {
        let names = ["é".repeat(200), "🥖".repeat(200), format!("a{}", "€".repeat(199))];
        for name in names.into_iter().chain([String::from("x").repeat(200)]) {
            let file = request(&CalendarEntry { name: name.clone(), ..entry() });
            assert!(file.ends_with("\r\n") && !file.replace("\r\n", "").contains(['\r', '\n']));
            for line in file.split("\r\n") {
                assert!(line.len() <= LONGEST_LINE, "{} octets: {line}", line.len());
            }
            assert!(lines(&file).contains(&format!("SUMMARY:{name}")), "{file}");
        }
    }

    #[test]
    fn a_line_of_exactly_75_octets_stays_whole() {
        for (length, count) in [(74, 1), (75, 1), (76, 2), (149, 2), (150, 3)] {
            let mut file = File(String::new());
            file.line(&"x".repeat(length));
            assert_eq!(file.0.matches("\r\n").count(), count, "{length} octets");
        }
    }

    #[test]
    fn no_text_ends_its_line_or_begins_another_property() {
        let evil = "a\\b;c,d\r\nATTENDEE:mailto:x@evil.example\u{7}";
        let file = request(&CalendarEntry {
            name: evil.to_owned(),
            attendee_name: "Jan \"de Boer\";X=1:^\r\nX".to_owned(),
            attendee_email: "jan;boer\"x@korenaar.example".to_owned(),
            online_meeting_link: Some("https://bellen.example/a,b;c".to_owned()),
            ..entry()
        });
        let lines = lines(&file);
        for line in [
            "SUMMARY:a\\\\b\\;c\\,d\\nATTENDEE:mailto:x@evil.example",
            "LOCATION:https://bellen.example/a\\,b\\;c",
            "URL:https://bellen.example/a,b;c",
            "ATTENDEE;CN=\"Jan ^'de Boer^';X=1:^^^nX\";ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE:mailto:jan%3Bboer%22x@korenaar.example",
        ] {
            assert!(lines.iter().any(|own| own == line), "{line} in {file}");
        }
        assert_eq!(lines.iter().filter(|line| line.starts_with("ATTENDEE")).count(), 1, "{file}");
    }

    #[test]
    fn times_on_both_sides_of_a_change_of_the_clocks_are_the_same_hour_apart() {
        // At half past two, twice, on the night of 25 October 2026 in Amsterdam.
        let file = request(&CalendarEntry {
            starts_at: DateTime::new(moment("2026-10-25T00:30:00Z")),
            ends_at: DateTime::new(moment("2026-10-25T01:30:00Z")),
            ..entry()
        });
        assert!(file.contains("DTSTART:20261025T003000Z\r\nDTEND:20261025T013000Z\r\n"), "{file}");
    }
}
