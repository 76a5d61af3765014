//! The types of events.

use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

use crate::auth::Scope;

/// What an event carries: a resource, as the API shows it.
pub trait EventData: Serialize + JsonSchema + Sync {
    /// What a token needs to read the resource. An app without it is not told of its events.
    const SCOPE: Scope;

    /// The id of the resource that the event is about. Its events are numbered, and delivered in
    /// that order.
    fn resource_id(&self) -> &str;
}

/// A type of event, whose data is a `T`. A resource declares its own as constants.
pub struct EventType<T> {
    pub(super) name: &'static str,
    about: &'static str,
    pub(super) is_last: bool,
    data: PhantomData<fn(&T)>,
}

impl<T> Clone for EventType<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for EventType<T> {}

impl<T: EventData> EventType<T> {
    /// `name` is the event's name in the contract; `about` says in a sentence what happened, for the
    /// reference.
    pub const fn new(name: &'static str, about: &'static str) -> Self {
        Self { name, about, is_last: false, data: PhantomData }
    }

    /// The same, as the last event of its resource.
    #[must_use]
    pub const fn last(self) -> Self {
        Self { is_last: true, ..self }
    }

    /// What the reference says about it.
    pub const fn info(self) -> EventInfo {
        EventInfo {
            name: self.name,
            about: self.about,
            scope: T::SCOPE,
            schema_of_data: SchemaGenerator::subschema_for::<T>,
        }
    }
}

/// A type of event, whatever its data.
#[derive(Debug, Clone, Copy)]
pub struct EventInfo {
    /// Its name, as in the contract.
    pub name: &'static str,
    /// What happened, in a sentence.
    pub about: &'static str,
    /// What is needed to read what it is about.
    pub scope: Scope,
    /// Adds the schema of its data to the definitions, and returns a reference to it.
    pub schema_of_data: fn(&mut SchemaGenerator) -> Schema,
}
