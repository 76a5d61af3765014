//! The form that proves with a passkey who somebody is, and reading its answer.

use axum::http::HeaderMap;
use axum::response::Response;
use maud::{Markup, Render, html};
use url::form_urlencoded;

use crate::accounts::factors::{PasskeyAnswer, RelyingParty};
use crate::accounts::{PasskeyAsker, Site};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::public_urls::Surface;
use crate::server::Server;
use crate::ui::{self, ButtonStyle, PasskeyAction, PasskeyForm};
use crate::web::next::with_next;
use crate::web::{Visit, known_browser, see_other};

/// The public address of a site.
pub(super) fn origin(server: &Server, site: Site) -> String {
    let surface = if site == Site::Manage { Surface::Manage } else { Surface::Developers };
    server.public_urls.url(surface, "")
}

/// The relying party of a site; `None` if browsers don't support passkeys for its origin.
pub(super) fn relying_party(server: &Server, site: Site) -> Option<RelyingParty> {
    RelyingParty::of(&origin(server, site))
}

/// The person or browser that asks for a challenge, or responds to it.
pub(super) async fn asker(
    server: &Server,
    visit: &Visit,
    caller: &Caller,
    headers: &HeaderMap,
) -> Result<PasskeyAsker> {
    if let Some(session) = &visit.session {
        return Ok(PasskeyAsker::Session(session.token_hash));
    }
    let known = known_browser(headers, server, visit.site)
        .known_at_all(&server.db, server.clock.now())
        .await?;
    Ok(known
        .map_or_else(|| PasskeyAsker::Strangers(caller.address.into()), PasskeyAsker::KnownBrowser))
}

/// The page whose form uses a passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UsedOn {
    /// The log-in page.
    LogIn,
    /// The second step of logging in.
    SecondStep {
        /// Whether the page also asks for a code of an authenticator app.
        or_app: bool,
    },
    /// The page to authenticate again.
    Reauthenticate,
}

impl UsedOn {
    /// The page within the site where using a passkey begins. At another host nobody is logged in, not
    /// even halfway.
    const fn start(self) -> &'static str {
        match self {
            Self::LogIn | Self::SecondStep { .. } => "login",
            Self::Reauthenticate => "reauthenticate",
        }
    }
}

/// The form that uses a passkey on a page; empty if the site doesn't support passkeys. At another
/// host than that of the passkeys, a link to that host.
pub(super) fn use_form(
    server: &Server,
    visit: &Visit,
    page: UsedOn,
    next: &str,
    button: (&str, ButtonStyle),
) -> Markup {
    let Some(party) = relying_party(server, visit.site) else { return html! {} };
    let base = visit.site.path();
    let start = format!("{base}/{}", page.start());
    PasskeyForm {
        lang: visit.lang,
        action: PasskeyAction::Get,
        post_to: &format!("{start}/passkey"),
        challenge: &format!("{base}/passkeys/challenge"),
        host: party.id(),
        at_home: &party.url(&with_next(&start, next)),
        mark: &visit.mark,
        button,
        fields: ui::hidden("next", next),
        explain: page == UsedOn::SecondStep { or_app: false },
    }
    .render()
}

/// Verifies the form of [`use_form`]. The challenge is used in the transaction, whatever the
/// response is.
pub(super) async fn answer(
    server: &Server,
    tx: &mut Tx,
    visit: &Visit,
    asker: &PasskeyAsker,
    fields: &Fields,
) -> Result<PasskeyAnswer> {
    let party = relying_party(server, visit.site).ok_or(Error::NotFound)?;
    let answer = party
        .read_proof(tx, fields.sent("challenge"), fields.sent("credential"), server.clock.now())
        .await?;
    if matches!(answer, PasskeyAnswer::Right(_)) {
        server.guesses.passkey_was_right(asker);
    }
    Ok(answer)
}

/// Redirects back to the form's page.
pub(super) fn failed(visit: &Visit, page: &str, next: &str) -> Response {
    let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    see_other(
        &format!("{}/{page}?next={next}", visit.site.path()),
        Some("flash.note.passkey_failed"),
    )
}
