//! A filter form above a list.

use std::borrow::Cow;

use jiff::civil::Date;
use maud::{Markup, html};

use super::button::{ButtonStyle, link_button, submit};
use super::icon::{Icon, icon};
use crate::i18n::{Lang, tr};

/// The form; `action` is also the link that clears the filters.
pub fn filters(lang: Lang, action: &str, is_filtered: bool, fields: Markup) -> Markup {
    html! {
        form.search.filters role="search" method="get" action=(action) {
            (fields)
            (submit(&tr!(lang, "ui.search"), ButtonStyle::Secondary))
            @if is_filtered { (link_button(&tr!(lang, "ui.clear_search"), action, ButtonStyle::Quiet)) }
        }
    }
}

/// A search field, of at most `longest` characters.
pub fn filter_text(name: &str, value: &str, label: &str, longest: usize) -> Markup {
    html! { input.input type="search" name=(name) value=(value) maxlength=(longest) aria-label=(label) placeholder=(label); }
}

/// A select; `all` is the option for no filter.
pub fn filter_choice(
    name: &str,
    label: &str,
    all: &str,
    options: Vec<(&str, Cow<'_, str>)>,
    chosen: &str,
) -> Markup {
    html! {
        select.input name=(name) aria-label=(label) {
            option value="" { (all) }
            @for (value, text) in options { option value=(value) selected[value == chosen] { (text) } }
        }
    }
}

/// A day.
pub fn filter_day(name: &str, label: &str, value: Option<Date>) -> Markup {
    html! {
        label.filter-day {
            span { (label) }
            input.input type="date" name=(name) value=[value.map(|day| day.to_string())];
        }
    }
}

/// A select with a label; `all` is the option for no filter. Its name is the label alone: that of a
/// label around a select would have the options in it.
pub fn filter_select(
    name: &str,
    label: &str,
    all: &str,
    options: Vec<(String, String)>,
    chosen: &str,
) -> Markup {
    html! {
        label.filter-field {
            span { (label) }
            select.input name=(name) aria-label=(label) {
                option value="" { (all) }
                @for (value, text) in options { option value=(value) selected[value == chosen] { (text) } }
            }
        }
    }
}

/// A day with a label.
pub fn filter_date(name: &str, label: &str, value: Option<Date>) -> Markup {
    html! {
        label.filter-field {
            span { (label) }
            input.input type="date" name=(name) value=[value.map(|day| day.to_string())];
        }
    }
}

/// The fields of a list's filters, which are hidden until they are wanted; `apply` is the button.
pub fn list_filters(summary: &str, apply: &str, is_open: bool, fields: Markup) -> Markup {
    html! {
        details.list-filters open[is_open] {
            summary { (summary) }
            div.filter-fields {
                (fields)
                (submit(apply, ButtonStyle::Secondary))
            }
        }
    }
}

/// The filters of a list that are in use: what each says, and a link without it, of which screen
/// readers say what it does. `clear` is the link without any.
pub fn chips(
    label: &str,
    chips: Vec<(String, String)>,
    removes: &str,
    clear: Option<(&str, &str)>,
) -> Markup {
    html! {
        ul.chips aria-label=(label) {
            @for (text, href) in chips {
                li {
                    a.chip href=(href) {
                        (text) span.visually-hidden { " (" (removes) ")" } (icon(Icon::Close))
                    }
                }
            }
            @if let Some((text, href)) = clear { li { a href=(href) { (text) } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_is_shown_again() {
        let fields = html! {
            (filter_text("search", "a\"b", "Zoek", 9))
            (filter_choice("kind", "Soort", "Alle", vec![("x", "X".into()), ("y", "Y".into())], "y"))
            (filter_day("from", "Van", Some(jiff::civil::date(2026, 11, 24))))
            (filter_day("to", "Tot", None))
        };
        let html = filters(Lang::En, "/p", true, fields).into_string();
        for part in [
            r#"value="a&quot;b""#,
            r#"<option value="y" selected>"#,
            r#"name="from" value="2026-11-24""#,
            r#"name="to">"#,
            r#"href="/p""#,
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert!(!filters(Lang::En, "/p", false, html! {}).into_string().contains("href"));
    }
}
