//! The model of a customer group, and its representation in the API.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Serialize;

use crate::ids::{CustomerGroupId, CustomerId};
use crate::time::Atom;
use crate::values::{Ids, Name, Omittable, body, row};

row! {
    /// A group, as stored.
    CustomerGroup {
        /// Its id.
        id: CustomerGroupId,
        /// Its name.
        name: String,
        /// When it was created.
        created_at: Timestamp,
        /// When it was last renamed, or created.
        updated_at: Timestamp = "COALESCE(c.updated_at, c.created_at)",
        /// The number of renames, plus one.
        revision: i64,
    }
}

impl CustomerGroup {
    /// Groups as the options of a select: ids with names.
    pub fn options(groups: &[Self]) -> Vec<(String, String)> {
        groups.iter().map(|group| (group.id.to_string(), group.name.clone())).collect()
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
    /// When the group was last renamed, or created. An addition to the contract
    updated_at: Atom,
}

impl CustomerGroup {
    /// The representation in the API, with times in the portal's time zone.
    pub fn into_view(self, zone: &TimeZone) -> CustomerGroupView {
        CustomerGroupView {
            created_at: Atom::new(self.created_at, zone),
            updated_at: Atom::new(self.updated_at, zone),
            id: self.id,
            name: self.name,
        }
    }
}

body! {
    /// A new group.
    CustomerGroupCreate {
        /// The group's name
        name "name": Name = "Horeca",
        /// Ids of the first customers in the group; unknown ids are ignored
        customers "customers": Omittable<Ids<CustomerId>> = ["cst_abc12345def678"],
    }
}

body! {
    /// A group's new name.
    CustomerGroupPatch {
        /// The group's name
        name "name": Name = "Horeca",
    }
}

body! {
    /// Customers to add to a group.
    CustomerIds {
        /// Ids of the customers to add; unknown ids are ignored
        customers "customers": Ids<CustomerId> = ["cst_abc12345def678"],
    }
}
