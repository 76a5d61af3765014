//! `/docs`: the documentation for developers, for everybody to read.

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
mod start;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Router};

use crate::error::{Error, Result};
use crate::i18n::Lang;
use crate::server::Server;
use crate::web::{Anybody, Pages};
use library::{Document, Library};
use page::Page;
use places::Places;

/// All pages of the site.
pub fn pages() -> Pages<Arc<Library>> {
    let pages = Pages::new()
        .get("/", async |_: Anybody, library, lang| show(library, lang, Page::Start))
        .get("/openapi.json", document)
        .get("/openapi-3.0.json", older_document)
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

fn show(
    State(library): State<Arc<Library>>,
    Extension(lang): Extension<Lang>,
    page: Page,
) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-cache"),
        (VARY, "Accept-Language, Cookie"),
    ];
    (headers, library.page(page, lang)).into_response()
}

/// `/docs/openapi.json`
async fn document(_: Anybody, State(library): State<Arc<Library>>, headers: HeaderMap) -> Response {
    as_json(library.document(), &headers)
}

/// `/docs/openapi-3.0.json`
async fn older_document(
    _: Anybody,
    State(library): State<Arc<Library>>,
    headers: HeaderMap,
) -> Response {
    as_json(library.older_document(), &headers)
}

/// A document that tools on other origins may read as well.
fn as_json(document: &Document, headers: &HeaderMap) -> Response {
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
