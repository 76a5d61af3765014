//! The search of everything, which the keyboard opens; without a script, a link to its page.

use maud::{Markup, html};
use serde_json::json;

use super::icon::{Icon, icon};
use crate::i18n::{Lang, tr};

/// The search of everything, and the keyboard's shortcuts.
#[derive(Debug, Clone)]
pub struct Palette {
    /// The page of the search. Below it, `/results` gives the same as JSON.
    pub search: &'static str,
    /// The page about the shortcuts.
    pub help: &'static str,
    /// The keys that open pages after `g`, and the pages.
    pub keys: Vec<(char, &'static str)>,
}

impl Palette {
    /// The link in the header.
    pub(super) fn link(&self, lang: Lang) -> Markup {
        html! {
            // The name holds all that can be seen (WCAG 2.2, success criterion 2.5.3), also where no text fits.
            a.menu-button.search-link href=(self.search) aria-label={ (tr!(lang, "search.open")) " Ctrl K" } aria-keyshortcuts="Control+K Meta+K" {
                (icon(Icon::Search))
                span.search-text { (tr!(lang, "search.open")) }
                " " kbd { "Ctrl K" }
            }
        }
    }

    /// The dialog, which a script opens and fills: a combobox with a list of links (ARIA Authoring
    /// Practices, *combobox*).
    pub(super) fn dialog(&self, lang: Lang) -> Markup {
        let keys =
            json!(self.keys.iter().map(|(key, path)| (key.to_string(), *path)).collect::<Vec<_>>());
        html! {
            dialog.palette id="palette" aria-label=(tr!(lang, "search.title")) data-results={ (self.search) "/results" }
                data-help=(self.help) data-keys=(keys) data-nothing=(tr!(lang, "search.nothing"))
                data-failed=(tr!(lang, "search.failed")) data-all=(tr!(lang, "search.all")) {
                form.palette-form method="get" action=(self.search) {
                    (icon(Icon::Search))
                    input.palette-input type="text" name="q" role="combobox" aria-label=(tr!(lang, "search.label"))
                        placeholder=(tr!(lang, "search.label")) aria-expanded="false" aria-controls="palette-results"
                        aria-autocomplete="list" autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="200";
                    button.palette-close type="button" aria-label=(tr!(lang, "search.close")) { (icon(Icon::Close)) }
                }
                div.palette-results id="palette-results" role="listbox" aria-label=(tr!(lang, "search.results")) {}
                p.palette-status role="status" {}
            }
        }
    }
}
