//! The paths of these pages, and the breadcrumbs that lead to them.

use maud::Markup;

use crate::api_keys::ApiKey;
use crate::i18n::tr;
use crate::manage::Member;
use crate::manage::sections::API_KEYS;
use crate::{links, ui};

/// The path of the list.
pub(super) const PATH: &str = API_KEYS.path;

pub(super) fn path_of(key: &ApiKey) -> String {
    links::api_key(&key.id)
}

/// The breadcrumbs from the list through the key to a page about it; without `here`, to the key's
/// page itself.
pub(super) fn trail(member: &Member, key: &ApiKey, here: Option<&str>) -> Markup {
    let (lang, path) = (member.lang(), path_of(key));
    let keys = tr!(lang, "manage.nav.api_keys");
    let mut items =
        vec![(keys.as_ref(), Some(PATH)), (key.name.as_str(), here.map(|_| path.as_str()))];
    items.extend(here.map(|here| (here, None)));
    ui::breadcrumbs(lang, &items)
}
