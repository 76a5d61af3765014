//! The lists of tickets: the portal's, and of them those that a member takes care of or hasn't read.

use super::{Ticket, TicketSource, TicketStatus};
use crate::ids::{AccountId, CustomerId};
use crate::lists::{Filter, Link, List, Listed, Sort};

const CREATED: &str = "c.created_at";
const UPDATED: &str = "c.updated_at";

/// The latest at the top.
const LATEST_FIRST: Option<&str> = Some("-updatedAt");

/// A customer's tickets are found by an index.
const OF_CUSTOMER: Link = Link { table: "tickets", own: "id", other: "customer_id" };

/// A member's tickets, likewise.
const OF_ASSIGNEE: Link = Link { table: "tickets", own: "id", other: "assignee_id" };

const UNREAD: Link = Link { table: "unread_tickets", own: "ticket_id", other: "account_id" };

impl Listed for Ticket {
    type Parent = ();

    const LIST: &'static List = &List {
        kind: "ticket",
        table: "tickets",
        within: None,
        sorts: &[
            Sort::by_number("createdAt", CREATED),
            Sort::by_number("updatedAt", UPDATED),
            Sort::by_text("title", "COALESCE(c.name_key, lower(c.title))"),
        ],
        filters: &[
            Filter::choice::<TicketStatus>(
                "status",
                "c.status",
                "tickets.state",
                "Only tickets in this state. An addition to the contract",
            ),
            Filter::choice::<TicketSource>(
                "source",
                "c.source",
                "tickets.source",
                "Only tickets that began here. An addition to the contract",
            ),
            Filter::linked::<CustomerId>(
                "customerId",
                OF_CUSTOMER,
                "tickets.customer",
                "Only tickets with this customer. An addition to the contract",
            ),
            Filter::created_from(CREATED),
            Filter::created_to(CREATED),
            Filter::updated_from(UPDATED),
            Filter::updated_to(UPDATED),
        ],
    };

    const PAGE_ORDER: Option<&'static str> = LATEST_FIRST;
}

/// The tickets that a member takes care of.
pub struct TicketsOfAssignee;

impl Listed for TicketsOfAssignee {
    type Parent = AccountId;

    const LIST: &'static List = &List { within: Some(OF_ASSIGNEE), ..*Ticket::LIST };

    const PAGE_ORDER: Option<&'static str> = LATEST_FIRST;
}

/// The tickets in which a member hasn't read everything.
pub struct UnreadTickets;

impl Listed for UnreadTickets {
    type Parent = AccountId;

    const LIST: &'static List = &List { within: Some(UNREAD), ..*Ticket::LIST };

    const PAGE_ORDER: Option<&'static str> = LATEST_FIRST;
}
