//! Components to read and copy: code, keys, addresses, documentation text.

use maud::{Markup, PreEscaped, html};

use super::{
    feedback,
    icon::{Icon, icon},
    once::Once,
};
use crate::i18n::{Lang, tr};

/// What a copy button copies.
enum Source<'a> {
    /// The value of the element this selector finds.
    Element(&'a str),
    /// This text.
    Text(&'a str),
    /// The code of the block that the button is in.
    Block,
}

/// A copy button. It is hidden until the script that it needs shows it.
fn copy_button(lang: Lang, source: &Source<'_>, of: &str) -> Markup {
    let (element, text, block) = match source {
        Source::Element(selector) => (Some(*selector), None, false),
        Source::Text(text) => (None, Some(*text), false),
        Source::Block => (None, None, true),
    };
    html! {
        button.button.button-quiet.copy type="button" hidden data-copy=[element] data-copy-text=[text]
            data-copy-block[block] data-copied=(tr!(lang, "ui.copied")) {
            (icon(Icon::Copy))
            span.copy-label { (tr!(lang, "ui.copy")) }
            @if !of.is_empty() { span.visually-hidden { " " (of) } }
        }
        span.visually-hidden role="status" {}
    }
}

/// Codes that are only shown once, to copy together.
pub fn secret_block(_: &Once, lang: Lang, label: &str, codes: &str) -> Markup {
    code_block(lang, label, codes)
}

/// A key that is shown only this once: a read-only field with a copy button and a warning.
pub fn secret_once(_: &Once, lang: Lang, label: &str, secret: &str, warning: &str) -> Markup {
    html! {
        div.secret {
            (feedback::warning(warning))
            div.field {
                label for="secret" { (label) }
                div.secret-row {
                    input.input.mono type="text" id="secret" value=(secret) readonly
                        autocomplete="off" spellcheck="false" data-select;
                    (copy_button(lang, &Source::Element("#secret"), ""))
                }
            }
        }
    }
}

/// A value to copy, such as an app's id or an address.
pub fn copyable(lang: Lang, label: &str, value: &str) -> Markup {
    html! {
        span.copyable {
            code { (value) }
            (copy_button(lang, &Source::Text(value), label))
        }
    }
}

/// A block of code with a copy button; a long line scrolls inside the block.
/// `language` is shown above it: `curl`, `JSON`.
pub fn code_block(lang: Lang, language: &str, code: &str) -> Markup {
    html! {
        div.code {
            div.code-bar {
                span { (language) }
                (copy_button(lang, &Source::Block, ""))
            }
            pre tabindex="0" role="group" aria-label={ (tr!(lang, "ui.code")) " " (language) } {
                code { (code) }
            }
        }
    }
}

/// Tabs. They are radio buttons underneath, so they need no script and the arrow keys move between
/// them. `group` must be unique on the page.
pub fn tabs(group: &str, tabs: Vec<(String, Markup)>) -> Markup {
    html! {
        div.tabs {
            @for (index, (label, panel)) in tabs.into_iter().enumerate() {
                input.tab-input type="radio" name={ "tabs-" (group) } id={ "tabs-" (group) "-" (index) }
                    value=(label) checked[index == 0] data-tab;
                label.tab for={ "tabs-" (group) "-" (index) } { (label) }
                div.tab-panel { (panel) }
            }
        }
    }
}

/// A request's method and path, as a heading of API documentation shows it.
pub fn endpoint(method: &str, path: &str) -> Markup {
    html! {
        span.endpoint {
            span class={ "method method-" (method.to_ascii_lowercase()) } { (method) }
            " "
            code { (path) }
        }
    }
}

/// Documentation text rendered from Markdown. Its code and tables scroll if they don't fit, so the
/// keyboard must be able to reach them.
pub fn prose(html: Markup) -> Markup {
    let mut text = html.into_string().replace("<pre>", r#"<pre tabindex="0">"#);
    if text.matches("<table>").count() == text.matches("</table>").count() {
        text = text
            .replace("<table>", r#"<div class="table-scroll" tabindex="0"><table>"#)
            .replace("</table>", "</table></div>");
    }
    html! { div.prose { (PreEscaped(text)) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copy_buttons_wait_for_the_script() {
        let all = [
            secret_once(&Once::for_tests(), Lang::Nl, "Sleutel", "kp_1", "Bewaar hem nu"),
            copyable(Lang::Nl, "App ID", "app_1"),
            code_block(Lang::Nl, "curl", "curl https://x"),
        ];
        for html in all {
            let html = html.into_string();
            assert!(
                html.contains(r#"<button class="button button-quiet copy" type="button" hidden"#)
            );
        }
    }

    #[test]
    fn code_is_escaped() {
        let html = code_block(Lang::En, "html", "<script>1</script>").into_string();
        assert!(html.contains("&lt;script&gt;1"));
    }

    #[test]
    fn the_first_tab_is_open() {
        let html = tabs("a", vec![("curl".into(), html! { "1" }), ("Rust".into(), html! { "2" })]);
        let html = html.into_string();
        assert!(html.contains(r#"id="tabs-a-0" value="curl" checked"#));
        assert_eq!(html.matches("checked").count(), 1);
    }

    #[test]
    fn scrolling_parts_of_prose_can_be_reached() {
        let html = prose(PreEscaped("<table></table><pre><code>x</code></pre>".into()));
        assert_eq!(
            html.into_string(),
            r#"<div class="prose"><div class="table-scroll" tabindex="0"><table></table></div><pre tabindex="0"><code>x</code></pre></div>"#
        );
    }
}
