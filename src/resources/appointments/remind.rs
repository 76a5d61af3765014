//! The job that reminds a person of an appointment.

use std::borrow::Cow;

use jiff::SignedDuration;

use super::icalendar::CalendarEntry;
use super::mail::{language, letter, link, period};
use super::settings::StoredSettings;
use super::{AppointmentReminder, AppointmentStatus, queries};
use crate::db::{Single, params};
use crate::error::{Result, found};
use crate::guests::{Writer, mail_job};
use crate::i18n::{Lang, tr};
use crate::ids::PortalId;
use crate::jobs::{Attempt, Failure, Job, JobId, Kind};
use crate::mail::Mail;
use crate::tenant::TenantSql;

const IS_SET: TenantSql = TenantSql::new(
    "SELECT id AS value FROM appointments WHERE portal_id = ?1 AND id = ?2 AND reminder = ?3",
);

impl AppointmentReminder {
    /// The mail; none if nobody has to be reminded by this job any more.
    async fn mail(&self, writer: &Writer, job: JobId) -> Result<Option<Mail>> {
        let store = writer.store(&self.portal);
        let set: Option<Single<String>> = store.row(IS_SET, params![self.appointment, job]).await?;
        let is_off = StoredSettings::find(&store).await?.details.reminder_hours.is_none();
        if set.is_none() || is_off {
            return Ok(None);
        }
        let appointment = found(queries::find(&store, &self.appointment).await)?;
        let Some(appointment) = appointment else { return Ok(None) };
        let is_ahead = appointment.details.starts_at.moment() > writer.now();
        if appointment.status != AppointmentStatus::Scheduled || !is_ahead {
            return Ok(None);
        }
        let Some(portal) = writer.portal(&self.portal).await? else { return Ok(None) };
        let customer = appointment.details.customer_id.0.as_ref();
        let lang = language(writer, &portal, customer).await?;
        let (name, zone) = (portal.mail_name(), portal.zone());
        let entry = CalendarEntry::of(&appointment);
        let subject = |lang: Lang| {
            tr!(lang, "mail.appointment.reminder_subject", portal = name, name = entry.name)
                .into_owned()
        };
        let text = |lang: Lang| {
            tr!(
                lang,
                "mail.appointment.reminder",
                person = entry.attendee_name,
                portal = name,
                name = entry.name,
                when = period(&entry, &zone, lang),
                link = link(&entry, lang)
            )
            .into_owned()
        };
        let mail = letter(&entry.attendee_email, name, lang, subject, text);
        Ok(Some(mail.with_id(self.mail.clone()).sent_as(portal.sender_name.as_deref())))
    }
}

impl Job for AppointmentReminder {
    type Context = Writer;

    const KIND: Kind = mail_job("appointment_reminder", (2, 4), SignedDuration::from_hours(24));

    fn lane(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.portal.as_str())
    }

    fn portal(&self) -> Option<&PortalId> {
        Some(&self.portal)
    }

    async fn run(&self, writer: &Writer, attempt: Attempt) -> Result<(), Failure> {
        writer.deliver(&self.portal, self.mail(writer, attempt.id).await).await
    }
}
