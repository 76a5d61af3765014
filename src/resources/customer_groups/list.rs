//! The list of groups.

use super::CustomerGroup;
use crate::ids::CustomerId;
use crate::lists::{Filter, Link, List, Listed, Sort};

const CREATED: &str = "c.created_at";
const UPDATED: &str = "COALESCE(c.updated_at, c.created_at)";

impl Listed for CustomerGroup {
    type Parent = ();

    const LIST: &'static List = &List {
        kind: "customer_group",
        table: "customer_groups",
        within: None,
        sorts: &[
            Sort::by_number("createdAt", CREATED),
            Sort::by_number("updatedAt", UPDATED),
            Sort::by_text("name", "COALESCE(c.name_key, lower(c.name))"),
        ],
        filters: &[
            Filter::linked::<CustomerId>(
                "customerId",
                Link { table: "customer_group_members", own: "group_id", other: "customer_id" },
                "groups.filter.customer",
                "Only groups that this customer is in. An addition to the contract",
            ),
            Filter::created_from(CREATED),
            Filter::created_to(CREATED),
            Filter::updated_from(UPDATED),
            Filter::updated_to(UPDATED),
        ],
    };
}
