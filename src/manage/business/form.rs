//! The form of a business's settings.

use std::borrow::Cow;

use maud::{Markup, html};

use crate::accounts::{BusinessDetails, BusinessPatch, PortalLanguage, PortalSettings};
use crate::error::Result;
use crate::fields::{Fields, FromFields};
use crate::i18n::{Lang, tr};
use crate::manage::Member;
use crate::ui::Field;
use crate::values::{Color, Country, Input, LogoChange, Record, Value, Zone};
use crate::web::{Saved, UploadedFile, read_logo};

/// The field of the time zone, which is the portal's own.
pub(super) const ZONE: &str = "timeZone";

/// The values of the form.
pub(super) struct BusinessForm {
    pub(super) details: BusinessDetails,
    pub(super) zone: Zone,
    pub(super) logo: LogoChange,
    /// Whether the colour isn't the typed one, on which white text would be hard to read.
    pub(super) is_darkened: bool,
}

/// Reads the form; what it lacks stays as it is.
///
/// # Errors
/// [`crate::error::Error::Invalid`].
pub(super) fn read(
    fields: &mut Fields,
    file: Option<&UploadedFile>,
    before: &PortalSettings,
) -> Result<BusinessForm> {
    let mut details = before.details.clone();
    BusinessPatch::from_fields(fields).apply(&mut details);
    details.check(fields);
    let typed = details.color.clone();
    details.color = typed.as_ref().map(Color::behind_white_text);
    // A zone that the list doesn't offer was set by the operator.
    let sent = fields.sent(ZONE).to_owned();
    let zone = if sent.is_empty() || sent == before.time_zone {
        Zone::kept(&before.time_zone)
    } else {
        Zone::from_field(fields, ZONE)
    };
    let logo = read_logo(fields, file);
    fields.expect_none_wrong()?;
    Ok(BusinessForm { is_darkened: details.color != typed, details, zone, logo })
}

/// The settings, as the form shows them.
pub(super) fn saved(member: &Member, settings: &PortalSettings) -> Saved {
    let texts = settings.details.texts(member.lang(), member.time_zone());
    let names = BusinessDetails::FIELDS.iter().map(|field| field.name.to_owned());
    let mut pairs: Vec<(String, String)> = names.zip(texts).collect();
    pairs.push((ZONE.to_owned(), settings.time_zone.clone()));
    // A logo has no text, and yet changes the settings.
    Saved::at_revision(settings.revision, pairs)
}

/// What the summary of errors calls the fields.
pub(super) fn labels(lang: Lang) -> Vec<(&'static str, Cow<'static, str>)> {
    let names = BusinessDetails::FIELDS.iter().map(|field| field.name);
    let mut labels: Vec<_> = names.map(|name| (name, label(lang, name))).collect();
    labels.push((ZONE, label(lang, ZONE)));
    labels.push(("logo", tr!(lang, "ui.logo.choose")));
    labels
}

/// What people read of a field's value.
pub(super) fn shown(lang: Lang) -> impl Fn(&str, &str) -> Option<String> {
    move |name, text| {
        let field = BusinessDetails::FIELDS.iter().find(|field| field.name == name);
        let choice = match field.map(|field| (field.input)()) {
            Some(Input::Choice(choices)) => {
                choices(lang).into_iter().find(|(value, _)| *value == text)
            }
            _ => None,
        };
        Some(choice.map_or_else(|| text.to_owned(), |(_, name)| name))
    }
}

fn label(lang: Lang, name: &str) -> Cow<'static, str> {
    Cow::Owned(lang.text(&format!("business.field.{name}")).into_owned())
}

/// The input of a field of the record.
fn input<'a>(
    lang: Lang,
    name: &'static str,
    fields: &'a Fields,
    errors: &'a [(String, String)],
) -> Field<'a> {
    let longest = BusinessDetails::FIELDS.iter().find(|field| field.name == name);
    Field::text(lang, name, label(lang, name))
        .value(fields.sent(name))
        .errors_from(errors)
        .maxlength(longest.map_or(0, |field| field.longest))
        .autocomplete("off")
}

/// A choice, which can be left open.
fn choice<'a>(
    lang: Lang,
    name: &'static str,
    fields: &'a Fields,
    errors: &'a [(String, String)],
    (none, choices): (&str, Vec<(&'static str, String)>),
) -> Field<'a> {
    let none = ("", none.to_owned());
    let choices: Vec<_> = std::iter::once(none).chain(choices).collect();
    Field::select(lang, name, label(lang, name), &choices, fields.sent(name)).errors_from(errors)
}

fn choices_of<T: Value>(lang: Lang) -> Vec<(&'static str, String)> {
    match T::input() {
        Input::Choice(choices) => choices(lang),
        _ => Vec::new(),
    }
}

/// Names, numbers and address.
pub(super) fn legal(lang: Lang, fields: &Fields, errors: &[(String, String)]) -> Markup {
    let input = |name| input(lang, name, fields, errors);
    let no_choice = tr!(lang, "manage.form.no_choice");
    html! {
        (input("legalName").hint(tr!(lang, "business.field.legalName_hint")).autocomplete("organization"))
        (input("address").autocomplete("street-address"))
        (input("zipCode").autocomplete("postal-code"))
        (input("city").autocomplete("address-level2"))
        (choice(lang, "countryCode", fields, errors, (&no_choice, choices_of::<Country>(lang))).autocomplete("country"))
        (input("kvkNumber").inputmode("numeric"))
        (input("vatNumber"))
        (input("iban"))
    }
}

/// The colour.
pub(super) fn look(lang: Lang, fields: &Fields, errors: &[(String, String)]) -> Markup {
    let hint = tr!(lang, "business.field.color_hint");
    html! { (input(lang, "color", fields, errors).hint(hint).placeholder("#0b6b7a").mono()) }
}

/// Zone, language and sender.
pub(super) fn language(
    lang: Lang,
    fields: &Fields,
    errors: &[(String, String)],
    present: &str,
) -> Markup {
    let zones = choices_of::<Zone>(lang);
    // One that the operator set.
    let other = !zones.iter().any(|(name, _)| *name == present);
    let other = other.then(|| (present, present.to_owned()));
    let zones: Vec<(&str, String)> = other.into_iter().chain(zones).collect();
    let languages = choices_of::<PortalLanguage>(lang);
    let none = tr!(lang, "business.field.language_none");
    html! {
        (Field::select(lang, ZONE, label(lang, ZONE), &zones, fields.sent(ZONE)).hint(tr!(lang, "business.field.timeZone_hint")).errors_from(errors))
        (choice(lang, "language", fields, errors, (&none, languages)).hint(tr!(lang, "business.field.language_hint")))
        (input(lang, "senderName", fields, errors).hint(tr!(lang, "business.field.senderName_hint")))
    }
}
