//! Forms that change what is saved say what they were filled in from. When something else is saved
//! by the time that one is sent, somebody else has changed it: the sender is told, and nothing of
//! theirs is overwritten unseen.
//!
//! Records of the API count their revisions; this is for what has none.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maud::Markup;
use sha2::{Digest, Sha256};

use crate::fields::Fields;
use crate::ui;

/// The hidden field.
const FIELD: &str = "filled_from";

/// Names of fields and what they hold.
type Pairs = [(String, String)];

fn digest(saved: &Pairs) -> String {
    let mut hash = Sha256::new();
    for text in saved.iter().flat_map(|(name, value)| [name, value]) {
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    }
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

/// A form that shows what is saved.
pub fn filled_in(saved: Vec<(String, String)>) -> Fields {
    let mark = digest(&saved);
    Fields::pairs(saved.into_iter().chain([(FIELD.to_owned(), mark)]).collect())
}

/// A form that was sent, with its errors, as if it had been filled in from what is saved now.
pub fn filled_in_anew(fields: Fields, saved: &Pairs) -> Fields {
    fields.with(FIELD, digest(saved))
}

/// Whether a form was filled in from what is saved. One that does not say so was not.
pub fn is_filled_in_from(fields: &Fields, saved: &Pairs) -> bool {
    fields.sent(FIELD) == digest(saved)
}

/// What the form carries unseen.
pub fn filled_from_field(fields: &Fields) -> Markup {
    ui::hidden(FIELD, fields.sent(FIELD))
}

/// What of a form differs from what is saved: each field that has a label, with what is saved and
/// what was sent.
pub fn differences(
    fields: &Fields,
    saved: &Pairs,
    labels: &[(&str, Cow<'_, str>)],
) -> Vec<[String; 3]> {
    let saved = |name: &str| {
        let all = saved.iter().filter(|(known, _)| known == name);
        text_of(all.map(|(_, value)| value.as_str()).collect())
    };
    labels
        .iter()
        .map(|(name, label)| [label.to_string(), saved(name), text_of(fields.all(name))])
        .filter(|[_, saved, sent]| saved != sent)
        .collect()
}

fn text_of(mut values: Vec<&str>) -> String {
    values.sort_unstable();
    values.iter().map(|value| value.trim().replace("\r\n", "\n")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_form_is_known_by_all_that_it_showed() {
        let saved = pairs(&[("name", "Planbord"), ("scope", "a"), ("scope", "b")]);
        let form = filled_in(saved.clone());
        assert!(is_filled_in_from(&form, &saved));
        for other in [
            pairs(&[("name", "Planbord"), ("scope", "a")]),
            pairs(&[("name", "Planbord 2"), ("scope", "a"), ("scope", "b")]),
            pairs(&[("name", "Planbords"), ("cope", "a"), ("scope", "b")]),
        ] {
            assert!(!is_filled_in_from(&form, &other), "{other:?}");
            assert!(is_filled_in_from(&filled_in_anew(filled_in(saved.clone()), &other), &other));
        }
        assert!(!is_filled_in_from(&Fields::pairs(saved.clone()), &saved), "it does not say");
    }

    #[test]
    fn a_form_keeps_its_errors() {
        let saved = pairs(&[("name", "Planbord")]);
        let mut form = filled_in(saved.clone());
        form.fault("name", crate::error::Message::new("error.bad_request"));
        assert!(!filled_in_anew(form, &saved).errors().is_empty());
    }

    #[test]
    fn what_differs_is_told_with_both_versions() {
        let saved =
            pairs(&[("name", "Planbord"), ("scope", "b"), ("scope", "a"), ("text", "x\ny")]);
        let sent = Fields::pairs(pairs(&[
            ("name", "Bord"),
            ("scope", "a"),
            ("scope", "b"),
            ("text", "x\r\ny "),
        ]));
        let labels = ["name", "scope", "text"].map(|name| (name, Cow::Borrowed(name)));
        assert_eq!(
            differences(&sent, &saved, &labels),
            [["name", "Planbord", "Bord"].map(str::to_owned)]
        );
    }
}
