//! The sections of the site.

use crate::accounts::Site;
use crate::ui::Icon;
use crate::web::{MenuGroup, Section};

const fn section(path: &'static str, title: &'static str, icon: Icon) -> Section {
    Section { path, title, icon, group: MenuGroup::Work, key: None }
}

/// The developer's apps.
pub(super) const APPS: Section = section("/developers/apps", "developers.nav.apps", Icon::Apps);

/// Test portals.
pub(super) const SANDBOXES: Section =
    section("/developers/sandboxes", "developers.nav.sandboxes", Icon::Flask);

/// The people of the developer.
pub(super) const TEAM: Section = section("/developers/team", "team.nav", Icon::Badge);

/// The audit log.
pub(super) const AUDIT_LOG: Section = section("/developers/audit-log", "audit.title", Icon::Log);

/// The developer itself.
pub(super) const SETTINGS: Section =
    section(Site::Developers.organisation_path(), "organisation.nav_developer", Icon::Building);
