//! The list of file requests.

use super::FileRequest;
use crate::ids::CustomerId;
use crate::lists::{Filter, Link, List, Listed, Sort};

const CREATED: &str = "c.created_at";

/// A customer's requests are found by an index.
const OF_CUSTOMER: Link = Link { table: "file_requests", own: "id", other: "customer_id" };

impl Listed for FileRequest {
    type Parent = ();

    const LIST: &'static List = &List {
        kind: "file_request",
        table: "file_requests",
        within: None,
        sorts: &[
            Sort::by_number("createdAt", CREATED),
            Sort::by_text("name", "COALESCE(c.name_key, lower(c.name))"),
        ],
        filters: &[
            Filter::linked::<CustomerId>(
                "customerId",
                OF_CUSTOMER,
                "file_requests.customer",
                "Only file requests with this customer. An addition to the contract",
            ),
            Filter::created_from(CREATED),
            Filter::created_to(CREATED),
        ],
    };
}
