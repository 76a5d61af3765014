//! The layer around a site's pages.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, OriginalUri, Path, Query, Request, State};
use axum::http::header::{
    ACCEPT_ENCODING, ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    RETRY_AFTER, SET_COOKIE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::again::{self, Posted};
use super::draft::{self, Draft, Found};
use super::file_stream::read_up_to_file;
use super::for_scripts::{error_answer, is_json, reads_json};
use super::hidden_fields::ORIGIN;
use super::origin::Origin;
use super::sent::{Room, Sent, SentForm};
use super::visit::{Inner, csrf_of};
use super::{Anybody, FormFiles, Menu, Pages, SitePages, Visit, cookies, flash};
use crate::accounts::{Session, Site};
use crate::auth::{Token, TokenKind};
use crate::caller::Caller;
use crate::error::{Error, Message, Result};
use crate::http::{FileRoom, request_id};
use crate::i18n::{Lang, tr};
use crate::public_links::PublicLink;
use crate::public_urls::PublicUrls;
use crate::server::{Server, WritingServer};
use crate::tenant::Store;
use crate::ui::{self, ButtonStyle, Flash, FlashKind, FormMark};
use crate::web;

/// A source in the security policy that a page's form can lead to, besides our own pages.
#[derive(Clone)]
pub struct FormActionAlso(pub &'static str);

/// An origin in the security policy that a page's scripts can call, besides our own.
#[derive(Clone)]
pub struct ConnectAlso(pub String);

/// Marks a page with a frame, which shows something of ours.
#[derive(Clone, Copy)]
pub struct HasFrame;

/// The routes of a site's pages, within the layer that all of them need.
pub fn site_router(server: &WritingServer, site: Site, pages: SitePages) -> Router<Server> {
    let files = pages.list().filter_map(|page| Some((page.path.clone(), page.form?.files)));
    let files = Arc::new(files.collect());
    let background = pages.list().filter(|page| page.is_background).map(|page| page.path.clone());
    let background = Arc::new(background.collect());
    let (routes, menu) = pages.into_router(server);
    layered(server, site, Known { menu: Arc::new(menu), files, background }, routes)
}

/// A site that answers every path with "not found".
pub fn no_pages(server: &Server, site: Site) -> Router<Server> {
    layered(server, site, Known::default(), Pages::new().no_others().into_router())
}

/// What the layer knows of a site's pages.
#[derive(Clone, Default)]
struct Known {
    menu: Arc<Menu>,
    /// The files of the forms at these paths.
    files: Arc<HashMap<String, FormFiles>>,
    /// The paths that scripts ask for by themselves.
    background: Arc<HashSet<String>>,
}

impl Known {
    /// The files that a request's form can have.
    fn files(&self, request: &Request) -> Option<FormFiles> {
        let path = request.extensions().get::<MatchedPath>()?;
        self.files.get(path.as_str()).copied()
    }

    /// Whether a script sends the request, without anybody doing anything.
    fn is_background(&self, request: &Request) -> bool {
        let path = request.extensions().get::<MatchedPath>();
        path.is_some_and(|path| self.background.contains(path.as_str()))
    }
}

/// What may come with the form of a request to this path.
async fn room<'a>(
    files: Option<FormFiles>,
    server: &'a Server,
    session: Option<&Session>,
    path: &str,
) -> Result<Room<'a>> {
    if matches!(files, Some(FormFiles::OfGuest)) {
        return room_of_link(server, path).await;
    }
    let Some(session) = session else { return Ok(Room::None) };
    let config = &server.config;
    match (files, &session.portal_id) {
        (Some(FormFiles::Large), Some(portal)) => {
            let store = Store::open(server.db.clone(), portal.clone());
            let room = FileRoom::of(&store, &config.quotas).await?;
            Ok(Room::Large(config, Some(room)))
        }
        (Some(FormFiles::Large), None) => Ok(Room::Large(config, None)),
        (Some(FormFiles::Reserved(most)), _) => Ok(Room::Reserved(config, most)),
        (Some(FormFiles::Streamed), _) => Ok(Room::Streamed),
        _ => Ok(Room::Small),
    }
}

/// What may come with the form of somebody with the public link in a path.
async fn room_of_link<'a>(server: &'a Server, path: &str) -> Result<Room<'a>> {
    let token = |part: &str| Token::parse_as(TokenKind::PublicLink, part).ok();
    let Some(token) = path.split('/').find_map(token) else { return Ok(Room::None) };
    let link = PublicLink::find(&server.db, &token, server.clock.now()).await?;
    let Some(link) = link else { return Ok(Room::None) };
    let store = Store::open(server.db.clone(), link.portal_id);
    let room = FileRoom::of(&store, &server.config.quotas).await?;
    Ok(Room::Large(&server.config, Some(room)))
}

fn layered(server: &Server, site: Site, known: Known, routes: Router<Server>) -> Router<Server> {
    let state = server.clone();
    routes.layer(middleware::from_fn(move |request: Request, next: Next| {
        let (server, known) = (state.clone(), known.clone());
        async move { around(server, site, known, request, next).await }
    }))
}

async fn around(
    server: Server,
    site: Site,
    pages: Known,
    request: Request,
    next: Next,
) -> Response {
    let id = request_id::RequestId::random();
    let headers = request.headers();
    let lang = language(headers);
    let path = request
        .extensions()
        .get::<OriginalUri>()
        .map_or_else(|| request.uri().clone(), |original| original.0.clone());
    let address = path.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
    let is_read = request.method().is_safe();
    let (path, draft_id) = if is_read { draft::split(&address) } else { (address.clone(), None) };
    let caller = Caller::of(&server, headers, request.extensions());
    let is_background = pages.is_background(&request);
    let user = (!is_background).then_some(&caller);
    let (cookie, session) = match find_session(&server, site, headers, user).await {
        Ok(found) => found,
        Err(error) => return page_headers(error.into_response()),
    };
    let visitor = cookies::visitor(&server, site, headers)
        .filter(|text| Token::parse_as(TokenKind::Session, text).is_ok());
    let new_visitor =
        (session.is_none() && visitor.is_none()).then(|| Token::random(TokenKind::Session));
    let bound_to = match (&session, &visitor, &new_visitor) {
        (Some(_), _, _) => cookie.as_deref().unwrap_or_default(),
        (None, Some(visitor), _) => visitor,
        (None, None, new) => new.as_ref().map_or("", Token::reveal),
    };
    let csrf = csrf_of(bound_to);
    let draft = match draft_id.clone() {
        Some(id) => {
            let cookie = cookies::draft(&server, site, headers);
            match Found::find(&server, id, session.as_ref(), &csrf, cookie).await {
                Ok(found) => found,
                Err(error) => return page_headers(error.into_response()),
            }
        }
        None => None,
    };
    let flash = if is_background { None } else { flash::read(headers, &server, site, lang) };
    let had_flash = flash.is_some();
    let draft = draft.filter(|found| found.draft.page == path).map(Arc::new);
    let flash = flash.or_else(|| flash_of_draft(&draft.as_ref()?.draft, lang));
    let (foreign, method) = (is_cross_site(request.method(), headers), request.method().clone());
    let (files, is_script) = (pages.files(&request), reads_json(request.headers()));
    let room = match room(files, &server, session.as_ref(), request.uri().path()).await {
        Ok(room) => room,
        Err(error) => return page_headers(error.into_response()),
    };
    let (mut request, sent) = read_form(request, is_read || foreign, room).await;
    if draft_id.is_some() {
        set_address(&mut request, &path);
    }
    let origin_of = |form: &SentForm| Origin::open(&server.sealing_keys, site, form.text(ORIGIN));
    let form = sent.as_ref().and_then(|Sent(sent)| origin_of(sent.as_ref().ok()?));
    let shown_draft = draft.as_ref().map(|found| found.id.as_str());
    let page = Origin::of(&path, shown_draft, session.as_ref());
    let mark = FormMark { csrf, origin: page.seal(&server.sealing_keys, site) };
    let frame = Arc::default();
    let visit = Visit::new(Inner {
        site,
        lang,
        path,
        address,
        form,
        page,
        session,
        mark,
        draft,
        flash,
        frame,
        menu: pages.menu,
    });
    request.extensions_mut().insert(visit.clone());
    let known = again::Known { session: cookie.as_deref(), visitor: visitor.as_deref() };
    let posted = match &sent {
        Some(Sent(Ok(form))) => Some(Posted::of(&visit, request.headers(), form, known)),
        _ => None,
    };
    if let Some(sent) = sent {
        request.extensions_mut().insert(sent);
    }

    let mut response = if foreign {
        Error::Forbidden(Message::new("error.foreign_form")).into_response()
    } else {
        answer(&server, &visit, posted, request, next).await
    };
    if matches!(response.extensions().get(), Some(Error::SecondFactorRequired)) {
        response = web::to_second_factor(&visit, &method);
    }
    if let Some(found) = &visit.draft {
        set_status(found, &server, &mut response);
    }
    let shown_as_page = response.status() != StatusCode::SEE_OTHER;
    if response.status().is_client_error() || response.status().is_server_error() {
        response = error_response(&visit, response, (id.as_str(), is_script));
    }
    if had_flash && shown_as_page {
        flash::forget(response.headers_mut(), &server, site);
    }
    flash::send(&mut response, &server, site);
    // A page that isn't there has no form.
    let has_page =
        !matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::PERMANENT_REDIRECT);
    if let Some(token) = new_visitor.as_ref().filter(|_| has_page) {
        cookies::set_visitor(response.headers_mut(), &server, site, token);
    }
    response.headers_mut().insert(request_id::HEADER, id.to_header());
    page_headers(response)
}

/// The handler's response, or the redirect to the page of a form that is stale or wasn't accepted.
async fn answer(
    server: &Server,
    visit: &Visit,
    posted: Option<Posted>,
    request: Request,
    next: Next,
) -> Response {
    let Some(posted) = posted else {
        return again::logged_out(visit, next.run(request).await);
    };
    if let Some(response) = posted.stale(server, visit).await {
        return response;
    }
    if let Some(response) = posted.in_another_language(server, visit, request.headers()).await {
        return response;
    }
    let response = next.run(request).await;
    posted.answer(server, visit, response).await
}

/// Reads the form of a request, for the extractors; one that is streamed up to its file.
async fn read_form(request: Request, has_none: bool, room: Room<'_>) -> (Request, Option<Sent>) {
    if has_none {
        return (request, None);
    }
    let (mut parts, body) = request.into_parts();
    let form = match room {
        Room::Streamed => read_up_to_file(&parts.headers, body).await.map(|(form, file)| {
            file.map(|file| parts.extensions.insert(file));
            form
        }),
        _ => SentForm::read(&parts.headers, body, room).await,
    };
    (Request::from_parts(parts, Body::empty()), Some(Sent(form)))
}

/// Changes the request's path and query.
fn set_address(request: &mut Request, address: &str) {
    let query = address.split_once('?').map(|(_, query)| query);
    let path = request.uri().path().to_owned();
    let inner = query.map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
    if let (Ok(uri), Ok(original)) = (inner.parse(), address.parse()) {
        *request.uri_mut() = uri;
        request.extensions_mut().insert(OriginalUri(original));
    }
}

/// The message above the page of a draft.
fn flash_of_draft(draft: &Draft, lang: Lang) -> Option<Flash> {
    let text = lang.text(draft.note.as_deref()?).into_owned();
    Some(Flash { kind: FlashKind::Info, text, undo: None })
}

/// Sets the page's status to that of the draft.
fn set_status(found: &Found, server: &Server, response: &mut Response) {
    if response.status() == StatusCode::OK
        && let Some((status, retry_after)) = found.draft.status(server)
    {
        *response.status_mut() = status;
        let retry_after = retry_after.map(|seconds| (RETRY_AFTER, seconds.into()));
        response.headers_mut().extend(retry_after);
    }
    if response.status().is_success() && !found.is_shown() {
        tracing::debug!(
            page = found.draft.page,
            "a page did not show what was typed into its form"
        );
    }
}

/// The cookie's secret and the session that it opens, which is used if somebody does something.
async fn find_session(
    server: &Server,
    site: Site,
    headers: &HeaderMap,
    user: Option<&Caller>,
) -> Result<(Option<String>, Option<Session>), Error> {
    let cookie = cookies::session(server, site, headers);
    let Some(token) =
        cookie.as_deref().and_then(|text| Token::parse_as(TokenKind::Session, text).ok())
    else {
        return Ok((None, None));
    };
    let now = server.clock.now();
    let session = Session::find(&server.db, site, &token, now).await?;
    if let (Some(session), Some(caller)) = (&session, user) {
        server.note_session(session, caller, now).await?;
    }
    Ok((cookie, session))
}

/// The language that the visitor chose, or else the best match for the browser's.
pub fn language(headers: &HeaderMap) -> Lang {
    let chosen = cookies::plain(headers, cookies::LANGUAGE).and_then(|tag| Lang::from_tag(&tag));
    chosen.unwrap_or_else(|| {
        headers
            .get(ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .map(Lang::from_accept_language)
            .unwrap_or_default()
    })
}

/// Whether the browser reports that another site sends the form (Fetch Metadata). This is a second
/// defence: each form also has a secret.
fn is_cross_site(method: &Method, headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    !method.is_safe() && matches!(site, Some(b"cross-site" | b"same-site"))
}

/// What pages can load and where their forms can lead; and that they aren't cached.
pub fn page_headers(mut response: Response) -> Response {
    let form_action = response
        .extensions_mut()
        .remove::<FormActionAlso>()
        .map(|also| format!(" {}", also.0))
        .unwrap_or_default();
    let connect = response
        .extensions_mut()
        .remove::<ConnectAlso>()
        .map(|also| format!(" {}", also.0))
        .unwrap_or_default();
    let frames =
        response.extensions_mut().remove::<HasFrame>().map_or("", |_| "frame-src 'self'; ");
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; {frames}connect-src 'self'{connect}; form-action 'self'{form_action}; \
         base-uri 'none'; frame-ancestors 'none'"
    );
    let headers = response.headers_mut();
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(
        HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'")),
    );
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Whether an answer is a page.
fn is_page(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

fn error_response(
    visit: &Visit,
    mut response: Response,
    (id, is_script): (&str, bool),
) -> Response {
    let error = response.extensions_mut().remove::<Error>();
    if error.is_none() && (is_page(&response) || is_script && is_json(&response)) {
        return response;
    }
    let status = response.status();
    if status.is_server_error() && !matches!(error, Some(Error::Unavailable(_))) {
        tracing::error!(request_id = id, "a page failed");
    }
    let error = error.unwrap_or_else(|| Error::from_status(status));
    let mut page = if is_script {
        (status, error_answer(visit.lang, &error)).into_response()
    } else {
        (status, error_page(visit, &error, id)).into_response()
    };
    let retry_after = error.retry_after().map(|seconds| (RETRY_AFTER, seconds.into()));
    page.headers_mut().extend(retry_after);
    let kept = |name: &HeaderName| name == SET_COOKIE || name == ACCEPT_ENCODING;
    for (name, value) in response.headers().iter().filter(|(name, _)| kept(name)) {
        page.headers_mut().append(name, value.clone());
    }
    page
}

/// An error page that says what went wrong and where to continue.
pub fn error_page(visit: &Visit, error: &Error, id: &str) -> maud::Markup {
    let frame = visit.frame.get();
    let home = (tr!(visit.lang, "error.page.home"), visit.site.path().to_owned());
    let link = frame.and_then(|frame| frame.section(visit)).unwrap_or(home);
    let (title, body) = error_text(visit.lang, error, (&*link.0, &*link.1), id);
    match frame {
        Some(frame) => frame.page(visit, &title, body),
        None => web::plain_chrome(visit).narrow(&title, body),
    }
}

/// The title and content of such a page, with a link to where to continue (its label and its URL);
/// `id` is the request's.
pub fn error_text<'a>(
    lang: Lang,
    error: &Error,
    (label, href): (&str, &str),
    id: &str,
) -> (Cow<'a, str>, maud::Markup) {
    let title = match error {
        Error::NotFound => tr!(lang, "error.page.not_found"),
        Error::Forbidden(_) => tr!(lang, "error.page.forbidden"),
        Error::TooManyRequests { .. } => tr!(lang, "error.page.too_many"),
        Error::Unavailable(_) => tr!(lang, "error.page.unavailable"),
        Error::Internal(_) => tr!(lang, "error.page.internal"),
        _ => tr!(lang, "error.page.other"),
    };
    let text = match error {
        Error::TooManyRequests { retry_after } => Message::wait(*retry_after).text(lang),
        _ => error.message(lang),
    };
    let body = maud::html! {
        (ui::header(&title, None, maud::html! {}))
        p { (text) }
        p { (ui::link_button(label, href, ButtonStyle::Primary)) }
        @if error.status().is_server_error() { p.muted { (tr!(lang, "error.page.request", id = id)) } }
    };
    (title, body)
}

/// `/language/nl` and `/language/en`: stores the choice and redirects back.
pub fn language_pages() -> Pages {
    #[derive(Deserialize)]
    struct Back {
        #[serde(default)]
        next: String,
    }

    async fn choose(
        _: Anybody,
        State(server): State<Server>,
        Path(tag): Path<String>,
        Query(back): Query<Back>,
    ) -> Result<Response, Error> {
        let lang = Lang::from_tag(&tag).ok_or(Error::NotFound)?;
        let next = if PublicUrls::is_own_path(&back.next) { back.next.as_str() } else { "/" };
        let mut response = Redirect::to(next).into_response();
        cookies::set_language(response.headers_mut(), &server, lang);
        Ok(response)
    }

    Pages::new().get("/language/{tag}", choose)
}
