//! `/docs/search`: searches all pages in an index of our own, which is built at the first search.

mod index;

use maud::{Markup, html};

pub(super) use index::Index;

use super::reference::Reference;
use crate::i18n::{Lang, tr};
use crate::ui::{self, ButtonStyle, assets};

/// The path of the page.
pub(super) const PATH: &str = "/docs/search";

/// The maximum length of a search text, in characters; the rest is ignored.
const LONGEST: usize = 100;

/// The search text of a query.
pub(super) fn text_of(query: &str) -> String {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let text = pairs.find(|(name, _)| name == "q").map(|(_, text)| text);
    text.unwrap_or_default().trim().chars().take(LONGEST).collect()
}

/// The small form in the header of every other page.
pub(super) fn small_form(lang: Lang) -> Markup {
    html! {
        form.docs-search role="search" method="get" action=(PATH) {
            (input(lang, ""))
            div.search-panel hidden aria-live="polite" data-search-panel {}
        }
        script src=(assets::url("documentation.js")) defer {}
    }
}

/// The page's content.
pub(super) fn content(reference: Reference<'_>, index: &Index, text: &str) -> Markup {
    let lang = reference.lang;
    html! {
        (ui::header(&tr!(lang, "docs.search.title"), None, html! {}))
        form.search role="search" method="get" action=(PATH) {
            div.docs-search-box { (input(lang, text)) }
            (ui::submit(&tr!(lang, "ui.search"), ButtonStyle::Secondary))
        }
        div id="results" aria-live="polite" data-search-results { (results(lang, index, text)) }
        script src=(assets::url("documentation.js")) defer {}
    }
}

fn input(lang: Lang, text: &str) -> Markup {
    let label = tr!(lang, "docs.search.label");
    html! {
        input.input type="search" name="q" value=(text) aria-label=(label) placeholder=(label) maxlength=(LONGEST)
            autocomplete="off" data-docs-search;
    }
}

fn results(lang: Lang, index: &Index, text: &str) -> Markup {
    if text.is_empty() {
        return html! { p.muted { (tr!(lang, "docs.search.hint")) } };
    }
    let (found, more) = index.find(text);
    html! {
        @if found.is_empty() {
            p { (tr!(lang, "docs.search.nothing", text = text)) }
        } @else {
            p.muted {
                @if more { (tr!(lang, "docs.search.first", count = found.len())) }
                @else if found.len() == 1 { (tr!(lang, "docs.search.one")) }
                @else { (tr!(lang, "docs.search.count", count = found.len())) }
            }
            ul.search-results {
                @for found in found {
                    li {
                        a href=(found.section.path) { (found.section.title) }
                        span.muted { (found.section.page) }
                        p { (found.excerpt) }
                    }
                }
            }
        }
    }
}
