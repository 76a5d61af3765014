//! `/docs`: the documentation for developers, for everybody to read.

mod article;
mod collections;
mod layer;
mod layout;
mod library;
mod markdown;
mod openapi;
mod page;
mod places;
mod proxies;
mod reference;
mod samples;
mod scopes;
mod search;
mod start;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{OriginalUri, Path, RawQuery, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Router};

use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::server::Server;
use crate::web::{Anybody, ConnectAlso, Pages};
use library::{Document, Kind, Library};
use page::Page;
use places::Places;

/// All pages of the site.
pub fn pages() -> Pages<Arc<Library>> {
    let pages = Pages::new()
        .get("/", async |_: Anybody, library, lang| show(library, lang, Page::Start))
        .get("/openapi.json", async |_: Anybody, library, known| {
            json(library, known, Kind::OpenApi)
        })
        .get("/openapi-3.0.json", async |_: Anybody, library, known| {
            json(library, known, Kind::OlderOpenApi)
        })
        .get("/postman.json", async |_: Anybody, library, known| {
            json(library, known, Kind::Postman)
        })
        .get("/insomnia.json", async |_: Anybody, library, known| {
            json(library, known, Kind::Insomnia)
        })
        .get("/search", find)
        .get("/reference/{area}", of_reference)
        .get("/reference/{area}/{name}", of_reference)
        .get("/{name}", named)
        .no_others()
        .nest("/docs");
    let with_slash = async |_: Anybody| Redirect::permanent(Page::Start.path());
    pages.merge(Pages::new().get("/docs/", with_slash))
}

/// Their routes.
pub fn router(server: &Server) -> Router<Server> {
    let library = Arc::new(Library::new(Places::new(server)));
    layer::around(library.clone(), pages().into_router().with_state(library))
}

/// `/docs/…`
async fn named(
    _: Anybody,
    library: State<Arc<Library>>,
    lang: Extension<Lang>,
    Path(name): Path<String>,
) -> Result<Response> {
    Page::named(&name).map(|page| show(library, lang, page)).ok_or(Error::NotFound)
}

/// `/docs/reference/…`
async fn of_reference(
    _: Anybody,
    State(library): State<Arc<Library>>,
    Extension(lang): Extension<Lang>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response> {
    let page = library.page_of_reference(uri.path(), lang).ok_or(Error::NotFound)?;
    // The form of an operation calls the API.
    let mut response = in_language(page);
    if let Some(origin) = library.places.api_origin() {
        response.extensions_mut().insert(ConnectAlso(origin));
    }
    Ok(response)
}

/// `/docs/search?q=…`
async fn find(
    _: Anybody,
    State(library): State<Arc<Library>>,
    Extension(lang): Extension<Lang>,
    OriginalUri(uri): OriginalUri,
    RawQuery(query): RawQuery,
) -> Response {
    let text = search::text_of(&query.unwrap_or_default());
    let path = uri.path_and_query().map_or(search::PATH, |path| path.as_str());
    in_language(library.search(&text, lang, path).into_string().into())
}

fn show(
    State(library): State<Arc<Library>>,
    Extension(lang): Extension<Lang>,
    page: Page,
) -> Response {
    in_language(library.page(page, lang))
}

/// A page that depends on the visitor's language only.
fn in_language(page: Bytes) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-cache"),
        (VARY, "Accept-Language, Cookie"),
    ];
    (headers, page).into_response()
}

/// A document that tools on other origins may read as well.
fn json(State(library): State<Arc<Library>>, headers: HeaderMap, kind: Kind) -> Response {
    let document: &Document = library.document(kind);
    let known = headers
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|tags| tags.contains(&document.etag));
    let common = [
        (ETAG, document.etag.as_str()),
        (CACHE_CONTROL, "no-cache"),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    if known {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    (common, [(CONTENT_TYPE, "application/json")], document.json.clone()).into_response()
}
