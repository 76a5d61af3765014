//! Authentication with a passkey: to log in, as the second step, and before sensitive actions.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use maud::{Markup, Render, html};
use url::form_urlencoded;

use super::account::Person;
use super::log_in::{Entry, enter};
use super::second_factor;
use crate::accounts::factors::{PasskeyAnswer, RelyingParty};
use crate::accounts::{Account, Guesser, PasskeyAsker, Proof, Site, record_for};
use crate::audit::{Action, Actor};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::http::Json;
use crate::ids::AccountId;
use crate::public_urls::Surface;
use crate::server::{Server, WritingServer};
use crate::ui::{self, ButtonStyle, PasskeyAction, PasskeyForm};
use crate::web::next::{own_path, with_next};
use crate::web::{Form, Pages, Visit, forget_log_in_step, known_browser, see_other};

/// For visitors who aren't logged in.
pub(super) fn pages() -> Pages<WritingServer> {
    Pages::new().post("/passkeys/challenge", challenge).post("/login/passkey", log_in)
}

/// For people who are logged in.
pub(super) fn own_pages() -> Pages {
    Pages::new().post("/reauthenticate/passkey", reauthenticate)
}

/// The public address of a site.
pub(super) fn origin(server: &Server, site: Site) -> String {
    let surface = if site == Site::Manage { Surface::Manage } else { Surface::Developers };
    server.sites.url(surface, "")
}

/// The relying party of a site; `None` if browsers don't support passkeys for its origin.
pub(super) fn relying_party(server: &Server, site: Site) -> Option<RelyingParty> {
    RelyingParty::of(&origin(server, site))
}

/// The person or browser that asks for a challenge, or responds to it.
async fn asker(
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

async fn challenge(
    visit: Visit,
    State(server): State<WritingServer>,
    caller: Caller,
    headers: HeaderMap,
    _: Form,
) -> Result<Response> {
    let (now, party) =
        (server.clock.now(), relying_party(&server, visit.site).ok_or(Error::NotFound)?);
    let asker = asker(&server, &visit, &caller, &headers).await?;
    server
        .guesses
        .passkey_asked(asker)
        .map_err(|retry_after| Error::TooManyRequests { retry_after })?;
    let mut tx = server.db.begin().await?;
    let asked = party.ask_for_proof(&mut tx, now).await?;
    tx.commit().await?;
    Ok(Json(asked).into_response())
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
async fn answer(
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
fn failed(visit: &Visit, page: &str, next: &str) -> Response {
    let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    see_other(
        &format!("{}/{page}?next={next}", visit.site.path()),
        Some("flash.note.passkey_failed"),
    )
}

async fn log_in(
    visit: Visit,
    State(server): State<WritingServer>,
    caller: Caller,
    headers: HeaderMap,
    Form(fields): Form,
) -> Result<Response> {
    let (next, now) = (fields.sent("next"), server.clock.now());
    let asker = asker(&server, &visit, &caller, &headers).await?;
    let mut tx = server.db.begin().await?;
    let answer = answer(&server, &mut tx, &visit, &asker, &fields).await?;
    tx.commit().await?;
    let proof = match answer {
        PasskeyAnswer::Right(proof) => proof,
        PasskeyAnswer::Wrong(whose) => {
            match whose {
                Some(account) => note_failure(&server, &account, &caller).await?,
                None => {
                    tracing::info!(address = %caller.address, "a log-in failed: unknown passkey")
                }
            }
            return Ok(failed(&visit, "login", next));
        }
    };
    let account = Account::by_id(&server.db, proof.account()).await?;
    if !account.is_verified() {
        return Ok(failed(&visit, "login", next));
    }
    // After the password, the passkey is the second step, and the checkbox was in the first.
    let step = second_factor::waiting(&server, visit.site, &headers).await?;
    let kept = step.is_some_and(|step| step.account_id == account.id && step.kept);
    let mut tx = server.db.begin().await?;
    if !proof.note(&mut tx, now).await? {
        return Ok(failed(&visit, "login", next));
    }
    if let Some(old) = &visit.session {
        old.end(&mut tx).await?;
    }
    let entry = Entry { account: &account, proof: Proof::SecondFactor, kept };
    let mut response = enter(&server, &visit, &caller, &headers, tx, entry, next).await?;
    forget_log_in_step(response.headers_mut(), &server, visit.site);
    Ok(response)
}

/// Records an invalid response in the name of a person's passkey. Each uses up a challenge, and
/// throttling limits those.
async fn note_failure(server: &WritingServer, account: &AccountId, caller: &Caller) -> Result<()> {
    let mut tx = server.db.begin().await?;
    let email = Account::email_of(&mut tx, account).await?;
    record_for(
        &mut tx,
        account,
        Actor::Stranger(&email),
        Action::LogInFailed,
        caller,
        server.clock.now(),
    )
    .await?;
    Ok(tx.commit().await?)
}

/// A passkey instead of the password and the second factor. A wrong one counts like a wrong
/// password.
async fn reauthenticate(
    person: Person,
    State(server): State<Server>,
    caller: Caller,
    headers: HeaderMap,
    Form(fields): Form,
) -> Result<Response> {
    let (next, now, Person { visit, session }) = (fields.sent("next"), server.clock.now(), &person);
    let guess = server.guesses.attempt(Guesser::Session(session.token_hash), caller.address);
    let guess = guess.map_err(|retry_after| Error::TooManyRequests { retry_after })?;
    let asker = asker(&server, visit, &caller, &headers).await?;
    let mut tx = person.begin(&server).await?;
    let answer = answer(&server, &mut tx, visit, &asker, &fields).await?;
    let is_own = match answer {
        PasskeyAnswer::Right(proof) if *proof.account() == session.account_id => {
            proof.note(&mut tx, now).await?
        }
        _ => false,
    };
    if !is_own {
        person.record(&mut tx, &caller, Action::ReauthenticationFailed, "", now).await?;
        tx.commit().await?;
        return Ok(failed(visit, "reauthenticate", next));
    }
    session.reauthenticated(&mut tx, Proof::SecondFactor, now).await?;
    tx.commit().await?;
    server.guesses.was_right(guess);
    Ok(see_other(own_path(visit, next), None))
}
