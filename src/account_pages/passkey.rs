//! Authentication with a passkey: to log in, as the second step, and before sensitive actions.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

use super::entry::{Entry, enter};
use super::passkey_form::{answer, asker, failed, relying_party};
use super::pending_log_in;
use super::person::Person;
use crate::accounts::factors::PasskeyAnswer;
use crate::accounts::{Account, Guesser, Proof, record_for};
use crate::audit::{Action, Actor};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::http::Json;
use crate::ids::AccountId;
use crate::server::{Server, WritingServer};
use crate::web::next::own_path;
use crate::web::{Form, Pages, Visit, forget_log_in_step, see_other};

/// For visitors who aren't logged in.
pub(super) fn pages() -> Pages<WritingServer> {
    Pages::new().post("/passkeys/challenge", challenge).post("/login/passkey", log_in)
}

/// For people who are logged in.
pub(super) fn own_pages() -> Pages {
    Pages::new().post("/reauthenticate/passkey", reauthenticate)
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
    let step = pending_log_in::waiting(&server, visit.site, &headers).await?;
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
