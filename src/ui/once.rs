//! Pages that show a new secret only once. The components for secrets require [`Once`], which only such
//! a page has.

use axum::response::{IntoResponse, Response};
use maud::Markup;

use super::chrome::Chrome;

/// Evidence that the page is only shown once.
#[derive(Debug)]
pub struct Once(());

/// A page that is only shown once. It has no links to itself, such as the language switch, because the
/// secret would be lost.
#[derive(Debug)]
pub struct ShownOnce(Markup);

impl ShownOnce {
    /// The page.
    pub fn into_markup(self) -> Markup {
        self.0
    }
}

impl IntoResponse for ShownOnce {
    fn into_response(self) -> Response {
        self.into_markup().into_response()
    }
}

impl Chrome<'_> {
    /// As [`Chrome::page`], for a page that is only shown once.
    pub fn page_once(mut self, title: &str, body: impl FnOnce(&Once) -> Markup) -> ShownOnce {
        self.is_shown_once = true;
        ShownOnce(self.page(title, body(&Once(()))))
    }
}

#[cfg(test)]
impl Once {
    /// For tests of components.
    pub(super) const fn for_tests() -> Self {
        Self(())
    }
}
