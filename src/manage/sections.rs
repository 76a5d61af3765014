//! The sections of the settings. Those of the daily work are registered with their pages.

use crate::accounts::Site;
use crate::links;
use crate::ui::Icon;
use crate::web::{MenuGroup, Section};

const fn section(path: &'static str, title: &'static str, icon: Icon, key: char) -> Section {
    Section { path, title, icon, group: MenuGroup::Settings, key: Some(key) }
}

/// API keys.
pub const API_KEYS: Section = section(links::API_KEYS, "manage.nav.api_keys", Icon::Key, 'k');

/// Connected apps.
pub const CONNECTED_APPS: Section =
    section(links::CONNECTED_APPS, "manage.nav.connected_apps", Icon::Link, 'a');

/// The people of the portal.
pub(super) const TEAM: Section = section("/manage/settings/team", "team.nav", Icon::Badge, 't');

/// The audit log.
pub(super) const AUDIT_LOG: Section =
    section("/manage/settings/audit-log", "audit.title", Icon::Log, 'l');

/// What the business says about itself, and how its portal looks.
pub const BUSINESS: Section =
    section("/manage/settings/business", "business.nav", Icon::Settings, 'b');

/// The portal itself.
pub(super) const PORTAL: Section =
    section(Site::Manage.organisation_path(), "organisation.nav_portal", Icon::Building, 'p');
