//! The section of appointments, and what leads to its pages.

use maud::{Markup, html};

use super::{Appointment, AppointmentStatus};
use crate::accounts::may;
use crate::i18n::{Lang, tr};
use crate::ids::{AppointmentId, CustomerId};
use crate::manage::Member;
use crate::resources::customers::customer_path;
use crate::time::{clock_time, is_one_day};
use crate::ui::{self, BadgeKind, ButtonStyle, Icon};
use crate::web::{Allowed, MenuGroup, Section};

/// The section of these pages.
pub const SECTION: Section = Section {
    path: "/manage/appointments",
    title: "manage.nav.appointments",
    icon: Icon::Calendar,
    group: MenuGroup::Work,
    key: Some('d'),
};

/// The section of the pages on which a portal says how it deals with appointments.
pub(super) const SETTINGS: Section = Section {
    path: "/manage/settings/appointments",
    title: "appointment_settings.nav",
    icon: Icon::Calendar,
    group: MenuGroup::Settings,
    key: None,
};

/// A member who may change how the portal works.
pub(super) type Manager = Allowed<Member, may::ManageBusiness>;

/// The path of the appointments.
pub(super) const PATH: &str = SECTION.path;

/// The path of an appointment's page.
pub(super) fn appointment_path(id: &AppointmentId) -> String {
    format!("{PATH}/{id}")
}

/// The path of the form for an appointment with a customer.
pub(super) fn with_path(customer: &CustomerId) -> String {
    format!("{PATH}/with/{customer}")
}

/// The path of the calendar.
pub(super) fn calendar_path() -> String {
    format!("{PATH}/calendar")
}

/// The buttons that lead to the form for a new appointment, and to the calendar.
pub(super) fn buttons(lang: Lang) -> Markup {
    html! {
        (ui::link_button(&tr!(lang, "appointments.new"), &format!("{PATH}/new"), ButtonStyle::Primary))
        (ui::link_button(&tr!(lang, "appointments.calendar"), &calendar_path(), ButtonStyle::Secondary))
    }
}

/// A link to an appointment, with its name.
pub(super) fn appointment_link(appointment: &Appointment) -> Markup {
    html! { a href=(appointment_path(&appointment.id)) { (ui::name(appointment.name())) } }
}

/// The person, with a link to the customer if it is with one.
pub(super) fn attendee(appointment: &Appointment) -> Markup {
    let name = ui::name(appointment.attendee_name());
    html! {
        @match &appointment.details.customer_id.0 {
            Some(id) => a href=(customer_path(id)) { (name) },
            None => (name),
        }
    }
}

/// From when to when: the day, and the times on the portal's clocks.
pub(super) fn when(member: &Member, appointment: &Appointment) -> Markup {
    let (details, zone) = (&appointment.details, member.time_zone());
    let [start, end] = [details.starts_at, details.ends_at].map(|at| at.moment());
    html! {
        (member.moment(start)) " – "
        @if is_one_day(start, end, zone) { time datetime=(end) { (clock_time(end, zone)) } }
        @else { (member.moment(end)) }
    }
}

/// The state of an appointment.
pub(super) fn status_badge(lang: Lang, status: AppointmentStatus) -> Markup {
    let kind = match status {
        AppointmentStatus::Scheduled => BadgeKind::Success,
        AppointmentStatus::Pending => BadgeKind::Warning,
        AppointmentStatus::Canceled => BadgeKind::Neutral,
    };
    ui::badge(&status.label(lang), kind)
}
