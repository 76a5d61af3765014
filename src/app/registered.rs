//! All that is registered outside of the API, whatever surface it belongs to.

use super::{downloads, hosts, search, start};
use crate::http::Endpoint;
use crate::web::{self, Page, Pages};
use crate::{developers, docs, leaks, mailbox, manage, oauth, resources};

/// The sections and pages of the daily work in the manage portal.
pub(super) fn work_pages() -> Pages {
    start::pages().merge(search::pages()).merge(resources::pages())
}

/// The pages outside of the sites: `/`, and the switch of the language.
pub(super) fn common_pages() -> Pages {
    Pages::new().get("/", hosts::start).merge(web::language_pages())
}

/// All pages and forms, each with who may open it. Those of the mailbox are only served in a demo.
pub fn pages() -> Vec<Page> {
    let sites = [manage::pages(work_pages()), developers::pages()];
    let mut all: Vec<Page> = sites.iter().flat_map(web::SitePages::list).cloned().collect();
    all.extend_from_slice(mailbox::pages().list());
    all.extend_from_slice(resources::guest_pages().list());
    all.extend_from_slice(docs::pages().list());
    all.extend_from_slice(common_pages().list());
    all
}

/// All endpoints for programs outside of the API.
pub fn endpoints() -> Vec<Endpoint> {
    [oauth::endpoints().list(), leaks::endpoints().list(), downloads::endpoints().list()].concat()
}
