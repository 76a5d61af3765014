//! The list of appointments.

use super::{Appointment, AppointmentStatus};
use crate::ids::CustomerId;
use crate::lists::{Filter, Link, List, Listed, Sort, Span};

const CREATED: &str = "c.created_at";
const UPDATED: &str = "c.updated_at";
const START: &str = "c.starts_at";

/// A customer's appointments are found by an index.
const OF_CUSTOMER: Link = Link { table: "appointments", own: "id", other: "customer_id" };

impl Listed for Appointment {
    type Parent = ();

    const LIST: &'static List = &List {
        kind: "appointment",
        table: "appointments",
        within: None,
        sorts: &[
            Sort::by_number("createdAt", CREATED),
            Sort::by_number("updatedAt", UPDATED),
            Sort::by_number("startsAt", START),
            Sort::by_text("name", "COALESCE(c.name_key, lower(c.name))"),
        ],
        filters: &[
            Filter::choice::<AppointmentStatus>(
                "status",
                "c.status",
                "appointments.state",
                "Only appointments in this state. An addition to the contract",
            ),
            Filter::linked::<CustomerId>(
                "customerId",
                OF_CUSTOMER,
                "appointments.customer",
                "Only appointments with this customer. An addition to the contract",
            ),
            Filter::from(
                "startsFrom",
                Span::Moments,
                START,
                "appointments.filter.from",
                "Only appointments that start on or after this day or time. An addition to the contract",
            ),
            Filter::to(
                "startsTo",
                Span::Moments,
                START,
                "appointments.filter.to",
                "Only appointments that start on or before this day or time. An addition to the contract",
            ),
            Filter::created_from(CREATED),
            Filter::created_to(CREATED),
            Filter::updated_from(UPDATED),
            Filter::updated_to(UPDATED),
        ],
    };

    /// The latest at the top.
    const PAGE_ORDER: Option<&'static str> = Some("-startsAt");
}
