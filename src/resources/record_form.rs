//! The form of a record: its fields, and the notice when somebody else changed it in the meantime.

use std::borrow::Cow;

use maud::{Markup, html};

use crate::fields::Fields;
use crate::http::Expected;
use crate::i18n::{Lang, tr};
use crate::ui::{self, Field};
use crate::values::{FieldInfo, Input, Record};

/// The hidden field with the revision that a form is based on.
const REVISION: &str = "revision";

/// The initial values of a form to change a record of this revision.
pub fn filled_in<R: Record>(record: &R, revision: i64) -> Vec<(String, String)> {
    let names = R::FIELDS.iter().map(|field| field.name.to_owned());
    let texts = record.texts().into_iter().map(str::to_owned);
    names.zip(texts).chain([(REVISION.to_owned(), revision.to_string())]).collect()
}

/// The revision that a form is based on. Without the field, it matches no existing revision.
pub fn expected(fields: &Fields) -> Expected {
    Expected::OneOf(vec![fields.sent(REVISION).parse().unwrap_or_default()])
}

/// Whether a form was filled in from this revision.
pub fn is_at(fields: &Fields, revision: i64) -> bool {
    fields.sent(REVISION).parse() == Ok(revision)
}

/// A form that was sent, with its errors, as if it had been filled in from this revision.
pub fn at_revision(fields: Fields, revision: i64) -> Fields {
    fields.with(REVISION, revision.to_string())
}

/// The hidden field with a form's revision.
pub fn kept_revision(fields: &Fields) -> Markup {
    ui::hidden(REVISION, fields.sent(REVISION))
}

/// A label: the text `<labels><name>`.
fn label(lang: Lang, labels: &str, name: &str) -> Cow<'static, str> {
    Cow::Owned(lang.text(&format!("{labels}{name}")).into_owned())
}

/// The names and labels of a record's fields, for the error summary.
pub fn labelled<R: Record>(lang: Lang, labels: &str) -> Vec<(&'static str, Cow<'static, str>)> {
    R::FIELDS.iter().map(|field| (field.name, label(lang, labels, field.name))).collect()
}

/// The inputs of a record's fields, in order.
pub fn inputs<R: Record>(
    lang: Lang,
    labels: &str,
    fields: &Fields,
    errors: &[(String, String)],
) -> Markup {
    html! {
        @for field in R::FIELDS { (input(lang, label(lang, labels, field.name), field, fields.sent(field.name)).errors_from(errors)) }
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
        Input::Area => Field::textarea(lang, field.name, label),
        Input::Choice(choices) => {
            let none =
                field.is_optional.then(|| ("", tr!(lang, "manage.form.no_choice").into_owned()));
            let choices: Vec<_> = none.into_iter().chain(choices(lang)).collect();
            return Field::select(lang, field.name, label, &choices, value).autocomplete("off");
        }
    };
    input.value(value).required(!field.is_optional).maxlength(field.longest).autocomplete("off")
}

/// The differences between a form and the saved record: label, saved value and sent value.
pub fn differences<R: Record>(
    lang: Lang,
    labels: &str,
    fields: &Fields,
    saved: &R,
) -> Vec<[String; 3]> {
    let name = |field: &FieldInfo, text: &str| match (field.input)() {
        Input::Choice(choices) => {
            choices(lang).into_iter().find(|(value, _)| *value == text).map(|(_, name)| name)
        }
        _ => None,
    };
    let named =
        |field: &FieldInfo, text: &str| name(field, text).unwrap_or_else(|| text.to_owned());
    R::FIELDS
        .iter()
        .zip(saved.texts())
        .map(|(field, saved)| (field, saved, fields.sent(field.name).trim()))
        .filter(|(_, saved, sent)| saved.replace("\r\n", "\n") != sent.replace("\r\n", "\n"))
        .map(|(field, saved, sent)| {
            [label(lang, labels, field.name).into_owned(), named(field, saved), named(field, sent)]
        })
        .collect()
}
