//! The start page: an overview, and the two ways to connect.

use maud::{Markup, html};

use super::page::Page;
use super::places::Places;
use crate::i18n::{Lang, tr};
use crate::ui::{self, ButtonStyle};

/// The page's content.
pub(super) fn content(lang: Lang, places: &Places) -> Markup {
    let own = html! {
        p { (tr!(lang, "docs.start.own.text")) }
        p { (ui::link_button(&tr!(lang, "docs.start.own.link"), Page::GettingStarted.path(), ButtonStyle::Primary)) }
    };
    let others = html! {
        p { (tr!(lang, "docs.start.others.text")) }
        p { (ui::link_button(&tr!(lang, "docs.start.others.link"), &others_path(), ButtonStyle::Secondary)) }
    };
    let base = html! { p { (tr!(lang, "docs.start.base")) " " (ui::copyable(lang, &tr!(lang, "docs.start.base.label"), &places.api)) } };
    html! {
        (ui::header(&Page::Start.title(lang), Some(&Page::Start.about(lang)), html! {}))
        (base)
        (ui::section(&tr!(lang, "docs.start.ways"), None, html! {}, ui::grid(vec![
            ui::card(Some(&tr!(lang, "docs.start.own.title")), own),
            ui::card(Some(&tr!(lang, "docs.start.others.title")), others),
        ])))
        (ui::section(&tr!(lang, "docs.start.pages"), None, html! {}, ui::grid(pages(lang))))
    }
}

/// The anchor of OAuth on the page about authentication.
fn others_path() -> String {
    format!("{}#oauth-for-someone-elses-portal", Page::Authentication.path())
}

fn pages(lang: Lang) -> Vec<Markup> {
    let card = |page: Page| {
        html! {
            a.link-card href=(page.path()) {
                span.link-card-title { (page.title(lang)) }
                span.muted { (page.about(lang)) }
            }
        }
    };
    Page::ALL.into_iter().filter(|page| *page != Page::Start).map(card).collect()
}
