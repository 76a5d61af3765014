//! The layout of an error page: that of the member's pages around it, if the visitor is a member, so
//! that a record that isn't there leaves the menu.

use std::borrow::Cow;

use maud::Markup;

use super::frame::Frame;
use super::{Visit, plain_chrome};
use crate::i18n::tr;
use crate::ui::{Chrome, NavGroup, NavItem};

/// A link, with its label.
pub(super) type Link = (Cow<'static, str>, String);

impl Visit {
    /// Keeps the layout of the member's pages, for an error page in their place.
    pub fn keep_frame(&self, chrome: Chrome<'_>) {
        let path = self.path.split('?').next().unwrap_or_default();
        let section = section(&chrome.nav, path).map(|item| item.href.clone());
        let nav = chrome.nav.into_iter().map(|group| {
            let mut group = group.into_owned();
            for item in &mut group.items {
                item.current = Some(&item.href) == section.as_ref();
            }
            group
        });
        let frame = Frame {
            site: chrome.site,
            organisation: chrome.organisation.map(str::to_owned),
            brand: chrome.brand,
            nav: nav.collect(),
            top_right: chrome.top_right,
        };
        // A second extractor of the request keeps the same.
        let _ = self.frame.set(frame);
    }
}

impl Frame {
    /// A link to the section that the page belongs to, such as the list of customers; `None` on pages
    /// that belong to none.
    pub(super) fn section(&self, visit: &Visit) -> Option<Link> {
        let item = self.nav.iter().flat_map(|group| &group.items).find(|item| item.current)?;
        let is_home = item.href == visit.site.path();
        let label = tr!(visit.lang, "error.page.section", section = item.label);
        (!is_home).then(|| (label, item.href.clone()))
    }

    /// The page.
    pub(super) fn page(&self, visit: &Visit, title: &str, body: Markup) -> Markup {
        let chrome = Chrome {
            site: self.site,
            organisation: self.organisation.as_deref(),
            brand: self.brand.clone(),
            nav: self.nav.clone(),
            top_right: self.top_right.clone(),
            ..plain_chrome(visit)
        };
        chrome.page(title, body)
    }
}

/// The most specific link to the part of the site with this path.
fn section<'a>(nav: &'a [NavGroup<'_>], path: &str) -> Option<&'a NavItem<'a>> {
    let holds = |item: &&NavItem<'_>| {
        path.strip_prefix(item.href.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    nav.iter().flat_map(|group| &group.items).filter(holds).max_by_key(|item| item.href.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_belongs_to_the_most_specific_section() {
        let item = |href: &str| NavItem {
            label: "x".into(),
            href: href.to_owned(),
            icon: None,
            current: false,
        };
        let items = ["/manage", "/manage/customers", "/manage/customer-groups"].map(item);
        let nav = [NavGroup { label: None, items: items.into() }];
        for (path, expected) in [
            ("/manage/customers/cst_1/delete", Some("/manage/customers")),
            ("/manage/customer-groups", Some("/manage/customer-groups")),
            ("/manage/customersx", Some("/manage")),
            ("/developers", None),
        ] {
            let found = section(&nav, path).map(|item| item.href.as_str());
            assert_eq!(found, expected, "{path}");
        }
    }
}
