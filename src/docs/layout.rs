//! The layout of a page: navigation, table of contents, links to the previous and next pages.

use maud::{Markup, html};

use super::markdown::Heading;
use super::page::Page;
use super::places::Places;
use super::search;
use crate::i18n::{Lang, tr};
use crate::ui::{self, ButtonStyle, Chrome, NavGroup, NavItem};

/// The number of headings from which a page has a table of contents.
const LONG: usize = 3;

/// The chrome of a page; `page` is `None` for a page that does not exist.
pub(super) fn chrome<'a>(
    lang: Lang,
    places: &Places,
    page: Option<Page>,
    path: &'a str,
) -> Chrome<'a> {
    let item = |target: Page| NavItem {
        label: target.title(lang),
        href: target.path().to_owned(),
        icon: None,
        current: page == Some(target),
    };
    let group = |label, pages: &[Page]| NavGroup {
        label: Some(label),
        items: pages.iter().copied().map(item).collect(),
    };
    let document = NavItem {
        label: "OpenAPI".into(),
        href: "/docs/openapi.json".to_owned(),
        icon: None,
        current: false,
    };
    let search = NavItem {
        label: tr!(lang, "docs.search.title"),
        href: search::PATH.to_owned(),
        icon: None,
        current: path.split('?').next() == Some(search::PATH),
    };
    let pages = [Page::Reference, Page::Changelog];
    let mut reference = group(tr!(lang, "docs.nav.reference"), &pages);
    reference.items.push(document);
    Chrome {
        site: ui::Site::Docs,
        lang,
        path,
        mark: None,
        person: None,
        account_path: "",
        logout_path: "",
        organisation: None,
        brand: ui::Brand::default(),
        home: Page::Start.path().to_owned(),
        palette: None,
        nav: vec![
            NavGroup { label: None, items: vec![item(Page::Start), search] },
            group(
                tr!(lang, "docs.nav.begin"),
                &[
                    Page::GettingStarted,
                    Page::Authentication,
                    Page::AdvancedOauth,
                    Page::Scopes,
                    Page::TestPortals,
                ],
            ),
            group(
                tr!(lang, "docs.nav.use"),
                &[
                    Page::RateLimits,
                    Page::Errors,
                    Page::SafeRetries,
                    Page::Pagination,
                    Page::Webhooks,
                    Page::LeakedSecrets,
                ],
            ),
            group(tr!(lang, "docs.nav.operate"), &[Page::OwnServices]),
            reference,
        ],
        top_right: Some(html! { (search::small_form(lang)) (to_developers(lang, places)) }),
        flash: None,
        errors: Vec::new(),
        is_shown_once: false,
    }
}

/// The link to the developer portal.
pub(super) fn to_developers(lang: Lang, places: &Places) -> Markup {
    ui::link_button(&tr!(lang, "docs.developers"), &places.developers, ButtonStyle::Secondary)
}

/// The page's table of contents, if it is long enough to need one.
pub(super) fn contents(lang: Lang, headings: &[Heading]) -> Markup {
    html! {
        @if headings.iter().filter(|heading| heading.level == 2).count() >= LONG {
            nav.toc aria-labelledby="toc" {
                p.toc-title id="toc" { (tr!(lang, "docs.contents")) }
                ul {
                    @for heading in headings {
                        li.toc-deep[heading.level > 2] { a href={ "#" (heading.id) } { (heading.text) } }
                    }
                }
            }
        }
    }
}

/// Links to the previous and the next page.
pub(super) fn neighbours(lang: Lang, page: Page) -> Markup {
    let (before, after) = page.neighbours();
    html! {
        nav.pager aria-label=(tr!(lang, "docs.neighbours")) {
            @if let Some(page) = before {
                a.pager-link rel="prev" href=(page.path()) { span.muted { (tr!(lang, "ui.previous")) } span { (page.title(lang)) } }
            }
            @if let Some(page) = after {
                a.pager-link.pager-next rel="next" href=(page.path()) { span.muted { (tr!(lang, "ui.next")) } span { (page.title(lang)) } }
            }
        }
    }
}
