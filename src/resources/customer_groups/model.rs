//! The model of a customer group, and its representation in the API.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;

use crate::db::from_row;
use crate::fields::{Fields, FromFields};
use crate::http::{Position, Positioned};
use crate::ids::{CustomerGroupId, CustomerId};
use crate::time::Atom;
use crate::values::{Field, Name};

/// A group, as stored.
#[derive(Debug, Clone)]
pub struct CustomerGroup {
    /// Its id.
    pub id: CustomerGroupId,
    /// Its name.
    pub name: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// The number of renames, plus one.
    pub revision: i64,
    /// The number of customers in it.
    pub size: i64,
}

from_row!(CustomerGroup { id, name, created_at, revision, size });

impl Positioned for CustomerGroup {
    fn position(&self) -> Position {
        Position::of(self.created_at, self.id.as_str())
    }
}

/// A group in the API.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "CustomerGroup")]
pub struct CustomerGroupView {
    /// The group's id
    id: CustomerGroupId,
    /// The group's name
    #[schemars(example = &"Horeca")]
    name: String,
    /// When the group was created, with the offset of the portal's time zone
    created_at: Atom,
}

impl CustomerGroup {
    /// The representation in the API, with times in the portal's time zone.
    pub fn into_view(self, zone: &TimeZone) -> CustomerGroupView {
        CustomerGroupView {
            created_at: Atom::new(self.created_at, zone),
            id: self.id,
            name: self.name,
        }
    }
}

/// A new group.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct CustomerGroupCreate {
    /// The group's name
    #[schemars(with = "String", length(min = 1, max = 100), example = &"Horeca")]
    pub name: Name,
    /// Ids of the first customers in the group; unknown ids are ignored
    #[schemars(default, length(max = 1000))]
    pub customers: Vec<CustomerId>,
}

impl FromFields for CustomerGroupCreate {
    fn from_fields(fields: &mut Fields) -> Self {
        Self {
            name: Name::read_new(fields, "name"),
            customers: fields.when_sent("customers", Fields::ids).unwrap_or_default(),
        }
    }
}

/// A group's new name.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct CustomerGroupPatch {
    /// The group's name
    #[schemars(with = "String", length(min = 1, max = 100), example = &"Horeca")]
    pub name: Name,
}

impl FromFields for CustomerGroupPatch {
    fn from_fields(fields: &mut Fields) -> Self {
        Self { name: Name::read_sent(fields, "name") }
    }
}

/// Customers to add to a group.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct CustomerIds {
    /// Ids of the customers to add; unknown ids are ignored
    #[schemars(length(max = 1000))]
    pub customers: Vec<CustomerId>,
}

impl FromFields for CustomerIds {
    fn from_fields(fields: &mut Fields) -> Self {
        Self { customers: fields.ids("customers") }
    }
}
