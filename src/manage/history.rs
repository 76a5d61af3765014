//! The history of a row on its page: the newest entries, and a page with all of them.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use maud::{Markup, html};
use url::form_urlencoded;

use super::Member;
use crate::error::{Error, Message, Result};
use crate::history::{AuthorKind, Entry, FieldChange, What, entries};
use crate::i18n::{Lang, tr};
use crate::ui::{self, ButtonStyle};
use crate::unicode::isolated;
use crate::web::Section;

/// The number of entries on the row's page.
const NEWEST: i64 = 8;

/// The number of entries on a page of all.
const PER_PAGE: i64 = 50;

/// Where a page of all entries begins: before the entry with this number (`?before=`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryBefore(pub Option<i64>);

impl<S: Send + Sync> FromRequestParts<S> for HistoryBefore {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let query = parts.uri.query().unwrap_or_default();
        let before = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "before");
        let number = before.map(|(_, number)| number.parse::<i64>().ok().filter(|n| *n > 0));
        match number {
            Some(None) => Err(Error::BadRequest(Message::new("manage.list.invalid"))),
            number => Ok(Self(number.flatten())),
        }
    }
}

/// A part of a row's history.
pub struct HistoryPart {
    entries: Vec<Entry>,
    /// The number before which there are more.
    older: Option<i64>,
}

impl HistoryPart {
    /// The newest entries of a row (its kind and id), for the row's page.
    ///
    /// # Errors
    /// The database's only.
    pub async fn newest(member: &Member, row: (&str, &str)) -> Result<Self> {
        Self::read(member, row, None, NEWEST).await
    }

    /// A page of all entries.
    ///
    /// # Errors
    /// As [`Self::newest`].
    pub async fn page(member: &Member, row: (&str, &str), before: HistoryBefore) -> Result<Self> {
        Self::read(member, row, before.0, PER_PAGE).await
    }

    async fn read(
        member: &Member,
        row: (&str, &str),
        before: Option<i64>,
        most: i64,
    ) -> Result<Self> {
        let mut entries = entries(&member.store, row, before, most + 1).await?;
        let shown = usize::try_from(most).unwrap_or(usize::MAX);
        let has_more = entries.len() > shown;
        entries.truncate(shown);
        let older = entries.last().filter(|_| has_more).map(|last| last.number);
        Ok(Self { entries: together(entries), older })
    }

    /// The section of the row's page with these entries, which leads to the page of all of them.
    pub fn section(&self, lang: Lang, all: &str, entries: Markup) -> Markup {
        let all = html! {
            @if self.older.is_some() {
                (ui::link_button(&tr!(lang, "history.all"), all, ButtonStyle::Secondary))
            }
        };
        ui::section(&tr!(lang, "history.title"), None, all, entries)
    }

    /// A page of all entries, of the row with this name and path.
    pub fn show_page(
        &self,
        member: &Member,
        (section, name, path): (&Section, &str, &str),
        before: HistoryBefore,
        entries: Markup,
    ) -> Markup {
        let lang = member.lang();
        let title = tr!(lang, "history.page_title", name = isolated(name));
        let body = html! {
            (section.trail(lang, &[(name, path)], &tr!(lang, "history.title")))
            (ui::header(&title, None, html! {}))
            (entries)
            (self.links(member, &format!("{path}/history"), "", before))
        };
        member.chrome(section).page(&title, body)
    }

    /// The entries: `label` is what people call a field, `shown` what they read of its value.
    pub fn show(
        &self,
        member: &Member,
        label: impl Fn(&str) -> String,
        shown: impl Fn(&str, &str) -> String,
    ) -> Markup {
        if self.entries.is_empty() {
            return html! { p.muted { (tr!(member.lang(), "history.empty")) } };
        }
        html! {
            ol.timeline {
                @for entry in &self.entries {
                    li {
                        (heading(member, entry))
                        @if !entry.changes.is_empty() {
                            ul { @for change in &entry.changes { (line(change, &label, &shown)) } }
                        }
                    }
                }
            }
        }
    }

    /// The links of a page of all entries at `path`, which keep the rest of the query.
    pub fn links(&self, member: &Member, path: &str, query: &str, before: HistoryBefore) -> Markup {
        let lang = member.lang();
        let newest = before.0.map(|_| (tr!(lang, "history.newest"), format!("{path}{query}")));
        let separator = if query.is_empty() { '?' } else { '&' };
        let older = self.older.map(|number| {
            (tr!(lang, "history.older"), format!("{path}{query}{separator}before={number}"))
        });
        ui::older_and_newest(lang, newest, older)
    }
}

/// What one form changed by several statements is one entry.
fn together(entries: Vec<Entry>) -> Vec<Entry> {
    let mut all: Vec<Entry> = Vec::new();
    for entry in entries {
        let is_same = |last: &&mut Entry| {
            last.what == What::Changed
                && (last.created_at, last.author_kind) == (entry.created_at, entry.author_kind)
                && last.author_id == entry.author_id
        };
        match all.last_mut().filter(is_same) {
            Some(last) => {
                let later = std::mem::take(&mut last.changes);
                *last = entry;
                last.changes.extend(later);
            }
            None => all.push(entry),
        }
    }
    all
}

/// What happened, by whom, and when.
fn heading(member: &Member, entry: &Entry) -> Markup {
    let lang = member.lang();
    let kind = match entry.author_kind {
        AuthorKind::Person => None,
        AuthorKind::ApiKey => Some(tr!(lang, "audit.actor.api_key")),
        AuthorKind::App => Some(tr!(lang, "audit.actor.app")),
        AuthorKind::Guest => Some(tr!(lang, "audit.actor.stranger")),
    };
    html! {
        p.timeline-head {
            (entry.what.label(lang)) " " (tr!(lang, "history.by")) " "
            @if entry.author_name.is_empty() { (ui::mono(&entry.author_id)) }
            @else { strong { (ui::name(&entry.author_name)) } }
            @if let Some(kind) = kind { " " (ui::muted(&format!("({kind})"))) }
            " " span.muted { (member.moment(entry.created_at)) }
        }
    }
}

fn line(
    change: &FieldChange,
    label: impl Fn(&str) -> String,
    shown: impl Fn(&str, &str) -> String,
) -> Markup {
    let text = |text: &str| html! { bdi { (shown(&change.field, text)) } };
    let label = label(&change.field);
    html! {
        li {
            @match (&change.old, &change.new) {
                (None, None) => (label),
                (Some(old), None) => { (label) ": " del { (text(old)) } }
                (None, Some(new)) => { (label) ": " ins { (text(new)) } }
                (Some(old), Some(new)) => { (label) ": " del { (text(old)) } " → " ins { (text(new)) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn entry(number: i64, second: i64, what: What, author: &str, field: &str) -> Entry {
        Entry {
            number,
            created_at: Timestamp::from_second(second).unwrap(),
            what,
            author_kind: AuthorKind::Person,
            author_id: author.to_owned(),
            author_name: author.to_owned(),
            changes: vec![FieldChange { field: field.to_owned(), old: None, new: None }],
        }
    }

    #[test]
    fn what_was_done_at_once_is_one_entry() {
        let all = vec![
            entry(5, 9, What::Deleted, "a", "e"),
            entry(4, 9, What::Changed, "b", "d"),
            entry(3, 9, What::Changed, "a", "c"),
            entry(2, 7, What::Changed, "a", "b"),
            entry(1, 7, What::Created, "a", "a"),
        ];
        let shown = together(all).into_iter().map(|entry| {
            let fields = entry.changes.into_iter().map(|change| change.field);
            (entry.number, entry.what, fields.collect::<String>())
        });
        let expected = [
            (5, What::Deleted, "e"),
            (4, What::Changed, "d"),
            (3, What::Changed, "c"),
            (1, What::Created, "ab"),
        ];
        let expected = expected.map(|(number, what, fields)| (number, what, fields.to_owned()));
        assert_eq!(shown.collect::<Vec<_>>(), expected);
    }
}
