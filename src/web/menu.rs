//! The sections of a site, and the menu that leads to them.

use super::admission::Admission;
use super::pages::Page;
use crate::accounts::Role;
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

/// The sections of a site in the order of their registration, each with who may open it.
#[derive(Debug, Default)]
pub struct Menu(Vec<(Section, Admission)>);

impl Menu {
    /// The menu of these sections, as far as their own page is among the pages.
    pub(super) fn of(sections: &[Section], pages: &[Page]) -> Self {
        let admission = |section: &Section| {
            let own = pages.iter().find(|page| page.path == section.path && page.form.is_none());
            own.map(|page| (*section, page.admission))
        };
        Self(sections.iter().filter_map(admission).collect())
    }

    /// The sections of a group that a member with this role may open.
    pub fn sections(&self, group: MenuGroup, role: Role) -> impl Iterator<Item = &Section> {
        let shown = self
            .0
            .iter()
            .filter(move |(section, admission)| section.group == group && admission.admits(role));
        shown.map(|(section, _)| section)
    }

    /// Whether a member with this role may open a section.
    pub fn admits(&self, section: &Section, role: Role) -> bool {
        self.0.iter().any(|(known, admission)| known == section && admission.admits(role))
    }
}
