//! The texts of the pages, with the addresses of this server filled in.

use super::places::Places;
use super::{proxies, scopes};
use crate::i18n::Lang;

/// A text with each `{{name}}` filled in, except samples.
pub(super) fn fill(places: &Places, text: &str, lang: Lang) -> String {
    proxies::fill(&places.fill(lang, text)).replace("{{scopes}}", &scopes::table(lang))
}
