//! `/developers/receiver`: where the browser comes back to with a code. No page is shown at this address,
//! because its links would carry the code on: the code is sealed and the browser sent to the next page.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::html;

use super::test_request::{ArrivedCode, TestRequest};
use crate::fields::Fields;
use crate::i18n::tr;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, Chrome};
use crate::web::{Visit, plain_chrome, see_other};

/// Everybody can come here; without the session that began the request, nothing is done with the code.
pub(super) async fn show(
    visit: Visit,
    State(server): State<Server>,
    RawQuery(query): RawQuery,
) -> Response {
    let parameters = Fields::form(query.unwrap_or_default().as_bytes());
    let Some(request) = request(&visit, &server, &parameters) else {
        return refused(&visit);
    };
    let path = format!("/developers/apps/{}/receiver", request.app());
    match (parameters.sent("code"), parameters.sent("error")) {
        (code, "") if !code.is_empty() => {
            let arrived = ArrivedCode { code: code.to_owned(), request };
            let sealed = arrived.seal(&server.sealing_keys);
            see_other(&format!("{path}/code?arrived={sealed}"), None)
        }
        ("", "access_denied") => see_other(&path, Some("flash.note.receiver_declined")),
        _ => see_other(&path, Some("flash.note.receiver_failed")),
    }
}

/// The request that is answered, if this session began it and this server's authorization server answers
/// it (RFC 9207).
fn request(visit: &Visit, server: &Server, parameters: &Fields) -> Option<TestRequest> {
    let once = |name: &str| parameters.all(name).len() <= 1;
    let is_ours = parameters.sent("iss") == server.public_urls.issuer();
    if !is_ours || !["code", "error", "state", "iss"].into_iter().all(once) {
        return None;
    }
    let (session, now) = (visit.session.as_ref()?, server.clock.now());
    TestRequest::of_state(parameters.sent("state"), &server.sealing_keys, session, now)
}

fn refused(visit: &Visit) -> Response {
    let (lang, title) = (visit.lang, tr!(visit.lang, "developers.receiver.refused"));
    let body = html! {
        (ui::header(&title, None, html! {}))
        p { (tr!(lang, "developers.receiver.refused_text")) }
        (ui::actions(ui::link_button(&tr!(lang, "developers.nav.apps"), "/developers/apps", ButtonStyle::Primary)))
    };
    // Its language switch must not carry the code on.
    let chrome = Chrome { path: "/developers/apps", ..plain_chrome(visit) };
    (StatusCode::BAD_REQUEST, chrome.narrow(&title, body)).into_response()
}
