//! What all parts of the reference need.

use serde_json::Value;

use crate::docs::places::Places;
use crate::i18n::Lang;

/// What all parts of the reference need.
#[derive(Clone, Copy)]
pub(in crate::docs) struct Reference<'a> {
    pub(in crate::docs) lang: Lang,
    pub(in crate::docs) places: &'a Places,
    pub(in crate::docs) document: &'a Value,
}

impl Reference<'_> {
    /// The language of the document, if the page has another.
    pub(super) fn english(self) -> Option<&'static str> {
        (self.lang != Lang::En).then_some("en")
    }
}
