//! The lists of customers: the portal's, and those of its groups.

use super::{Customer, CustomerType};
use crate::ids::CustomerGroupId;
use crate::lists::{Filter, Link, List, Listed, Sort};

const CREATED: &str = "c.created_at";
const UPDATED: &str = "COALESCE(c.updated_at, c.created_at)";
const NAME: &str = "COALESCE(c.name_key, lower(c.company_name))";

const IN_GROUP: Link =
    Link { table: "customer_group_members", own: "customer_id", other: "group_id" };

const CUSTOMER_TYPE: Filter = Filter::choice::<CustomerType>(
    "customerType",
    "c.customer_type",
    "customers.field.customerType",
    "Only customers of this type. An addition to the contract",
);

impl Listed for Customer {
    type Parent = ();

    const LIST: &'static List = &List {
        kind: "customer",
        table: "customers",
        within: None,
        sorts: &[
            Sort::by_number("createdAt", CREATED),
            Sort::by_number("updatedAt", UPDATED),
            Sort::by_text("companyName", NAME),
        ],
        filters: &[
            Filter::linked::<CustomerGroupId>(
                "customerGroupId",
                IN_GROUP,
                "customers.filter.group",
                "Only customers in this group. An addition to the contract",
            ),
            CUSTOMER_TYPE,
            Filter::created_from(CREATED),
            Filter::created_to(CREATED),
            Filter::updated_from(UPDATED),
            Filter::updated_to(UPDATED),
        ],
    };
}

/// The customers of a group.
pub struct CustomersOfGroup;

impl Listed for CustomersOfGroup {
    type Parent = CustomerGroupId;

    const LIST: &'static List = &List {
        within: Some(IN_GROUP),
        filters: &[
            CUSTOMER_TYPE,
            Filter::created_from(CREATED),
            Filter::created_to(CREATED),
            Filter::updated_from(UPDATED),
            Filter::updated_to(UPDATED),
        ],
        ..*Customer::LIST
    };
}
