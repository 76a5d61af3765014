//! Pages that show a new secret, this once. What shows one asks for [`Once`], which only such a page has.

use maud::Markup;

use super::chrome::Chrome;
use super::code::code_block;
use crate::i18n::Lang;

/// That the page is shown this once.
#[derive(Debug)]
pub struct Once(());

/// A page that is shown this once: nothing on it leads to the same page again, in another language
/// say, where the secret would be gone.
#[derive(Debug)]
pub struct ShownOnce(Markup);

impl ShownOnce {
    /// The page.
    pub fn into_markup(self) -> Markup {
        self.0
    }
}

impl Chrome<'_> {
    /// A page as [`Chrome::page`] that is shown this once.
    pub fn page_once(mut self, title: &str, body: impl FnOnce(&Once) -> Markup) -> ShownOnce {
        self.is_shown_once = true;
        ShownOnce(self.page(title, body(&Once(()))))
    }
}

/// Codes that are shown this once, to be copied together.
pub fn secret_block(_: &Once, lang: Lang, label: &str, codes: &str) -> Markup {
    code_block(lang, label, codes)
}

#[cfg(test)]
impl Once {
    /// For tests of components.
    pub(super) const fn for_tests() -> Self {
        Self(())
    }
}
