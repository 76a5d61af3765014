//! All pages, each rendered once and cached.

use std::sync::OnceLock;

use axum::body::Bytes;
use maud::{Markup, html};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::page::Page;
use super::places::Places;
use super::{layout, markdown, openapi, proxies, reference, samples, scopes, start};
use crate::i18n::Lang;
use crate::ui;

/// The pages and the OpenAPI document of a server.
pub struct Library {
    pub(super) places: Places,
    document: OnceLock<Document>,
    older_document: OnceLock<Document>,
    pages: [[OnceLock<Bytes>; Lang::ALL.len()]; Page::ALL.len()],
}

/// The OpenAPI document.
pub(super) struct Document {
    value: Value,
    /// As it is sent.
    pub json: Bytes,
    /// Its entity tag; weak, because a compressed answer carries the same.
    pub etag: String,
}

impl Document {
    fn new(value: Value) -> Self {
        let json = serde_json::to_vec_pretty(&value).unwrap_or_default();
        let hash: String =
            Sha256::digest(&json).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self { value, json: json.into(), etag: format!("W/\"{hash}\"") }
    }
}

impl Library {
    /// The pages for a server with these addresses; none is rendered yet.
    pub(super) fn new(places: Places) -> Self {
        Self {
            places,
            document: OnceLock::new(),
            older_document: OnceLock::new(),
            pages: Default::default(),
        }
    }

    /// The OpenAPI document.
    pub(super) fn document(&self) -> &Document {
        self.document.get_or_init(|| Document::new(openapi::document(&self.places)))
    }

    /// The same in version 3.0 of OpenAPI.
    pub(super) fn older_document(&self) -> &Document {
        self.older_document
            .get_or_init(|| Document::new(openapi::in_version_3_0(&self.document().value)))
    }

    /// A page in a language.
    pub(super) fn page(&self, page: Page, lang: Lang) -> Bytes {
        self.pages[page as usize][lang as usize]
            .get_or_init(|| self.make(page, lang).into_string().into())
            .clone()
    }

    fn make(&self, page: Page, lang: Lang) -> Markup {
        let mut chrome = layout::chrome(lang, &self.places, Some(page), page.path());
        let content = match page.text(lang) {
            Some(text) => self.article(text, page, lang),
            None if page == Page::Start => start::content(lang, &self.places),
            None => {
                let document = &self.document().value;
                chrome.nav.extend(reference::navigation(document));
                reference::content(lang, &self.places, document)
            }
        };
        chrome.page(&page.title(lang), html! { (content) (layout::neighbours(lang, page)) })
    }

    fn article(&self, text: &str, page: Page, lang: Lang) -> Markup {
        let text = proxies::fill(&self.places.fill(lang, text))
            .replace("{{scopes}}", &scopes::table(lang));
        let original = page.text(Lang::En).unwrap_or_default();
        let sample = |name: &str| samples::show(lang, &self.places, name);
        let article = markdown::render(lang, &text, original, sample);
        html! {
            (ui::header(&page.title(lang), None, html! {}))
            div.article {
                (layout::contents(lang, &article.headings))
                (article.body)
            }
        }
    }
}
