//! Webhooks: addresses that are told what happens in the portal.

mod find;
mod links;
mod list;
mod model;
mod pages;
pub mod queries;
mod routes;

pub use links::SECTION;
pub use model::{Webhook, WebhookCreate, WebhookType, WebhookView};

use super::Resource;
use crate::db::delete_batch;
use crate::quotas;

/// Webhooks, as the product knows them.
pub const RESOURCE: Resource = Resource {
    api: routes::routes,
    section: SECTION,
    pages: pages::pages,
    searched: queries::SEARCHED,
    find: find::find,
    sort_keys: queries::SORT_KEYS,
    quota: quotas::WEBHOOKS,
    trash: None,
    events: &[],
    removal: &[
        delete_batch!("webhook_deliveries", "portal_id, webhook_id, id", "portal_id = ?2"),
        delete_batch!("webhooks", "portal_id, id", "portal_id = ?2"),
    ],
};
