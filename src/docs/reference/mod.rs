//! `/docs/reference`: every operation of the API, every event and every object, generated from the OpenAPI
//! document.

mod call;
mod context;
mod entry;
mod event;
mod example;
mod fields;
mod operation;
mod try_it;
mod upload;

use maud::{Markup, html};
use serde_json::Value;

pub(super) use context::Reference;
pub(super) use entry::{Area, Entry, OBJECTS, OVERVIEW};

use super::markdown::inline;
use crate::i18n::{Lang, tr};
use crate::ui::{self, FlashKind, NavGroup, NavItem};
use fields::Fields;

/// Links to all pages of the reference, area by area; `path` is that of this page.
pub(super) fn navigation(lang: Lang, document: &Value, path: &str) -> Vec<NavGroup<'static>> {
    let item = |entry: Entry<'_>, label: String| NavItem {
        label: label.into(),
        href: entry.path(),
        icon: None,
        current: entry.path() == path,
    };
    let area = |area: Area<'_>| {
        let entries = area.entries(document);
        let overview = item(Entry::Area(area), tr!(lang, "docs.reference.overview").into_owned());
        NavGroup {
            label: Some(area.name.to_owned().into()),
            items: std::iter::once(overview)
                .chain(entries.map(|entry| item(entry, entry.title().to_owned())))
                .collect(),
        }
    };
    let objects = item(Entry::Objects, tr!(lang, "docs.reference.objects").into_owned());
    Area::all(document).map(area).chain([NavGroup { label: None, items: vec![objects] }]).collect()
}

impl Reference<'_> {
    /// The title of a page.
    pub(super) fn title(self, entry: Entry<'_>) -> String {
        match entry {
            Entry::Objects => tr!(self.lang, "docs.reference.objects").into_owned(),
            entry => entry.title().to_owned(),
        }
    }

    /// The content of a page.
    pub(super) fn page(self, entry: Entry<'_>) -> Markup {
        let title = self.title(entry);
        let area = match entry {
            Entry::Operation(area, _) | Entry::Event(area, _) => Some((area.name, area.path())),
            Entry::Area(_) | Entry::Objects => None,
        };
        let reference = tr!(self.lang, "docs.reference.title");
        let mut trail: Vec<(&str, Option<&str>)> = vec![(&reference, Some(OVERVIEW))];
        trail.extend(area.as_ref().map(|(name, path)| (*name, Some(path.as_str()))));
        trail.push((&title, None));
        html! {
            (ui::breadcrumbs(self.lang, &trail))
            (ui::header(&title, None, html! {}))
            @match entry {
                Entry::Area(area) => {
                    p.muted lang=[self.english()] { (inline(area.about)) }
                    (self.list(area))
                }
                Entry::Operation(_, operation) => (self.operation(operation)),
                Entry::Event(_, event) => (self.event(event)),
                Entry::Objects => (self.objects()),
            }
        }
    }

    /// The overview.
    pub(super) fn overview(self) -> Markup {
        let lang = self.lang;
        html! {
            (ui::header(&tr!(lang, "docs.reference.title"), Some(&tr!(lang, "docs.about.reference")), html! {}))
            (self.introduction())
            @for area in Area::all(self.document) {
                section.reference {
                    h2 id=(area.slug()) lang=[self.english()] { a href=(area.path()) { (area.name) } }
                    p.muted lang=[self.english()] { (inline(area.about)) }
                    (self.list(area))
                }
            }
            section.reference {
                h2 id="objects" { a href=(OBJECTS) { (tr!(lang, "docs.reference.objects")) } }
                p.muted { (tr!(lang, "docs.reference.objects_text")) }
            }
        }
    }

    fn introduction(self) -> Markup {
        let lang = self.lang;
        html! {
            div.prose {
                p { (tr!(lang, "docs.start.base")) " " code { (self.places.api) } ". " (inline(&tr!(lang, "docs.reference.token"))) }
                p { (inline(&tr!(lang, "docs.reference.document"))) }
                p { (inline(&tr!(lang, "docs.reference.tools"))) }
            }
            @if self.english().is_some() {
                (ui::notice(FlashKind::Info, None, html! { p { (tr!(lang, "docs.reference.english")) } }))
            }
        }
    }

    /// The operations and events of an area, with links to their pages.
    fn list(self, area: Area<'_>) -> Markup {
        html! {
            ul.reference-list {
                @for entry in area.entries(self.document) {
                    @match entry {
                        Entry::Operation(_, operation) => li id=(operation.id()) {
                            a href=(entry.path()) lang=[self.english()] { (operation.summary()) }
                            (ui::endpoint(&operation.method.to_uppercase(), operation.path))
                        },
                        Entry::Event(_, event) => li id=(event.name) {
                            a href=(entry.path()) lang=[self.english()] { (event.summary()) }
                            code { (event.name) }
                        },
                        Entry::Area(_) | Entry::Objects => {},
                    }
                }
            }
        }
    }

    /// The objects in requests and responses.
    fn objects(self) -> Markup {
        let schemas = self.document["components"]["schemas"].as_object();
        html! {
            p.muted { (tr!(self.lang, "docs.reference.objects_text")) }
            @for (name, schema) in schemas.into_iter().flatten() {
                section.operation {
                    h2 id={ "object-" (name) } lang="en" { (name) }
                    @if let Some(about) = schema["description"].as_str() { p lang="en" { (inline(about)) } }
                    (Fields::of(self, schema))
                }
            }
        }
    }
}
