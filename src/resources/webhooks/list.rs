//! The list of webhooks.

use super::{Webhook, WebhookType};
use crate::lists::{Filter, List, Listed, Sort};

const CREATED: &str = "c.created_at";

impl Listed for Webhook {
    type Parent = ();

    const LIST: &'static List = &List {
        kind: "webhook",
        table: "webhooks",
        within: None,
        sorts: &[
            Sort::by_number("createdAt", CREATED),
            Sort::by_text("url", "COALESCE(c.name_key, lower(c.url))"),
        ],
        filters: &[
            Filter::choice::<WebhookType>(
                "type",
                "c.type",
                "webhooks.field.type",
                "Only webhooks of this type. An addition to the contract",
            ),
            Filter::created_from(CREATED),
            Filter::created_to(CREATED),
        ],
    };
}
