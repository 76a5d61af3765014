//! The portal's resources. Each has a folder with its model, statements, API routes and pages. A
//! new resource is registered with one line here.

pub mod customer_groups;
pub mod customers;
pub mod list;
mod record_form;

use std::sync::LazyLock;

use axum::Router;

use crate::db::WritingDb;
use crate::error::Result;
use crate::http::{RouteScopes, Routes};
use crate::server::Server;

/// The API routes of all resources.
pub fn routes() -> Routes {
    Routes::default().merge(customers::routes()).merge(customer_groups::routes())
}

/// The scope of each route.
pub fn route_scopes() -> &'static RouteScopes {
    static SCOPES: LazyLock<RouteScopes> = LazyLock::new(|| routes().into_scopes());
    &SCOPES
}

/// Indexes rows from before the search index, or before folding changed; see
/// [`Searched::catch_up`](crate::search::Searched::catch_up). Returns how many.
pub async fn complete_search_index(db: &WritingDb) -> Result<u64> {
    let mut count = 0;
    for searched in [customers::queries::SEARCHED, customer_groups::queries::SEARCHED] {
        count += searched.catch_up(db).await?;
    }
    Ok(count)
}

/// Changes when every row has to be indexed again.
pub const fn search_index_version() -> i64 {
    crate::search::VERSION
}

/// The pages of all resources, to nest under the manage portal's path.
pub fn pages() -> Router<Server> {
    Router::new().merge(customers::pages()).merge(customer_groups::pages())
}
