//! The names in a query.

use std::borrow::Cow;
use std::collections::BTreeSet;

use url::form_urlencoded;

use crate::error::{FieldErrors, Message};
use crate::fields::ignored::{IgnoredFields, UnreadField};
use crate::fields::near_miss::nearest;

/// The maximum number of repeated names that an error names.
const MOST_TOLD: usize = 50;

/// Notes the parameters that aren't among `known`, and those that are sent more than once: their
/// meaning is undefined, so they are errors in every portal.
pub(super) fn note_unread(
    query: &str,
    known: &[&str],
    ignored: &IgnoredFields,
    errors: &mut FieldErrors,
) {
    let (mut seen, mut repeated) = (BTreeSet::new(), BTreeSet::new());
    for (name, _) in form_urlencoded::parse(query.as_bytes()) {
        if !seen.insert(name.clone()) {
            repeated.insert(name);
        }
    }
    seen.retain(|name| !known.contains(&name.as_ref()));
    let unread = |name: Cow<'_, str>| UnreadField {
        near: nearest(&name, known.iter().copied()).map(str::to_owned),
        name: name.into_owned(),
    };
    ignored.take_parameters(seen.into_iter().map(unread).collect(), errors);
    for name in repeated.iter().take(MOST_TOLD) {
        errors.add(name, Message::new("field.repeated"));
    }
}
