//! The HTML of mails, read within bounds: with the square of its tags and attributes grows the time that
//! reading it takes.

use mail_parser::decoders::html::html_to_text;

use crate::i18n::Lang;
use crate::values::{Html, Value};

/// The longest HTML that is read as such, in bytes.
const LONGEST: usize = 128 * 1024;

/// The most tags of HTML that is read as such.
const MOST_TAGS: usize = 4_000;

/// HTML, made safe; none if it shows nothing, or too much. Where it is long or has many tags, its text is taken.
pub(super) fn read(html: &str) -> Option<Html> {
    if html.len() <= LONGEST && html.matches('<').count() <= MOST_TAGS {
        Html::read(html.trim()).ok()
    } else {
        read_text(&html_to_text(html))
    }
}

/// The beginning of its text, at most so many characters.
pub(super) fn read_beginning(html: &str, most: usize) -> Option<Html> {
    read_text(&html_to_text(html).chars().take(most).collect::<String>())
}

/// A plain text; none if it shows nothing, or too much.
pub(super) fn read_text(text: &str) -> Option<Html> {
    // The language is that of numbers, which a text has none of.
    Html::read_typed(text, Lang::Nl).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(html: &str) -> Option<String> {
        read(html).map(|html| html.to_string())
    }

    #[test]
    fn of_deep_or_long_html_the_text_is_taken() {
        let expected = Some("<p>Ja, graag</p>".to_owned());
        assert_eq!(shown(&format!("{}Ja, <b>graag</b>", "<div>".repeat(500_000))), expected);
        assert_eq!(shown(&format!("Ja, <b>graag</b>{}", "<".repeat(MOST_TAGS))), expected);
        let attributes: String = (0..LONGEST / 4).map(|number| format!(" a{number}")).collect();
        assert_eq!(shown(&format!("<p{attributes}>Ja, <b>graag</b>")), expected);
        assert_eq!(shown(&"<div>".repeat(500_000)), None);
        assert_eq!(shown("<p>Ja, <b>graag</b>").as_deref(), Some("<p>Ja, <b>graag</b></p>"));
    }
}
