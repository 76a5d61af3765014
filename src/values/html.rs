//! Text with markup that is safe to show.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use maud::{Markup, PreEscaped, html};
use serde::Serialize;

use super::{Input, Value, text_value};
use crate::error::Message;
use crate::i18n::Lang;
use crate::unicode::shows_something;

/// The elements that are kept. Others are taken off, and their texts stay; of scripts and styles nothing
/// stays. There are no pictures: they would tell their server who reads the text.
const ELEMENTS: [&str; 18] = [
    "a",
    "b",
    "blockquote",
    "br",
    "code",
    "del",
    "div",
    "em",
    "hr",
    "i",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "strong",
    "u",
    "ul",
];

/// The schemes of the links that are kept.
const SCHEMES: [&str; 4] = ["http", "https", "mailto", "tel"];

/// The longest HTML that is stored, in bytes: what is made safe can be longer than it was.
const LONGEST_SAFE: usize = 64 * 1024;

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = Builder::default();
    cleaner
        .tags(ELEMENTS.into())
        .generic_attributes(HashSet::new())
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"]))]))
        .url_schemes(SCHEMES.into())
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"));
    cleaner
});

/// Keeps the texts only.
static STRIPPER: LazyLock<Builder<'static>> = LazyLock::new(Builder::empty);

/// HTML without anything that does more than show text: read from HTML in bodies, and from plain text in
/// forms. What is stored was made safe when it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Html(String);

text_value!(Html);

impl Html {
    /// A plain text: lines that follow each other are a paragraph.
    pub fn of_text(text: &str) -> Self {
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        let paragraphs = lines.split(|line| line.is_empty()).filter(|lines| !lines.is_empty());
        let html = html! {
            @for lines in paragraphs {
                p { @for (place, line) in lines.iter().enumerate() { @if place > 0 { br; } (line) } }
            }
        };
        Self(html.into_string())
    }

    /// For a page.
    pub fn to_markup(&self) -> Markup {
        PreEscaped(self.0.clone())
    }

    /// The same, followed by what it answers to.
    #[must_use]
    pub fn with_quotation(&self, quoted: Option<&Self>) -> Self {
        match quoted {
            Some(Self(quoted)) => Self(format!("{}<blockquote>{quoted}</blockquote>", self.0)),
            None => self.clone(),
        }
    }

    /// Its text, with the addresses of links behind their texts.
    pub fn text(&self) -> String {
        let (mut text, mut link) = (String::new(), None);
        let mut pieces = self.0.split('<');
        text.push_str(pieces.next().unwrap_or_default());
        for (tag, after) in pieces.filter_map(|piece| piece.split_once('>')) {
            match tag.split(' ').next().unwrap_or_default() {
                "br" | "hr" | "/li" | "/ul" | "/ol" | "/div" => text.push('\n'),
                "/p" | "/pre" | "/blockquote" => text.push_str("\n\n"),
                "li" => text.push_str("- "),
                "a" => link = tag.split('"').nth(1).map(|address| (address, text.len())),
                "/a" => {
                    if let Some((address, start)) = link.take()
                        && text[start..] != *address
                    {
                        text.push_str(&format!(" ({address})"));
                    }
                }
                _ => {}
            }
            text.push_str(after);
        }
        unescaped(text.trim())
    }

    /// Its text, on one line.
    pub fn one_line(&self) -> String {
        let text = texts_of(&self.0.replace("<br>", " ").replace("</", " </"));
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Checks what is left of what was sent.
    fn checked(self) -> Result<Self, Message> {
        if self.0.len() > LONGEST_SAFE {
            Err(Message::with("field.too_long", Self::LONGEST))
        } else if shows_something(&texts_of(&self.0)) {
            Ok(self)
        } else {
            Err(Message::new("field.nothing_visible"))
        }
    }
}

/// The texts of HTML, without the markup.
fn texts_of(html: &str) -> String {
    unescaped(&STRIPPER.clean(html).to_string())
}

fn unescaped(text: &str) -> String {
    let plain = text.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">");
    plain.replace("&quot;", "\"").replace("&amp;", "&")
}

impl Value for Html {
    const LONGEST: usize = 20_000;

    fn stand_in() -> Self {
        Self::default()
    }

    fn read(text: &str) -> Result<Self, Message> {
        Self(CLEANER.clean(text).to_string()).checked()
    }

    fn read_typed(text: &str, _: Lang) -> Result<Self, Message> {
        Self::of_text(text).checked()
    }

    fn input() -> Input {
        Input::Area
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_stays_and_what_does_more_is_taken_off() {
        for (sent, kept) in [
            ("Wij <b>komen</b> morgen", "Wij <b>komen</b> morgen"),
            ("<p>a</p><ul><li>b</ul>", "<p>a</p><ul><li>b</li></ul>"),
            ("a < b & c", "a &lt; b &amp; c"),
            ("x<script>alert(1)</script><style>p{}</style>", "x"),
            ("<p onclick=\"x()\" style=\"a:b\" class=\"c\">a</p>", "<p>a</p>"),
            ("a<img src=x onerror=alert(1)>", "a"),
            ("b<svg><a xlink:href='javascript:alert(1)'>a</a></svg>", "b"),
            (
                "<a href=\"javascript:alert(1)\">a</a>",
                "<a rel=\"noopener noreferrer nofollow\">a</a>",
            ),
            ("<a href=\"/manage\">a</a>", "<a rel=\"noopener noreferrer nofollow\">a</a>"),
            (
                "<a href=\"https://a.example/\" target=_blank>a</a>",
                "<a href=\"https://a.example/\" rel=\"noopener noreferrer nofollow\">a</a>",
            ),
            ("<form action=/x><input name=a>a</form><iframe src=x></iframe>", "a"),
            ("a<!-- b -->", "a"),
        ] {
            assert_eq!(Html::read(sent).as_ref().map(Html::as_str), Ok(kept), "{sent}");
        }
        for nothing in ["<p></p>", "<br>&nbsp;", "<script>a</script>", "<img src=x>", "\u{200b}"] {
            assert!(Html::read(nothing).is_err(), "{nothing}");
        }
        let links = "<a>".repeat(6000) + "a";
        assert!(Html::read(&links).is_err(), "what is left is too long");
        let deep = "<div>".repeat(4000) + "a";
        assert!(Html::read(&deep).is_ok());
    }

    #[test]
    fn what_is_typed_is_text() {
        let typed = |text: &str| Html::read_typed(text, Lang::Nl).map(|html| html.0);
        assert_eq!(
            typed("Dag <b>Jan</b>,\r\n\r\nTot morgen.\r\nSanne\n\n\n"),
            Ok("<p>Dag &lt;b&gt;Jan&lt;/b&gt;,</p><p>Tot morgen.<br>Sanne</p>".to_owned())
        );
        assert!(typed("\u{200b}").is_err());
    }

    #[test]
    fn the_text_has_lines_and_the_addresses_of_links() {
        let html = Html::read(
            "<p>Dag &lt;Jan&gt;,<br>kijk <a href=\"https://a.example/?b=1&amp;c\">hier</a>:</p>\
             <ul><li>een</li><li>twee</li></ul><p><a href=\"https://a.example/\">https://a.example/</a></p>",
        );
        assert_eq!(
            html.unwrap().text(),
            "Dag <Jan>,\nkijk hier (https://a.example/?b=1&c):\n\n- een\n- twee\n\nhttps://a.example/"
        );
    }

    #[test]
    fn the_text_of_html_is_on_one_line() {
        let html = Html::read("<p>a &lt;b&gt; &amp;amp;</p><p>c<br>d</p>").unwrap();
        assert_eq!(html.one_line(), "a <b> &amp; c d");
    }
}
