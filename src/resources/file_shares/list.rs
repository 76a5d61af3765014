//! The list of file shares.

use super::FileShare;
use crate::ids::CustomerId;
use crate::lists::{Filter, Link, List, Listed, Sort};

const CREATED: &str = "c.created_at";

/// A customer's shares are found by an index.
const OF_CUSTOMER: Link = Link { table: "file_shares", own: "id", other: "customer_id" };

impl Listed for FileShare {
    type Parent = ();

    const LIST: &'static List = &List {
        kind: "file_share",
        table: "file_shares",
        within: None,
        sorts: &[
            Sort::by_number("createdAt", CREATED),
            Sort::by_text("name", "COALESCE(c.name_key, lower(c.name))"),
        ],
        filters: &[
            Filter::linked::<CustomerId>(
                "customerId",
                OF_CUSTOMER,
                "file_shares.customer",
                "Only file shares with this customer. An addition to the contract",
            ),
            Filter::created_from(CREATED),
            Filter::created_to(CREATED),
        ],
    };
}
