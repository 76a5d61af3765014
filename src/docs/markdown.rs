//! Renders Markdown as HTML.

use std::collections::HashMap;

use maud::{Markup, PreEscaped};
use pulldown_cmark::{
    CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html,
};

use crate::i18n::{Lang, tr};
use crate::ui;

/// A rendered text.
pub(super) struct Article {
    /// Everything below the title.
    pub body: Markup,
    /// The headings in it.
    pub headings: Vec<Heading>,
}

/// A heading with an anchor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heading {
    /// The level: 2 for a section, 3 for a subsection.
    pub level: u8,
    /// Its anchor.
    pub id: String,
    /// Its text.
    pub text: String,
}

/// Renders a text as HTML, without its title; `sample` renders a paragraph `{{sample:name}}`.
/// `original` is the same text in the language of the anchors, so that links to headings work in
/// every language.
pub(super) fn render(
    lang: Lang,
    text: &str,
    original: &str,
    sample: impl Fn(&str) -> Markup,
) -> Article {
    let mut ids = heading_ids(original).into_iter();
    let (mut events, mut headings) = (Vec::new(), Vec::new());
    let mut source = Parser::new_ext(text, Options::ENABLE_TABLES).map(tame);
    while let Some(event) = source.next() {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let code = plain_text(&until(&mut source, TagEnd::CodeBlock));
                events.push(raw(ui::code_block(lang, &language(lang, &kind), code.trim_end())));
            }
            Event::Start(Tag::Heading { level, .. }) => {
                let inner = until(&mut source, TagEnd::Heading(level));
                if level == HeadingLevel::H1 {
                    continue;
                }
                let text = plain_text(&inner);
                let id = ids.next().unwrap_or_default();
                events.push(Event::Start(Tag::Heading {
                    level,
                    id: Some(id.clone().into()),
                    classes: Vec::new(),
                    attrs: Vec::new(),
                }));
                events.extend(inner);
                events.push(Event::End(TagEnd::Heading(level)));
                headings.push(Heading { level: level as u8, id, text });
            }
            Event::Start(Tag::Paragraph) => {
                let inner = until(&mut source, TagEnd::Paragraph);
                let text = plain_text(&inner);
                match text.strip_prefix("{{sample:").and_then(|rest| rest.strip_suffix("}}")) {
                    Some(name) => events.push(raw(sample(name))),
                    None => {
                        events.push(Event::Start(Tag::Paragraph));
                        events.extend(inner);
                        events.push(Event::End(TagEnd::Paragraph));
                    }
                }
            }
            event => events.push(event),
        }
    }
    Article { body: ui::prose(write(events)), headings }
}

/// A part of a text: what stands above the first heading, or below one.
#[derive(Debug, Default)]
pub(super) struct TextSection {
    /// Its heading.
    pub heading: Option<Heading>,
    /// Its text, without markup and without samples.
    pub text: String,
}

/// The parts of a text, without its title; `original` as in [`render`].
pub(super) fn sections(text: &str, original: &str) -> Vec<TextSection> {
    let mut ids = heading_ids(original).into_iter();
    let mut all = vec![TextSection::default()];
    let mut source = Parser::new_ext(text, Options::ENABLE_TABLES);
    while let Some(event) = source.next() {
        if let Event::Start(Tag::Heading { level, .. }) = event {
            let text = plain_text(&until(&mut source, TagEnd::Heading(level)));
            if level != HeadingLevel::H1 {
                let id = ids.next().unwrap_or_default();
                let heading = Some(Heading { level: level as u8, id, text });
                all.push(TextSection { heading, text: String::new() });
            }
        } else if let Some(section) = all.last_mut() {
            match event {
                Event::Text(text) if text.starts_with("{{sample:") => {}
                Event::Text(text) | Event::Code(text) => section.text.push_str(&text),
                Event::End(TagEnd::Paragraph | TagEnd::Item | TagEnd::CodeBlock) => {
                    section.text.push('\n');
                }
                Event::SoftBreak | Event::HardBreak | Event::End(TagEnd::TableCell) => {
                    section.text.push(' ');
                }
                _ => {}
            }
        }
    }
    all
}

/// The ids of a text's headings, without its title.
fn heading_ids(text: &str) -> Vec<String> {
    let (mut ids, mut found) = (Ids::default(), Vec::new());
    let mut source = Parser::new_ext(text, Options::ENABLE_TABLES);
    while let Some(event) = source.next() {
        if let Event::Start(Tag::Heading { level, .. }) = event {
            let heading = plain_text(&until(&mut source, TagEnd::Heading(level)));
            if level != HeadingLevel::H1 {
                found.push(ids.next(&heading));
            }
        }
    }
    found
}

/// Renders a short text, such as a field's description, without a paragraph element.
pub(super) fn inline(text: &str) -> Markup {
    let paragraph = |event: &Event<'_>| {
        matches!(event, Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph))
    };
    write(Parser::new(text).map(tame).filter(|event| !paragraph(event)).collect())
}

/// Resolves links to other pages by their name; HTML in a text is escaped.
fn tame(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Link { link_type, dest_url: address(dest_url), title, id })
        }
        Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
        event => event,
    }
}

fn address(link: CowStr<'_>) -> CowStr<'_> {
    if link.contains(':') || link.starts_with(['/', '#']) {
        link
    } else {
        format!("/docs/{link}").into()
    }
}

fn until<'a>(source: &mut impl Iterator<Item = Event<'a>>, end: TagEnd) -> Vec<Event<'a>> {
    source.take_while(|event| *event != Event::End(end)).collect()
}

fn plain_text(events: &[Event<'_>]) -> String {
    let text = |event: &Event<'_>| match event {
        Event::Text(text) | Event::Code(text) => text.to_string(),
        Event::SoftBreak | Event::HardBreak => " ".to_owned(),
        _ => String::new(),
    };
    events.iter().map(text).collect()
}

fn raw<'a>(markup: Markup) -> Event<'a> {
    Event::Html(markup.into_string().into())
}

fn write(events: Vec<Event<'_>>) -> Markup {
    let mut text = String::new();
    html::push_html(&mut text, events.into_iter());
    PreEscaped(text)
}

/// The label above a code block.
fn language(lang: Lang, kind: &CodeBlockKind<'_>) -> String {
    match kind {
        CodeBlockKind::Fenced(name) => match name.as_ref() {
            "sh" => "Shell".to_owned(),
            "" | "text" => tr!(lang, "docs.code.text").into_owned(),
            other => other.to_uppercase(),
        },
        CodeBlockKind::Indented => tr!(lang, "docs.code.text").into_owned(),
    }
}

/// Gives each heading of a page a unique id, like GitHub does.
#[derive(Default)]
pub(super) struct Ids(HashMap<String, usize>);

impl Ids {
    /// The id of the next heading.
    pub(super) fn next(&mut self, heading: &str) -> String {
        let slug = slug(heading);
        let seen = self.0.entry(slug.clone()).and_modify(|seen| *seen += 1).or_default();
        if *seen == 0 { slug } else { format!("{slug}-{seen}") }
    }
}

/// The text in lower case, with hyphens for spaces, without punctuation.
pub(super) fn slug(text: &str) -> String {
    let letter = |letter: char| match letter {
        ' ' | '-' => Some('-'),
        '_' => Some('_'),
        letter => letter.is_alphanumeric().then_some(letter),
    };
    text.to_lowercase().chars().filter_map(letter).collect()
}

#[cfg(test)]
mod tests {
    use maud::html;

    use super::*;

    fn body(text: &str) -> String {
        render(Lang::En, text, text, |name| html! { b { (name) } }).body.into_string()
    }

    #[test]
    fn headings_can_be_linked_to_and_the_title_is_left_out() {
        let original = "# Title\n\n## 1. What's `new`?\n\n### Same\n\n### Same\n";
        let article = render(Lang::En, original, original, |_| html! {});
        let ids: Vec<(u8, &str)> =
            article.headings.iter().map(|heading| (heading.level, heading.id.as_str())).collect();
        assert_eq!(ids, [(2, "1-whats-new"), (3, "same"), (3, "same-1")]);
        let html = article.body.into_string();
        assert!(
            html.contains(r#"<h2 id="1-whats-new">1. What's <code>new</code>?</h2>"#)
                && !html.contains("Title"),
            "{html}"
        );
        let translated = "# Titel\n\n## 1. Wat is er nieuw?\n\n### Eén\n\n### Twee\n";
        let ids = render(Lang::Nl, translated, original, |_| html! {}).headings;
        assert_eq!(ids[2], Heading { level: 3, id: "same-1".into(), text: "Twee".into() });
    }

    #[test]
    fn the_parts_of_a_text_are_those_of_its_headings() {
        let text =
            "# Title\n\nFirst `code`\nline.\n\n## What *is* it?\n\n{{sample:one}}\n\n- a\n- b\n";
        let parts = sections(text, "# Title\n\n## What?\n");
        assert_eq!((parts.len(), parts[0].text.as_str()), (2, "First code line.\n"));
        let heading = parts[1].heading.as_ref().unwrap();
        assert_eq!((heading.id.as_str(), heading.text.as_str()), ("what", "What is it?"));
        assert_eq!(parts[1].text.trim(), "a\nb");
    }

    #[test]
    fn links_lead_to_the_pages() {
        let html =
            body("[a](scopes) [b](authentication#the-header) [c](https://x.example/) [d](#here)");
        for href in
            ["/docs/scopes", "/docs/authentication#the-header", "https://x.example/", "#here"]
        {
            assert!(html.contains(&format!(r#"href="{href}""#)), "{html}");
        }
    }

    #[test]
    fn samples_and_code_get_their_components_and_html_is_escaped() {
        let html = body(
            "{{sample:one}}\n\n```json\n<b>\n```\n\nx <i onclick=\"y\">z\n\n<script>1</script>\n",
        );
        assert!(html.contains("<b>one</b>"), "{html}");
        assert!(
            html.contains(r#"<span>JSON</span>"#) && html.contains("&lt;b&gt;</code>"),
            "{html}"
        );
        assert!(html.contains("&lt;i onclick") && html.contains("&lt;script&gt;"), "{html}");
    }
}
