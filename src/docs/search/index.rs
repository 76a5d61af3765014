//! The index: a section for each heading, operation, event and object.

use serde_json::Value;

use crate::docs::page::Page;
use crate::docs::reference::{Entry, OBJECTS, Reference};
use crate::docs::{article, markdown};
use crate::i18n::{Lang, tr};
use crate::search::Words;
use crate::unicode::fold;

/// The maximum number of results.
const MOST: usize = 30;

/// The maximum length of an excerpt, in characters.
const EXCERPT: usize = 180;

/// A part of a page that can be found.
#[derive(Debug)]
pub(in crate::docs) struct Section {
    /// Its heading.
    pub(super) title: String,
    /// The title of its page.
    pub(super) page: String,
    /// Its path, with an anchor.
    pub(super) path: String,
    text: String,
    folded_title: String,
    folded_text: String,
}

/// A result.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) section: &'a Section,
    /// The part of its text that fits best.
    pub(super) excerpt: String,
}

/// All sections in one language, in reading order.
#[derive(Debug)]
pub(in crate::docs) struct Index(Vec<Section>);

impl Section {
    fn new(title: String, page: String, path: String, text: String) -> Self {
        let (folded_title, folded_text) = (fold(&title), fold(&format!("{title} {page} {text}")));
        Self { title, page, path, text, folded_title, folded_text }
    }

    /// The sentence with the first of the words, or else the beginning.
    fn excerpt(&self, words: &[Words]) -> String {
        let mut sentences = self.text.split_inclusive(['.', '!', '?', '\n']);
        let fits = |sentence: &&str| {
            let folded = fold(sentence);
            words.iter().any(|word| word.are_in(&folded))
        };
        let sentence = sentences.find(fits).unwrap_or(&self.text).trim();
        let mut excerpt: String = sentence.chars().take(EXCERPT).collect();
        if excerpt.len() < sentence.len() {
            excerpt.push('…');
        }
        excerpt
    }
}

impl Index {
    /// The index of all pages in a language.
    pub(in crate::docs) fn new(reference: Reference<'_>) -> Self {
        let mut sections = Vec::new();
        for page in Page::ALL {
            sections.extend(of_page(reference, page));
        }
        let entries = Entry::all(reference.document);
        sections.extend(entries.into_iter().map(|entry| of_entry(reference, entry)));
        sections.extend(objects(reference));
        Self(sections)
    }

    /// The sections with all words of a text: first those with all of them in the title. The second
    /// value says whether there are more.
    pub(super) fn find(&self, text: &str) -> (Vec<Found<'_>>, bool) {
        let words = Words::of(text);
        if words.is_empty() {
            return (Vec::new(), false);
        }
        let mut found: Vec<&Section> =
            self.0.iter().filter(|section| words.are_in(&section.folded_text)).collect();
        found.sort_by_key(|section| !words.are_in(&section.folded_title));
        let more = found.len() > MOST;
        let each: Vec<Words> = text.split_whitespace().map(Words::of).collect();
        let found = found.into_iter().take(MOST);
        (found.map(|section| Found { section, excerpt: section.excerpt(&each) }).collect(), more)
    }
}

/// The sections of a page: its introduction and one for each heading.
fn of_page(reference: Reference<'_>, page: Page) -> Vec<Section> {
    let (lang, title) = (reference.lang, page.title(reference.lang).into_owned());
    let about = page.about(lang);
    let Some(text) = page.text(lang) else {
        let section =
            Section::new(title.clone(), title, page.path().to_owned(), about.into_owned());
        return vec![section];
    };
    let original = page.text(Lang::En).unwrap_or_default();
    markdown::sections(&article::fill(reference.places, text, lang), original)
        .into_iter()
        .map(|section| match section.heading {
            Some(heading) => {
                let path = format!("{}#{}", page.path(), heading.id);
                Section::new(heading.text, title.clone(), path, section.text)
            }
            None => {
                let text = format!("{about} {}", section.text);
                Section::new(title.clone(), title.clone(), page.path().to_owned(), text)
            }
        })
        .collect()
}

fn of_entry(reference: Reference<'_>, entry: Entry<'_>) -> Section {
    let page = tr!(reference.lang, "docs.reference.title").into_owned();
    let text = match entry {
        Entry::Area(area) => area.about.to_owned(),
        Entry::Operation(_, operation) => {
            let endpoint = format!("{} {}", operation.method.to_uppercase(), operation.path);
            let parameters = operation.value["parameters"].as_array().into_iter().flatten();
            let parameters =
                parameters.map(|parameter| described(&parameter["name"], &parameter["schema"]));
            let scope = operation.scope().unwrap_or_default();
            [
                endpoint,
                format!("{}.", operation.details().trim_end_matches('.')),
                operation.id().to_owned(),
                scope.to_owned(),
            ]
            .into_iter()
            .chain(parameters)
            .collect::<Vec<_>>()
            .join("\n")
        }
        Entry::Event(_, event) => event.name.to_owned(),
        Entry::Objects => tr!(reference.lang, "docs.reference.objects_text").into_owned(),
    };
    Section::new(reference.title(entry), page, entry.path(), text)
}

fn objects(reference: Reference<'_>) -> Vec<Section> {
    let page = tr!(reference.lang, "docs.reference.objects");
    let schemas = reference.document["components"]["schemas"].as_object().into_iter().flatten();
    schemas
        .map(|(name, schema)| {
            let fields = schema["properties"].as_object().into_iter().flatten();
            let fields = fields.map(|(name, field)| described(&name.as_str().into(), field));
            let about = schema["description"].as_str().unwrap_or_default().to_owned();
            let text = std::iter::once(about).chain(fields).collect::<Vec<_>>().join("\n");
            let path = format!("{OBJECTS}#object-{name}");
            Section::new(name.clone(), page.clone().into_owned(), path, text)
        })
        .collect()
}

/// A field's name and description.
fn described(name: &Value, schema: &Value) -> String {
    let name = name.as_str().unwrap_or_default();
    match schema["description"].as_str() {
        Some(about) => format!("{name}: {about}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docs::openapi;
    use crate::docs::places::Places;

    fn found(lang: Lang, text: &str) -> Vec<String> {
        let places = Places::for_tests();
        let document = openapi::document(&places);
        let index = Index::new(Reference { lang, places: &places, document: &document });
        let (found, more) = index.find(text);
        assert!(found.len() <= MOST && (!more || found.len() == MOST));
        assert!(found.iter().all(|found| found.excerpt.chars().count() <= EXCERPT + 1));
        found.into_iter().map(|found| found.section.path.clone()).collect()
    }

    #[test]
    fn every_kind_of_page_is_found_in_both_languages() {
        for (lang, text, path) in [
            (Lang::Nl, "testportaal", "/docs/test-portals"),
            (Lang::En, "test portal", "/docs/test-portals"),
            (Lang::Nl, "PATCH /customers", "/docs/reference/customers/updateCustomer"),
            (Lang::En, "zipCode", "/docs/reference/objects#object-Customer"),
            (Lang::En, "customer-created", "/docs/reference/events/customer-created"),
            (Lang::Nl, "klantgroepen", "/docs/changelog#010"),
            (Lang::En, "scopes", "/docs/scopes"),
        ] {
            let found = found(lang, text);
            assert!(found.iter().any(|found| found == path), "{text}: {found:?}");
        }
    }

    #[test]
    fn titles_come_first_and_all_words_count() {
        assert_eq!(found(Lang::En, "rate limits")[0], "/docs/rate-limits");
        assert_eq!(found(Lang::En, "RÄTE  limits")[0], "/docs/rate-limits", "folded");
        assert!(found(Lang::En, "rate xyzzy").is_empty());
        for nothing in ["", "  ", "?!", "<script>"] {
            assert!(found(Lang::En, nothing).is_empty(), "{nothing}");
        }
    }

    #[test]
    fn an_excerpt_is_the_sentence_that_fits() {
        let text = "First of all. Then comes the header. The end.";
        let section = Section::new("Title".into(), "Page".into(), "/x".into(), text.into());
        assert_eq!(section.excerpt(&[Words::of("HEADER")]), "Then comes the header.");
        assert_eq!(section.excerpt(&[Words::of("title")]), text);
    }
}
