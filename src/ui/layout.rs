//! How a page's content is divided: headings, cards, sections, rows of buttons.

use maud::{Markup, html};

use super::icon::{Icon, icon};
use crate::i18n::{Lang, tr};
use crate::unicode::visible;

/// The heading of a page; `actions` sit at the top right (`html! {}` for none).
pub fn header(title: &str, intro: Option<&str>, actions: Markup) -> Markup {
    html! {
        div.page-header {
            div.page-heading {
                h1 { (title) }
                @if let Some(intro) = intro { p.intro { (intro) } }
            }
            @if !actions.0.is_empty() { div.actions { (actions) } }
        }
    }
}

/// The breadcrumbs: labels, each with a URL except the last, which is the page itself.
pub fn breadcrumbs(lang: Lang, items: &[(&str, Option<&str>)]) -> Markup {
    html! {
        nav.breadcrumbs aria-label=(tr!(lang, "ui.breadcrumbs")) {
            ol {
                @for (label, href) in items {
                    li {
                        @match href {
                            Some(href) => { a href=(href) { (label) } }
                            None => { span aria-current="page" { (label) } }
                        }
                    }
                }
            }
        }
    }
}

/// A card.
pub fn card(title: Option<&str>, body: Markup) -> Markup {
    html! {
        section.card {
            @if let Some(title) = title { h2.card-title { (title) } }
            div.card-body { (body) }
        }
    }
}

/// A section of a page with its own heading, and actions beside it.
pub fn section(title: &str, intro: Option<&str>, actions: Markup, body: Markup) -> Markup {
    html! {
        section.section {
            div.section-header {
                div {
                    h2 { (title) }
                    @if let Some(intro) = intro { p.muted { (intro) } }
                }
                @if !actions.0.is_empty() { div.actions { (actions) } }
            }
            (body)
        }
    }
}

/// Things side by side in columns of equal width, as many as fit.
pub fn grid(items: Vec<Markup>) -> Markup {
    html! { div.grid { @for item in items { (item) } } }
}

/// A number with its meaning, for an overview; with an address it is a link.
pub fn stat(label: &str, value: &str, href: Option<&str>) -> Markup {
    let inner = html! {
        span.stat-label { (label) }
        span.stat-value { (value) }
    };
    html! {
        @match href {
            Some(href) => { a.stat href=(href) { (inner) } }
            None => { div.stat { (inner) } }
        }
    }
}

/// What there is to know about one thing, on its page.
pub fn facts(items: Vec<(&str, Markup)>) -> Markup {
    card(None, definition_list(items))
}

/// Cards with what there is to know about one thing, side by side where there is room.
pub fn fact_cards(cards: Vec<Markup>) -> Markup {
    html! { div.fact-cards { @for card in cards { (card) } } }
}

/// Text of several lines.
pub fn lines(text: &str) -> Markup {
    html! { p.lines dir="auto" { (visible(text)) } }
}

/// Names with their values.
pub fn definition_list(items: Vec<(&str, Markup)>) -> Markup {
    html! {
        dl.definitions {
            @for (name, value) in items {
                div { dt { (name) } dd { (value) } }
            }
        }
    }
}

/// Collapsible content.
pub fn disclosure(summary: &str, open: bool, body: Markup) -> Markup {
    html! {
        details.disclosure open[open] {
            summary { (summary) }
            div.disclosure-body { (body) }
        }
    }
}

/// A row of buttons, as at the end of a form.
pub fn actions(buttons: Markup) -> Markup {
    html! { div.actions { (buttons) } }
}

/// The row above a list: a search box or filters at the start, actions at the end.
pub fn toolbar(start: Markup, end: Markup) -> Markup {
    html! {
        div.toolbar {
            div.toolbar-start { (start) }
            @if !end.0.is_empty() { div.actions { (end) } }
        }
    }
}

/// A list with a tick before each item, such as what an app will be able to do.
pub fn check_list(items: Vec<Markup>) -> Markup {
    html! {
        ul.check-list {
            @for item in items { li { (icon(Icon::Check)) div { (item) } } }
        }
    }
}

/// What asks for attention: each with an icon, and a link to where one acts.
pub fn attention_list(label: &str, items: Vec<(Icon, String, String)>) -> Markup {
    html! {
        ul.attention aria-label=(label) {
            @for (shown, text, href) in items {
                li { a href=(href) { (icon(shown)) span { (text) } } }
            }
        }
    }
}

/// Things to do once, of which some are done: whether each is, its text and a link to where one does it.
pub fn task_list(lang: Lang, tasks: Vec<(bool, String, String)>) -> Markup {
    let done = tasks.iter().filter(|(is_done, ..)| *is_done).count();
    let progress = tr!(lang, "ui.tasks_done", done = done, count = tasks.len());
    html! {
        p.task-progress {
            progress value=(done) max=(tasks.len()) aria-label=(progress) {}
            " " span aria-hidden="true" { (progress) }
        }
        ul.tasks {
            @for (is_done, text, href) in tasks {
                li.task-done[is_done] {
                    @if is_done { (icon(Icon::Check)) span.visually-hidden { (tr!(lang, "ui.task_done")) " " } }
                    @else { span.task-open aria-hidden="true" {} }
                    @if is_done { span { (text) } } @else { a href=(href) { (text) } }
                }
            }
        }
    }
}

/// Numbered steps, each with a heading and content.
pub fn steps(steps: Vec<(String, Markup)>) -> Markup {
    html! {
        ol.steps role="list" {
            @for (title, body) in steps {
                li {
                    h3 { (title) }
                    (body)
                }
            }
        }
    }
}

/// An app's logo, or its initial where it has none, beside its name: it is decorative.
pub fn app_mark(name: &str, logo: Option<&str>) -> Markup {
    html! {
        @match logo {
            Some(src) => { img.app-mark src=(src) alt="" width="40" height="40"; }
            None => { span.app-mark.app-initial aria-hidden="true" { (initial(&visible(name))) } }
        }
    }
}

/// A name, isolated from the direction of the surrounding text (HTML, section 4.5.24).
pub fn name(text: &str) -> Markup {
    html! { bdi { (visible(text)) } }
}

/// Text of lesser weight.
pub fn muted(text: &str) -> Markup {
    html! { span.muted { (text) } }
}

/// A technical name or code in a fixed-width font.
pub fn mono(text: &str) -> Markup {
    html! { code { (text) } }
}

/// The first letter or digit of a name.
pub(super) fn initial(name: &str) -> String {
    name.chars()
        .find(|letter| letter.is_alphanumeric())
        .map(|letter| letter.to_uppercase().collect())
        .unwrap_or_default()
}
