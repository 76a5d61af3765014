//! Redirects a form that wasn't accepted to its page, which shows the values and the errors. All forms
//! of the sites go through here, so a page can't handle errors in another way.

use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use url::form_urlencoded;

use super::draft::{Draft, Found, Keeper};
use super::for_scripts::reads_json;
use super::hidden_fields::SWITCH_LANGUAGE;
use super::sent::SentForm;
use super::visit::csrf_of;
use super::{Visit, cookies, see_other};
use crate::accounts::FormDraft;
use crate::error::{Error, FieldErrors, Message, Result};
use crate::i18n::Lang;
use crate::ids::AccountId;
use crate::server::Server;

/// The relation of a form to the visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// The visitor's own form.
    Own,
    /// A form of the same browser from before a log-in or log-out.
    Stale,
    /// Any other form.
    Foreign,
}

/// A submitted form, as far as it can be shown again.
pub(super) struct Posted {
    standing: Standing,
    draft: Draft,
    /// Whether the browser navigates to the response, rather than a script reading it.
    is_navigation: bool,
    /// The language to show it in, without submitting it.
    language: Option<Lang>,
}

/// The cookies that forms are bound to.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    /// The session's, even if it has ended.
    pub(super) session: Option<&'a str>,
    /// The one without a session.
    pub(super) visitor: Option<&'a str>,
}

/// Marks a redirect to a page that shows submitted values: all, or those with these names.
#[derive(Clone)]
enum Shown {
    All,
    Only(&'static [&'static str]),
}

/// The button of a form whose page asked a question: it answers with yes.
pub const ANYWAY: &str = "anyway";

/// Redirects to the form's page with the submitted values, without an error: the page itself asks a
/// question, such as whether to save a possible duplicate.
pub fn ask_again(visit: &Visit) -> Response {
    let mut response = see_other(visit.form_page(), None);
    response.extensions_mut().insert(Shown::All);
    response
}

/// Accepts a form, and redirects to a page that shows these of the submitted values.
pub fn shown_at(page: &str, names: &'static [&'static str]) -> Response {
    let mut response = see_other(page, None);
    response.extensions_mut().insert(Shown::Only(names));
    response
}

/// The page to redirect to instead of the form's own.
#[derive(Clone)]
struct AtPage(&'static str);

/// Refuses a form whose own page no longer exists: another page shows the error.
pub fn refused_at(page: &'static str, error: Error) -> Response {
    let mut response = error.into_response();
    response.extensions_mut().insert(AtPage(page));
    response
}

/// Redirects to the form's page, which itself says why the form wasn't accepted.
pub fn page_again(visit: &Visit) -> Response {
    see_other(visit.form_page(), None)
}

impl Posted {
    pub(super) fn of(
        visit: &Visit,
        headers: &HeaderMap,
        form: &SentForm,
        known: Known<'_>,
    ) -> Self {
        let header = |name: &str| headers.get(name).map(HeaderValue::as_bytes);
        let csrf = form.text(super::hidden_fields::CSRF);
        let was_ours = [known.session, known.visitor]
            .into_iter()
            .flatten()
            .any(|cookie| csrf_of(cookie) == csrf);
        // Only the server seals origins, and those with an account only for that account.
        let origin = visit.form.as_ref();
        let was_anybodys =
            visit.session.is_none() && origin.is_some_and(|origin| origin.account().is_some());
        let standing = if visit.owns_form(csrf) {
            Standing::Own
        } else if origin.is_some()
            && (was_ours || was_anybodys || header("sec-fetch-site") == Some(b"same-origin"))
        {
            Standing::Stale
        } else {
            Standing::Foreign
        };
        let organisation = origin.and_then(|origin| origin.organisation.clone());
        let draft = Draft::of(visit.form_page(), &form.pairs).within(organisation);
        let is_navigation =
            !reads_json(headers) && header("sec-fetch-mode").is_none_or(|mode| mode == b"navigate");
        let language = Lang::from_tag(form.text(SWITCH_LANGUAGE));
        Self { standing, draft, is_navigation, language }
    }

    /// The response to a form that isn't submitted, but shown in another language as far as it is filled
    /// in.
    pub(super) async fn in_another_language(
        &self,
        server: &Server,
        visit: &Visit,
        headers: &HeaderMap,
    ) -> Option<Response> {
        let lang = self.language.filter(|_| self.standing == Standing::Own)?;
        let kept = match self.with_errors_of_page(server, visit, headers).await {
            Ok(draft) => keep(server, visit, draft).await,
            Err(error) => Err(error),
        };
        let mut response = match kept {
            Ok(response) => response,
            Err(error) => return Some(error.into_response()),
        };
        cookies::set_language(response.headers_mut(), server, lang);
        Some(response)
    }

    /// The draft, with the errors that its page showed.
    async fn with_errors_of_page(
        &self,
        server: &Server,
        visit: &Visit,
        headers: &HeaderMap,
    ) -> Result<Draft> {
        let Some(id) = visit.form.as_ref().and_then(|form| form.draft.clone()) else {
            return Ok(self.draft.clone());
        };
        let (session, csrf) = (visit.session.as_ref(), &visit.mark.csrf);
        let cookie = cookies::draft(server, visit.site, headers);
        let earlier = Found::find(server, id, session, csrf, cookie).await?;
        Ok(match earlier {
            Some(earlier) => self.draft.clone().said_of(earlier.draft),
            None => self.draft.clone(),
        })
    }

    /// The response to a form from before a log-in or log-out, which no handler sees.
    pub(super) async fn stale(&self, server: &Server, visit: &Visit) -> Option<Response> {
        let origin = visit.form.as_ref().filter(|_| self.standing == Standing::Stale)?;
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

    /// The response to the form, given the handler's response.
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
            // The page says what has changed, or which portal the form belongs to.
            Some(Error::Changed | Error::OtherOrganisation) => draft,
            // Without an origin, the request may come from a script.
            Some(Error::Conflict(_) | Error::TooManyRequests { .. }) if visit.form.is_none() => {
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
            Err(error) => error.into_response(),
        }
    }

    /// The response to a form that was accepted, or whose page asks a question.
    async fn taken(&self, server: &Server, visit: &Visit, mut response: Response) -> Response {
        let Some(shown) = response.extensions_mut().remove::<Shown>() else {
            self.forget_draft(server, visit, &mut response).await;
            return response;
        };
        let page = response.headers().get(LOCATION).and_then(|page| page.to_str().ok());
        let draft = self.draft.clone().at(page.unwrap_or_default());
        let draft = match shown {
            Shown::All => draft,
            Shown::Only(names) => draft.only(names),
        };
        match keep(server, visit, draft).await {
            Ok(again) => carry_cookies(&response, again),
            Err(error) => error.into_response(),
        }
    }

    /// Deletes the draft that the form was filled in from.
    async fn forget_draft(&self, server: &Server, visit: &Visit, response: &mut Response) {
        let Some(id) = visit.form.as_ref().and_then(|origin| origin.draft.as_deref()) else {
            return;
        };
        match &visit.session {
            Some(session) => {
                server.forget_draft(FormDraft { id, account: &session.account_id }).await;
            }
            None => cookies::forget_draft(response.headers_mut(), server, visit.site),
        }
    }

    /// Redirects to the log-in page, which leads back to the form.
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

    /// Redirects to the page to authenticate again, which leads back to the form.
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

    /// Keeps the values for the account; the URL of the page that shows them, unless there is nothing to
    /// show.
    async fn keep_for(
        &self,
        server: &Server,
        visit: &Visit,
        account: &AccountId,
    ) -> Result<Option<String>> {
        let draft = self.draft.clone().with_note("flash.note.form_back");
        // This also stores data without a session, so it is throttled.
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

/// Keeps the draft, and redirects to the page that shows it.
async fn keep(server: &Server, visit: &Visit, draft: Draft) -> Result<Response> {
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

/// Redirects to the log-in page if the session has ended.
pub(super) fn logged_out(visit: &Visit, response: Response) -> Response {
    if matches!(response.extensions().get(), Some(Error::LoggedOut)) {
        let page = visit.form.as_ref().map_or("", |form| form.page.as_str());
        return to(visit, "login", page, "flash.note.logged_out");
    }
    response
}

/// Redirects to a page that leads to `next` afterwards.
fn to(visit: &Visit, page: &str, next: &str, note: &'static str) -> Response {
    let mut path = format!("{}/{page}", visit.site.path());
    if !next.is_empty() {
        path.push_str("?next=");
        path.extend(form_urlencoded::byte_serialize(next.as_bytes()));
    }
    see_other(&path, Some(note))
}

/// Adds the cookies of the handler's response.
fn carry_cookies(from: &Response, mut to: Response) -> Response {
    for value in from.headers().get_all(SET_COOKIE) {
        to.headers_mut().append(SET_COOKIE, value.clone());
    }
    to
}
