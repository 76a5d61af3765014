//! A part of a page that tells when somebody else has changed it. Its script is `static/watch.js`; without
//! it, the page is as it was opened.

use maud::{Markup, html};

use super::assets;

/// What is watched.
#[derive(Debug, Clone, Copy)]
pub struct Watched<'a> {
    /// The path that answers 304 while the revision is the current one, and 200 afterwards.
    pub path: &'a str,
    /// The revision that is shown.
    pub revision: &'a str,
    /// What is said when there is another one.
    pub news: &'a str,
    /// What is said when it can't be shown.
    pub failed: &'a str,
    /// The label of the button that shows it.
    pub show: &'a str,
}

impl Watched<'_> {
    /// The part, with what is said below it. What the button replaces has a `data-part`, and each thing in a
    /// list that grows a `data-entry`.
    pub fn around(self, body: Markup) -> Markup {
        html! {
            div data-watch=(self.path) data-revision=(self.revision) data-news=(self.news) data-failed=(self.failed) {
                (body)
                div.news {
                    span.news-text role="status" {}
                    " "
                    button.button.button-secondary type="button" hidden { (self.show) }
                }
            }
            script type="module" src=(assets::url("watch.js")) {}
        }
    }
}
