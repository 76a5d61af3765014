//! One field of a form: its label, hint, input and errors, wired together for assistive technology.

use std::borrow::Cow;

use maud::{Markup, Render, html};

use crate::i18n::{Lang, tr};

/// The kind of input a field has.
#[derive(Debug, Clone)]
enum Input {
    Line(&'static str),
    Area { rows: u8 },
    Select(Vec<(String, String)>),
    File { accept: Option<&'static str>, multiple: bool },
}

/// A field, built step by step: `Field::text(lang, "name", "Naam").value(&name).required(true)`.
#[derive(Debug, Clone)]
pub struct Field<'a> {
    lang: Lang,
    name: Cow<'a, str>,
    label: Cow<'a, str>,
    input: Input,
    value: Cow<'a, str>,
    hint: Option<Cow<'a, str>>,
    errors: Vec<&'a str>,
    required: bool,
    autofocus: bool,
    readonly: bool,
    mono: bool,
    autocomplete: Option<&'a str>,
    inputmode: Option<&'a str>,
    placeholder: Option<Cow<'a, str>>,
    maxlength: Option<usize>,
    min: Option<Cow<'a, str>>,
    max: Option<Cow<'a, str>>,
}

impl<'a> Field<'a> {
    fn new(
        lang: Lang,
        name: impl Into<Cow<'a, str>>,
        label: impl Into<Cow<'a, str>>,
        input: Input,
    ) -> Self {
        Self {
            lang,
            name: name.into(),
            label: label.into(),
            input,
            value: Cow::Borrowed(""),
            hint: None,
            errors: Vec::new(),
            required: false,
            autofocus: false,
            readonly: false,
            mono: false,
            autocomplete: None,
            inputmode: None,
            placeholder: None,
            maxlength: None,
            min: None,
            max: None,
        }
    }

    /// A single line of text; [`Self::kind`] makes it an e-mail address, a password, a date, …
    pub fn text(lang: Lang, name: impl Into<Cow<'a, str>>, label: impl Into<Cow<'a, str>>) -> Self {
        Self::new(lang, name, label, Input::Line("text"))
    }

    /// Several lines of text.
    pub fn textarea(
        lang: Lang,
        name: impl Into<Cow<'a, str>>,
        label: impl Into<Cow<'a, str>>,
    ) -> Self {
        Self::new(lang, name, label, Input::Area { rows: 4 })
    }

    /// One of several options, each a value and a label.
    pub fn select<V: AsRef<str>, L: AsRef<str>>(
        lang: Lang,
        name: impl Into<Cow<'a, str>>,
        label: impl Into<Cow<'a, str>>,
        options: &[(V, L)],
        selected: impl Into<Cow<'a, str>>,
    ) -> Self {
        let options = options
            .iter()
            .map(|(value, label)| (value.as_ref().to_owned(), label.as_ref().to_owned()))
            .collect();
        Self::new(lang, name, label, Input::Select(options)).value(selected)
    }

    /// A file to upload, in a form made with [`super::multipart_form`]; `accept` is a hint such as
    /// `.csv,text/csv`.
    pub fn file(
        lang: Lang,
        name: impl Into<Cow<'a, str>>,
        label: impl Into<Cow<'a, str>>,
        accept: Option<&'static str>,
    ) -> Self {
        Self::new(lang, name, label, Input::File { accept, multiple: false })
    }

    /// Lets several files be chosen.
    pub fn multiple(mut self) -> Self {
        if let Input::File { multiple, .. } = &mut self.input {
            *multiple = true;
        }
        self
    }

    /// The type of a single-line input: `email`, `password`, `url`, `date`, `number`, …
    pub fn kind(mut self, kind: &'static str) -> Self {
        if let Input::Line(current) = &mut self.input {
            *current = kind;
        }
        self
    }

    /// The number of lines a text area shows.
    pub fn rows(mut self, lines: u8) -> Self {
        if let Input::Area { rows } = &mut self.input {
            *rows = lines;
        }
        self
    }

    /// The value. A password is never sent back to the browser.
    pub fn value(mut self, value: impl Into<Cow<'a, str>>) -> Self {
        self.value = value.into();
        self
    }

    /// A line of help under the label.
    pub fn hint(mut self, hint: impl Into<Cow<'a, str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The error message, if any.
    pub fn error(mut self, message: Option<&'a str>) -> Self {
        self.errors.extend(message);
        self
    }

    /// All error messages.
    pub fn errors(mut self, messages: &'a [String]) -> Self {
        self.errors.extend(messages.iter().map(String::as_str));
        self
    }

    /// Takes the messages about this field from all errors of the form: pairs of a field and a
    /// message.
    pub fn errors_from(mut self, errors: &'a [(String, String)]) -> Self {
        let own = errors.iter().filter(|(field, _)| *field == self.name);
        self.errors.extend(own.map(|(_, message)| message.as_str()));
        self
    }

    /// Whether the field is required; others are marked as optional.
    pub fn required(mut self, required: bool) -> Self {
        self.required = required;
        self
    }

    /// What the browser can fill in: `email`, `current-password`, `off`, …
    pub fn autocomplete(mut self, autocomplete: &'a str) -> Self {
        self.autocomplete = Some(autocomplete);
        self
    }

    /// The on-screen keyboard a phone shows: `numeric`, `email`, `url`, …
    pub fn inputmode(mut self, inputmode: &'a str) -> Self {
        self.inputmode = Some(inputmode);
        self
    }

    /// Puts the cursor here when the page opens.
    pub fn autofocus(mut self) -> Self {
        self.autofocus = true;
        self
    }

    /// Shows the value without letting it be changed; the form still sends it.
    pub fn readonly(mut self) -> Self {
        self.readonly = true;
        self
    }

    /// Shows the value in a fixed-width font, for code, keys and addresses.
    pub fn mono(mut self) -> Self {
        self.mono = true;
        self
    }

    /// An example, shown while the field is empty.
    pub fn placeholder(mut self, placeholder: impl Into<Cow<'a, str>>) -> Self {
        self.placeholder = Some(placeholder.into());
        self
    }

    /// The maximum length in the browser.
    pub fn maxlength(mut self, characters: usize) -> Self {
        self.maxlength = Some(characters);
        self
    }

    /// The lowest number or earliest date.
    pub fn min(mut self, min: impl Into<Cow<'a, str>>) -> Self {
        self.min = Some(min.into());
        self
    }

    /// The highest number or latest date.
    pub fn max(mut self, max: impl Into<Cow<'a, str>>) -> Self {
        self.max = Some(max.into());
        self
    }

    fn input(&self, id: &str, described_by: Option<&str>) -> Markup {
        let invalid = (!self.errors.is_empty()).then_some("true");
        let class = if self.mono { "input mono" } else { "input" };
        // The error summary takes the focus; a second autofocus would compete with it.
        let autofocus = self.autofocus && invalid.is_none();
        match &self.input {
            Input::Line(kind) => {
                let value = (*kind != "password" && !self.value.is_empty()).then_some(&self.value);
                html! {
                    input class=(class) type=(kind) id=(id) name=(self.name) value=[value]
                        required[self.required] autofocus[autofocus] readonly[self.readonly]
                        autocomplete=[self.autocomplete] inputmode=[self.inputmode]
                        placeholder=[self.placeholder.as_deref()] maxlength=[self.maxlength]
                        min=[self.min.as_deref()] max=[self.max.as_deref()]
                        aria-invalid=[invalid] aria-describedby=[described_by];
                }
            }
            Input::Area { rows } => html! {
                textarea class=(class) id=(id) name=(self.name) rows=(rows)
                    required[self.required] autofocus[autofocus] readonly[self.readonly]
                    autocomplete=[self.autocomplete] placeholder=[self.placeholder.as_deref()]
                    maxlength=[self.maxlength] aria-invalid=[invalid] aria-describedby=[described_by] {
                    // A browser drops one newline at the start; this one, instead of one that was
                    // typed.
                    "\n" (self.value)
                }
            },
            Input::Select(options) => html! {
                select class=(class) id=(id) name=(self.name) required[self.required] autofocus[autofocus]
                    autocomplete=[self.autocomplete] aria-invalid=[invalid] aria-describedby=[described_by] {
                    @for (value, label) in options {
                        option value=(value) selected[*value == self.value] { (label) }
                    }
                }
            },
            Input::File { accept, multiple } => html! {
                input class=(class) type="file" id=(id) name=(self.name) accept=[accept] multiple[*multiple]
                    required[self.required] autofocus[autofocus]
                    aria-invalid=[invalid] aria-describedby=[described_by];
            },
        }
    }
}

impl Render for Field<'_> {
    fn render(&self) -> Markup {
        let id = field_id(&self.name);
        let hint_id = self.hint.as_ref().map(|_| format!("{id}-hint"));
        let error_id = (!self.errors.is_empty()).then(|| format!("{id}-error"));
        let described_by: Vec<&str> =
            [&error_id, &hint_id].into_iter().flatten().map(String::as_str).collect();
        let described_by = (!described_by.is_empty()).then(|| described_by.join(" "));
        let optional = !self.required && !self.readonly && !matches!(self.input, Input::Select(_));
        html! {
            div.field.has-error[error_id.is_some()] {
                label for=(id) {
                    (self.label)
                    @if optional { " " span.optional { (tr!(self.lang, "ui.optional")) } }
                }
                @if let (Some(hint), Some(hint_id)) = (&self.hint, &hint_id) {
                    p.field-hint id=(hint_id) { (hint) }
                }
                (self.input(&id, described_by.as_deref()))
                (messages(error_id.as_deref(), &self.errors))
            }
        }
    }
}

/// The id of the input called `name`, which the error summary links to.
pub(super) fn field_id(name: &str) -> String {
    format!("field-{name}")
}

/// The messages beside an invalid field.
pub(super) fn messages(id: Option<&str>, messages: &[&str]) -> Markup {
    html! {
        @if let Some(id) = id {
            div.field-error id=(id) {
                @for message in messages { p { (message) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_faulty_field_points_to_its_error_and_hint_and_keeps_what_was_typed() {
        let html = Field::text(Lang::Nl, "email", "E-mail")
            .kind("email")
            .value("jan@<x>")
            .hint("Uw werkadres")
            .error(Some("Dit is geen adres"))
            .required(true)
            .render()
            .into_string();
        assert!(html.contains(r#"aria-describedby="field-email-error field-email-hint""#));
        assert!(html.contains(r#"aria-invalid="true""#));
        assert!(html.contains(r#"id="field-email-error"><p>Dit is geen adres"#));
        assert!(html.contains(r#"value="jan@&lt;x&gt;""#));
        assert!(!html.contains("optional"));
    }

    #[test]
    fn a_fine_field_says_nothing_of_errors_and_is_marked_optional() {
        let html = Field::text(Lang::En, "phone", "Phone").render().into_string();
        assert!(!html.contains("aria-invalid"));
        assert!(!html.contains("aria-describedby"));
        assert!(html.contains("(optional)"));
    }

    #[test]
    fn a_password_is_not_sent_back() {
        let field =
            Field::text(Lang::Nl, "password", "Wachtwoord").kind("password").value("geheim");
        assert!(!field.render().into_string().contains("geheim"));
    }

    #[test]
    fn errors_of_other_fields_are_left_to_them() {
        let errors = [("name".to_owned(), "A".to_owned()), ("city".to_owned(), "B".to_owned())];
        let html =
            Field::text(Lang::Nl, "city", "Plaats").errors_from(&errors).render().into_string();
        assert!(html.contains("<p>B</p>") && !html.contains("<p>A</p>"));
    }

    #[test]
    fn the_selected_option_is_marked() {
        let html = Field::select(Lang::Nl, "c", "C", &[("a", "A"), ("b", "B")], "b")
            .render()
            .into_string();
        assert!(html.contains(r#"<option value="b" selected>B"#));
        assert!(html.contains(r#"<option value="a">A"#));
    }
}
