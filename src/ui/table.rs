//! Tables and the links between their pages.

use std::borrow::Cow;

use maud::{Markup, html};

use super::button::{ButtonStyle, link_button};
use super::icon::{Icon, icon};
use crate::i18n::{Lang, tr};

/// The head of a column.
pub struct Head<'a> {
    /// Its label; empty for a column with actions.
    pub label: Cow<'a, str>,
    /// How the table can be sorted by it.
    pub sort: Option<HeadSort>,
}

/// The link in a head that sorts the table by its column.
pub struct HeadSort {
    /// Where it leads.
    pub href: String,
    /// The current direction, if the table is sorted by this column.
    pub current: Option<Sorted>,
}

/// The direction in which a column is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sorted {
    /// The lowest first.
    Ascending,
    /// The highest first.
    Descending,
}

impl Sorted {
    /// The value of `aria-sort`.
    const fn name(self) -> &'static str {
        match self {
            Self::Ascending => "ascending",
            Self::Descending => "descending",
        }
    }

    const fn icon(self) -> Icon {
        match self {
            Self::Ascending => Icon::Up,
            Self::Descending => Icon::Down,
        }
    }
}

/// A table. On narrow screens every row becomes a card that repeats the heads as labels.
///
/// The first cell of a row is its heading. A column with an empty head contains actions and is
/// right-aligned.
pub fn table(caption: &str, head: &[&str], rows: Vec<Vec<Markup>>) -> Markup {
    let head = head.iter().map(|label| Head { label: Cow::Borrowed(*label), sort: None });
    sortable_table(caption, &head.collect::<Vec<_>>(), rows)
}

/// The same, with heads that sort it. On narrow screens these are above the cards.
pub fn sortable_table(caption: &str, head: &[Head<'_>], rows: Vec<Vec<Markup>>) -> Markup {
    any_table(caption, head, None, false, rows.into_iter().map(|row| (html! {}, row)))
}

/// A [`table`] of any number of columns: one that is too wide is scrolled by itself, also with the keyboard.
pub fn wide_table(caption: &str, head: &[&str], rows: Vec<Vec<Markup>>) -> Markup {
    let head = head.iter().map(|label| Head { label: Cow::Borrowed(*label), sort: None });
    let rows = rows.into_iter().map(|row| (html! {}, row));
    any_table(caption, &head.collect::<Vec<_>>(), None, true, rows)
}

/// The same, with a box to tick before each row. `all` is the label of the box that ticks all of them,
/// which a script shows.
pub fn ticked_table(
    caption: &str,
    head: &[Head<'_>],
    all: &str,
    rows: Vec<(Markup, Vec<Markup>)>,
) -> Markup {
    any_table(caption, head, Some(all), false, rows.into_iter())
}

fn any_table(
    caption: &str,
    head: &[Head<'_>],
    all: Option<&str>,
    is_wide: bool,
    rows: impl Iterator<Item = (Markup, Vec<Markup>)>,
) -> Markup {
    let is_sortable = head.iter().any(|head| head.sort.is_some());
    // The roles repeat the meaning of the elements, because some browsers drop it when the card
    // layout changes their display.
    html! {
        div.table-box.table-sortable[is_sortable].table-wide[is_wide] tabindex=[is_wide.then_some("0")]
            role=[is_wide.then_some("region")] aria-label=[is_wide.then_some(caption)] {
            table.table role="table" {
                caption.visually-hidden { (caption) }
                thead role="rowgroup" {
                    tr role="row" {
                        @if let Some(all) = all { (head_of_boxes(all)) }
                        @for head in head { (head_cell(head)) }
                    }
                }
                tbody role="rowgroup" {
                    @for (tick, row) in rows {
                        tr role="row" {
                            @if all.is_some() { td.cell-tick role="cell" { (tick) } }
                            @for (index, cell) in row.into_iter().enumerate() {
                                (body_cell(index, head.get(index).map_or("", |head| &head.label), cell))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn head_of_boxes(all: &str) -> Markup {
    html! {
        td.cell-tick role="cell" {
            label.tick-all hidden {
                input.row-choice type="checkbox";
                span.tick-all-label { (all) }
            }
        }
    }
}

fn head_cell(head: &Head<'_>) -> Markup {
    let current = head.sort.as_ref().and_then(|sort| sort.current);
    html! {
        @if head.label.is_empty() { td role="cell" {} }
        @else {
            th scope="col" role="columnheader" aria-sort=[current.map(Sorted::name)] {
                @match &head.sort {
                    Some(sort) => a href=(sort.href) {
                        (head.label)
                        @if let Some(current) = current { (icon(current.icon())) }
                    },
                    None => (head.label),
                }
            }
        }
    }
}

fn body_cell(index: usize, head: &str, cell: Markup) -> Markup {
    html! {
        @if index == 0 { th scope="row" role="rowheader" data-label=(head) { (cell) } }
        @else if head.is_empty() { td.cell-actions role="cell" { (cell) } }
        @else { td role="cell" data-label=(head) { div.cell { (cell) } } }
    }
}

/// What is below a list.
#[derive(Default)]
pub struct Pagination<'a> {
    /// The URL of the previous page.
    pub prev: Option<&'a str>,
    /// The URL of the next page.
    pub next: Option<&'a str>,
    /// Which rows are shown, of how many.
    pub shown: Option<String>,
    /// The numbers of rows per page to choose from, each with its URL; the current one has none.
    pub sizes: Vec<(i64, Option<String>)>,
}

/// The links to the other pages of a list. Empty if there is nothing to show.
pub fn pagination(lang: Lang, pages: Pagination<'_>) -> Markup {
    let (to_prev, to_next) = (to_previous(lang), to_next(lang));
    let prev = pages
        .prev
        .map(|href| html! { a.button.button-secondary rel="prev" href=(href) { (to_prev) } });
    let next = pages
        .next
        .map(|href| html! { a.button.button-secondary rel="next" href=(href) { (to_next) } });
    pages_around(lang, prev, next, (pages.shown, pages.sizes))
}

/// The field with the URL of the page that a button of [`pagination_in_form`] leads to.
pub const TO_PAGE: &str = "to_page";

/// The same within a form: buttons that send the form, so that what is ticked can travel along.
pub fn pagination_in_form(lang: Lang, pages: Pagination<'_>) -> Markup {
    let button = |label: Markup| move |href: &str| html! { button.button.button-secondary type="submit" name=(TO_PAGE) value=(href) { (label) } };
    let prev = pages.prev.map(button(to_previous(lang)));
    let next = pages.next.map(button(to_next(lang)));
    pages_around(lang, prev, next, (pages.shown, pages.sizes))
}

fn to_previous(lang: Lang) -> Markup {
    html! { (icon(Icon::Left)) (tr!(lang, "ui.previous")) }
}

fn to_next(lang: Lang) -> Markup {
    html! { (tr!(lang, "ui.next")) (icon(Icon::Right)) }
}

fn pages_around(
    lang: Lang,
    prev: Option<Markup>,
    next: Option<Markup>,
    (shown, sizes): (Option<String>, Vec<(i64, Option<String>)>),
) -> Markup {
    if prev.is_none() && next.is_none() && shown.is_none() {
        return html! {};
    }
    html! {
        nav.pagination aria-label=(tr!(lang, "ui.pagination")) {
            @if let Some(shown) = shown { p.muted { (shown) } }
            @if !sizes.is_empty() {
                p.pagination-sizes {
                    span.muted { (tr!(lang, "ui.per_page")) }
                    @for (size, href) in sizes {
                        " "
                        @match href {
                            Some(href) => a href=(href) { (size) },
                            None => span aria-current="true" { (size) },
                        }
                    }
                }
            }
            @if prev.is_some() || next.is_some() {
                div.pagination-links {
                    @for link in prev.into_iter().chain(next) { (link) }
                }
            }
        }
    }
}

/// Links of a newest-first list: back to its start, and to older items. Each is a label and a URL;
/// empty if there are neither.
pub fn older_and_newest(
    lang: Lang,
    newest: Option<(Cow<'_, str>, String)>,
    older: Option<(Cow<'_, str>, String)>,
) -> Markup {
    html! {
        @if newest.is_some() || older.is_some() {
            nav.pagination aria-label=(tr!(lang, "ui.pagination")) {
                div.pagination-links {
                    @for (label, href) in newest.into_iter().chain(older) { (link_button(&label, &href, ButtonStyle::Secondary)) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_carry_the_head_of_their_column() {
        let row = vec![html! { "Jansen" }, html! { "Utrecht" }, html! { a href="/1" { "Open" } }];
        let html = table("Klanten", &["Naam", "Plaats", ""], vec![row]).into_string();
        assert!(html.contains(r#"<th scope="row" role="rowheader" data-label="Naam">Jansen"#));
        assert!(html.contains(r#"data-label="Plaats"><div class="cell">Utrecht"#));
        assert!(html.contains(r#"<td class="cell-actions" role="cell"><a"#));
    }

    #[test]
    fn a_box_is_before_the_heading_of_its_row() {
        let head = [Head { label: "Naam".into(), sort: None }];
        let rows = vec![(html! { input type="checkbox"; }, vec![html! { "Jansen" }])];
        let html = ticked_table("Klanten", &head, "Alles", rows).into_string();
        let (before, after) = html.split_once("<tbody").unwrap();
        assert!(before.contains(r#"<label class="tick-all" hidden>"#), "{html}");
        assert!(
            after.contains(r#"role="cell"><input type="checkbox"></td><th scope="row""#),
            "{html}"
        );
    }

    #[test]
    fn a_single_page_needs_no_links() {
        assert_eq!(pagination(Lang::Nl, Pagination::default()).into_string(), "");
        let second = Pagination { next: Some("?after=2"), ..Pagination::default() };
        let html = pagination(Lang::Nl, second).into_string();
        assert!(html.contains(r#"rel="next" href="?after=2""#) && !html.contains(r#"rel="prev""#));
    }

    #[test]
    fn the_head_of_the_sorted_column_says_how() {
        let sort = |current| Some(HeadSort { href: "?sort=x".to_owned(), current });
        let head = [
            Head { label: "Naam".into(), sort: sort(Some(Sorted::Ascending)) },
            Head { label: "Plaats".into(), sort: sort(None) },
            Head { label: "Groepen".into(), sort: None },
        ];
        let html = sortable_table("Klanten", &head, Vec::new()).into_string();
        assert!(html.contains(r#"aria-sort="ascending"><a href="?sort=x">Naam<svg"#), "{html}");
        assert!(html.contains(r#"role="columnheader"><a href="?sort=x">Plaats</a>"#), "{html}");
        assert!(html.contains(r#"role="columnheader">Groepen</th>"#), "{html}");
    }
}
