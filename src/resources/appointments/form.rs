//! The form of an appointment.

use std::borrow::Cow;

use maud::{Markup, html};

use super::customer_choice::{CUSTOMER, CustomerChoice};
use super::links::SECTION;
use super::planning::TYPE;
use super::time_choice::TimeChoice;
use super::types::StoredType;
use super::{Appointment, AppointmentDetails, Attendee};
use crate::fields::Fields;
use crate::i18n::{Lang, tr};
use crate::manage::Member;
use crate::resources::record_form;
use crate::ui;
use crate::values::Record;
use crate::web::{Saved, filled_from_field};

/// The prefix of the labels' text keys.
pub(super) const LABELS: &str = "appointments.field.";

/// What the summary of errors calls the fields.
pub(super) fn labels(lang: Lang) -> Vec<(&'static str, Cow<'static, str>)> {
    let mut labels = record_form::labelled::<AppointmentDetails>(lang, LABELS);
    labels.extend(record_form::labelled::<Attendee>(lang, LABELS));
    labels.push((TYPE, tr!(lang, "appointments.field.typeName")));
    labels.push((CUSTOMER, tr!(lang, "appointments.field.customerId")));
    labels
}

/// With whom an appointment is, beside the person.
pub(super) enum With<'a> {
    /// No customer.
    Nobody,
    /// A customer.
    Customer,
    /// Who is chosen in the form.
    Chosen(&'a CustomerChoice),
}

impl With<'_> {
    /// Whether there is a customer, or can be.
    fn has_customer(&self) -> bool {
        match self {
            Self::Nobody => false,
            Self::Customer => true,
            Self::Chosen(customers) => customers.has_customers(),
        }
    }
}

/// A page with the form, below `top`. `more` stands in the form. The person may be left out if there is a
/// customer, who is meant then.
pub(super) fn page(
    member: &Member,
    (title, top): (&str, Markup),
    (action, cancel): (&str, &str),
    (fields, choice, with): (&Fields, &TimeChoice, With<'_>),
    more: Markup,
) -> Markup {
    let lang = member.lang();
    let errors = fields.errors().list(lang);
    let body = html! {
        (top)
        (ui::form(action, &member.visit.mark, html! {
            (filled_from_field(fields))
            (choice.first_button(lang, matches!(with, With::Chosen(_))))
            @if let With::Chosen(customers) = &with { (customers.inputs(member, fields, &errors)) }
            (choice.type_input(lang, fields))
            (record_form::inputs::<AppointmentDetails>(lang, LABELS, fields, &errors))
            (choice.moments(member, fields))
            @if with.has_customer() { (record_form::inputs::<Attendee>(lang, LABELS, fields, &errors)) }
            @else { (record_form::required_inputs::<Attendee>(lang, LABELS, fields, &errors)) }
            (choice.outside_input(lang, fields))
            (more)
            (ui::save_or_cancel(lang, cancel))
        }))
    };
    member.chrome(&SECTION).with_labels(&labels(lang)).page(title, body)
}

/// What is saved of an appointment, for the form.
pub(super) fn saved(member: &Member, appointment: &Appointment) -> Saved {
    let (lang, zone) = (member.lang(), member.time_zone());
    let mut pairs = record_form::pairs_of(&appointment.details, lang, zone);
    pairs.extend(record_form::pairs_of(&appointment.attendee, lang, zone));
    let type_id = appointment.applied.type_id.0.as_ref().map(ToString::to_string);
    pairs.push((TYPE.to_owned(), type_id.unwrap_or_default()));
    Saved::at_revision(appointment.revision, pairs)
}

/// What people read of a field's value.
pub(super) fn shown(lang: Lang, types: &[StoredType]) -> impl Fn(&str, &str) -> Option<String> {
    move |name, text| {
        if Attendee::FIELDS.iter().any(|field| field.name == name) {
            return record_form::shown::<Attendee>(lang, name, text);
        }
        if name == TYPE {
            let of = types.iter().find(|of| of.id.as_str() == text);
            return Some(of.map_or(text, |of| of.details.name.as_str()).to_owned());
        }
        record_form::shown::<AppointmentDetails>(lang, name, text)
    }
}
