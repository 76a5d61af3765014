//! The portal's resources. Each has a folder with its model, statements, API routes, pages and
//! events. A new resource is registered with one line here.
//!
//! A resource gets the portal's store, the time and the limits from `Access` and `Member`. It reaches
//! neither the server nor the database beside its portal; the test of the floors sees to that.

pub mod customer_groups;
pub mod customers;
#[cfg(test)]
mod list_plans;
mod portal;
mod record_form;

use std::sync::LazyLock;

use crate::events::EventInfo;
use crate::http::{RouteScopes, Routes};
use crate::lists::SortKeys;
use crate::manage::PageRoutes;
use crate::search::Searched;

/// What a resource consists of.
struct Resource {
    routes: fn() -> Routes,
    pages: fn() -> PageRoutes,
    searched: Searched,
    sort_keys: SortKeys,
    events: &'static [EventInfo],
}

/// All resources. A new one is a line here.
const RESOURCES: [Resource; 2] = [customers::RESOURCE, customer_groups::RESOURCE];

/// The API routes of all resources, and of the portal itself.
pub fn routes() -> Routes {
    RESOURCES.iter().fold(portal::routes(), |all, resource| all.merge((resource.routes)()))
}

/// The scope of each route.
pub fn route_scopes() -> &'static RouteScopes {
    static SCOPES: LazyLock<RouteScopes> = LazyLock::new(|| routes().into_scopes());
    &SCOPES
}

/// The pages of all resources, to nest under the manage portal's path.
pub fn pages() -> PageRoutes {
    RESOURCES.iter().fold(PageRoutes::new(), |all, resource| all.merge((resource.pages)()))
}

/// The searchable rows of all resources.
pub fn searched() -> impl Iterator<Item = Searched> {
    RESOURCES.into_iter().map(|resource| resource.searched)
}

/// The names that the rows of all resources are sorted by.
pub fn sort_keys() -> impl Iterator<Item = SortKeys> {
    RESOURCES.into_iter().map(|resource| resource.sort_keys)
}

/// The types of events of all resources.
pub fn events() -> impl Iterator<Item = EventInfo> {
    RESOURCES.into_iter().flat_map(|resource| resource.events).copied()
}
