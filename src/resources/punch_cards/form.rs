//! The form of a punch card.

use std::borrow::Cow;

use maud::{Markup, html};

use super::links::SECTION;
use super::{Expiry, PunchCard, PunchCardDetails};
use crate::fields::Fields;
use crate::i18n::Lang;
use crate::manage::Member;
use crate::resources::record_form;
use crate::ui;
use crate::values::Record;
use crate::web::{Saved, filled_from_field};

/// The prefix of the labels' text keys.
pub(super) const LABELS: &str = "punch_cards.field.";

/// What the summary of errors calls the fields.
pub(super) fn labels(lang: Lang) -> Vec<(&'static str, Cow<'static, str>)> {
    let mut labels = record_form::labelled::<PunchCardDetails>(lang, LABELS);
    labels.extend(record_form::labelled::<Expiry>(lang, LABELS));
    labels
}

/// A page with the form, below these breadcrumbs. `more` stands in the form.
pub(super) fn page(
    member: &Member,
    (title, crumbs, notice): (&str, Markup, Markup),
    (action, cancel): (&str, &str),
    fields: &Fields,
    more: Markup,
) -> Markup {
    let lang = member.lang();
    let errors = fields.errors().list(lang);
    let body = html! {
        (crumbs)
        (ui::header(title, None, html! {}))
        (notice)
        (ui::form(action, &member.visit.mark, html! {
            (filled_from_field(fields))
            (more)
            (record_form::inputs::<PunchCardDetails>(lang, LABELS, fields, &errors))
            (record_form::inputs::<Expiry>(lang, LABELS, fields, &errors))
            (ui::save_or_cancel(lang, cancel))
        }))
    };
    member.chrome(&SECTION).with_labels(&labels(lang)).page(title, body)
}

/// What is saved of a punch card, for the form.
pub(super) fn saved(member: &Member, card: &PunchCard) -> Saved {
    let (lang, zone) = (member.lang(), member.time_zone());
    let mut pairs = record_form::pairs_of(&card.details, lang, zone);
    pairs.extend(record_form::pairs_of(&card.expiry, lang, zone));
    Saved::at_revision(card.revision, pairs)
}

/// What people read of a field's value.
pub(super) fn shown(lang: Lang) -> impl Fn(&str, &str) -> Option<String> {
    move |name, text| {
        if Expiry::FIELDS.iter().any(|field| field.name == name) {
            return record_form::shown::<Expiry>(lang, name, text);
        }
        record_form::shown::<PunchCardDetails>(lang, name, text)
    }
}
