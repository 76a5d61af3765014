//! Unknown paths of a site.

use axum::extract::OriginalUri;
use axum::http::Uri;
use axum::response::Redirect;

use crate::error::{Error, Result};
use crate::public_urls::PublicUrls;

/// The fallback of a site: a URL with slashes at its end leads to the one without.
///
/// # Errors
/// [`Error::NotFound`] for all others.
pub async fn unknown_page(OriginalUri(uri): OriginalUri) -> Result<Redirect> {
    without_final_slash(&uri).map(|page| Redirect::permanent(&page)).ok_or(Error::NotFound)
}

/// The same URL without slashes at the end of its path, if it has any.
pub fn without_final_slash(uri: &Uri) -> Option<String> {
    let path = uri.path().trim_end_matches('/');
    if path.is_empty() || path.len() == uri.path().len() || !PublicUrls::is_own_path(path) {
        return None;
    }
    Some(uri.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")))
}
