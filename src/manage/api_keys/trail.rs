//! The paths of these pages, and the breadcrumbs that lead to them.

use maud::Markup;

use crate::api_keys::ApiKey;
use crate::links;
use crate::manage::Member;
use crate::manage::sections::API_KEYS;

/// The path of the list.
pub(super) const PATH: &str = API_KEYS.path;

pub(super) fn path_of(key: &ApiKey) -> String {
    links::api_key(&key.id)
}

/// The breadcrumbs from the list through the key to a page about it; without `here`, to the key's
/// page itself.
pub(super) fn trail(member: &Member, key: &ApiKey, here: Option<&str>) -> Markup {
    match here {
        Some(here) => API_KEYS.trail(member.lang(), &[(&key.name, &path_of(key))], here),
        None => API_KEYS.trail(member.lang(), &[], &key.name),
    }
}
