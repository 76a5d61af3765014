//! The custom fields in the form of a customer, on its page, and in its history.

use std::borrow::Cow;

use maud::{Markup, html};

use super::custom_fields::{CustomField, CustomFields, FieldKind};
use super::custom_values::CustomValues;
use crate::fields::Fields;
use crate::i18n::{Lang, tr};
use crate::ui::{self, Field};
use crate::values::{Date, Value};

impl CustomFields {
    /// What the summary of errors calls them.
    pub(super) fn labels(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        self.0.iter().map(|field| (field.path.as_str(), field.name.as_str().into()))
    }

    /// What is saved of them, for the form.
    pub(super) fn pairs_of(&self, values: &CustomValues) -> Vec<(String, String)> {
        self.0.iter().map(|field| (field.path.clone(), values.text(&field.key))).collect()
    }

    /// Their inputs, in order.
    pub(super) fn inputs(
        &self,
        lang: Lang,
        fields: &Fields,
        errors: &[(String, String)],
    ) -> Markup {
        html! {
            @for field in &self.0 {
                (input(lang, field, fields.sent(&field.path)).required(field.is_required).errors_from(errors))
            }
        }
    }

    /// What a page shows of them: those with a value, each with its name.
    pub(super) fn facts(
        &self,
        lang: Lang,
        values: &CustomValues,
    ) -> Vec<(Cow<'static, str>, Markup)> {
        let fact = |field: &CustomField| {
            let text = Some(values.text(&field.key)).filter(|text| !text.is_empty())?;
            let value = match field.kind {
                FieldKind::Lines => ui::lines(&text),
                _ => ui::name(&shown(lang, field, &text)),
            };
            Some((field.name.clone().into(), value))
        };
        self.0.iter().filter_map(fact).collect()
    }

    /// The field at a path such as `customFields.branche`.
    fn at(&self, path: &str) -> Option<&CustomField> {
        self.0.iter().find(|field| field.path == path)
    }

    /// What people call the field at a path.
    pub(super) fn label_at(&self, path: &str) -> Option<String> {
        self.at(path).map(|field| field.name.clone())
    }

    /// What people read of the value of the field at a path.
    pub(super) fn shown_at(&self, lang: Lang, path: &str, text: &str) -> Option<String> {
        self.at(path).map(|field| shown(lang, field, text))
    }

    /// The values as a spreadsheet shows them, in order.
    pub(super) fn texts(&self, lang: Lang, values: &CustomValues) -> Vec<String> {
        let text = |field: &CustomField| match (field.kind, values.text(&field.key)) {
            (FieldKind::Number, text) => localized(lang, &text),
            (FieldKind::YesNo, text) => shown(lang, field, &text),
            (_, text) => text,
        };
        self.0.iter().map(text).collect()
    }
}

fn input<'a>(lang: Lang, field: &'a CustomField, value: &'a str) -> Field<'a> {
    let (path, name) = (field.path.as_str(), field.name.as_str());
    match field.kind {
        FieldKind::Line => Field::text(lang, path, name).value(value).maxlength(200),
        FieldKind::Lines => Field::textarea(lang, path, name).value(value).maxlength(5000),
        FieldKind::Number => Field::text(lang, path, name).value(value).inputmode("decimal"),
        FieldKind::Date => Field::text(lang, path, name).kind("date").value(value),
        FieldKind::Choice => {
            // A value that can no longer be chosen stays until another one is.
            let others = field.choices.lines().all(|choice| choice != value);
            let old = Some(value).filter(|value| others && !value.is_empty());
            let choices = field.choices.lines().chain(old).map(|choice| (choice, choice.into()));
            select(lang, path, name, choices.collect(), value)
        }
        FieldKind::YesNo => {
            let choices = ["true", "false"].map(|value| (value, shown(lang, field, value)));
            select(lang, path, name, choices.into(), value)
        }
    }
    .autocomplete("off")
}

fn select<'a>(
    lang: Lang,
    path: &'a str,
    name: &'a str,
    choices: Vec<(&str, String)>,
    value: &'a str,
) -> Field<'a> {
    let none = [("", tr!(lang, "manage.form.no_choice").into_owned())];
    let choices: Vec<(&str, String)> = none.into_iter().chain(choices).collect();
    Field::select(lang, path, name, &choices, value)
}

/// What people read of a value.
fn shown(lang: Lang, field: &CustomField, text: &str) -> String {
    match (field.kind, text) {
        (FieldKind::YesNo, "true") => tr!(lang, "custom_fields.yes").into_owned(),
        (FieldKind::YesNo, "false") => tr!(lang, "custom_fields.no").into_owned(),
        (FieldKind::Number, text) => localized(lang, text),
        (FieldKind::Date, text) => {
            Date::read(text).map_or_else(|_| text.to_owned(), |date| date.readable(lang))
        }
        (_, text) => text.to_owned(),
    }
}

/// A number as it is written in a language.
fn localized(lang: Lang, number: &str) -> String {
    match lang {
        Lang::Nl => number.replace('.', ","),
        Lang::En => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn field(key: &str, kind: FieldKind) -> CustomField {
        CustomField {
            key: key.to_owned(),
            path: format!("customFields.{key}"),
            name: key.to_uppercase(),
            kind,
            choices: "Horeca".to_owned(),
            is_required: false,
            revision: 1,
        }
    }

    #[test]
    fn a_value_is_read_as_people_write_it() {
        let known = CustomFields(vec![
            field("a", FieldKind::Number),
            field("b", FieldKind::YesNo),
            field("c", FieldKind::Date),
        ]);
        let values = json!({ "a": 12.5, "b": true, "c": "2026-11-24", "old": "x" });
        let values = CustomValues(serde_json::from_value(values).unwrap());
        assert_eq!(known.texts(Lang::Nl, &values), ["12,5", "ja", "2026-11-24"]);
        let facts = known.facts(Lang::En, &values).into_iter();
        let facts: Vec<String> =
            facts.map(|(label, value)| format!("{label} {}", value.into_string())).collect();
        assert_eq!(facts.len(), 3, "{facts:?}");
        assert!(
            facts[0].contains("12.5")
                && facts[1].contains("yes")
                && facts[2].contains("24 Nov 2026")
        );
        assert_eq!(known.shown_at(Lang::Nl, "customFields.b", "false").as_deref(), Some("nee"));
        assert_eq!(known.label_at("customFields.old"), None);
    }

    #[test]
    fn a_choice_that_is_no_longer_offered_stays_in_its_form() {
        let known = CustomFields(vec![field("a", FieldKind::Choice)]);
        let form = |value: &str| {
            let fields = Fields::pairs(vec![("customFields.a".to_owned(), value.to_owned())]);
            known.inputs(Lang::Nl, &fields, &[]).into_string()
        };
        assert!(form("Landbouw").contains(r#"value="Landbouw" selected"#));
        assert!(!form("Horeca").contains("Landbouw"));
    }
}
