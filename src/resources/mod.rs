//! The portal's resources. Each has a folder with its model, statements, API routes, pages and
//! events. A new resource is registered with one line here.
//!
//! A resource gets the portal's store, the time and the limits from `Access` and `Member`. It reaches
//! neither the server nor the database beside its portal; the test of the floors sees to that.

pub mod appointments;
pub mod customer_groups;
pub mod customers;
pub mod file_requests;
pub mod file_shares;
pub mod files;
mod of_customers;
mod portal;
pub mod punch_cards;
mod record_form;
mod resource;
pub mod tickets;
pub mod webhooks;

pub use of_customers::{CustomerSection, ShownSection};
pub use resource::{Find, Finding, Hit, MOST_HITS, Resource};

use std::sync::LazyLock;

use crate::events::EventInfo;
use crate::guests::Writer;
use crate::http::{RouteScopes, Routes};
use crate::jobs::Registry;
use crate::lists::SortKeys;
use crate::search::Searched;
use crate::transfer::{ImportContext, ImportJob};
use crate::trash::Trash;
use crate::web::Pages;

/// All resources, in the order of the menu and of the reference.
pub const ALL: [&Resource; 9] = [
    &customers::RESOURCE,
    &customer_groups::RESOURCE,
    &appointments::RESOURCE,
    &tickets::RESOURCE,
    &files::RESOURCE,
    &file_shares::RESOURCE,
    &file_requests::RESOURCE,
    &punch_cards::RESOURCE,
    &webhooks::RESOURCE,
];

/// What resources show on a customer's page, in this order.
const ON_CUSTOMER_PAGE: &[CustomerSection] = &[
    appointments::on_customer_page,
    tickets::on_customer_page,
    file_shares::on_customer_page,
    file_requests::on_customer_page,
    punch_cards::on_customer_page,
];

/// Rows that are searched within others only, such as the issued ones of a punch card.
const SEARCHED_WITHIN: [Searched; 1] = [of_customers::ISSUED_PUNCH_CARDS];

/// The API routes of all resources, and of the portal itself.
pub fn routes() -> Routes {
    ALL.iter().fold(portal::routes(), |routes, resource| routes.merge((resource.api)()))
}

/// The scope of each route.
pub fn route_scopes() -> &'static RouteScopes {
    static SCOPES: LazyLock<RouteScopes> = LazyLock::new(|| routes().into_scopes());
    &SCOPES
}

/// The pages of all resources in the manage portal, with their sections.
pub fn pages() -> Pages {
    let of_customers = customers::customer_page(ON_CUSTOMER_PAGE);
    ALL.iter().fold(of_customers, |pages, resource| pages.merge((resource.pages)()))
}

/// The pages that people without an account open by a link.
pub fn guest_pages() -> Pages {
    let files = file_shares::guest_pages().merge(file_requests::guest_pages());
    files.merge(appointments::guest_pages())
}

/// The searchable rows of all resources.
pub fn searched() -> impl Iterator<Item = Searched> {
    ALL.into_iter().map(|resource| resource.searched).chain(SEARCHED_WITHIN)
}

/// The names that the rows of all resources are sorted by.
pub fn sort_keys() -> impl Iterator<Item = SortKeys> {
    ALL.into_iter().map(|resource| resource.sort_keys)
}

/// What is kept of the deleted rows of all resources.
pub fn trash() -> impl Iterator<Item = &'static Trash> {
    ALL.into_iter().filter_map(|resource| resource.trash)
}

/// The kinds of jobs of all resources.
pub fn jobs(registry: Registry, imports: &ImportContext, writer: &Writer) -> Registry {
    registry
        .with::<ImportJob<customers::Customer>>(imports.clone())
        .with::<customers::RemoveValues>(imports.clone())
        .with::<file_shares::FirstDownloadMail>(writer.clone())
        .with::<file_requests::FileRequestReminder>(writer.clone())
        .with::<tickets::TicketMail>(writer.clone())
        .with::<tickets::TicketRefusal>(writer.clone())
        .with::<appointments::AppointmentMail>(writer.clone())
        .with::<appointments::AppointmentReminder>(writer.clone())
}

/// The types of events of all resources.
pub fn events() -> impl Iterator<Item = EventInfo> {
    ALL.into_iter().flat_map(|resource| resource.events).copied()
}
