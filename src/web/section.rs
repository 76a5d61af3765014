//! The sections of a site.

use crate::ui::Icon;

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
