//! The portal's resources. Each folder holds all of one: model, statements, API routes and pages.
//! A new resource is registered with one line here.

pub mod changes;
pub mod customer_groups;
pub mod customers;
pub mod list;
mod record_form;

use std::sync::LazyLock;

use axum::Router;

use crate::auth::ScopeSet;
use crate::db::WritingDb;
use crate::http::{RouteScopes, Routes};
use crate::server::Server;

/// The API routes of all resources.
pub fn routes() -> Routes {
    Routes::default().merge(customers::routes()).merge(customer_groups::routes())
}

/// The scope that each of the routes asks.
pub fn route_scopes() -> &'static RouteScopes {
    static SCOPES: LazyLock<RouteScopes> = LazyLock::new(|| routes().into_scopes());
    &SCOPES
}

/// The scopes that some route asks, and the operator's own, which other services ask. The rest are
/// in the contract, but their resources are not built yet.
pub fn scopes_in_use() -> ScopeSet {
    route_scopes().all().union(ScopeSet::own())
}

/// Enters rows into the search index that were there before it, or before the way of folding
/// changed; see [`Searched::catch_up`](crate::search::Searched::catch_up).
pub async fn complete_search_index(db: &WritingDb) {
    for searched in [customers::queries::SEARCHED, customer_groups::queries::SEARCHED] {
        if let Err(error) = searched.catch_up(db).await {
            tracing::error!(%error, "the search index is incomplete until the next start");
        }
    }
}

/// The pages of all resources, to be nested under the manage portal's path.
pub fn pages() -> Router<Server> {
    Router::new().merge(customers::pages()).merge(customer_groups::pages())
}
