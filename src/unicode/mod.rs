//! Characters: which ones nobody sees, which turn the text around them, and which mean the same.

mod fold;

pub use fold::fold;
pub(crate) use fold::words;

use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;

/// Whether anything of the text can be seen: more than spaces, invisible characters, and marks
/// without a letter.
pub fn shows_something(text: &str) -> bool {
    text.chars()
        .any(|c| !c.is_whitespace() && !c.is_control() && !is_invisible(c) && !is_combining_mark(c))
}

/// A text of somebody's, such as a name from before there were rules for names, as it can be shown:
/// without what turns the text around it, and a question mark where nothing would be seen.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    if !text.is_empty() && !shows_something(text) {
        return Cow::Borrowed("?");
    }
    if text.chars().any(turns_text) {
        return Cow::Owned(text.chars().filter(|c| !turns_text(*c)).collect());
    }
    Cow::Borrowed(text)
}

/// The same for the middle of a sentence: what stands beside the text keeps its place and its order
/// whatever the text holds (Unicode Standard Annex 9, section 2.4.2).
pub fn isolated(text: &str) -> Cow<'_, str> {
    let text = visible(text);
    if text.chars().any(is_written_from_the_right) {
        return Cow::Owned(format!("\u{2068}{text}\u{2069}"));
    }
    text
}

/// The text without invisible characters, but for those that change how the letters beside them are
/// written.
pub(crate) fn without_invisible(text: &str) -> String {
    let mut seen = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let before = seen.chars().next_back();
        let keep = match c {
            '\u{200c}' | '\u{200d}' => {
                before.is_some_and(is_joined) && rest.peek().copied().is_some_and(is_joined)
            }
            '\u{fe0e}' | '\u{fe0f}' => before.is_some_and(is_picture),
            other => !is_invisible(other),
        };
        if keep {
            seen.push(c);
        }
    }
    seen
}

/// What embeds, overrides or isolates a direction of writing.
pub(crate) const fn turns_text(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether nobody sees the character: those that Unicode calls default ignorable
/// (`DerivedCoreProperties.txt`), anchors of annotations, and the Braille pattern without dots.
pub const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether the letter belongs to a script whose letters change by joiners, or is part of a picture.
const fn is_joined(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{109f}' | '\u{1780}'..='\u{18af}' | '\u{1a00}'..='\u{1cff}'
        | '\u{a840}'..='\u{abff}' | '\u{11000}'..='\u{11fff}' | '\u{fe0f}')
        || is_picture(c)
}

/// Whether the character can be an emoji.
const fn is_picture(c: char) -> bool {
    matches!(c, '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}'
        | '\u{2190}'..='\u{27ff}' | '\u{2900}'..='\u{2bff}' | '\u{3030}' | '\u{303d}'
        | '\u{1f000}'..='\u{1faff}')
}

/// Letters of the scripts that are written from right to left.
const fn is_written_from_the_right(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{200f}' | '\u{fb1d}'..='\u{fdff}'
        | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}
