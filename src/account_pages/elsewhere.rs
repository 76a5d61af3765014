//! A form of another portal or developer than the one that is open: another tab has switched in the
//! meantime. Nothing is saved in the wrong one; the page offers to open the right one, with the form
//! as it was filled in.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::accounts::Site;
use crate::error::Error;
use crate::i18n::tr;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, Chrome};
use crate::web::{Visit, plain_chrome};

/// The id and the name of a portal or developer.
pub type Named<'a> = (&'a str, &'a str);

/// The visit of a member of `open`, whose forms belong to it. `own` are all of the person's.
///
/// # Errors
/// The response to a form, or the page of a form, that belongs to another one.
pub fn within(
    server: &Server,
    visit: &Visit,
    open: Named<'_>,
    own: &[Named<'_>],
) -> Result<Visit, Response> {
    let Some(other) = visit.organisation_of_form().filter(|other| *other != open.0) else {
        return Ok(visit.within(server, open.0));
    };
    if visit.is_form() {
        return Err(Error::OtherOrganisation.into_response());
    }
    let other = own.iter().find(|(id, _)| *id == other);
    Err((StatusCode::CONFLICT, page(server, visit, open, other.copied())).into_response())
}

/// The page; without `other`, the person no longer belongs to it.
fn page(server: &Server, visit: &Visit, open: Named<'_>, other: Option<Named<'_>>) -> Markup {
    let (lang, home) = (visit.lang, visit.site.path());
    let (action, field) = match visit.site {
        Site::Manage => ("/manage/portals", "portal"),
        Site::Developers => ("/developers/organisations", "developer"),
    };
    let stay = tr!(lang, "elsewhere.stay", name = open.1);
    let title = match other {
        Some((_, name)) => tr!(lang, "elsewhere.title", name = name),
        None => tr!(lang, "elsewhere.title_unknown"),
    };
    let text = match other {
        Some((_, name)) => tr!(lang, "elsewhere.text", name = name, open = open.1),
        None => tr!(lang, "elsewhere.text_unknown", open = open.1),
    };
    let body = html! {
        (ui::header(&title, Some(&text), html! {}))
        @if let Some((id, name)) = other {
            (ui::form(action, &visit.mark_without_draft(server), html! {
                (ui::hidden(field, id))
                (ui::hidden("next", &visit.address))
                (ui::actions(html! {
                    (ui::submit(&tr!(lang, "elsewhere.back", name = name), ButtonStyle::Primary))
                    (ui::link_button(&stay, home, ButtonStyle::Secondary))
                }))
            }))
        } @else {
            (ui::actions(ui::link_button(&stay, home, ButtonStyle::Primary)))
        }
    };
    let chrome = Chrome { flash: None, errors: Vec::new(), ..plain_chrome(visit) };
    chrome.narrow(&title, body)
}
