//! The mailbox's two pages: the list, and one mail.

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::{Html, IntoResponse, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::folder::folder;
use super::letter::{Letter, Name, latest};
use crate::error::{Error, Result};
use crate::http::Path;
use crate::i18n::{Lang, tr};
use crate::public_urls::Surface;
use crate::server::Server;
use crate::time::readable;
use crate::ui::{self, ButtonStyle, FlashKind};
use crate::web::{self, Visit};

pub(super) async fn list(visit: Visit, State(server): State<Server>) -> Result<Markup> {
    let letters = latest(&folder(&server).ok_or(Error::NotFound)?).await?;
    let (lang, title) = (visit.lang, tr!(visit.lang, "mailbox.title"));
    let rows = letters.iter().map(|(name, letter)| {
        vec![
            html! { a href={ "/mailbox/" (name.as_str()) } { (letter.subject) } },
            html! { (letter.to) },
            sent(name.sent_at(), lang),
        ]
    });
    let heads = [tr!(lang, "mailbox.subject"), tr!(lang, "mailbox.to"), tr!(lang, "mailbox.sent")];
    let heads: Vec<&str> = heads.iter().map(AsRef::as_ref).collect();
    let body = html! {
        (ui::header(&title, Some(&tr!(lang, "mailbox.intro")), html! {}))
        @if letters.is_empty() { (ui::empty_state(&tr!(lang, "mailbox.empty_title"), &tr!(lang, "mailbox.empty_text"), None)) }
        @else { (ui::table(&title, &heads, rows.collect())) }
    };
    Ok(web::plain_chrome(&visit).page(&title, body))
}

pub(super) async fn show(
    visit: Visit,
    State(server): State<Server>,
    Path(name): Path<String>,
) -> Result<Markup> {
    let (name, letter) = find(&server, &name).await?;
    let lang = visit.lang;
    let (to, time) = (tr!(lang, "mailbox.to"), tr!(lang, "mailbox.sent"));
    let own = [Surface::Manage, Surface::Developers, Surface::Docs]
        .map(|surface| server.public_urls.url(surface, "/"));
    let body = html! {
        (ui::breadcrumbs(lang, &[(&tr!(lang, "mailbox.title"), Some("/mailbox")), (&letter.subject, None)]))
        (ui::header(&letter.subject, None, html! {}))
        (ui::notice(FlashKind::Info, None, html! { p { (tr!(lang, "mailbox.demo_only")) } }))
        (ui::facts(vec![(&to, html! { (letter.to) }), (&time, sent(name.sent_at(), lang))]))
        (ui::card(None, ui::prose(text(&letter.text, &own))))
        @if letter.html.is_some() {
            (ui::actions(ui::link_button(&tr!(lang, "mailbox.html"), &format!("/mailbox/{}/html", name.as_str()), ButtonStyle::Secondary)))
        }
    };
    Ok(web::plain_chrome(&visit).page(&letter.subject, body))
}

/// The policy for a mail's HTML: only its own styles, no scripts, and a separate origin.
const HTML_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
);

/// The HTML of a mail, as its recipient sees it.
pub(super) async fn show_html(
    _: Visit,
    State(server): State<Server>,
    Path(name): Path<String>,
) -> Result<Response> {
    let (_, letter) = find(&server, &name).await?;
    let html = Html(letter.html.ok_or(Error::NotFound)?);
    Ok(([(CONTENT_SECURITY_POLICY, HTML_POLICY)], html).into_response())
}

async fn find(server: &Server, name: &str) -> Result<(Name, Letter)> {
    let folder = folder(server).ok_or(Error::NotFound)?;
    let name = Name::parse(name).ok_or(Error::NotFound)?;
    let letter = Letter::read(&folder, &name).await?.ok_or(Error::NotFound)?;
    Ok((name, letter))
}

fn sent(at: Timestamp, lang: Lang) -> Markup {
    let zone = TimeZone::get("Europe/Amsterdam").unwrap_or(TimeZone::UTC);
    html! { time datetime=(at) { (readable(at, &zone, lang)) } }
}

/// A mail's text with its paragraphs; addresses that begin with one of `own` become links.
fn text(text: &str, own: &[String]) -> Markup {
    let is_own = |word: &str| own.iter().any(|origin| word.starts_with(origin.as_str()));
    html! {
        @for paragraph in text.trim().split("\n\n") {
            p {
                @for (index, line) in paragraph.lines().enumerate() {
                    @if index > 0 { br; }
                    @for word in line.split_inclusive(' ') {
                        @let (address, space) = word.split_at(word.trim_end().len());
                        @if is_own(word) { a href=(address) { (address) } (space) } @else { (word) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn only_addresses_of_our_own_become_links_and_all_is_escaped() {
        let own = ["https://portal.example/".to_owned()];
        let html = text("Hi <b>\nsee https://portal.example/x?a=\"1 or\n\nhttps://portal.example.evil/y javascript:x\n", &own).into_string();
        assert_eq!(
            html,
            "<p>Hi &lt;b&gt;<br>see <a href=\"https://portal.example/x?a=&quot;1\">https://portal.example/x?a=&quot;1</a> or</p>\
             <p>https://portal.example.evil/y javascript:x</p>"
        );
    }
}
