//! Where a mail begins to quote the one that it answers to. What is written between quoted lines stays with
//! them: nothing is folded then.

use super::html::read;
use crate::unicode::shows_something;

/// The beginnings of lines that say who wrote what follows, as mail programs write them.
const INTRODUCTIONS: [&str; 4] = ["op ", "on ", "am ", "le "];

/// The lines between a mail and the one below it, between dashes.
const DIVIDERS: [&str; 4] =
    ["original message", "oorspronkelijk bericht", "ursprüngliche nachricht", "message d'origine"];

/// The first line of the head that Outlook repeats, and lines that follow it.
const SENDERS: [&str; 4] = ["from:", "van:", "von:", "de:"];
const TIMES: [&str; 6] = ["sent:", "date:", "verzonden:", "datum:", "gesendet:", "envoyé"];

/// How many lines an introduction or that head has.
const MOST_LINES: usize = 4;

/// Attributes of the elements in which mail programs put what they quote, with it all that follows.
const ELEMENTS: [&str; 3] = [
    "id=\"divrplyfwdmsg\"",
    "id=\"appendonsend\"",
    "id=\"mail-editor-reference-message-container\"",
];
const BLOCKS: [&str; 3] =
    ["class=\"gmail_quote", "class=\"moz-cite-prefix\"", "class=\"yahoo_quoted"];

/// A text, divided before what it quotes at its end.
pub(super) fn split_text(text: &str) -> (&str, Option<&str>) {
    let lines: Vec<&str> = text.lines().collect();
    let start = [divider(&lines), quoted_lines(&lines)].into_iter().flatten().min();
    let Some(start) = start else { return (text, None) };
    let length = text.split_inclusive('\n').take(start).map(str::len).sum();
    let (new, quoted) = text.split_at(length);
    if shows_something(new) { (new, Some(quoted)) } else { (text, None) }
}

/// The line between a mail and the one below it.
fn divider(lines: &[&str]) -> Option<usize> {
    let plain: Vec<String> =
        lines.iter().map(|line| line.trim().trim_matches('*').to_lowercase()).collect();
    let begins = |line: &str, words: &[&str]| words.iter().any(|word| line.starts_with(word));
    let found = (0..plain.len()).find(|place| {
        let line = &plain[*place];
        let is_dashed =
            line.starts_with("---") && DIVIDERS.iter().any(|words| line.contains(words));
        let mut next = plain[place + 1..].iter().take(MOST_LINES);
        is_dashed || (begins(line, &SENDERS) && next.any(|line| begins(line, &TIMES)))
    })?;
    let is_rule = |line: &str| line.len() > 3 && line.chars().all(|c| c == '_');
    Some(if found > 0 && is_rule(&plain[found - 1]) { found - 1 } else { found })
}

/// The first of the quoted lines at the end, with the lines that introduce them.
fn quoted_lines(lines: &[&str]) -> Option<usize> {
    let is_quoted = |line: &&&str| line.starts_with('>');
    let count = lines.iter().rev().take_while(|line| is_quoted(line) || line.trim().is_empty());
    let start = lines.len() - count.count();
    let start = start + lines[start..].iter().position(|line| is_quoted(&line))?;
    Some(introduction(&lines[..start]).unwrap_or(start))
}

/// The line that says who wrote what follows, which can be wrapped.
fn introduction(lines: &[&str]) -> Option<usize> {
    let last = lines.iter().rposition(|line| !line.trim().is_empty())?;
    if !lines[last].trim_end().ends_with(':') {
        return None;
    }
    (last.saturating_sub(MOST_LINES - 1)..=last)
        .rev()
        .take_while(|place| *place == last || !lines[*place].trim().is_empty())
        .find(|place| {
            let line = lines[*place].trim().to_lowercase();
            INTRODUCTIONS.iter().any(|words| line.starts_with(words))
        })
}

/// HTML, divided before what it quotes at its end. Of a page the body is left.
pub(super) fn split_html(html: &str) -> (&str, Option<&str>) {
    let lower = html.to_ascii_lowercase();
    let body = lower.find("<body").unwrap_or(0);
    let element = |attribute: &&str| lower.find(*attribute).and_then(|at| lower[..at].rfind('<'));
    let follows = ELEMENTS.iter().filter_map(element).min();
    let block = BLOCKS.iter().filter_map(element).chain(lower.find("<blockquote")).min();
    // Below a block somebody may have written.
    let block = block.filter(|_| {
        let end = lower.rfind("</blockquote>").unwrap_or(html.len());
        read(&html[end..]).is_none()
    });
    let whole = &html[body..];
    let Some(start) = [follows, block].into_iter().flatten().min().filter(|start| *start > body)
    else {
        return (whole, None);
    };
    let (new, quoted) = (&html[body..start], &html[start..]);
    if read(new).is_some() { (new, Some(quoted)) } else { (whole, None) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_text_quotes_at_its_end_is_divided_from_it() {
        for (new, quoted) in [
            (
                "Ja, graag.\n\n",
                "Op 3 mrt 2026 om 10:00 schreef Bakkerij <a@b.nl>:\n\n> Morgen?\n> Wij\n",
            ),
            ("Ja\n", "> Morgen?"),
            (
                "Ja\r\n\r\n",
                "On Tue, Mar 3, 2026 at 10:00 AM Bakkerij\r\n<a@b.nl> wrote:\r\n\r\n> Morgen?\r\n>\r\n\r\n",
            ),
            (
                "Ja\n\n",
                "________________________________\nVan: Bakkerij <a@b.nl>\nVerzonden: dinsdag\nAan: Jan\n\nMorgen?\n",
            ),
            ("Ja\n\n", "*From:* Bakkerij\n*Sent:* Tuesday\n\nMorgen?\n"),
            ("Ja\n\n", "-----Oorspronkelijk bericht-----\nMorgen?\n"),
            ("> Morgen?\n\nJa\n\n", "> Of later?\n"),
        ] {
            let text = format!("{new}{quoted}");
            assert_eq!(split_text(&text), (new, Some(quoted)), "{text}");
        }
    }

    #[test]
    fn what_answers_between_the_lines_or_quotes_nothing_stays_whole() {
        for whole in [
            "Ja, graag.",
            "",
            "> Morgen?\n\nJa\n",
            "> Morgen?\n",
            "Van: de Groothandel\nheb ik niets gehoord.\n",
            "Op 3 maart komt hij:\nmaar niet vroeg.\n",
            "Dat is 3 > 2",
        ] {
            assert_eq!(split_text(whole), (whole, None), "{whole}");
        }
    }

    #[test]
    fn what_html_quotes_at_its_end_is_divided_from_it() {
        for (new, quoted) in [
            ("<p>Ja</p>", "<blockquote>Morgen?</blockquote><br></div>"),
            (
                "<div>Ja</div>",
                "<div class=\"gmail_quote gmail_quote_container\">Op 3 maart<blockquote>a</blockquote></div>",
            ),
            (
                "<p>Ja</p>",
                "<div id=\"divRplyFwdMsg\">Van: a</div><blockquote>b</blockquote>Morgen?",
            ),
        ] {
            let html = format!("{new}{quoted}");
            assert_eq!(split_html(&html), (new, Some(quoted)), "{html}");
        }
        let page = "<html><head><title>x</title></head><body><p>Ja</p></body></html>";
        assert_eq!(split_html(page), ("<body><p>Ja</p></body></html>", None));
        for whole in
            ["<blockquote>Morgen?</blockquote>Ja", "a<blockquote>Morgen?</blockquote>Ja", ""]
        {
            assert_eq!(split_html(whole), (whole, None), "{whole}");
        }
    }
}
