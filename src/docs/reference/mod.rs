//! `/docs/reference`: every operation of the API and every event, generated from the OpenAPI document.

mod context;
mod event;
mod example;
mod fields;
mod operation;

use maud::{Markup, html};
use serde_json::Value;

use super::markdown::{inline, slug};
use super::openapi::{Operation, Webhook, operations, webhooks};
use super::places::Places;
use crate::i18n::{Lang, tr};
use crate::ui::{self, FlashKind, NavGroup, NavItem};
use context::Reference;
use fields::Fields;

/// Links to all operations and events, area by area.
pub(super) fn navigation(document: &Value) -> Vec<NavGroup<'_>> {
    let item = |operation: Operation<'_>| NavItem {
        label: operation.summary().to_owned().into(),
        href: format!("/docs/reference#{}", operation.id()),
        icon: None,
        current: false,
    };
    let event = |event: Webhook<'_>| NavItem {
        label: event.summary().to_owned().into(),
        href: format!("/docs/reference#{}", event.name),
        icon: None,
        current: false,
    };
    let group = |tag: &Tag<'_>| NavGroup {
        label: Some(tag.name.to_owned().into()),
        items: tag.operations(document).map(item).chain(tag.events(document).map(event)).collect(),
    };
    tags(document).iter().map(group).collect()
}

/// The page's content.
pub(super) fn content(lang: Lang, places: &Places, document: &Value) -> Markup {
    let reference = Reference { lang, places, document };
    html! {
        (ui::header(&tr!(lang, "docs.reference.title"), Some(&tr!(lang, "docs.about.reference")), html! {}))
        (reference.introduction())
        @for tag in tags(document) {
            section.reference {
                h2 id=(slug(tag.name)) lang=[reference.english()] { (tag.name) }
                p.muted lang=[reference.english()] { (inline(tag.about)) }
                @for operation in tag.operations(document) { (reference.operation(operation)) }
                @for event in tag.events(document) { (reference.event(event)) }
            }
        }
        (reference.objects())
    }
}

/// An area of the API.
struct Tag<'a> {
    name: &'a str,
    about: &'a str,
}

fn tags(document: &Value) -> Vec<Tag<'_>> {
    let tags = document["tags"].as_array().into_iter().flatten();
    tags.map(|tag| Tag {
        name: tag["name"].as_str().unwrap_or_default(),
        about: tag["description"].as_str().unwrap_or_default(),
    })
    .collect()
}

impl<'a> Tag<'a> {
    fn operations(&self, document: &'a Value) -> impl Iterator<Item = Operation<'a>> + use<'a> {
        let name = self.name;
        operations(document).filter(move |operation| operation.tag() == name)
    }

    fn events(&self, document: &'a Value) -> impl Iterator<Item = Webhook<'a>> + use<'a> {
        let name = self.name;
        webhooks(document).filter(move |event| event.tag() == name)
    }
}

impl Reference<'_> {
    fn introduction(self) -> Markup {
        let lang = self.lang;
        html! {
            div.prose {
                p { (tr!(lang, "docs.start.base")) " " code { (self.places.api) } ". " (inline(&tr!(lang, "docs.reference.token"))) }
                p { (inline(&tr!(lang, "docs.reference.document"))) }
            }
            @if self.english().is_some() {
                (ui::notice(FlashKind::Info, None, html! { p { (tr!(lang, "docs.reference.english")) } }))
            }
        }
    }

    /// The objects in requests and responses.
    fn objects(self) -> Markup {
        let schemas = self.document["components"]["schemas"].as_object();
        html! {
            section.reference {
                h2 id="objects" { (tr!(self.lang, "docs.reference.objects")) }
                @for (name, schema) in schemas.into_iter().flatten() {
                    section.operation {
                        h3 id={ "object-" (name) } lang="en" { (name) }
                        @if let Some(about) = schema["description"].as_str() { p lang="en" { (inline(about)) } }
                        (Fields::of(self, schema))
                    }
                }
            }
        }
    }
}
