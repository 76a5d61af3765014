//! What the keyboard can do, and the switch for shortcuts of a single key (WCAG 2.2, success criterion
//! 2.1.4). The browser keeps it.

use maud::{Markup, html};

use crate::i18n::tr;
use crate::links;
use crate::manage::{Member, table};
use crate::ui::{self, Icon};
use crate::web::{MenuGroup, Section};

const SHORTCUTS: Section = Section {
    path: links::SHORTCUTS,
    title: "shortcuts.title",
    icon: Icon::Info,
    group: MenuGroup::Work,
    key: None,
};

/// Keys, one after the other.
fn keys(all: &[&str]) -> Markup {
    html! { @for (index, key) in all.iter().enumerate() { @if index > 0 { " " } kbd { (key) } } }
}

pub(super) async fn show(member: Member) -> Markup {
    let lang = member.lang();
    let title = tr!(lang, "shortcuts.title");
    let mut rows = vec![
        vec![keys(&["Ctrl", "K"]), html! { (tr!(lang, "shortcuts.search")) }],
        vec![keys(&["/"]), html! { (tr!(lang, "shortcuts.search")) }],
        vec![keys(&["n"]), html! { (tr!(lang, "shortcuts.new")) }],
        vec![keys(&["?"]), html! { (tr!(lang, "shortcuts.help")) }],
    ];
    rows.extend(member.shortcuts().map(|(key, section)| {
        let name = tr!(lang, section.title);
        vec![keys(&["g", &key.to_string()]), html! { a href=(section.path) { (name) } }]
    }));
    let heads = ["shortcuts.keys", "shortcuts.what"];
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "shortcuts.intro")), html! {}))
        noscript { p { (tr!(lang, "shortcuts.no_script")) } }
        div id="shortcuts-setting" hidden {
            (ui::checkbox("shortcuts", "on", &tr!(lang, "shortcuts.switch"), Some(&tr!(lang, "shortcuts.switch_hint")), true))
        }
        (table(lang, &title, &heads, rows))
    };
    member.chrome(&SHORTCUTS).page(&title, body)
}
