//! What asks for attention, each with a link to where one acts.

use jiff::SignedDuration;
use maud::{Markup, html};

use super::found::Found;
use crate::accounts::Site;
use crate::i18n::tr;
use crate::links;
use crate::manage::Member;
use crate::time::readable_day;
use crate::ui::{self, Icon};

/// How long before its end a key is listed.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// How long a new connection is listed.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The most keys, and the most connections, that are listed one by one.
const MOST: usize = 5;

type Item = (Icon, String, String);

/// The list, or that there is nothing.
pub(super) fn list(member: &Member, found: &Found) -> Markup {
    let lang = member.lang();
    let mut items = failing(member, found);
    items.extend(ending_keys(member, found));
    items.extend(new_connections(member, found));
    let people = |count: usize, one: &'static str, several: &'static str| match count {
        1 => tr!(lang, one).into_owned(),
        count => tr!(lang, several, count = count).into_owned(),
    };
    if !found.invitations.is_empty() {
        let count = found.invitations.len();
        let text = people(count, "manage.start.invitation", "manage.start.invitations");
        items.push((Icon::Badge, text, Site::Manage.team_path().to_owned()));
    }
    if !found.without_second_factor.is_empty() {
        let count = found.without_second_factor.len();
        let text = people(count, "manage.start.without_factor", "manage.start.without_factors");
        let path = format!("{}/second-factor", Site::Manage.organisation_path());
        items.push((Icon::Warning, text, path));
    }
    let title = tr!(lang, "manage.start.attention");
    let body = html! {
        @if items.is_empty() { p.muted { (tr!(lang, "manage.start.nothing")) } }
        @else { (ui::attention_list(&title, items)) }
    };
    ui::section(&title, None, html! {}, body)
}

/// The keys and apps with failed requests today.
fn failing(member: &Member, found: &Found) -> Vec<Item> {
    let item = |failing: &crate::request_log::Failing| {
        let key = found.keys.iter().find(|key| key.id.as_str() == failing.subject);
        let app = found.apps.iter().find(|app| app.id.as_str() == failing.subject);
        let (name, path) = match (key, app) {
            (Some(key), _) => (&key.name, links::api_key(&key.id)),
            (_, Some(app)) => (&app.app_name, links::connected_app(&app.id)),
            // It ended today.
            _ => return None,
        };
        let count = member.lang().number(failing.errors);
        let text = tr!(member.lang(), "manage.start.failing", name = name, count = count);
        Some((Icon::Error, text.into_owned(), format!("{path}#requests")))
    };
    found.failing.iter().filter_map(item).collect()
}

/// The keys that end soon, the first first.
fn ending_keys(member: &Member, found: &Found) -> Vec<Item> {
    let soon = found.now + SOON;
    let ends = found.keys.iter().filter_map(|key| Some((key.expires_at?, key)));
    let mut ending: Vec<_> = ends.filter(|(end, _)| *end <= soon).collect();
    ending.sort_by_key(|(end, _)| *end);
    let item = |(end, key): (jiff::Timestamp, &crate::api_keys::ApiKey)| {
        let day = readable_day(end, member.time_zone(), member.lang());
        let text = tr!(member.lang(), "manage.start.key_ends", name = key.name, day = day);
        (Icon::Key, text.into_owned(), links::api_key(&key.id))
    };
    ending.into_iter().take(MOST).map(item).collect()
}

/// The apps that got access in the last week, the newest first.
fn new_connections(member: &Member, found: &Found) -> Vec<Item> {
    let since = found.now - WEEK;
    let new = found.apps.iter().filter(|app| app.created_at > since).take(MOST);
    let item = |app: &crate::oauth::ConnectedApp| {
        let day = readable_day(app.created_at, member.time_zone(), member.lang());
        let text = tr!(member.lang(), "manage.start.connected", name = app.app_name, day = day);
        (Icon::Link, text.into_owned(), links::connected_app(&app.id))
    };
    new.map(item).collect()
}
