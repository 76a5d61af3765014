//! The search of everything in a portal: its rows by resource, and its pages and actions as commands.
//! The palette (`static/palette.js`) shows the same as the page.

mod commands;
mod shortcuts;

use axum::extract::Query;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use self::commands::Item;
use crate::error::Result;
use crate::http::Json;
use crate::i18n::tr;
use crate::links;
use crate::manage::Member;
use crate::resources::{self, MOST_HITS};
use crate::search::Words;
use crate::ui::{self, ButtonStyle, Icon};
use crate::web::{MenuGroup, Pages, Section};

/// The longest text that is searched for, in characters.
const LONGEST: usize = 200;

/// The page is in no menu: the top bar leads to it.
const SEARCH: Section = Section {
    path: links::SEARCH,
    title: "search.title",
    icon: Icon::Search,
    group: MenuGroup::Work,
    key: None,
};

/// The pages' routes, to nest under the manage portal's path.
pub(super) fn pages() -> Pages {
    Pages::new()
        .get("/search", show)
        .get("/search/results", results)
        .get("/shortcuts", shortcuts::show)
}

/// What is searched for.
#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
}

impl Asked {
    fn text(&self) -> String {
        self.q.chars().filter(|c| *c != '\0').take(LONGEST).collect::<String>().trim().to_owned()
    }
}

/// What was found of one kind.
#[derive(Serialize)]
struct Group {
    title: String,
    items: Vec<Item>,
    /// Where there are more of them.
    all: Option<String>,
}

/// All that contains the words of a text. Without words, the commands.
async fn find(member: &Member, text: &str) -> Result<Vec<Group>> {
    let (lang, words) = (member.lang(), Words::of(text));
    let mut groups = Vec::new();
    let most = usize::try_from(MOST_HITS).unwrap_or(usize::MAX);
    for resource in resources::ALL {
        if words.is_empty() || !member.may_open(&resource.section) {
            continue;
        }
        let hits = (resource.find)(&member.store, text, member.time_zone()).await?;
        let query: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let all = format!("{}?search={query}", resource.section.path);
        groups.push(Group {
            title: tr!(lang, resource.section.title).into_owned(),
            all: (hits.len() > most).then_some(all),
            items: hits
                .into_iter()
                .take(most)
                .map(|hit| Item { label: hit.name, detail: hit.detail, path: hit.path })
                .collect(),
        });
    }
    let items = commands::all(member, &words);
    groups.push(Group { title: tr!(lang, "search.commands").into_owned(), items, all: None });
    groups.retain(|group| !group.items.is_empty());
    Ok(groups)
}

/// For the palette.
async fn results(member: Member, Query(asked): Query<Asked>) -> Result<Json<Vec<Group>>> {
    Ok(Json(find(&member, &asked.text()).await?))
}

async fn show(member: Member, Query(asked): Query<Asked>) -> Result<Markup> {
    let (lang, text) = (member.lang(), asked.text());
    let groups = find(&member, &text).await?;
    let title = tr!(lang, "search.title");
    let body = html! {
        (ui::header(&title, None, html! {}))
        (ui::search_all(lang, links::SEARCH, &text, &tr!(lang, "search.label")))
        @if groups.is_empty() { p role="status" { (tr!(lang, "search.nothing")) } }
        @for group in &groups {
            (ui::section(&group.title, None, more(&member, group), found(&group.items)))
        }
        p.muted { a href=(links::SHORTCUTS) { (tr!(lang, "shortcuts.title")) } }
    };
    Ok(member.chrome(&SEARCH).page(&title, body))
}

/// The link to all of a kind.
fn more(member: &Member, group: &Group) -> Markup {
    let label = tr!(member.lang(), "search.all");
    html! {
        @if let Some(all) = &group.all {
            (ui::link_button_about(&label, &group.title, all, ButtonStyle::Quiet))
        }
    }
}

fn found(items: &[Item]) -> Markup {
    html! {
        ul.found {
            @for item in items {
                li {
                    a href=(item.path) { (ui::name(&item.label)) }
                    @if !item.detail.is_empty() { " " (ui::muted(&item.detail)) }
                }
            }
        }
    }
}
