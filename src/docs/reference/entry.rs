//! The pages of the reference: an overview, one for each area, operation and type of event, and one for
//! the objects.

use serde_json::Value;

use crate::docs::markdown::slug;
use crate::docs::openapi::{Operation, Webhook, operations, webhooks};

/// The path of the overview.
pub(in crate::docs) const OVERVIEW: &str = "/docs/reference";

/// The path of the objects.
pub(in crate::docs) const OBJECTS: &str = "/docs/reference/objects";

/// An area of the API.
#[derive(Clone, Copy)]
pub(in crate::docs) struct Area<'a> {
    pub(in crate::docs) name: &'a str,
    pub(in crate::docs) about: &'a str,
}

/// A page below the overview.
#[derive(Clone, Copy)]
pub(in crate::docs) enum Entry<'a> {
    Area(Area<'a>),
    Operation(Area<'a>, Operation<'a>),
    Event(Area<'a>, Webhook<'a>),
    Objects,
}

impl<'a> Area<'a> {
    /// All areas of a document.
    pub(in crate::docs) fn all(document: &'a Value) -> impl Iterator<Item = Self> {
        let tags = document["tags"].as_array().into_iter().flatten();
        tags.map(|tag| Self {
            name: tag["name"].as_str().unwrap_or_default(),
            about: tag["description"].as_str().unwrap_or_default(),
        })
    }

    /// Its anchor, and the last part of its path.
    pub(in crate::docs) fn slug(self) -> String {
        slug(self.name)
    }

    /// Its page's path.
    pub(in crate::docs) fn path(self) -> String {
        format!("{OVERVIEW}/{}", self.slug())
    }

    /// The pages of its operations and events.
    pub(in crate::docs) fn entries(self, document: &'a Value) -> impl Iterator<Item = Entry<'a>> {
        let operations = operations(document)
            .filter(move |operation| operation.tag() == self.name)
            .map(move |operation| Entry::Operation(self, operation));
        let events = webhooks(document)
            .filter(move |event| event.tag() == self.name)
            .map(move |event| Entry::Event(self, event));
        operations.chain(events)
    }
}

impl<'a> Entry<'a> {
    /// All pages of a document, in reading order.
    pub(in crate::docs) fn all(document: &'a Value) -> Vec<Self> {
        let areas = Area::all(document).flat_map(|area| {
            std::iter::once(Entry::Area(area)).chain(area.entries(document)).collect::<Vec<_>>()
        });
        areas.chain([Entry::Objects]).collect()
    }

    /// The page's path.
    pub(in crate::docs) fn path(self) -> String {
        match self {
            Self::Area(area) => area.path(),
            Self::Operation(area, operation) => format!("{}/{}", area.path(), operation.id()),
            Self::Event(area, event) => format!("{}/{}", area.path(), event.name),
            Self::Objects => OBJECTS.to_owned(),
        }
    }

    /// The title, in English; that of the objects has a text of its own.
    pub(in crate::docs) fn title(self) -> &'a str {
        match self {
            Self::Area(area) => area.name,
            Self::Operation(_, operation) => operation.summary(),
            Self::Event(_, event) => event.summary(),
            Self::Objects => "",
        }
    }
}
