//! The form of a record: its fields; and what its page shows of them.

use std::borrow::Cow;

use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::fields::Fields;
use crate::i18n::{Lang, tr};
use crate::ui::{self, Field};
use crate::values::{FieldInfo, Input, Record};

/// What is saved of a record, for its form on a page in this language with times of this zone.
pub fn pairs_of<R: Record>(record: &R, lang: Lang, zone: &TimeZone) -> Vec<(String, String)> {
    let fields = R::FIELDS.iter().zip(record.texts(lang, zone));
    fields
        .filter(|(field, _)| field.has_input())
        .map(|(field, text)| (field.name.to_owned(), text))
        .collect()
}

/// A label: the text `<labels><name>`.
fn label(lang: Lang, labels: &str, name: &str) -> Cow<'static, str> {
    Cow::Owned(lang.text(&format!("{labels}{name}")).into_owned())
}

/// The names and labels of a record's fields, for the error summary.
pub fn labelled<R: Record>(lang: Lang, labels: &str) -> Vec<(&'static str, Cow<'static, str>)> {
    let fields = R::FIELDS.iter().filter(|field| field.has_input());
    fields.map(|field| (field.name, label(lang, labels, field.name))).collect()
}

/// The inputs of a record's fields, in order.
pub fn inputs<R: Record>(
    lang: Lang,
    labels: &str,
    fields: &Fields,
    errors: &[(String, String)],
) -> Markup {
    html! {
        @for field in R::FIELDS.iter().filter(|field| field.has_input()) {
            @let label = label(lang, labels, field.name);
            @if matches!((field.input)(), Input::Checkbox) { (checkbox(field, &label, fields)) }
            @else { (input(lang, label, field, fields.sent(field.name)).errors_from(errors)) }
        }
    }
}

/// The same of lines that must be filled in here, although the record has them as optional.
pub fn required_inputs<R: Record>(
    lang: Lang,
    labels: &str,
    fields: &Fields,
    errors: &[(String, String)],
) -> Markup {
    html! {
        @for field in R::FIELDS.iter().filter(|field| field.has_input()) {
            @let label = label(lang, labels, field.name);
            (input(lang, label, field, fields.sent(field.name)).required(true).errors_from(errors))
        }
    }
}

/// A checkbox. It sends nothing if it isn't ticked, so an empty value goes before it.
fn checkbox(field: &FieldInfo, label: &str, fields: &Fields) -> Markup {
    let is_ticked = fields.all(field.name).last().is_some_and(|value| *value == "true");
    html! {
        (ui::hidden(field.name, ""))
        (ui::checkbox(field.name, "true", label, None, is_ticked))
    }
}

fn input<'a>(lang: Lang, label: Cow<'a, str>, field: &FieldInfo, value: &'a str) -> Field<'a> {
    let input = match (field.input)() {
        Input::Line { kind, inputmode } => {
            let line = Field::text(lang, field.name, label).kind(kind);
            match inputmode {
                Some(inputmode) => line.inputmode(inputmode),
                None => line,
            }
        }
        Input::Area | Input::Checkbox | Input::Elsewhere => {
            Field::textarea(lang, field.name, label)
        }
        Input::Choice(choices) => {
            let none =
                field.is_optional.then(|| ("", tr!(lang, "manage.form.no_choice").into_owned()));
            let choices: Vec<_> = none.into_iter().chain(choices(lang)).collect();
            return Field::select(lang, field.name, label, &choices, value).autocomplete("off");
        }
    };
    input.value(value).required(!field.is_optional).maxlength(field.longest).autocomplete("off")
}

/// What a page shows of these fields: each with its label. Empty ones are left out; an e-mail address
/// and a phone number are links.
pub fn facts<R: Record>(
    lang: Lang,
    labels: &str,
    record: &R,
    zone: &TimeZone,
    names: &[&str],
) -> Vec<(Cow<'static, str>, Markup)> {
    let texts = record.texts(lang, zone);
    let fields = R::FIELDS.iter().zip(texts).filter(|(_, text)| !text.is_empty());
    let fields: Vec<(&FieldInfo, String)> = fields.collect();
    let fact = |name: &&str| {
        let (field, text) = fields.iter().find(|(field, _)| field.name == *name)?;
        let value = match (field.input)() {
            Input::Line { kind: "email", .. } => ui::mail_link(text),
            Input::Line { kind: "tel", .. } => ui::phone_link(text),
            Input::Area => ui::lines(text),
            _ => ui::name(&shown::<R>(lang, field.name, text)?),
        };
        Some((label(lang, labels, field.name), value))
    };
    names.iter().filter_map(fact).collect()
}

/// What people read of a field's value: the name of a choice, or the text itself; of a checkbox that
/// isn't ticked nothing.
pub fn shown<R: Record>(lang: Lang, name: &str, text: &str) -> Option<String> {
    let field = R::FIELDS.iter().find(|field| field.name == name);
    let choice = match field.map(|field| (field.input)()) {
        Some(Input::Choice(choices)) => choices(lang).into_iter().find(|(value, _)| *value == text),
        Some(Input::Checkbox) if matches!(text, "" | "false") => return None,
        Some(Input::Checkbox) => return Some("✓".to_owned()),
        _ => None,
    };
    Some(choice.map_or_else(|| text.to_owned(), |(_, name)| name))
}
