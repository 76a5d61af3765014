//! Punch cards: what a business offers, and what its customers have of it. A punch is taken of an
//! issued card at the counter, or by an app. See `docs/decisions/0063-punch-cards.md`.

mod code;
mod counter;
mod edit;
mod find;
mod form;
mod issue;
mod issued;
mod issued_page;
mod issued_queries;
mod links;
mod list;
mod model;
mod of_customer;
mod pages;
pub mod queries;
mod routes;
mod stamp;
mod trash;

pub use issued::{Issue, IssuedOfCard, IssuedPunchCard, IssuedPunchCardView, IssuedStatus, Stamp};
pub use issued_queries::insert_issued;
#[cfg(test)]
pub(crate) use issued_queries::lists as issued_lists;
pub use links::SECTION;
pub use model::{
    DetailsChange, Expiry, ExpiryChange, ExpiryPeriod, NewDetails, NewExpiry, PunchCard,
    PunchCardCreate, PunchCardDetails, PunchCardPatch, PunchCardView,
};
pub use of_customer::on_customer_page;

use super::Resource;
use crate::db::delete_batch;
use crate::quotas;

/// Punch cards, as the product knows them.
pub const RESOURCE: Resource = Resource {
    api: routes::routes,
    section: SECTION,
    pages: pages::pages,
    searched: queries::SEARCHED,
    find: find::find,
    sort_keys: queries::SORT_KEYS,
    quota: quotas::PUNCH_CARDS,
    trash: Some(&queries::TRASH),
    events: &[],
    removal: &[
        delete_batch!("issued_punch_cards", "portal_id, id", "portal_id = ?2"),
        delete_batch!("punch_cards", "portal_id, id", "portal_id = ?2"),
    ],
};
