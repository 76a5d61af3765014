//! Pages and actions that can be searched for by their names.

use serde::Serialize;

use crate::accounts::{Permission, Site};
use crate::i18n::tr;
use crate::links;
use crate::manage::{API_KEYS, Member};
use crate::resources::{
    appointments, customer_groups, customers, file_requests, file_shares, files, punch_cards,
    tickets,
};
use crate::search::Words;
use crate::unicode::fold;
use crate::web::{MenuGroup, Section};

/// Something that was found.
#[derive(Serialize)]
pub(super) struct Item {
    pub(super) label: String,
    pub(super) detail: String,
    pub(super) path: String,
}

/// What can be created, in which section.
const NEW: [(Section, &str); 9] = [
    (customers::SECTION, "customers.new"),
    (customer_groups::SECTION, "groups.new"),
    (appointments::SECTION, "appointments.new"),
    (tickets::SECTION, "tickets.new"),
    (files::SECTION, "files.new_directory"),
    (file_shares::SECTION, "file_shares.new"),
    (file_requests::SECTION, "file_requests.new"),
    (punch_cards::SECTION, "punch_cards.new"),
    (API_KEYS, "manage.api_keys.create"),
];

/// The commands of a person whose names contain all words.
pub(super) fn all(member: &Member, words: &Words) -> Vec<Item> {
    let lang = member.lang();
    let sections = [MenuGroup::Work, MenuGroup::Settings]
        .into_iter()
        .flat_map(|group| member.visit.menu.sections(group, member.role));
    let item = |label: String, detail: String, path: String| Item { label, detail, path };
    let mut items: Vec<Item> = sections
        .map(|section| {
            let keys = section.key.map(|key| format!("g {key}")).unwrap_or_default();
            item(tr!(lang, section.title).into_owned(), keys, section.path.to_owned())
        })
        .collect();
    let new = NEW.iter().filter(|(section, _)| member.may_open(section));
    items.extend(new.map(|(section, label)| {
        item(tr!(lang, *label).into_owned(), String::new(), format!("{}/new", section.path))
    }));
    if member.role.may(Permission::ManagePeople) {
        let path = format!("{}/invite", Site::Manage.team_path());
        items.push(item(tr!(lang, "team.invite").into_owned(), String::new(), path));
    }
    let account = tr!(lang, "ui.my_account").into_owned();
    items.push(item(account, String::new(), "/manage/account".to_owned()));
    let shortcuts = tr!(lang, "shortcuts.title").into_owned();
    items.push(item(shortcuts, "?".to_owned(), links::SHORTCUTS.to_owned()));
    items.retain(|item| words.are_in(&fold(&item.label)));
    items
}
