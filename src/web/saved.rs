//! Forms that change what is saved say which version they were filled in from. If another one is
//! saved by the time such a form is sent, somebody else has changed it: the sender is told, and
//! nothing is overwritten unseen. They also carry a fingerprint of each value that they were filled
//! in with, so that a field which the sender left as it was takes the value that somebody else saved.

use std::borrow::Cow;
use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maud::{Markup, html};
use sha2::{Digest, Sha256};

use crate::fields::Fields;
use crate::http::Expected;
use crate::i18n::Lang;
use crate::ui;

/// The hidden field with the version.
const FIELD: &str = "filled_from";

/// The hidden field with the fingerprints: `name:fingerprint`, separated by spaces.
const FINGERPRINTS: &str = "filled_in";

/// The most fields of which a form's fingerprints are read. Ours have some twenty.
const MOST_FIELDS: usize = 100;

/// The names of fields and their values.
type Pairs = Vec<(String, String)>;

/// What is saved, as a form shows it.
#[derive(Debug, Clone)]
pub struct Saved {
    pairs: Pairs,
    version: String,
}

/// A form that was sent, and the texts with which its fields are shown.
pub struct Sent<'a, F> {
    /// Its fields.
    pub fields: &'a Fields,
    /// The names and labels of those that are compared.
    pub labels: &'a [(&'a str, Cow<'a, str>)],
    /// What people read of a field's value; `None` leaves it out.
    pub shown: F,
}

/// A value is shown as it is.
pub fn verbatim(_: &str, value: &str) -> Option<String> {
    Some(value.to_owned())
}

/// The revision that a record's form was filled in from. Without the field, it matches no revision.
pub fn expected_revision(fields: &Fields) -> Expected {
    Expected::OneOf(vec![fields.sent(FIELD).parse().unwrap_or_default()])
}

/// The hidden field of a form that changes what is saved.
pub fn filled_from_field(fields: &Fields) -> Markup {
    html! {
        (ui::hidden(FIELD, fields.sent(FIELD)))
        (ui::hidden(FINGERPRINTS, fields.sent(FINGERPRINTS)))
    }
}

/// Short text that differs for other values of a field, in any order. Empty values, spaces around
/// them, and how lines end make no difference.
fn fingerprint(values: &[&str]) -> String {
    let plain = |value: &&str| value.trim().replace("\r\n", "\n");
    let mut values: Vec<String> =
        values.iter().map(plain).filter(|value| !value.is_empty()).collect();
    values.sort_unstable();
    let mut hash = Sha256::new();
    for value in &values {
        hash.update(value.len().to_le_bytes());
        hash.update(value);
    }
    URL_SAFE_NO_PAD.encode(&hash.finalize()[..6])
}

/// The fingerprints of the values that a form was filled in with, by the names of its fields.
struct FirstValues(HashMap<String, String>);

impl FirstValues {
    /// Those that a form carries; `None` if it carries none.
    fn of(sent: &Fields) -> Option<Self> {
        let all = sent.sent(FINGERPRINTS);
        let each = all.split(' ').take(MOST_FIELDS).filter_map(|one| one.split_once(':'));
        let own = each.map(|(name, print)| (name.to_owned(), print.to_owned())).collect();
        (!all.is_empty()).then_some(Self(own))
    }

    /// Whether a field was filled in with these values.
    fn are(&self, name: &str, fingerprint_of: &str) -> bool {
        self.0
            .get(name)
            .map_or_else(|| fingerprint(&[]) == fingerprint_of, |own| own == fingerprint_of)
    }
}

impl Saved {
    /// A version that is known by its values.
    pub fn of(pairs: Pairs) -> Self {
        let mut hash = Sha256::new();
        for text in pairs.iter().flat_map(|(name, value)| [name, value]) {
            hash.update(text.len().to_le_bytes());
            hash.update(text);
        }
        Self { pairs, version: URL_SAFE_NO_PAD.encode(hash.finalize()) }
    }

    /// A version that is known by its revision.
    pub fn at_revision(revision: i64, pairs: Pairs) -> Self {
        Self { pairs, version: revision.to_string() }
    }

    /// The form, filled in.
    pub fn form(&self) -> Fields {
        self.form_again(Fields::pairs(self.pairs.clone()))
    }

    /// A form that was sent, with its errors, as if it had been filled in from this version.
    pub fn form_again(&self, sent: Fields) -> Fields {
        sent.with(FIELD, self.version.clone()).with(FINGERPRINTS, self.fingerprints())
    }

    fn values(&self, name: &str) -> Vec<&str> {
        let own = self.pairs.iter().filter(|(known, _)| known == name);
        own.map(|(_, value)| value.as_str()).collect()
    }

    fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.pairs.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn fingerprints(&self) -> String {
        let one = |name: &str| format!("{name}:{}", fingerprint(&self.values(name)));
        self.names().into_iter().map(one).collect::<Vec<_>>().join(" ")
    }

    /// Whether somebody else has changed a field since a form was filled in.
    fn was_changed(&self, first: Option<&FirstValues>, name: &str) -> bool {
        first.is_none_or(|first| !first.are(name, &fingerprint(&self.values(name))))
    }

    /// A form that was filled in from an older version, with this version's value in each field that
    /// the sender left as it was. Unless there is a field that both changed, each in their own way, it is
    /// as if it had been filled in from this version.
    pub fn merge(&self, sent: Fields) -> Fields {
        if self.is_origin_of(&sent) || [FIELD, FINGERPRINTS].iter().any(|name| !sent.has(name)) {
            return sent;
        }
        let first = FirstValues::of(&sent);
        let mut names = self.names();
        names.extend(first.iter().flat_map(|first| first.0.keys()).map(String::as_str));
        names.sort_unstable();
        names.dedup();
        let (mut left, mut is_clash) = (Vec::new(), false);
        for name in names {
            let (typed, saved) = (fingerprint(&sent.all(name)), fingerprint(&self.values(name)));
            if first.as_ref().is_some_and(|first| first.are(name, &typed)) {
                left.push(name);
            } else {
                is_clash |= typed != saved && self.was_changed(first.as_ref(), name);
            }
        }
        let merged =
            left.into_iter().fold(sent, |sent, name| sent.with_all(name, &self.values(name)));
        if is_clash { merged } else { self.form_again(merged) }
    }

    /// Whether a form was filled in from this version. One that doesn't say so was not.
    pub fn is_origin_of(&self, sent: &Fields) -> bool {
        sent.sent(FIELD) == self.version
    }

    /// The differences between this version and a form: label, saved value and sent value.
    pub fn differences(
        &self,
        sent: &Sent<'_, impl Fn(&str, &str) -> Option<String>>,
    ) -> Vec<[String; 3]> {
        self.differences_in(sent, |_| true)
    }

    /// The same, in those fields only.
    fn differences_in(
        &self,
        sent: &Sent<'_, impl Fn(&str, &str) -> Option<String>>,
        is_compared: impl Fn(&str) -> bool,
    ) -> Vec<[String; 3]> {
        let text = |name: &str, values: Vec<&str>| {
            let mut texts: Vec<String> =
                values.into_iter().filter_map(|value| (sent.shown)(name, value.trim())).collect();
            texts.sort_unstable();
            texts.join(", ").replace("\r\n", "\n")
        };
        let saved = |name: &str| self.values(name);
        sent.labels
            .iter()
            .filter(|(name, _)| is_compared(name))
            .map(|(name, label)| {
                let (saved, sent) = (text(name, saved(name)), text(name, sent.fields.all(name)));
                [label.to_string(), saved, sent]
            })
            .filter(|[_, saved, sent]| saved != sent)
            .collect()
    }

    /// The form, and the [notice](Self::notice) above it: as it was sent, if it is shown again, or else
    /// filled in.
    pub fn form_or_sent(
        &self,
        lang: Lang,
        sent: Option<Fields>,
        labels: &[(&str, Cow<'_, str>)],
        shown: impl Fn(&str, &str) -> Option<String>,
        path: &str,
    ) -> (Option<Markup>, Fields) {
        self.form_or_unmerged(lang, sent.map(|sent| self.merge(sent)), labels, shown, path)
    }

    /// The same, of a form whose fields belong together: what somebody else changed in one field isn't
    /// taken over beside what was sent in another.
    pub fn form_or_unmerged(
        &self,
        lang: Lang,
        sent: Option<Fields>,
        labels: &[(&str, Cow<'_, str>)],
        shown: impl Fn(&str, &str) -> Option<String>,
        path: &str,
    ) -> (Option<Markup>, Fields) {
        let Some(fields) = sent else { return (None, self.form()) };
        let notice = self.notice(lang, &Sent { fields: &fields, labels, shown }, path);
        (notice, self.form_again(fields))
    }

    /// The notice above a form that was filled in from another version and differs from this one, with
    /// a link to the saved one at `path`. It shows the fields that somebody else has changed.
    pub fn notice(
        &self,
        lang: Lang,
        sent: &Sent<'_, impl Fn(&str, &str) -> Option<String>>,
        path: &str,
    ) -> Option<Markup> {
        if self.is_origin_of(sent.fields) {
            return None;
        }
        let first = FirstValues::of(sent.fields);
        let is_changed = |name: &str| self.was_changed(first.as_ref(), name);
        let mut differences = self.differences_in(sent, is_changed);
        if differences.is_empty() {
            differences = self.differences(sent);
        }
        (!differences.is_empty()).then(|| ui::changed_notice(lang, differences, path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(all: &[(&str, &str)]) -> Pairs {
        all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_form_is_known_by_all_that_it_showed() {
        let saved = Saved::of(pairs(&[("name", "Planbord"), ("scope", "a"), ("scope", "b")]));
        assert!(saved.is_origin_of(&saved.form()));
        for other in [
            pairs(&[("name", "Planbord"), ("scope", "a")]),
            pairs(&[("name", "Planbord 2"), ("scope", "a"), ("scope", "b")]),
            pairs(&[("name", "Planbords"), ("cope", "a"), ("scope", "b")]),
        ] {
            let other = Saved::of(other);
            assert!(!other.is_origin_of(&saved.form()), "{other:?}");
            assert!(other.is_origin_of(&other.form_again(saved.form())));
        }
        assert!(!saved.is_origin_of(&Fields::pairs(saved.pairs.clone())), "it does not say");
    }

    #[test]
    fn fingerprints_of_more_fields_than_a_form_has_are_not_read() {
        let many: Vec<String> = (0..MOST_FIELDS + 5).map(|number| format!("f{number}:x")).collect();
        let form = Fields::none().with(FINGERPRINTS, many.join(" "));
        let first = FirstValues::of(&form).unwrap();
        assert_eq!(first.0.len(), MOST_FIELDS);
        assert!(first.are("f0", "x") && !first.are("f0", "y") && !first.are("f104", "x"));
        assert!(FirstValues::of(&Fields::none()).is_none());
    }

    #[test]
    fn a_record_is_known_by_its_revision() {
        let saved = Saved::at_revision(3, pairs(&[("name", "Planbord")]));
        let form = saved.form();
        assert_eq!(expected_revision(&form), Expected::OneOf(vec![3]));
        assert!(saved.is_origin_of(&form));
        assert!(!Saved::at_revision(4, saved.pairs.clone()).is_origin_of(&form));
        assert_eq!(expected_revision(&Fields::none()), Expected::OneOf(vec![0]));
    }

    #[test]
    fn a_form_keeps_its_errors() {
        let saved = Saved::of(pairs(&[("name", "Planbord")]));
        let mut form = saved.form();
        form.fault("name", crate::error::Message::new("error.bad_request"));
        assert!(!saved.form_again(form).errors().is_empty());
    }

    #[test]
    fn what_the_sender_left_as_it_was_takes_what_is_saved() {
        let at = |revision, city: &str, notes: &str, groups: &[&str]| {
            let mut all = pairs(&[("city", city), ("notes", notes)]);
            all.extend(groups.iter().map(|id| ("groups".to_owned(), (*id).to_owned())));
            Saved::at_revision(revision, all)
        };
        let (first, now) = (at(1, "Ede", "a\nb", &[]), at(2, "Oss", "a\nb", &["x", "y"]));
        // Notes as a browser sends them.
        let form = || first.form().with("notes", "a\r\nb ".to_owned());

        let merged = now.merge(form().with("notes", "c".to_owned()));
        assert!(now.is_origin_of(&merged), "nothing contradicts");
        assert_eq!((merged.sent("city"), merged.sent("notes")), ("Oss", "c"));
        assert_eq!(merged.all("groups"), ["x", "y"]);

        let same = now.merge(form().with("city", "Oss".to_owned()));
        assert!(now.is_origin_of(&same), "both did the same");

        let clash = now.merge(form().with("city", "Epe".to_owned()));
        assert!(first.is_origin_of(&clash), "both changed the city");
        assert_eq!((clash.sent("city"), clash.all("groups")), ("Epe", vec!["x", "y"]));
        let labels = ["city", "notes", "groups"].map(|name| (name, Cow::Borrowed(name)));
        let sent = Sent { fields: &clash, labels: &labels, shown: verbatim };
        let expected = ["city", "Oss", "Epe"].map(str::to_owned);
        assert_eq!(now.differences(&sent), [expected]);

        // Emptying a field is a change as well.
        let emptied = now.merge(form().with("city", String::new()));
        assert!(first.is_origin_of(&emptied) && emptied.sent("city").is_empty());
        // A form that doesn't say what it was filled in from keeps its values.
        let foreign = now.merge(Fields::pairs(pairs(&[("city", "Ede"), ("notes", "c")])));
        assert_eq!(foreign.sent("city"), "Ede");
        assert!(!now.is_origin_of(&foreign));
    }

    #[test]
    fn what_differs_is_told_with_both_versions() {
        let saved = [("name", "Planbord"), ("scope", "b"), ("scope", "a"), ("text", "x\ny")];
        let saved = Saved::of(pairs(&saved));
        let fields = Fields::pairs(pairs(&[
            ("name", "Bord"),
            ("scope", "a"),
            ("scope", "b"),
            ("text", "x\r\ny "),
        ]));
        let labels = ["name", "scope", "text"].map(|name| (name, Cow::Borrowed(name)));
        let sent = Sent { fields: &fields, labels: &labels, shown: verbatim };
        let expected = ["name", "Planbord", "Bord"].map(str::to_owned);
        assert_eq!(saved.differences(&sent), [expected]);
        let shown = |name: &str, value: &str| (name == "scope").then(|| value.to_uppercase());
        let sent = Sent { fields: &fields, labels: &labels[1..], shown };
        assert!(saved.differences(&sent).is_empty());
        assert!(
            saved
                .notice(
                    Lang::En,
                    &Sent { fields: &saved.form(), labels: &labels, shown: verbatim },
                    "/"
                )
                .is_none()
        );
    }
}
