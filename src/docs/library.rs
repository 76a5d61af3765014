//! All pages, each rendered once and cached.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::body::Bytes;
use maud::{Markup, html};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::page::Page;
use super::places::Places;
use super::reference::{self, Entry, Reference};
use super::search::{self, Index};
use super::{article, collections, layout, markdown, openapi, samples, start};
use crate::hexadecimal::hexadecimal;
use crate::i18n::{Lang, tr};
use crate::ui;

/// A page in each language.
type InEach = [OnceLock<Bytes>; Lang::ALL.len()];

/// The pages and the documents of a server.
pub struct Library {
    pub(super) places: Places,
    documents: [OnceLock<Document>; Kind::COUNT],
    pages: [InEach; Page::ALL.len()],
    /// The pages of the reference, by path.
    reference: OnceLock<BTreeMap<String, InEach>>,
    indexes: [OnceLock<Index>; Lang::ALL.len()],
}

/// A document for programs.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// The OpenAPI document, in version 3.1.
    OpenApi,
    /// The same in version 3.0.
    OlderOpenApi,
    /// A Postman collection.
    Postman,
    /// An Insomnia export.
    Insomnia,
}

impl Kind {
    const COUNT: usize = 4;
}

/// A document for programs, as JSON.
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
        let hash = hexadecimal(&Sha256::digest(&json)[..8]);
        Self { value, json: json.into(), etag: format!("W/\"{hash}\"") }
    }
}

impl Library {
    /// The pages for a server with these addresses; none is rendered yet.
    pub(super) fn new(places: Places) -> Self {
        Self {
            places,
            documents: Default::default(),
            pages: Default::default(),
            reference: OnceLock::new(),
            indexes: Default::default(),
        }
    }

    /// A document for programs.
    pub(super) fn document(&self, kind: Kind) -> &Document {
        self.documents[kind as usize].get_or_init(|| {
            Document::new(match kind {
                Kind::OpenApi => openapi::document(&self.places),
                Kind::OlderOpenApi => openapi::in_version_3_0(self.openapi()),
                Kind::Postman => collections::postman(self.reference(Lang::En)),
                Kind::Insomnia => collections::insomnia(self.reference(Lang::En)),
            })
        })
    }

    fn openapi(&self) -> &Value {
        &self.document(Kind::OpenApi).value
    }

    fn reference(&self, lang: Lang) -> Reference<'_> {
        Reference { lang, places: &self.places, document: self.openapi() }
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
                chrome.nav.extend(reference::navigation(lang, self.openapi(), page.path()));
                self.reference(lang).overview()
            }
        };
        chrome.page(&page.title(lang), html! { (content) (layout::neighbours(lang, page)) })
    }

    /// A page of the reference; `None` if there is none at that path.
    pub(super) fn page_of_reference(&self, path: &str, lang: Lang) -> Option<Bytes> {
        let pages = self.reference.get_or_init(|| {
            let entries = Entry::all(self.openapi()).into_iter();
            entries.map(|entry| (entry.path(), InEach::default())).collect()
        });
        let page = pages.get(path)?[lang as usize]
            .get_or_init(|| self.make_of_reference(path, lang).into_string().into());
        Some(page.clone())
    }

    fn make_of_reference(&self, path: &str, lang: Lang) -> Markup {
        let (reference, entries) = (self.reference(lang), Entry::all(self.openapi()));
        let mut chrome = layout::chrome(lang, &self.places, None, path);
        chrome.nav.extend(reference::navigation(lang, self.openapi(), path));
        let Some(entry) = entries.into_iter().find(|entry| entry.path() == path) else {
            unreachable!("only the paths of entries are asked for");
        };
        chrome.page(&reference.title(entry), reference.page(entry))
    }

    /// The paths of the reference below its overview.
    #[cfg(test)]
    pub(super) fn paths_of_reference(&self) -> Vec<String> {
        Entry::all(self.openapi()).into_iter().map(Entry::path).collect()
    }

    /// The page with the results of a search; `path` is that of the request, with its query.
    pub(super) fn search(&self, text: &str, lang: Lang, path: &str) -> Markup {
        let reference = self.reference(lang);
        let index = self.indexes[lang as usize].get_or_init(|| Index::new(reference));
        let mut chrome = layout::chrome(lang, &self.places, None, path);
        chrome.top_right = Some(layout::to_developers(lang, &self.places));
        chrome.page(&tr!(lang, "docs.search.title"), search::content(reference, index, text))
    }

    fn article(&self, text: &str, page: Page, lang: Lang) -> Markup {
        let text = article::fill(&self.places, text, lang);
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
