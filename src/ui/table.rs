//! Tables and the links between their pages.

use std::borrow::Cow;

use maud::{Markup, html};

use super::button::{ButtonStyle, link_button};
use super::icon::{Icon, icon};
use crate::i18n::{Lang, tr};

/// A table. On narrow screens every row becomes a card that repeats the heads as labels.
///
/// The first cell of a row is its heading. A column with an empty head contains actions and is
/// right-aligned.
pub fn table(caption: &str, head: &[&str], rows: Vec<Vec<Markup>>) -> Markup {
    // The roles repeat the meaning of the elements, because some browsers drop it when the card
    // layout changes their display.
    html! {
        div.table-box {
            table.table role="table" {
                caption.visually-hidden { (caption) }
                thead role="rowgroup" {
                    tr role="row" {
                        @for label in head {
                            @if label.is_empty() { td role="cell" {} }
                            @else { th scope="col" role="columnheader" { (label) } }
                        }
                    }
                }
                tbody role="rowgroup" {
                    @for row in rows {
                        tr role="row" {
                            @for (index, cell) in row.into_iter().enumerate() {
                                (body_cell(index, head.get(index).copied().unwrap_or_default(), cell))
                            }
                        }
                    }
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

/// Links to the previous and the next page of a list; `shown` has the numbers of the first and the
/// last row on this page. Empty if there is nothing to show.
pub fn pagination(
    lang: Lang,
    prev: Option<&str>,
    next: Option<&str>,
    shown: Option<(i64, i64)>,
) -> Markup {
    let (to_prev, to_next) = (to_previous(lang), to_next(lang));
    let prev =
        prev.map(|href| html! { a.button.button-secondary rel="prev" href=(href) { (to_prev) } });
    let next =
        next.map(|href| html! { a.button.button-secondary rel="next" href=(href) { (to_next) } });
    pages_around(lang, prev, next, shown)
}

/// The field with the URL of the page that a button of [`pagination_in_form`] leads to.
pub const TO_PAGE: &str = "to_page";

/// The same within a form: buttons that send the form, so that what is ticked can travel along.
pub fn pagination_in_form(
    lang: Lang,
    prev: Option<&str>,
    next: Option<&str>,
    shown: Option<(i64, i64)>,
) -> Markup {
    let button = |label: Markup| move |href: &str| html! { button.button.button-secondary type="submit" name=(TO_PAGE) value=(href) { (label) } };
    let (prev, next) = (prev.map(button(to_previous(lang))), next.map(button(to_next(lang))));
    pages_around(lang, prev, next, shown)
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
    shown: Option<(i64, i64)>,
) -> Markup {
    if prev.is_none() && next.is_none() && shown.is_none() {
        return html! {};
    }
    html! {
        nav.pagination aria-label=(tr!(lang, "ui.pagination")) {
            @if let Some((first, last)) = shown {
                p.muted { (tr!(lang, "ui.shown", first = first, last = last)) }
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
    fn a_single_page_needs_no_links() {
        assert_eq!(pagination(Lang::Nl, None, None, None).into_string(), "");
        let html = pagination(Lang::Nl, None, Some("?after=2"), Some((1, 25))).into_string();
        assert!(html.contains(r#"rel="next" href="?after=2""#) && !html.contains(r#"rel="prev""#));
    }
}
