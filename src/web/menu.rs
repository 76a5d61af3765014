//! The menu of a site.

use super::admission::Admission;
use super::pages::Page;
use super::section::{MenuGroup, Section};
use crate::accounts::Role;

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
