//! The layer around the pages: the language, security headers, errors as pages. Nobody logs in
//! here.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};

use super::layout;
use super::library::Library;
use crate::error::Error;
use crate::i18n::{Lang, tr};
use crate::server::Server;
use crate::web::{error_text, language, page_headers};

/// Wraps the routes in the layers that all pages need.
pub(super) fn around(library: Arc<Library>, routes: Router<Server>) -> Router<Server> {
    routes.layer(middleware::from_fn(move |request: Request, next: Next| {
        let library = library.clone();
        async move { page_headers(answer(&library, request, next).await) }
    }))
}

async fn answer(library: &Library, mut request: Request, next: Next) -> Response {
    let lang = language(request.headers());
    request.extensions_mut().insert(lang);
    let path = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
    let mut response = next.run(request).await;
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        let error = response
            .extensions_mut()
            .remove::<Error>()
            .unwrap_or_else(|| Error::from_status(status));
        return error_page(library, lang, &path, &error);
    }
    response
}

fn error_page(library: &Library, lang: Lang, path: &str, error: &Error) -> Response {
    let (title, content) = error_text(lang, error, (&*tr!(lang, "error.page.home"), "/docs"), "");
    (error.status(), layout::chrome(lang, &library.places, None, path).page(&title, content))
        .into_response()
}
