//! `/docs/reference`: every operation of the API, made from the OpenAPI document.

use maud::{Markup, html};
use serde_json::Value;

use super::places::Places;
use crate::i18n::Lang;
use crate::ui::NavGroup;

pub(super) fn navigation(_document: &Value) -> Vec<NavGroup<'static>> {
    Vec::new()
}
pub(super) fn content(_lang: Lang, _places: &Places, _document: &Value) -> Markup {
    html! {}
}
