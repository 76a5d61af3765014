//! The list of punch cards.

use super::PunchCard;
use crate::lists::{Filter, List, Listed, Sort};

const CREATED: &str = "c.created_at";
const UPDATED: &str = "c.updated_at";

impl Listed for PunchCard {
    type Parent = ();

    const LIST: &'static List = &List {
        kind: "punch_card",
        table: "punch_cards",
        within: None,
        sorts: &[
            Sort::by_number("createdAt", CREATED),
            Sort::by_number("updatedAt", UPDATED),
            Sort::by_text("name", "COALESCE(c.name_key, lower(c.name))"),
        ],
        filters: &[
            Filter::created_from(CREATED),
            Filter::created_to(CREATED),
            Filter::updated_from(UPDATED),
            Filter::updated_to(UPDATED),
        ],
    };
}
