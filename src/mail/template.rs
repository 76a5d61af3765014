//! The template of all mails: text and HTML, from the same paragraphs.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use url::Url;

use super::Speaker;
use crate::i18n::{Lang, tr};
use crate::unicode::visible;
use crate::values::Html;

/// The separator between the languages of a text.
const BETWEEN: &str = "\n\n—\n\n";

/// Styles for dark mode; mail programs without support use the colours of the elements.
const STYLE: &str = "\
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .page { background: #0f171b !important; color: #e6edf0 !important; }
  .card { background: #172127 !important; border-color: #2f3d45 !important; }
  .muted { color: #a3b1b9 !important; }
  a { color: #6fc3d0 !important; }
  hr { border-color: #2f3d45 !important; }
}";
const PAGE: &str = "margin:0;padding:0;background:#f5f7f8;color:#15222a";
const CARD: &str = "max-width:600px;background:#ffffff;border:1px solid #dee5e8;border-radius:8px;\
                    text-align:left";
const CONTENT: &str = "padding:28px 24px;font-size:16px;line-height:1.5;\
     font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const HEADING: &str = "margin:0 0 20px;font-size:18px;font-weight:600";
const PARAGRAPH: &str = "margin:0 0 16px";
const LINK: &str = "color:#0a6473;word-break:break-all";
const RULE: &str = "border:0;border-top:1px solid #dee5e8;margin:24px 0";
const MUTED: &str = "margin:24px 0 0;font-size:13px;color:#536570";

/// The text: one language after the other, each with a line that says what the mail is.
pub(super) fn text(speaker: Speaker<'_>, parts: &[(Lang, &str)]) -> String {
    let part =
        |(lang, text): &(Lang, &str)| format!("{}\n\n{}", text.trim(), closing(speaker, *lang));
    let mut text = parts.iter().map(part).collect::<Vec<_>>().join(BETWEEN);
    text.push('\n');
    text
}

/// The same as HTML, in one column that fits a phone. It loads nothing, and shows the address of
/// every link.
pub(super) fn html(speaker: Speaker<'_>, subject: &str, parts: &[(Lang, &str)]) -> String {
    let lang = parts.first().map_or_else(Lang::default, |(lang, _)| *lang);
    page(lang, subject, &content(speaker, parts))
}

/// What a person wrote as HTML, in the same layout.
pub(super) fn letter(
    speaker: Speaker<'_>,
    subject: &str,
    (lang, written): (Lang, &Html),
    closing: &str,
) -> String {
    let content = html! {
        p style=(HEADING) { (visible(name(speaker))) }
        (written.to_markup())
        p.muted style=(MUTED) { (closing) }
    };
    page(lang, subject, &content)
}

fn page(lang: Lang, subject: &str, content: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang=(lang.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="supported-color-schemes" content="light dark";
                title { (subject) }
                style { (PreEscaped(STYLE)) }
            }
            body.page style=(PAGE) {
                table.page role="presentation" width="100%" cellpadding="0" cellspacing="0" style=(PAGE) {
                    tr {
                        td align="center" style="padding:24px 12px" {
                            table.card role="presentation" width="100%" cellpadding="0" cellspacing="0" style=(CARD) {
                                tr { td style=(CONTENT) { (content) } }
                            }
                        }
                    }
                }
            }
        }
    };
    page.into_string()
}

const fn name(speaker: Speaker<'_>) -> &str {
    match speaker {
        Speaker::Product => "Klantportaal",
        Speaker::Organisation(name) | Speaker::Inviting(name) => name,
    }
}

fn content(speaker: Speaker<'_>, parts: &[(Lang, &str)]) -> Markup {
    html! {
        p style=(HEADING) { (visible(name(speaker))) }
        @for (index, (lang, text)) in parts.iter().enumerate() {
            @if index > 0 { hr style=(RULE); }
            div lang=(lang.tag()) {
                @for paragraph in text.trim().split("\n\n") { (self::paragraph(paragraph)) }
                p.muted style=(MUTED) { (closing(speaker, *lang)) }
            }
        }
    }
}

/// A paragraph. A line that consists of an address is a link. Our texts have links on their own
/// lines, so a name within a line can't become one.
fn paragraph(text: &str) -> Markup {
    html! {
        p style=(PARAGRAPH) {
            @for (index, line) in text.lines().enumerate() {
                @if index > 0 { br; }
                @if is_address(line) { a href=(line) style=(LINK) { (line) } } @else { (line) }
            }
        }
    }
}

fn is_address(line: &str) -> bool {
    !line.contains(char::is_whitespace)
        && Url::parse(line).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

fn closing(speaker: Speaker<'_>, lang: Lang) -> String {
    match speaker {
        Speaker::Product | Speaker::Inviting(_) => tr!(lang, "mail.closing.product").into_owned(),
        Speaker::Organisation(name) => {
            tr!(lang, "mail.closing.organisation", name = name).into_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Hallo <b>Jan</b> & \"Zn\",\n\nOpen:\n\nhttps://portal.example/x?a=\"1&b=2\n\n\
                        Of niet.\nKlaar https://evil.example\n";

    #[test]
    fn everything_is_escaped_and_only_whole_lines_are_links() {
        let speaker = Speaker::Organisation("<script>x</script>");
        let html = html(speaker, "S & <i>", &[(Lang::Nl, TEXT)]);
        for part in [
            "Hallo &lt;b&gt;Jan&lt;/b&gt; &amp; &quot;Zn&quot;,</p>",
            "&lt;script&gt;x&lt;/script&gt;</p>",
            "<title>S &amp; &lt;i&gt;</title>",
            "href=\"https://portal.example/x?a=&quot;1&amp;b=2\"",
            ">https://portal.example/x?a=&quot;1&amp;b=2</a>",
            "Of niet.<br>Klaar https://evil.example</p>",
            "<html lang=\"nl\">",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert_eq!(html.matches("<a ").count(), 1);
        assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("url("));
        assert!(!is_address("javascript:alert(1)") && !is_address("https://a.example b"));
    }

    #[test]
    fn text_and_html_say_the_same_in_each_language() {
        let parts = [(Lang::Nl, "Hallo\n\nTot ziens\n"), (Lang::En, "Hello\n")];
        let speaker = Speaker::Organisation("De Korenaar");
        let (text, html) = (text(speaker, &parts), html(speaker, "x", &parts));
        assert!(text.starts_with("Hallo\n\nTot ziens\n\n"), "{text}");
        assert!(text.contains("\n\n—\n\nHello\n\n"), "{text}");
        for line in text.lines().filter(|line| !line.is_empty() && *line != "—") {
            assert!(html.contains(line), "{line} in {html}");
        }
        assert!(html.contains("lang=\"en\"") && html.contains(">De Korenaar</p>"));
    }

    #[test]
    fn an_invitation_is_headed_by_who_invites_and_sent_by_the_product() {
        let parts = [(Lang::En, "Hello\n")];
        let speaker = Speaker::Inviting("De Korenaar");
        let (text, html) = (text(speaker, &parts), html(speaker, "x", &parts));
        assert!(html.contains(">De Korenaar</p>") && !html.contains("behalf"), "{html}");
        assert!(!text.contains("De Korenaar"), "{text}");
    }
}
