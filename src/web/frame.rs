//! The parts of a member's layout, for an error page in its place.

use maud::Markup;

use crate::ui::{self, NavGroup};

/// The parts of a member's layout.
pub(super) struct Frame {
    pub(super) site: ui::Site,
    pub(super) organisation: Option<String>,
    pub(super) brand: ui::Brand,
    pub(super) nav: Vec<NavGroup<'static>>,
    pub(super) top_right: Option<Markup>,
}
