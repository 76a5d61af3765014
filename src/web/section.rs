//! The sections of a site.

use maud::Markup;

use crate::i18n::{Lang, tr};
use crate::ui::{self, Icon};

/// A part of a site with an entry in its menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    /// The path of its own page, with that of the site, such as `/manage/customers`.
    pub path: &'static str,
    /// The text key of its name.
    pub title: &'static str,
    /// Its icon.
    pub icon: Icon,
    /// Where in the menu it is.
    pub group: MenuGroup,
    /// The key that opens it after `g`, in the manage portal.
    pub key: Option<char>,
}

impl Section {
    /// The breadcrumbs from the section's own page through others, each a label and a path, to `here`.
    pub fn trail(&self, lang: Lang, between: &[(&str, &str)], here: &str) -> Markup {
        self.trail_from("", lang, between, here)
    }

    /// The same, from the list with this query.
    pub fn trail_from(
        &self,
        query: &str,
        lang: Lang,
        between: &[(&str, &str)],
        here: &str,
    ) -> Markup {
        let (title, list) = (tr!(lang, self.title), format!("{}{query}", self.path));
        let mut items = vec![(title.as_ref(), Some(list.as_str()))];
        items.extend(between.iter().map(|(label, path)| (*label, Some(*path))));
        items.push((here, None));
        ui::breadcrumbs(lang, &items)
    }

    /// The path after that of the site; empty for the site's start page.
    pub(super) fn path_within_site(&self) -> &'static str {
        let end = self.path[1..].find('/').map_or(self.path.len(), |end| end + 1);
        &self.path[end..]
    }
}

/// A group of sections in a menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MenuGroup {
    /// The daily work.
    Work,
    /// Settings.
    Settings,
}
