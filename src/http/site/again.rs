//! What becomes of a form that is not taken: it leads back to its page, which shows what was typed and
//! what is wrong with it. Here and nowhere else, so no page can do otherwise.

use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use url::form_urlencoded;

use super::draft::{Draft, Keeper};
use super::origin::{Origin, open_organisation};
use super::sent::SentForm;
use super::visit::csrf_of;
use super::{Visit, cookies, see_other};
use crate::accounts::FormDraft;
use crate::error::{Error, FieldErrors, Message, Result};
use crate::ids::AccountId;
use crate::server::Server;

/// How a form stands to who sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It is the visitor's own.
    Own,
    /// It was the same browser's before somebody logged in or out in it.
    Stale,
    /// Nothing says so.
    Foreign,
}

/// A form that was sent, as far as it may be shown again.
pub(super) struct Posted {
    standing: Standing,
    origin: Option<Origin>,
    draft: Draft,
    /// Whether a person's browser goes where the answer leads, rather than a script.
    is_navigation: bool,
}

/// The cookies by which a browser is known.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    /// The session's, even when it is over.
    pub(super) session: Option<&'a str>,
    /// That of who is not logged in.
    pub(super) visitor: Option<&'a str>,
}

/// Marks an answer that leads back to the form's page without an error: the page itself asks
/// something.
#[derive(Clone)]
struct AskAgain;

/// Leads back to the form's page, filled in as it was sent, for a question that the page itself
/// asks.
pub fn ask_again(visit: &Visit) -> Response {
    let mut response = see_other(visit.form_page(), None);
    response.extensions_mut().insert(AskAgain);
    response
}

/// The page to lead to in place of the form's own.
#[derive(Clone)]
struct AtPage(&'static str);

/// Refuses a form whose own page is no more: what is wrong with it is said on another page.
pub fn refused_at(page: &'static str, error: Error) -> Response {
    let mut response = error.into_response();
    response.extensions_mut().insert(AtPage(page));
    response
}

/// Leads back to the form's page, when that says by itself why the form came to nothing.
pub fn page_again(visit: &Visit) -> Response {
    see_other(visit.form_page(), None)
}

impl Posted {
    pub(super) fn of(
        visit: &Visit,
        headers: &HeaderMap,
        form: &SentForm,
        origin: Option<Origin>,
        known: Known<'_>,
    ) -> Self {
        let header = |name: &str| headers.get(name).map(HeaderValue::as_bytes);
        let csrf = form.text(super::form::CSRF);
        let was_ours = [known.session, known.visitor]
            .into_iter()
            .flatten()
            .any(|cookie| csrf_of(cookie) == csrf);
        // Only we seal an origin, and only for who is logged in one with an account.
        let was_anybodys = visit.session.is_none()
            && origin.as_ref().is_some_and(|origin| origin.account().is_some());
        let standing = if visit.owns_form(csrf) {
            Standing::Own
        } else if origin.is_some()
            && (was_ours || was_anybodys || header("sec-fetch-site") == Some(b"same-origin"))
        {
            Standing::Stale
        } else {
            Standing::Foreign
        };
        let draft = Draft::of(visit.form_page(), &form.pairs);
        let is_navigation = header("sec-fetch-mode").is_none_or(|mode| mode == b"navigate");
        Self { standing, origin, draft, is_navigation }
    }

    /// The answer to a form from before somebody logged in or out: the handler never sees it.
    pub(super) async fn stale(&self, server: &Server, visit: &Visit) -> Option<Response> {
        let origin = self.origin.as_ref().filter(|_| self.standing == Standing::Stale)?;
        let Some(session) = &visit.session else {
            return match origin.account() {
                Some(account) => Some(self.log_in_first(server, visit, &account).await),
                None => keep(server, visit, self.stale_draft()).await.ok(),
            };
        };
        if origin.is_anothers(session) {
            return Some(see_other(visit.form_page(), Some("flash.note.other_account")));
        }
        keep(server, visit, self.stale_draft()).await.ok()
    }

    fn stale_draft(&self) -> Draft {
        self.draft.clone().with_note("flash.note.stale_form")
    }

    /// The answer to the form, given what the handler answered.
    pub(super) async fn answer(
        &self,
        server: &Server,
        visit: &Visit,
        response: Response,
    ) -> Response {
        if self.standing != Standing::Own || !self.is_navigation {
            return logged_out(visit, response);
        }
        let error = response.extensions().get::<Error>().cloned();
        let draft = match response.extensions().get() {
            Some(AtPage(page)) => self.draft.clone().at(page),
            None => self.draft.clone(),
        };
        let draft = match error {
            None => return self.taken(server, visit, response).await,
            Some(Error::Invalid(errors)) => draft.with_errors(errors),
            Some(Error::Changed) => draft,
            // A page that only a script asks knows nothing of forms.
            Some(Error::Conflict(_) | Error::TooManyRequests { .. }) if self.origin.is_none() => {
                return response;
            }
            Some(Error::Conflict(message)) => {
                draft.with_errors(FieldErrors::one("", message)).into_clash()
            }
            Some(Error::TooManyRequests { retry_after }) => {
                let wait = FieldErrors::one("", Message::wait(retry_after));
                draft.with_errors(wait).into_wait(server, retry_after)
            }
            Some(Error::LoggedOut) => {
                return match &visit.session {
                    Some(session) => self.log_in_first(server, visit, &session.account_id).await,
                    None => logged_out(visit, response),
                };
            }
            Some(Error::Unproven) => return self.prove_first(server, visit).await,
            Some(_) => return response,
        };
        match keep(server, visit, draft).await {
            Ok(again) => carry_cookies(&response, again),
            // It says why the database cannot be used, or that we are at fault.
            Err(error) => error.into_response(),
        }
    }

    /// The form was taken, or its page asks something.
    async fn taken(&self, server: &Server, visit: &Visit, mut response: Response) -> Response {
        if response.extensions_mut().remove::<AskAgain>().is_some() {
            return match keep(server, visit, self.draft.clone()).await {
                Ok(again) => again,
                Err(error) => error.into_response(),
            };
        }
        self.forget_draft(server, visit, &mut response).await;
        response
    }

    /// What was typed is of no more use.
    async fn forget_draft(&self, server: &Server, visit: &Visit, response: &mut Response) {
        let Some(id) = self.origin.as_ref().and_then(|origin| origin.draft.as_deref()) else {
            return;
        };
        match &visit.session {
            Some(session) => {
                server.forget_draft(FormDraft { id, account: &session.account_id }).await;
            }
            None => cookies::forget_draft(response.headers_mut(), server, visit.site),
        }
    }

    /// To the log-in page, which leads back to the form.
    async fn log_in_first(&self, server: &Server, visit: &Visit, account: &AccountId) -> Response {
        let page = match self.keep_for(server, visit, account).await {
            Ok(page) => page,
            Err(error) => return error.into_response(),
        };
        let note = match &page {
            Some(_) => "flash.note.logged_out_form",
            None => "flash.note.logged_out",
        };
        to(visit, "login", &page.unwrap_or_else(|| visit.form_page().to_owned()), note)
    }

    /// To the page on which the person proves again who they are, which leads back to the form.
    async fn prove_first(&self, server: &Server, visit: &Visit) -> Response {
        let Some(session) = &visit.session else { return Error::Unproven.into_response() };
        match self.keep_for(server, visit, &session.account_id).await {
            Ok(page) => {
                let page = page.unwrap_or_else(|| visit.form_page().to_owned());
                to(visit, "reauthenticate", &page, "flash.note.reauthenticate")
            }
            Err(error) => error.into_response(),
        }
    }

    /// Keeps what was typed until the account is back; the address of the page that shows it, unless
    /// there is nothing to show.
    async fn keep_for(
        &self,
        server: &Server,
        visit: &Visit,
        account: &AccountId,
    ) -> Result<Option<String>> {
        let organisation = match (&self.origin, &visit.session) {
            (Some(origin), _) => origin.organisation.clone(),
            (None, session) => session.as_ref().and_then(open_organisation),
        };
        let draft = self.draft.clone().within(organisation).with_note("flash.note.form_back");
        // Whoever is not logged in writes here too, in the name of an account that they had.
        if draft.is_empty()
            || visit.session.is_none() && server.drafts.attempt(account.clone()).is_err()
        {
            return Ok(None);
        }
        let id = Draft::new_id();
        let content = draft.seal(server, &id, Keeper::Account(account));
        let is_kept = server.keep_draft(FormDraft { id: &id, account }, &content).await?;
        Ok(is_kept.then(|| draft.address(&id)))
    }
}

/// Keeps what was typed, and leads to the page that shows it.
async fn keep(server: &Server, visit: &Visit, draft: Draft) -> Result<Response> {
    let draft = draft.within(visit.session.as_ref().and_then(open_organisation));
    let id = Draft::new_id();
    let mut response = see_other(&draft.address(&id), None);
    match &visit.session {
        Some(session) => {
            let account = &session.account_id;
            let content = draft.seal(server, &id, Keeper::Account(account));
            server.keep_draft(FormDraft { id: &id, account }, &content).await?;
        }
        None => {
            let keeper = Keeper::Browser(&visit.mark.csrf);
            if let Some(value) = draft.cookie(server, &id, keeper) {
                cookies::set_draft(response.headers_mut(), server, visit.site, &value);
            }
        }
    }
    Ok(response)
}

/// The same answer, but to the log-in page when the session is over.
pub(super) fn logged_out(visit: &Visit, response: Response) -> Response {
    if matches!(response.extensions().get(), Some(Error::LoggedOut)) {
        let page = visit.origin_page.as_deref().unwrap_or_default();
        return to(visit, "login", page, "flash.note.logged_out");
    }
    response
}

/// A page that leads to `next` afterwards.
fn to(visit: &Visit, page: &str, next: &str, note: &'static str) -> Response {
    let mut path = format!("{}/{page}", visit.site.path());
    if !next.is_empty() {
        path.push_str("?next=");
        path.extend(form_urlencoded::byte_serialize(next.as_bytes()));
    }
    see_other(&path, Some(note))
}

/// What the handler told the browser to remember counts all the same.
fn carry_cookies(from: &Response, mut to: Response) -> Response {
    let cookie = axum::http::header::SET_COOKIE;
    for value in from.headers().get_all(&cookie) {
        to.headers_mut().append(&cookie, value.clone());
    }
    to
}
